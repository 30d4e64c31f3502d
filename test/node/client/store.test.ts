/**
 * The folder as a store: by the contract, with many processes at once, and with processes that are killed.
 * @module
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFileStore } from "../../../src/node/fileStore.ts";
import { takeLock, tryLock } from "../../../src/node/lock.ts";
import { lifeOf, SELF } from "../../../src/node/processIdentity.ts";
import { type Child, startChild } from "../../support/children.ts";
import { compileForChildren } from "../../support/compiled.ts";
import { storeContract } from "../../support/contracts/storeContract.ts";

const folder = mkdtempSync(join(tmpdir(), "tuf-ld-store-"));
let places = 0;
const newPlace = (): string => join(folder, `place-${++places}`);
let compiled: Awaited<ReturnType<typeof compileForChildren>>;
beforeAll(async () => {
  compiled = await compileForChildren("node/index.ts");
});
afterAll(() => {
  compiled.remove();
  rmSync(folder, { recursive: true, force: true });
});
const child = (place: string, ...args: string[]): Child =>
  startChild("storeChild.mjs", compiled.folder, place, ...args);
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const utf8 = new TextEncoder();
const isOwn = (name: string): boolean => name.startsWith(".#");

describe("a folder", () => {
  storeContract(async (waitMs) => createFileStore(newPlace(), { waitMs }));
});

describe("files in a folder", () => {
  test("nothing but the files is left behind, and no folder is made by reading", async () => {
    const place = newPlace();
    const store = createFileStore(place);
    await store.read("a.json");
    await store.list();
    expect(existsSync(place)).toBe(false);
    await store.exclusive(() => store.write("a.json", utf8.encode("a")));
    expect(readdirSync(place)).toEqual(["a.json"]);
  });

  test("a folder in a file's place, and a file in a folder's place, are ERR_STORAGE", async () => {
    const place = newPlace();
    const store = createFileStore(place);
    await store.write("a/b", utf8.encode("x"));
    for (const refused of [
      () => store.write("a", utf8.encode("x")),
      () => store.read("a"),
      () => store.remove("a"),
      () => store.write("a/b/c", utf8.encode("x")),
      () => store.read("a/b/c"),
    ]) {
      await expect(refused()).rejects.toMatchObject({ code: "ERR_STORAGE" });
    }
    expect(readdirSync(place)).toEqual(["a"]);
  });

  test("a file larger than the limit, and a name too long for the system, are ERR_STORAGE", async () => {
    const store = createFileStore(newPlace(), { maxBytes: 10 });
    await store.write("a", new Uint8Array(11));
    await expect(store.read("a")).rejects.toMatchObject({ code: "ERR_STORAGE" });
    await expect(store.write("x".repeat(300), utf8.encode("x"))).rejects.toMatchObject({
      code: "ERR_STORAGE",
    });
  });

  test("a store below a file is ERR_STORAGE", async () => {
    const place = newPlace();
    writeFileSync(place, "");
    const store = createFileStore(join(place, "store"));
    await expect(store.write("a", utf8.encode("x"))).rejects.toMatchObject({ code: "ERR_STORAGE" });
    await expect(store.exclusive(async () => 1)).rejects.toMatchObject({ code: "ERR_STORAGE" });
  });

  test("writing to a symbolic link replaces the link and not what it leads to", async () => {
    const place = newPlace();
    mkdirSync(place);
    writeFileSync(join(folder, "outside"), "outside");
    symlinkSync(join(folder, "outside"), join(place, "a"));
    await createFileStore(place).write("a", utf8.encode("inside"));
    expect(readFileSync(join(folder, "outside"), "utf8")).toBe("outside");
    expect(readFileSync(join(place, "a"), "utf8")).toBe("inside");
  });
});

describe("several processes", () => {
  test("no increment by any of eight processes is lost", async () => {
    const place = newPlace();
    const children = Array.from({ length: 8 }, () => child(place, "increment", "40"));
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual(Array(8).fill(0));
    const said = children.flatMap(({ lines }) => lines.map(Number)).sort((a, b) => a - b);
    expect(said).toEqual(Array.from({ length: 320 }, (_, i) => i + 1));
    expect(text(await createFileStore(place).read("count"))).toBe("320");
    expect(readdirSync(place)).toEqual(["count"]);
  });

  test("no increment is lost while holders are killed at any point, and nobody waits for the dead", async () => {
    const place = newPlace();
    let said = 0;
    for (let round = 0; round < 6; round++) {
      const victims = Array.from({ length: 3 }, () => child(place, "increment", "100000"));
      await Promise.all(victims.map((victim) => victim.line(() => true)));
      await new Promise((resolve) => setTimeout(resolve, 20 + 37 * round));
      await Promise.all(victims.map((victim) => victim.kill()));
      said += victims.reduce((sum, { lines }) => sum + lines.length, 0);
    }
    const store = createFileStore(place);
    const count = await store.exclusive(async () => Number(text(await store.read("count"))));
    // One that was killed between its write and its word may have counted in silence: at most one in each round.
    expect(count).toBeGreaterThanOrEqual(said);
    expect(count).toBeLessThanOrEqual(said + 6);
    expect(readdirSync(place)).toEqual(["count"]);
  });

  test("the lock of a killed process is taken over at once, by one of many", async () => {
    const place = newPlace();
    const victim = child(place, "hold");
    await victim.line((line) => line === "held");
    const store = createFileStore(place, { waitMs: 300 });
    await expect(store.exclusive(async () => 1)).rejects.toMatchObject({
      code: "ERR_STORAGE",
      details: { reason: expect.stringContaining(`process ${victim.process.pid}`) },
    });
    const waiting = Array.from({ length: 6 }, () => child(place, "increment", "5"));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(waiting.every(({ lines }) => lines.length === 0)).toBe(true);
    await victim.kill();
    expect(await Promise.all(waiting.map(({ ended }) => ended))).toEqual(Array(6).fill(0));
    expect(text(await store.read("count"))).toBe("30");
    expect(readdirSync(place)).toEqual(["count"]);
  });

  test("a file is old or new while its writers are killed, and what they left is swept", async () => {
    const place = newPlace();
    const store = createFileStore(place);
    for (let round = 0; round < 8; round++) {
      const writer = child(place, "write");
      await writer.line((line) => line === "writing");
      await new Promise((resolve) => setTimeout(resolve, 15 + 11 * round));
      await writer.kill();
      const bytes = await store.read("large");
      expect(bytes === undefined || (bytes.length === 2_000_000 && bytes.every((b) => b === bytes[0]))).toBe(
        true,
      );
    }
    const fresh = createFileStore(place);
    await fresh.exclusive(async () => {});
    expect(readdirSync(place).filter(isOwn)).toEqual([]);
  });
});

describe("locks", () => {
  const place = newPlace();
  const path = (): string => join(place, `.#lock-${++places}`);
  const nonce = "0123456789abcdef0123456789abcdef";
  beforeAll(() => mkdirSync(place));

  test("a lock that is taken is not taken again until it is released", async () => {
    const lock = path();
    const release = await tryLock(lock);
    expect(await tryLock(lock)).toBeUndefined();
    await release?.();
    const again = await tryLock(lock);
    expect(again).toBeDefined();
    await again?.();
    expect(readdirSync(place)).toEqual([]);
  });

  test.each([
    ["a process number that is free", { ...SELF, pid: 2 ** 22 + 1 }],
    ["a process number that is another's now", { ...SELF, start: "1" }],
  ])("the lock of %s is taken over", async (_, identity) => {
    expect(lifeOf(identity)).toBe("dead");
    const lock = path();
    writeFileSync(lock, JSON.stringify({ ...identity, nonce }));
    const release = await tryLock(lock);
    expect(release).toBeDefined();
    await release?.();
    expect(readdirSync(place)).toEqual([]);
  });

  test("what a process left that was killed while it took over a dead one's lock is overcome, twice over", async () => {
    const lock = path();
    const dead = { ...SELF, start: "1" };
    const second = nonce.replace("0", "1");
    writeFileSync(lock, JSON.stringify({ ...dead, nonce }));
    writeFileSync(`${lock}.${nonce}`, JSON.stringify({ ...dead, nonce: second }));
    writeFileSync(`${lock}.${second}`, JSON.stringify({ ...dead, nonce: nonce.replace("0", "2") }));
    const release = await tryLock(lock);
    expect(release).toBeDefined();
    expect(JSON.parse(readFileSync(lock, "utf8"))).toMatchObject(SELF);
    await release?.();
    expect(readdirSync(place)).toEqual([]);
  });

  test("what is left of a takeover that was all but finished is swept by the next holder", async () => {
    const store = newPlace();
    mkdirSync(store);
    writeFileSync(join(store, `.#lock.${nonce}`), JSON.stringify({ ...SELF, start: "1", nonce }));
    await createFileStore(store).exclusive(async () => {});
    expect(readdirSync(store)).toEqual([]);
  });

  test("while a living process takes over a dead one's lock, no other does", async () => {
    const lock = path();
    writeFileSync(lock, JSON.stringify({ ...SELF, start: "1", nonce }));
    const right = await tryLock(`${lock}.${nonce}`);
    expect(await tryLock(lock)).toBeUndefined();
    await right?.();
    await (await tryLock(lock))?.();
    expect(readdirSync(place)).toEqual([]);
  });

  test("of fifty attempts at a dead one's lock exactly one succeeds", async () => {
    const lock = path();
    writeFileSync(lock, JSON.stringify({ ...SELF, start: "1", nonce }));
    const all = await Promise.all(Array.from({ length: 50 }, () => tryLock(lock)));
    const held = all.filter((release) => release !== undefined);
    expect(held.length).toBeLessThanOrEqual(1);
    await held[0]?.();
    const last = await tryLock(lock);
    expect(last).toBeDefined();
    await last?.();
    expect(readdirSync(place)).toEqual([]);
  });

  test.each([
    ["another machine's process", JSON.stringify({ ...SELF, realm: "000000000000", nonce })],
    ["nobody, as after a loss of power", ""],
  ])("the lock of %s is respected while it may live", async (_, content) => {
    const lock = path();
    writeFileSync(lock, content);
    await expect(takeLock(lock, 200)).rejects.toMatchObject({ code: "ERR_STORAGE" });
    rmSync(lock);
  });

  test("the lock of another machine's process is taken over when it stands still, not while it is touched", async () => {
    const still = path();
    const touched = path();
    const content = JSON.stringify({ ...SELF, realm: "000000000000", nonce });
    writeFileSync(still, content);
    writeFileSync(touched, content);
    let beats = 0;
    const beat = setInterval(() => utimesSync(touched, ++beats, beats), 100);
    const [first, second] = await Promise.allSettled([
      takeLock(still, 1_500, 500),
      takeLock(touched, 1_500, 500),
    ]);
    clearInterval(beat);
    expect(first.status).toBe("fulfilled");
    expect(second).toMatchObject({ status: "rejected", reason: { code: "ERR_STORAGE" } });
    if (first.status === "fulfilled") await first.value();
    rmSync(touched);
  });

  test("a zombie holds no lock", async () => {
    // Its parent, a shell that turned into `sleep`, never asks how it ended.
    const { spawn } = await import("node:child_process");
    const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 30"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once("data", (data) => resolve(Number(data))),
    );
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const start = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19] ?? "";
    expect(lifeOf({ ...SELF, pid, start })).toBe("dead");
    parent.kill("SIGKILL");
  });
});
