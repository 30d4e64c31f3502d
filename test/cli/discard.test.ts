/**
 * `tuf-ld discard`.
 * @module
 */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { addText, inRepo, jsonOf, SECRET, stateOf } from "./repositoryFolder.ts";
import { type Ended, errorOf, type Folder, folder } from "./tufLd.ts";

async function published(...options: string[]): Promise<Folder> {
  const at = folder();
  at.ok(["init", "repo", "-q", ...options]);
  const roles = ["root", "targets", "snapshot", "timestamp", ...(options.length > 0 ? ["bin"] : [])];
  inRepo(at, "key", "gen", ...roles, "-q", "--unsafe-plain");
  await addText(at, "a.txt", "first");
  inRepo(at, "publish", "-q");
  return at;
}

const attempt = (at: Folder, ...args: string[]): Ended =>
  at.run(["discard", ...args, "--dir", "repo"], { env: SECRET });

describe("discard", () => {
  test("shows what is given up, does nothing without a yes, and takes the drafts below with it", async () => {
    const at = await published();
    at.ok(["key", "gen", "--unsafe-plain", "-o", "t.pem"]);
    inRepo(at, "delegate", "t1", "--paths", "x/*", "--key", "t.pem");
    inRepo(at, "delegate", "t2", "--from", "t1", "--paths", "x/*", "--key", "t.pem");
    const key = inRepo(at, "role", "add-key", "root", "t.pem");
    expect(key).toContain("root lists");
    const before = stateOf(at.file("repo"));
    const asked = attempt(at, "targets");
    expect([asked.code, errorOf(asked).code]).toEqual([2, "ERR_USAGE"]);
    expect(asked.err).toMatch(/ {2}targets: version 2\n(?: {4}.*\n)* {4}delegates to t1\n/);
    expect(asked.err).toContain("  t2: version 1, to which nobody would delegate any more\n");
    expect([...stateOf(at.file("repo")).keys()]).toEqual([...before.keys()]);
    const { discarded } = jsonOf<{ discarded: object[] }>(at, "discard", "targets", "--yes");
    expect(discarded).toMatchObject([
      { role: "targets", version: 2, orphan: false },
      { role: "t1", orphan: true },
      { role: "t2", orphan: true },
    ]);
    expect(inRepo(at, "discard", "--all", "--yes")).toContain("gave up root;");
    expect(inRepo(at, "discard", "--all", "--yes")).toBe("nothing is staged\n");
    expect(inRepo(at, "publish")).toMatch(/^nothing to publish/);
  });

  test("gives up the changes of bins that wait", async () => {
    const at = await published("--bins", "4");
    await addText(at, "b.txt", "second");
    expect(attempt(at, "bin", "--yes").err).toContain("  bin: 1 log entry, all changes of targets in bins\n");
    expect(jsonOf<{ bins: object }>(at, "status").bins).toMatchObject({ pendingChanges: 0 });
    expect(errorOf(attempt(at, "bin", "--yes")).code).toBe("ERR_ROLE_UNKNOWN");
  });

  test("refuses the first root, a recovery's drafts, and a command line that names nothing or too much", async () => {
    const at = await published();
    inRepo(at, "recover", "--last-good", "1", "--unsafe-plain");
    for (const args of [["root"], ["--all"]]) {
      const ended = attempt(at, ...args, "--yes");
      expect([ended.code, errorOf(ended).code]).toEqual([2, "ERR_EDIT"]);
    }
    expect(existsSync(at.file("repo/staged/metadata/root.json"))).toBe(true);
    const other = folder();
    other.ok(["init", "repo", "-q"]);
    expect(errorOf(attempt(other, "root", "--yes")).code).toBe("ERR_EDIT");
    expect(errorOf(attempt(other, "--all", "--yes")).code).toBe("ERR_EDIT");
    for (const args of [[], ["root", "--all"]])
      expect(errorOf(attempt(other, ...args, "--yes")).code).toBe("ERR_USAGE");
  });
});
