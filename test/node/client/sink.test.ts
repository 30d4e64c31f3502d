/**
 * The folder as a sink: by the contract, with hostile target paths, and with downloads that are killed.
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
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTargetFolder } from "../../../src/node/targetFolder.ts";
import { windowsProblem } from "../../../src/node/targetPlace.ts";
import { type Child, startChild } from "../../support/children.ts";
import { compileForChildren } from "../../support/compiled.ts";
import { sinkContract, textOf } from "../../support/contracts/sinkContract.ts";

const folder = mkdtempSync(join(tmpdir(), "tuf-ld-sink-"));
let places = 0;
const newPlace = (): string => join(folder, `place-${++places}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const utf8 = new TextEncoder();

/** Downloads a file whole. */
async function put(sink: ReturnType<typeof createTargetFolder>, path: string, text = "x"): Promise<void> {
  const file = await sink.create(path, "one");
  await file.write(utf8.encode(text));
  await file.commit();
}

describe("a folder with the targets' folders", () => {
  sinkContract(async () => createTargetFolder(newPlace()));
});

describe("a folder with flat names", () => {
  sinkContract(async () => createTargetFolder(newPlace(), { layout: "flat" }));
});

/** Paths of which no file may be made where the path has folders. */
const ESCAPES = [
  "",
  "/etc/passwd",
  "..",
  ".",
  "../x",
  "a/../../x",
  "a/..",
  "./x",
  "a//b",
  "a/",
  "..\\x",
  "a\\..\\..\\x",
  "a\u0000b",
  "a\nb",
  "\ud800",
  ".#x",
  "a/.#x/b",
];

describe("hostile target paths", () => {
  test.each(ESCAPES.map((path) => [JSON.stringify(path), path]))(
    "%s makes no file in a tree",
    async (_, path) => {
      const place = newPlace();
      const sink = createTargetFolder(place);
      await expect(sink.create(path, "one")).rejects.toMatchObject({ code: "ERR_STORAGE" });
      await expect(sink.existing(path)).rejects.toMatchObject({ code: "ERR_STORAGE" });
      expect(() => sink.pathOf(path)).toThrow(expect.objectContaining({ code: "ERR_STORAGE" }));
      expect(existsSync(place)).toBe(false);
    },
  );

  test.each([
    ["/etc/passwd", "%2Fetc%2Fpasswd"],
    ["..", "%2E%2E"],
    [".", "%2E"],
    ["../x", "..%2Fx"],
    ["a//b", "a%2F%2Fb"],
    ["a\\b", "a%5Cb"],
    ["a\u0000\n", "a%00%0A"],
    [".#x", ".%23x"],
    ["path/to/é (1)*!'~_-.txt", "path%2Fto%2F%C3%A9%20%281%29%2A%21%27~_-.txt"],
    ["%2e%2e", "%252e%252e"],
    ["C:x", "C%3Ax"],
  ])("%j becomes %s among flat names", async (path, name) => {
    const place = newPlace();
    const sink = createTargetFolder(place, { layout: "flat" });
    await put(sink, path);
    expect(readdirSync(place)).toEqual([name]);
    expect(sink.pathOf(path)).toBe(join(place, name));
  });

  test.each(["", "\ud800"])("%j makes no file among flat names", async (path) => {
    const sink = createTargetFolder(newPlace(), { layout: "flat" });
    await expect(sink.create(path, "one")).rejects.toMatchObject({ code: "ERR_STORAGE" });
  });

  test("a name too long for the system is ERR_STORAGE in both layouts", async () => {
    for (const layout of ["tree", "flat"] as const) {
      const sink = createTargetFolder(newPlace(), { layout });
      await expect(put(sink, "x".repeat(256))).rejects.toMatchObject({ code: "ERR_STORAGE" });
    }
  });

  test.each(["a:b", "CON", "com1.txt", "a/nul/b", "x.", "x ", "a?b", "a|b"])(
    "%s is refused on Windows",
    (path) => {
      expect(windowsProblem(path)).toBeDefined();
    },
  );

  test.each(["console", "a/b.txt", "com10", ".hidden"])("%s is not refused on Windows", (path) => {
    expect(windowsProblem(path)).toBeUndefined();
  });
});

