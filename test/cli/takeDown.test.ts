/**
 * Target files that nothing lists: `clean --targets` takes them down, a refused `add` leaves none.
 * @module
 */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addText, inRepo, jsonOf, SECRET } from "./repositoryFolder.ts";
import { errorOf, type Folder, folder } from "./tufLd.ts";

/** What is stored, published or waiting, without hashes. */
const stored = (at: Folder): string[] =>
  ["public", "staged"]
    .map((name) => at.file(`repo/${name}/targets`))
    .flatMap((path) => (existsSync(path) ? readdirSync(path) : []))
    .map((name) => name.replace(/^[0-9a-f]{64}\./, ""))
    .sort();

test("clean --targets keeps what metadata in public/ or a draft lists, and with --now drops the rest", async () => {
  const at = folder();
  at.ok(["init", "repo", "-q"]);
  inRepo(at, "key", "gen", "root", "targets", "snapshot", "timestamp", "--unsafe-plain");
  for (const name of ["gone.txt", "stays.txt"]) await addText(at, name, name);
  inRepo(at, "publish", "-q");
  inRepo(at, "remove", "gone.txt");
  inRepo(at, "publish", "-q");
  await addText(at, "staged.txt", "staged");
  writeFileSync(at.file("repo/public/targets/notes.txt"), "of somebody");
  // Clients that have read the version before may still be asking for it.
  const early = jsonOf<{ removed: string[] }>(at, "clean", "--targets", "--keep", "1h");
  expect(early.removed).toEqual([]);
  const { removed } = jsonOf<{ removed: string[] }>(at, "clean", "--targets", "--now");
  expect(removed.filter((name) => name.startsWith("public/targets/"))).toEqual([
    expect.stringMatching(/^public\/targets\/[0-9a-f]{64}\.gone\.txt$/),
  ]);
  expect(stored(at)).toEqual(["notes.txt", "staged.txt", "stays.txt"]);
  inRepo(at, "publish", "-q");
  inRepo(at, "check");
  expect(at.run(["clean", "--now", "--keep", "1h", "--dir", "repo"]).code).toBe(2);
});

test("remove --now takes the file down at once, and not one that another role lists under the same path", async () => {
  const at = folder();
  at.ok(["init", "repo", "-q"]);
  at.ok(["key", "gen", "--unsafe-plain", "-o", "dev.pem"]);
  inRepo(at, "delegate", "dev", "--paths", "*", "--key", at.file("dev.pem"));
  for (const name of ["bad.txt", "both.txt"]) at.write(name, name);
  inRepo(at, "add", at.file("bad.txt"), at.file("both.txt"));
  inRepo(at, "add", at.file("both.txt"), "--role", "dev");
  const { removed, taken } = jsonOf<{ removed: string[]; taken: string[] }>(at, "remove", "*.txt", "--now");
  expect(removed).toEqual(["bad.txt", "both.txt"]);
  expect(taken).toEqual([expect.stringMatching(/^public\/targets\/[0-9a-f]{64}\.bad\.txt$/)]);
  expect(stored(at)).toEqual(["both.txt"]);
});

test.each([[], ["--bins", "2"]])(
  "remove --now takes down what clients find, though its removal is staged already or it was replaced (%s %s)",
  async (...options) => {
    const at = folder();
    at.ok(["init", "repo", "-q", ...options]);
    const roles = ["root", "targets", "snapshot", "timestamp", ...(options.length > 0 ? ["bin"] : [])];
    inRepo(at, "key", "gen", ...roles, "--unsafe-plain");
    for (const name of ["gone.txt", "replaced.txt", "stays.txt"]) await addText(at, name, name);
    inRepo(at, "publish", "-q");
    inRepo(at, "remove", "gone.txt");
    await addText(at, "replaced.txt", "other");
    expect(stored(at)).toEqual(["gone.txt", "replaced.txt", "replaced.txt", "stays.txt"]);
    const { removed, taken } = jsonOf<{ removed: string[]; taken: string[] }>(
      at,
      "remove",
      "gone.txt",
      "replaced.txt",
      "--now",
    );
    expect(removed).toEqual(["replaced.txt"]);
    expect(taken).toHaveLength(3);
    expect(stored(at)).toEqual(["stays.txt"]);
    // Once more, as after it was stopped: there is nothing left to do, and nothing wrong.
    expect(jsonOf<object>(at, "remove", "gone.txt", "--now")).toMatchObject({ ok: true, removed: [] });
    expect(errorOf(at.run(["remove", "gone.txt", "--dir", "repo", "--json"])).code).toBe(
      "ERR_TARGET_NOT_FOUND",
    );
    inRepo(at, "publish", "-q");
    inRepo(at, "check");
  },
);

test("an add that is refused leaves no file behind, and none that was there goes", async () => {
  const at = folder();
  at.ok(["init", "repo", "-q"]);
  await addText(at, "a.txt", "a");
  at.write("a.txt", "a");
  at.write("b.txt", "b");
  const files = [at.file("a.txt"), at.file("b.txt")];
  const refused = at.run(["add", ...files, "--role", "nobody", "--dir", "repo"], { env: SECRET });
  expect(errorOf(refused).code).toBe("ERR_ROLE_UNKNOWN");
  expect(stored(at)).toEqual(["a.txt"]);
});
