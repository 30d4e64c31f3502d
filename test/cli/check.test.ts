/**
 * `check`: what stands in public/ is what is signed, or each file that is not is named.
 * @module
 */
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { addText, copiesOf, inRepo, removeOriginals } from "./repositoryFolder.ts";
import { Folder, folder } from "./tufLd.ts";

afterAll(removeOriginals);

/** A published repository with two bins, a delegated role and two targets. */
async function published(): Promise<Folder> {
  const make = async (): Promise<Folder[]> => {
    const at = new Folder();
    at.ok(["init", "repo", "-q", "--bins", "2"]);
    inRepo(at, "key", "gen", "root", "targets", "snapshot", "timestamp", "bin", "--unsafe-plain");
    await addText(at, "a.txt", "content of a");
    await addText(at, "b/b.txt", "content of b");
    inRepo(at, "publish", "-q");
    return [at];
  };
  return (await copiesOf("check", make))[0] ?? folder();
}

interface Told {
  readonly ok: boolean;
  readonly problems: readonly { readonly file: string; readonly code: string }[];
  readonly metadata: number;
  readonly targets: number;
  readonly read: number;
  readonly extra: readonly string[];
}

function told(at: Folder, ...args: string[]): { readonly code: number | null; readonly told: Told } {
  const { code, out } = at.run(["check", "--json", "--dir", "repo", ...args]);
  return { code, told: JSON.parse(out) as Told };
}

function targetFile(at: Folder, folder = ""): string {
  const below = join("public/targets", folder);
  const name = readdirSync(at.file(join("repo", below))).find((each) => each.endsWith(".txt"));
  return join(below, name ?? "");
}

test("what was published is what is signed; extra files are named and no failure", async () => {
  const at = await published();
  writeFileSync(at.file("repo/public/targets/stray"), "");
  expect(told(at)).toEqual({
    code: 0,
    told: {
      ok: true,
      ...{ problems: [], metadata: 6, targets: 2, read: 2, extra: ["public/targets/stray"] },
    },
  });
  expect(told(at, "--sample", "1").told.read).toBe(1);
  expect(told(at, "--no-targets").told.read).toBe(0);
});

test("a target file that is missing is named, with other bytes too, unless bytes are not read", async () => {
  const at = await published();
  const [gone, wrong] = [targetFile(at), targetFile(at, "b")];
  rmSync(at.file(`repo/${gone}`));
  writeFileSync(at.file(`repo/${wrong}`), "content of c");
  const { code, told: all } = told(at);
  expect(all.problems.map(({ file, code: why }) => `${why} ${file}`).sort()).toEqual([
    `ERR_FILE_NOT_FOUND ${gone}`,
    `ERR_HASH_MISMATCH ${wrong}`,
  ]);
  expect([16, 20]).toContain(code);
  expect(told(at, "--no-targets").told.problems.map(({ file }) => file)).toEqual([gone]);
});

test("metadata that is missing, of another time or not signed is named with the client's own codes", async () => {
  const at = await published();
  const metadata = at.file("repo/public/metadata");
  cpSync(metadata, at.file("kept"), { recursive: true });
  rmSync(join(metadata, "1.bin-0.json"));
  const bin = told(at);
  expect(bin).toMatchObject({ code: 20, told: { ok: false } });
  expect(bin.told.problems[0]).toMatchObject({
    file: "public/metadata/1.bin-0.json",
    code: "ERR_FILE_NOT_FOUND",
  });
  cpSync(at.file("kept"), metadata, { recursive: true });
  const snapshot = at.json<{ signed: object }>("kept/1.snapshot.json");
  writeFileSync(join(metadata, "1.snapshot.json"), JSON.stringify(snapshot));
  expect(["ERR_LENGTH_MISMATCH", "ERR_HASH_MISMATCH"]).toContain(told(at).told.problems[0]?.code);
  cpSync(at.file("kept"), metadata, { recursive: true });
  const timestamp = at.json<{ signatures: object[] }>("kept/timestamp.json");
  writeFileSync(join(metadata, "timestamp.json"), JSON.stringify({ ...timestamp, signatures: [] }));
  const unsigned = at.run(["check", "--dir", "repo"]);
  expect(unsigned.code).not.toBe(0);
  expect(unsigned.out).toContain("public/ is not what is signed");
});
