/**
 * A child process that works on a store: `node storeChild.mjs COMPILED FOLDER WHAT [COUNT]`.
 * It prints a line for what it did, so that its parent can kill it at a known point.
 * @module
 */
import { pathToFileURL } from "node:url";

const [compiled, folder, what, count = "1"] = process.argv.slice(2);
const { createFileStore } = await import(pathToFileURL(`${compiled}/node/fileStore.js`).href);
const { createTargetFolder } = await import(pathToFileURL(`${compiled}/node/targetFolder.js`).href);
const store = createFileStore(folder);
const say = (line) => process.stdout.write(`${line}\n`);
const forEver = () => new Promise(() => setInterval(() => {}, 1_000));

const WORK = {
  /** Adds 1 to a number, many times. */
  async increment() {
    for (let i = 0; i < Number(count); i++) {
      await store.exclusive(async () => {
        const bytes = await store.read("count");
        const value = bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
        await store.write("count", new TextEncoder().encode(String(value + 1)));
        say(value + 1);
      });
    }
  },
  /** Takes the lock and never gives it back. */
  async hold() {
    await store.exclusive(async () => {
      say("held");
      await forEver();
    });
  },
  /** Replaces a large file again and again; each edition is of one byte value. */
  async write() {
    say("writing");
    for (let i = 0; ; i++) await store.write("large", new Uint8Array(2_000_000).fill(i % 256));
  },
  /** Downloads a target, slowly or with a stop in the middle. */
  async download() {
    const sink = createTargetFolder(folder);
    const file = await sink.create("dir/file", "content");
    say(`from ${file.partialLength} ${file.etag ?? "-"}`);
    if (file.partialLength === 0) await file.restart('"e"');
    const total = 1_000_000;
    for (let at = file.partialLength; at < total; at += 50_000) {
      if (count === "stop" && at === 500_000) {
        say("half");
        await forEver();
      }
      await file.write(Uint8Array.from({ length: 50_000 }, (_, i) => (at + i) % 251));
    }
    await file.commit();
    say("done");
  },
};
await WORK[what]();
