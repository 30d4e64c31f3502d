import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFolders } from "../../src/node/folders.ts";

const scratch = mkdtempSync(join(tmpdir(), "tuf-ld-folders-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test("folders are made from the uppermost down, and those that are there are not named", async () => {
  const made = ["a", "a/b", "a/b/c"].map((each) => join(scratch, each));
  expect(await makeFolders(join(scratch, "a/b/c"))).toEqual(made);
  expect(await makeFolders(join(scratch, "a/b/c/d"))).toEqual([join(scratch, "a/b/c/d")]);
  expect(await makeFolders(join(scratch, "a/b/c/d"))).toEqual([]);
});

test("many callers at once make each folder once", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => makeFolders(join(scratch, "x/y/z"))));
  expect(existsSync(join(scratch, "x/y/z"))).toBe(true);
  expect(all.flat()).toContain(join(scratch, "x/y/z"));
});

test("nothing is made below a file, or in its place", async () => {
  writeFileSync(join(scratch, "file"), "kept");
  await expect(makeFolders(join(scratch, "file/x/y"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeFolders(join(scratch, "file"))).rejects.toMatchObject({ code: "EEXIST" });
});
