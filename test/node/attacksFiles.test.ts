/**
 * Files that are no metadata at all: a folder, nothing, something else, something without end.
 * @module
 */
import { chmod, mkdir, mkdtemp, open, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readMetadata } from "../../src/cli/documents.ts";
import { INPUT_MAX_BYTES, readInput, writeOutput } from "../../src/cli/io.ts";
import { signed, textOf, timestampDocument } from "../support/signedFiles.ts";

let folder: string;
const at = (name: string): string => join(folder, name);
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tuf-ld-attacks-"));
  await writeFile(at("timestamp.json"), textOf(await signed(timestampDocument(), "timestamp", ["alice"])));
});

afterAll(() => rm(folder, { recursive: true }));

test("control: a signed file is read", async () => {
  expect((await readMetadata(at("timestamp.json"))).signed.version).toBe(7);
});

test("a folder is refused as storage", async () => {
  await mkdir(at("folder.json"));
  await expect(readMetadata(at("folder.json"))).rejects.toMatchObject({ code: "ERR_STORAGE" });
});

test("a file that is not there, or lies under a file, is refused as storage", async () => {
  for (const path of [at("missing.json"), join(at("timestamp.json"), "below.json")]) {
    await expect(readMetadata(path)).rejects.toMatchObject({ code: "ERR_STORAGE" });
  }
});

test("a link that points to itself is refused as storage", async () => {
  await symlink("loop.json", at("loop.json"));
  await expect(readMetadata(at("loop.json"))).rejects.toMatchObject({ code: "ERR_STORAGE" });
});

test.skipIf(isRoot)(
  "a file without read permission is refused as storage (skipped for root, who reads all)",
  async () => {
    await writeFile(at("secret.json"), "{}");
    await chmod(at("secret.json"), 0);
    await expect(readMetadata(at("secret.json"))).rejects.toMatchObject({ code: "ERR_STORAGE" });
  },
);

const contents: [string, string | Uint8Array, string][] = [
  ["nothing", "", "ERR_JSON_SYNTAX"],
  ["white space", "\n\n", "ERR_JSON_SYNTAX"],
  ["a web page", "<!doctype html><title>404</title>", "ERR_JSON_SYNTAX"],
  ["zeros", new Uint8Array(4096), "ERR_JSON_SYNTAX"],
  ["gzip", Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0), "ERR_JSON_SYNTAX"],
  ["a PEM", "-----BEGIN PUBLIC KEY-----\n", "ERR_JSON_SYNTAX"],
  ["null", "null", "ERR_SHAPE"],
  ["a list", "[]", "ERR_SHAPE"],
  ["a string", '"signed"', "ERR_SHAPE"],
  ["an empty object", "{}", "ERR_SHAPE"],
  ["a signed nothing", '{"signed":null,"signatures":[]}', "ERR_SHAPE"],
  ["half a file", '{"signed":{"_type":"root"', "ERR_JSON_SYNTAX"],
  ["brackets", "[".repeat(65), "ERR_LIMIT"],
];

test.each(contents)("a file of %s is refused", async (_, content, code) => {
  await writeFile(at("content.json"), content);
  await expect(readMetadata(at("content.json"))).rejects.toMatchObject({ name: "TufLdError", code });
});

test("a file larger than the limit is refused without being kept", async () => {
  const file = await open(at("large.json"), "w");
  await file.truncate(INPUT_MAX_BYTES + 1);
  await file.close();
  await expect(readInput(at("large.json"))).rejects.toMatchObject({ code: "ERR_LIMIT" });
});

test("output that cannot be written leaves nothing behind, and what was there as it was", async () => {
  await mkdir(at("out"));
  await mkdir(join(at("out"), "taken"));
  await writeFile(join(at("out"), "kept"), "kept");
  await expect(writeOutput(join(at("out"), "taken"), "text")).rejects.toMatchObject({ code: "ERR_STORAGE" });
  const exclusive = writeOutput(join(at("out"), "kept"), "text", { exclusive: true });
  await expect(exclusive).rejects.toMatchObject({ code: "ERR_STORAGE" });
  expect(new TextDecoder().decode(await readInput(join(at("out"), "kept")))).toBe("kept");
  expect((await readdir(at("out"))).sort()).toEqual(["kept", "taken"]);
});
