/**
 * `tuf-ld list` for a repository that one publishes.
 * @module
 */
import { describe, expect, test } from "vitest";
import { addText, inRepo, jsonOf, SECRET } from "./repositoryFolder.ts";
import { errorOf, type Folder, folder } from "./tufLd.ts";

interface Entry {
  readonly path: string;
  readonly role: string;
  readonly staged: boolean;
}

const listed = (at: Folder, ...args: string[]): string[] =>
  jsonOf<{ ok: boolean; targets: Entry[] }>(at, "list", "-q", ...args)
    .targets.map(({ path, role, staged }) => `${role} ${path}${staged ? " staged" : ""}`)
    .sort();

async function published(...options: string[]): Promise<Folder> {
  const at = folder();
  at.ok(["init", "repo", "-q", ...options]);
  const roles = ["root", "targets", "snapshot", "timestamp", ...(options.length > 0 ? ["bin"] : [])];
  inRepo(at, "key", "gen", ...roles, "-q", "--unsafe-plain");
  for (const path of ["docs/a.txt", "docs/b.txt", "c.txt"]) await addText(at, path, path);
  inRepo(at, "publish", "-q");
  return at;
}

describe("list of a repository that one publishes", () => {
  test.each([
    ["targets", []],
    ["bin", ["--bins", "4"]],
  ])("shows what will be published, and what of it is staged only, in %s", async (role, options) => {
    const at = await published(...options);
    at.ok(["key", "gen", "--unsafe-plain", "-o", "t.pem"]);
    inRepo(at, "delegate", "team", "--paths", "team/*", "--key", "t.pem");
    at.write("x", "new");
    inRepo(at, "add", "x", "--as", "team/x", "--role", "team", "-q");
    inRepo(at, "remove", "docs/b.txt");
    inRepo(at, "add", "x", "--as", "c.txt", "-q");
    const all = [`${role} c.txt staged`, `${role} docs/a.txt`, "team team/x staged"];
    expect(listed(at)).toEqual(all.sort());
    expect(listed(at, "docs/*")).toEqual([`${role} docs/a.txt`]);
    expect(listed(at, "c.txt", "team/")).toEqual([`${role} c.txt staged`, "team team/x staged"].sort());
    expect(listed(at, "docs/b.txt")).toEqual([]);
    const { out, err } = at.run(["list"], { env: { TUF_LD_DIR: "repo" } });
    expect(out).toMatch(new RegExp(`^ +3 {2}c\\.txt +${role} \\(staged\\)$`, "m"));
    expect(err).toContain("--repo NAME lists a trusted one");
  });

  test("lists projects, and status and discard tell what of a claim is staged (PEP 480)", async () => {
    const at = folder();
    at.ok(["init", "repo", "--profile", "pep480", "--bins", "2", "-q"]);
    const twice = ["root", "targets", "claimed"].flatMap((role) => [role, role]);
    const once = ["recently-claimed", "unclaimed", "bin", "snapshot", "timestamp"];
    inRepo(at, "key", "gen", ...twice, ...once, "--unsafe-plain", "-q");
    inRepo(at, "publish", "-q");
    at.write("foo-1.tgz", "foo");
    at.ok(["key", "gen", "--unsafe-plain", "-o", "dev.pem", "-q"]);
    at.ok(["project", "sign", "foo", "foo-1.tgz", "--key", "dev.pem", "-o", "one"]);
    inRepo(at, "accept", "foo", "one", "--key", "dev.pem");
    const own = ["packages/foo/foo-1.tgz", "simple/foo/index.html", "simple/foo/index.json"];
    expect(listed(at)).toEqual(own.map((path) => `project-foo ${path} staged`));
    expect(inRepo(at, "status")).toContain("\n  1 recently claimed, 1 of them staged\n");
    const gone = jsonOf<{ discarded: Entry[] }>(at, "discard", "recently-claimed", "--yes").discarded;
    expect(gone.map(({ role }) => role)).toEqual(["recently-claimed", "project-foo"]);
    inRepo(at, "accept", "foo", "one", "--key", "dev.pem");
    inRepo(at, "publish", "-q");
    inRepo(at, "claim", "foo");
    expect(listed(at)).toEqual(own.map((path) => `project-foo ${path}`));
    const said =
      "  1 claimed, 1 of them staged, and not claimed until that is published\n  0 recently claimed\n";
    expect(inRepo(at, "status")).toContain(said);
    inRepo(at, "discard", "claimed", "--yes");
    expect(inRepo(at, "status")).toContain("  0 claimed\n  1 recently claimed\n");
  });

  test("gives way to options that speak of trusted repositories, and takes none of them with --dir", async () => {
    const at = await published();
    const other = at.run(["list", "--home", "nowhere"], { env: { TUF_LD_DIR: "repo" } });
    expect([other.code, errorOf(other).code]).toEqual([17, "ERR_NO_TRUSTED_ROOT"]);
    const both = at.run(["list", "--dir", "repo", "--offline"], { env: SECRET });
    expect([both.code, errorOf(both).code]).toEqual([2, "ERR_USAGE"]);
    const none = at.run(["list", "--dir", "elsewhere"]);
    expect([none.code, errorOf(none).code]).toEqual([2, "ERR_NOT_A_REPOSITORY"]);
  });

  test("remove names what it removes in order", async () => {
    const at = await published("--bins", "4");
    expect(inRepo(at, "remove", "c.txt", "docs/*")).toBe(
      "staged the removal of c.txt\nstaged the removal of docs/a.txt\nstaged the removal of docs/b.txt\n",
    );
  });
});
