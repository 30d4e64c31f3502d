/**
 * A child process that works on a repository or its storage: `node repositoryChild.mjs BUNDLE WHAT JSON`.
 *
 * With `fatal` it dies by SIGKILL just before its Nth change to the file system; with 0 it lives. When it is done it
 * prints the number of changes that it made and what its work gave, as one line of JSON.
 * @module
 */
import { pathToFileURL } from "node:url";
import { changesMade, dieAt } from "./fatalChange.mjs";

const [bundle, what, text] = process.argv.slice(2);
const input = JSON.parse(text);
const { createFileStorage, PrivateKey, Repository } = await import(pathToFileURL(bundle).href);
const storage = createFileStorage(input.folder, { blocking: input.blocking ?? false });
const say = (line) => process.stdout.write(`${line}\n`);
const forEver = () => new Promise(() => setInterval(() => {}, 1_000));
const now = input.now === undefined ? undefined : new Date(input.now);

const ring = new Map();
for (const [keyid, pkcs8] of input.keys ?? [])
  ring.set(keyid, await PrivateKey.fromPkcs8(Uint8Array.from(Buffer.from(pkcs8, "base64"))));
const keys = { has: async (keyid) => ring.has(keyid), signer: async (keyid) => ring.get(keyid) };

const WORK = {
  /** Publishes what is staged. */
  async publish() {
    return (await Repository.open(storage)).publish({ keys, now, renew: input.renew ?? false });
  },
  /** Adds targets to the log of changes. */
  async change() {
    return (await Repository.open(storage)).changeTargets(input.changes);
  },
  /** Adds and publishes, one target at a time. */
  async addEach() {
    const repository = await Repository.open(storage);
    for (const change of input.changes) {
      await repository.changeTargets([change]);
      await repository.publish({ keys, now });
    }
  },
  async clean() {
    return (await Repository.open(storage)).clean({ now, keepHours: 0 });
  },
  /** Adds 1 to a number, many times. */
  async increment() {
    for (let at = 0; at < input.count; at++) {
      await storage.exclusive(async () => {
        const bytes = await storage.get("count");
        const value = bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
        await storage.replace("count", new TextEncoder().encode(String(value + 1)));
      });
    }
  },
  /** Takes the lock and never gives it back. */
  async hold() {
    await storage.exclusive(async () => {
      say("held");
      await forEver();
    });
  },
  /** Begins to write a large file and never ends. */
  async stream() {
    await storage.streamIfAbsent(
      "public/targets/deep/large",
      (async function* () {
        yield new Uint8Array(100_000);
        yield new Uint8Array(100_000);
        say("half");
        await forEver();
      })(),
    );
  },
};
dieAt(input.fatal ?? 0);
const result = await WORK[what]();
say(JSON.stringify({ changes: changesMade(), result }));
