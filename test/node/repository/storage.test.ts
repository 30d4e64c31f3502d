import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFileStorage } from "../../../src/node/fileStorage.ts";
import { startChild } from "../../support/children.ts";
import { storageContract } from "../../support/contracts/storageContract.ts";
import { bundleRepository } from "../../support/repositoryBundle.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

let scratch: string;
let bundle: Awaited<ReturnType<typeof bundleRepository>>;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "tuf-ld-storage-"));
  bundle = await bundleRepository();
}, 120_000);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  bundle?.remove();
});

const fresh = (): string => mkdtempSync(join(scratch, "place-"));
const own = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith(".#"));
const child = (folder: string, what: string, count = 1) =>
  startChild("repositoryChild.mjs", bundle.file, what, JSON.stringify({ folder, count }));

describe.each([false, true])("blocking: %s", (blocking) => {
  storageContract(async () => createFileStorage(join(fresh(), "made", "when", "needed"), { blocking }));

  test("a folder in the place of a file, and a file that is too large, are refused", async () => {
    const folder = fresh();
    const storage = createFileStorage(folder, { blocking, maxBytes: 3 });
    await storage.putIfAbsent("a/b", new Uint8Array(4));
    for (const name of ["a", "a/b"])
      await expect(storage.get(name)).rejects.toMatchObject({ code: "ERR_STORAGE" });
    await expect(storage.putIfAbsent("a/b/c", new Uint8Array(1))).rejects.toMatchObject({
      code: "ERR_STORAGE",
    });
    expect(own(join(folder, "a"))).toEqual([]);
  });

  test("others have their turn while much is read", async () => {
    const storage = createFileStorage(fresh(), { blocking });
    await storage.replace("a", new Uint8Array(1));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    for (let reads = 0; turns === 0 && reads < 1_000_000; reads++) await storage.get("a");
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("a folder as a storage", () => {
  test("processes count together in exclusive, and one that is killed keeps nobody out", async () => {
    const folder = fresh();
    const children = [child(folder, "increment", 40), child(folder, "increment", 40)];
    const killed = child(folder, "hold");
    await killed.line((line) => line === "held");
    await killed.kill();
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    const storage = createFileStorage(folder);
    expect(new TextDecoder().decode(await storage.get("count"))).toBe("80");
    expect(await storage.exclusive(async () => 1)).toBe(1);
    expect(own(folder)).toEqual([]);
  });

  test("exclusive gives up with ERR_STORAGE while another process stays in it", async () => {
    const folder = fresh();
    const holder = child(folder, "hold");
    await holder.line((line) => line === "held");
    const storage = createFileStorage(folder, { waitMs: 200 });
    await expect(storage.exclusive(async () => 1)).rejects.toMatchObject({ code: "ERR_STORAGE" });
    await holder.kill();
    expect(await storage.exclusive(async () => 1)).toBe(1);
  });

  test("tidy removes what a killed process had not finished, in every folder, and nothing of the living", async () => {
    const folder = fresh();
    const writer = child(folder, "stream");
    await writer.line((line) => line === "half");
    const deep = join(folder, "public/targets/deep");
    expect(own(deep)).toHaveLength(1);
    const storage = createFileStorage(folder);
    await storage.tidy();
    expect(own(deep)).toHaveLength(1);
    await writer.kill();
    await storage.tidy();
    expect(readdirSync(deep)).toEqual([]);
  });

  test("a symbolic link is in no list, and creating or replacing does not write through it", async () => {
    const folder = fresh();
    const outside = join(fresh(), "outside");
    writeFileSync(outside, "kept");
    mkdirSync(join(folder, "a"));
    for (const name of ["put", "streamed", "replaced"]) symlinkSync(outside, join(folder, "a", name));
    const storage = createFileStorage(folder);
    expect(await storage.list("a")).toEqual([]);
    expect(await storage.putIfAbsent("a/put", bytes(1))).toBe(false);
    await storage.replace("a/replaced", bytes(1));
    expect(await storage.list("a")).toEqual(["a/replaced"]);
    await storage.remove("a/streamed");
    expect(readFileSync(outside, "utf8")).toBe("kept");
  });

  test("a folder, a pipe's stand-in or a giant in the place of a file is refused with ERR_STORAGE", async () => {
    const folder = fresh();
    mkdirSync(join(folder, "dir"));
    writeFileSync(join(folder, "giant"), "");
    truncateSync(join(folder, "giant"), 8 * 1024 ** 3);
    writeFileSync(join(folder, "fit"), "12345");
    const storage = createFileStorage(folder, { maxBytes: 5 });
    await expect(storage.get("dir")).rejects.toMatchObject({ code: "ERR_STORAGE" });
    await expect(storage.get("giant")).rejects.toMatchObject({ code: "ERR_STORAGE" });
    expect(await storage.get("fit")).toHaveLength(5);
    await expect(storage.replace("dir", bytes(1))).rejects.toMatchObject({ code: "ERR_STORAGE" });
    await expect(storage.putIfAbsent("fit/below", bytes(1))).rejects.toMatchObject({ code: "ERR_STORAGE" });
    expect(own(folder)).toEqual([]);
  });

  test("a name that is too long for the file system is refused with ERR_STORAGE and leaves nothing", async () => {
    const folder = fresh();
    const storage = createFileStorage(folder);
    await expect(storage.putIfAbsent("x".repeat(300), bytes(1))).rejects.toMatchObject({
      code: "ERR_STORAGE",
    });
    expect(existsSync(join(folder, "x".repeat(300)))).toBe(false);
    expect(own(folder)).toEqual([]);
  });
});