describe("symbolic links", () => {
  test("one that leads out of the folder is not written through, and no folder is made behind it", async () => {
    const place = newPlace();
    const outside = newPlace();
    mkdirSync(place);
    mkdirSync(join(outside, "deep"), { recursive: true });
    symlinkSync(outside, join(place, "out"));
    symlinkSync("..", join(place, "up"));
    symlinkSync(join(outside, "deep"), join(place, "deep"));
    const sink = createTargetFolder(place);
    for (const path of ["out/x", "out/new/x", "up/x", "deep/x"]) {
      await expect(sink.create(path, "one")).rejects.toMatchObject({ code: "ERR_STORAGE" });
      await expect(sink.existing(path)).rejects.toMatchObject({ code: "ERR_STORAGE" });
    }
    expect(readdirSync(outside)).toEqual(["deep"]);
    expect(readdirSync(join(outside, "deep"))).toEqual([]);
  });

  test("one that stays in the folder is followed, and the folder itself may be one", async () => {
    const real = newPlace();
    mkdirSync(join(real, "v1"), { recursive: true });
    symlinkSync("v1", join(real, "latest"));
    const place = newPlace();
    symlinkSync(real, place);
    await put(createTargetFolder(place), "latest/x", "linked");
    expect(readFileSync(join(real, "v1/x"), "utf8")).toBe("linked");
  });

  test("one in the file's place is no existing file, and is replaced, not written through", async () => {
    const place = newPlace();
    mkdirSync(place);
    writeFileSync(join(folder, "outside"), "outside");
    symlinkSync(join(folder, "outside"), join(place, "x"));
    const sink = createTargetFolder(place);
    expect(await sink.existing("x")).toBeUndefined();
    await put(sink, "x", "inside");
    expect(readFileSync(join(folder, "outside"), "utf8")).toBe("outside");
    expect(readFileSync(join(place, "x"), "utf8")).toBe("inside");
  });

  test("one in the place of unfinished bytes is not written through", async () => {
    const place = newPlace();
    const sink = createTargetFolder(place);
    const file = await sink.create("x", "one");
    await file.write(utf8.encode("abc"));
    await file.abandon(true);
    const part = join(place, readdirSync(place).find((name) => name.endsWith(".part")) ?? "");
    rmSync(part);
    writeFileSync(join(folder, "victim"), "victim");
    symlinkSync(join(folder, "victim"), part);
    await expect(sink.create("x", "one")).rejects.toMatchObject({ code: "ERR_STORAGE" });
    expect(readFileSync(join(folder, "victim"), "utf8")).toBe("victim");
  });
});

describe("what is in the folder", () => {
  test("finished downloads leave nothing else behind", async () => {
    const place = newPlace();
    const sink = createTargetFolder(place);
    const broken = await sink.create("a/x", "one");
    await broken.restart('"e"');
    await broken.write(utf8.encode("abc"));
    await broken.abandon(true);
    expect(readdirSync(join(place, "a")).every((name) => name.startsWith(".#"))).toBe(true);
    await put(sink, "a/x");
    expect(readdirSync(join(place, "a"))).toEqual(["x"]);
  });

  test("of one target the unfinished bytes of one content are kept, and no more", async () => {
    const place = newPlace();
    const sink = createTargetFolder(place);
    for (const content of ["one", "two", "three"]) {
      const file = await sink.create("x", content);
      await file.restart('"e"');
      await file.write(utf8.encode(content));
      await file.abandon(true);
    }
    expect(readdirSync(place).filter((name) => name.endsWith(".part"))).toHaveLength(1);
    expect((await sink.create("x", "three")).partialLength).toBe(5);
  });

  test("a target in the place of a folder, or below a file, is ERR_STORAGE and leaves nothing", async () => {
    const place = newPlace();
    const sink = createTargetFolder(place);
    await put(sink, "a/b");
    await expect(sink.create("a/b/c", "one")).rejects.toMatchObject({ code: "ERR_STORAGE" });
    expect(await sink.existing("a")).toBeUndefined();
    const file = await sink.create("a", "one");
    await file.write(utf8.encode("x"));
    await expect(file.commit()).rejects.toMatchObject({ code: "ERR_STORAGE" });
    await file.abandon(false);
    expect(readdirSync(place)).toEqual(["a"]);
  });

  test("a folder that cannot be made is ERR_STORAGE", async () => {
    const place = newPlace();
    writeFileSync(place, "");
    const sink = createTargetFolder(join(place, "targets"));
    await expect(sink.create("x", "one")).rejects.toMatchObject({ code: "ERR_STORAGE" });
  });
});

describe("processes that are killed or run at once", () => {
  let compiled: Awaited<ReturnType<typeof compileForChildren>>;
  beforeAll(async () => {
    compiled = await compileForChildren("node/index.ts");
  });
  afterAll(() => compiled.remove());
  const child = (place: string, ...args: string[]): Child =>
    startChild("storeChild.mjs", compiled.folder, place, "download", ...args);
  const content = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
  const isWhole = (place: string): boolean =>
    Buffer.compare(readFileSync(join(place, "dir/file")), content) === 0;

  test("a killed download is continued by the next process, with its validator", async () => {
    const place = newPlace();
    const victim = child(place, "stop");
    await victim.line((line) => line === "half");
    await victim.kill();
    expect(await createTargetFolder(place).existing("dir/file")).toBeUndefined();
    const next = child(place);
    expect(await next.ended).toBe(0);
    expect(next.lines).toEqual(['from 500000 "e"', "done"]);
    expect(isWhole(place)).toBe(true);
    expect(readdirSync(join(place, "dir"))).toEqual(["file"]);
  });

  test("beside a download that is under way others start from nothing, and all end with the whole file", async () => {
    const place = newPlace();
    const slow = child(place, "stop");
    await slow.line((line) => line === "half");
    const others = [child(place), child(place), child(place)];
    expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(others.map(({ lines }) => lines)).toEqual(Array(3).fill(["from 0 -", "done"]));
    expect(isWhole(place)).toBe(true);
    await slow.kill();
    expect(await textOf(await createTargetFolder(place).existing("dir/file"))).toHaveLength(
      new TextDecoder().decode(content).length,
    );
  });

  test("private files of killed processes are swept", async () => {
    const place = newPlace();
    const first = child(place, "stop");
    await first.line((line) => line === "half");
    const second = child(place, "stop");
    await second.line((line) => line === "half");
    await Promise.all([first.kill(), second.kill()]);
    expect(await child(place).ended).toBe(0);
    expect(isWhole(place)).toBe(true);
    expect(readdirSync(join(place, "dir"))).toEqual(["file"]);
  });
});
