/**
 * A caller of `swap` that is stopped at every call to the operating system, while another moves the same file.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FileCalls, type OpenFile, WAITING } from "../../../src/node/fileCalls.ts";
import { createFileStorage } from "../../../src/node/fileStorage.ts";
import { swapFile } from "../../../src/node/swap.ts";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "tuf-ld-swap-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const text = (value: string | undefined): Uint8Array | undefined =>
  value === undefined ? undefined : new TextEncoder().encode(value);
const MAX_BYTES = 1_000;

/** Calls that run `meanwhile` before call number `at`, or throw what it throws. */
function stoppedAt(at: number, meanwhile: () => Promise<void>): { calls: FileCalls; count: () => number } {
  let count = 0;
  const before = async (): Promise<void> => {
    count += 1;
    if (count === at) await meanwhile();
  };
  const calls: FileCalls = {
    async open(path, flags) {
      await before();
      const file = await WAITING.open(path, flags);
      return {
        stat: () => file.stat(),
        readFile: () => file.readFile(),
        sync: () => file.sync(),
        close: () => file.close(),
        async writeFile(bytes) {
          await before();
          return file.writeFile(bytes);
        },
      };
    },
    link: (path, name) => before().then(() => WAITING.link(path, name)),
    rename: (from, to) => before().then(() => WAITING.rename(from, to)),
    unlink: (path) => before().then(() => WAITING.unlink(path)),
    mkdir: (path) => before().then(() => WAITING.mkdir(path)),
    rmdir: (path) => before().then(() => WAITING.rmdir(path)),
    readdir: (path) => before().then(() => WAITING.readdir(path)),
  };
  return { calls, count: () => count };
}

const CASES: readonly (readonly [string, string | undefined, string | undefined, string | undefined])[] = [
  ["replaces", "read", "mine", "theirs"],
  ["creates", undefined, "mine", "theirs"],
  ["removes", "read", undefined, "theirs"],
  ["replaces what another removes", "read", "mine", undefined],
];

describe.each(CASES)("a caller that %s", (_, read, mine, theirs) => {
  test("and is stopped before any of its calls while another moves the file: one of them succeeds, the later one sees it", async () => {
    for (let at = 1; ; at++) {
      const folder = mkdtempSync(join(scratch, "stopped-"));
      const path = join(folder, "file");
      const storage = createFileStorage(folder);
      if (read !== undefined) await storage.replace("file", text(read) as Uint8Array);
      let other: boolean | undefined;
      const { calls, count } = stoppedAt(at, async () => {
        other = await storage.swap("file", text(read), text(theirs));
      });
      const own = await swapFile(path, { before: text(read), after: text(mine) }, calls, MAX_BYTES);
      if (other === undefined) {
        expect(at).toBeGreaterThan(8);
        expect(count()).toBe(at - 1);
        break;
      }
      expect([own, other], `${at}`).toContain(true);
      expect(own && other, `${at}`).toBe(false);
      expect(await storage.get("file"), `${at}`).toEqual(text(own ? mine : theirs));
      expect(readdirSync(folder).filter((name) => name.startsWith(".#"))).toEqual([]);
    }
  });

  test("and dies before any of its calls leaves the file as it was or as it should be, and keeps nobody out", async () => {
    for (let at = 1; ; at++) {
      const folder = mkdtempSync(join(scratch, "dead-"));
      const storage = createFileStorage(folder);
      if (read !== undefined) await storage.replace("file", text(read) as Uint8Array);
      const death = new Error("dead");
      let dead = false;
      const calls = new Proxy(
        stoppedAt(at, async () => {
          dead = true;
        }).calls,
        {
          get: (target, name: keyof FileCalls) => async (path: string, other: string) => {
            if (dead) throw death;
            const done = await target[name](path, other);
            if (!dead) return done;
            // The system closes the files of the dead.
            if (typeof done === "object" && done !== null && "close" in done)
              await (done as OpenFile).close();
            throw death;
          },
        },
      );
      const exchange = { before: text(read), after: text(mine) };
      const end = await swapFile(join(folder, "file"), exchange, calls, MAX_BYTES).catch((error) => error);
      if (!dead) {
        expect(end).toBe(true);
        break;
      }
      const left = await storage.get("file");
      expect([text(read), text(mine)], `${at}`).toContainEqual(left);
      expect(await storage.swap("file", left, text("next")), `${at}`).toBe(true);
      expect(await storage.get("file")).toEqual(text("next"));
      expect(readdirSync(folder).filter((name) => name.startsWith(".#"))).toEqual([]);
    }
  });
});

test("a file that somebody has created without asking is not replaced by a caller who read that there is none", async () => {
  const folder = mkdtempSync(join(scratch, "created-"));
  const storage = createFileStorage(folder);
  for (let at = 1; ; at++) {
    let created = false;
    const { calls } = stoppedAt(at, async () => {
      created = await storage.putIfAbsent(`file-${at}`, text("theirs") as Uint8Array);
    });
    const path = join(folder, `file-${at}`);
    const own = await swapFile(path, { before: undefined, after: text("mine") }, calls, MAX_BYTES);
    const isOver = !created && own;
    expect(await storage.get(`file-${at}`), `${at}`).toEqual(text(own ? "mine" : "theirs"));
    if (isOver && at > 12) break;
  }
});
