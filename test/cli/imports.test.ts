/**
 * Imports of what others wrote: indexes with odd entries, CSV of other tools.
 * @module
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { jsonOf } from "./repositoryFolder.ts";
import { errorOf, type Folder, folder } from "./tufLd.ts";

const cases = fileURLToPath(new URL("../../../shared/cases", import.meta.url));
const index = join(cases, "05-index-one-bad-entry");
const csv = join(cases, "12-csv-upper-case");
const SHA = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

function made(): Folder {
  const at = folder();
  at.ok(["init", "repo", "-q"]);
  return at;
}

interface Added {
  readonly added: number;
  readonly files: number;
  readonly skipped: readonly { readonly filename: string; readonly reason: string }[];
  readonly duplicates: readonly object[];
}

describe.skipIf(!existsSync(index))("case 05: an index with one odd entry", () => {
  test.each([
    ["pulp", "its sha256 is not 64 hexadecimal digits"],
    ["sizenull", "its size is not a whole number of bytes"],
    ["sizeneg", "its size is not a whole number of bytes"],
    ["yanknull", "yanked is neither a string nor true or false"],
    ["hashesnull", "its hashes are not an object"],
  ])("%s: the entry is skipped and told, and the others are staged", (name, reason) => {
    const at = made();
    const { files, skipped } = jsonOf<Added>(at, "add", "--from-index", join(index, name));
    expect(files).toBe(1);
    expect(skipped).toEqual([{ project: "bad", filename: "bad-1.0.tar.gz", reason }]);
  });

  test("with --strict nothing is staged, and the advice is in one's power", () => {
    const at = made();
    const refused = at.run(["add", "--from-index", join(index, "pulp"), "--strict", "--dir", "repo"]);
    const { code, message, hint } = errorOf(refused);
    expect([refused.code, code]).toEqual([18, "ERR_INPUT"]);
    expect(message).toContain("without --strict it is skipped");
    expect(hint).not.toContain("goes on from there");
    expect(
      at.json<{ signed: { targets: object } }>("repo/staged/metadata/targets.json").signed.targets,
    ).toEqual({});
  });
});

test.each(["", "b/"])('an index as bandersnatch lays it out is read, with projects below "%s"', (shard) => {
  const at = made();
  mkdirSync(at.file(`mirror/web/simple/${shard}black`), { recursive: true });
  const meta = { "api-version": "1.1", "_last-serial": 1 };
  at.write("mirror/web/simple/index.v1_json", { meta, projects: [{ name: "black" }] });
  const file = {
    filename: "black-1.0.tar.gz",
    hashes: { sha256: SHA },
    "requires-python": "",
    size: 1,
    url: "u",
  };
  at.write(`mirror/web/simple/${shard}black/index.v1_json`, { meta, name: "black", files: [file] });
  expect(jsonOf<Added>(at, "add", "--from-index", at.file("mirror"))).toMatchObject({
    files: 1,
    skipped: [],
  });
});

describe.skipIf(!existsSync(csv))("case 12: CSV of other tools", () => {
  test("digests in upper case are taken, and written in lower case", () => {
    const at = made();
    expect(jsonOf<Added>(at, "add", "--from-csv", join(csv, "targets.csv")).added).toBe(1);
    expect(at.read("repo/staged/metadata/targets.json")).toContain(SHA);
  });

  test("another separator is named", () => {
    const ended = made().run(["add", "--from-csv", join(csv, "rstuf.csv"), "--dir", "repo"]);
    expect(errorOf(ended)).toMatchObject({
      code: "ERR_INPUT",
      message: expect.stringContaining('its separator seems to be ";", and here it is ","'),
    });
  });

  test("a path that stands there twice is told and counted once; with --strict it is refused", () => {
    const at = made();
    const file = join(csv, "twice.csv");
    expect(at.ok(["add", "--from-csv", file, "--dir", "repo"])).toBe(
      "a.txt stands on lines 1 and 2, which differ: the later one counts\nstaged 1 target in targets\n",
    );
    const strict = at.run(["add", "--from-csv", file, "--strict", "--dir", "repo"]);
    expect(errorOf(strict)).toMatchObject({ code: "ERR_INPUT", message: expect.stringContaining("line 2") });
  });
});
