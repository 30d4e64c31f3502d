/**
 * Older files put back where a repository is published from, as whole commands.
 * @module
 */
import { appendFileSync, cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addText, inRepo, jsonOf, SECRET, stateOf } from "./repositoryFolder.ts";
import { errorOf, type Folder, folder } from "./tufLd.ts";

async function published(...options: string[]): Promise<Folder> {
  const at = folder();
  at.ok(["init", "repo", "-q", ...options]);
  const roles = ["root", "targets", "snapshot", "timestamp", ...(options.length > 0 ? ["bin"] : [])];
  inRepo(at, "key", "gen", ...roles, "-q", "--unsafe-plain");
  await addText(at, "docs/a.txt", "first");
  inRepo(at, "publish", "-q");
  return at;
}

test("an older copy of all but the keys is refused before anything is signed, and the refusal says where that is noted", async () => {
  const at = await published();
  cpSync(at.file("repo"), at.file("backup"), { recursive: true });
  await addText(at, "docs/a.txt", "second");
  inRepo(at, "publish", "-q");
  const [note = ""] = readdirSync(at.file("repo/keys")).filter((name) => name.startsWith(".tuf-ld-"));
  expect(note).toMatch(/^\.tuf-ld-[0-9a-f]{16}\.json$/);
  for (const part of ["public", "state", "staged"]) {
    rmSync(join(at.file("repo"), part), { recursive: true, force: true });
    cpSync(join(at.file("backup"), part), join(at.file("repo"), part), { recursive: true });
  }
  await addText(at, "docs/b.txt", "third");
  const before = stateOf(at.file("repo/public"));
  for (const options of [[], ["--renew"], ["--dry-run"]]) {
    const refused = at.run(["publish", ...options, "--dir", "repo", "--json"], { env: SECRET });
    expect(refused.code).toBe(15);
    const { code, message } = errorOf(refused);
    expect(code).toBe("ERR_ROLLBACK");
    expect(message).toContain(note);
    expect(message).toContain("recover");
  }
  expect(stateOf(at.file("repo/public"))).toEqual(before);
  // Whoever can put back the note beside the keys as well is not found out (SECURITY.md).
  rmSync(at.file("repo"), { recursive: true });
  cpSync(at.file("backup"), at.file("repo"), { recursive: true });
  inRepo(at, "publish", "-q");
});

test.each<[string, (publicFolder: string) => void]>([
  ["whose first root has a blank more", (place) => appendFileSync(join(place, "metadata/1.root.json"), "\n")],
  ["without any metadata", (place) => rmSync(join(place, "metadata"), { recursive: true })],
  ["without a timestamp", (place) => rmSync(join(place, "metadata/timestamp.json"))],
])("an older public/ %s is no repository that the keys have never seen", async (_, change) => {
  const at = await published();
  cpSync(at.file("repo/public"), at.file("backup"), { recursive: true });
  await addText(at, "docs/a.txt", "second");
  inRepo(at, "publish", "-q");
  await addText(at, "docs/a.txt", "third");
  for (const part of ["public", "state"]) rmSync(join(at.file("repo"), part), { recursive: true });
  cpSync(at.file("backup"), at.file("repo/public"), { recursive: true });
  change(at.file("repo/public"));
  const before = stateOf(at.file("repo/public"));
  const refused = at.run(["publish", "--dir", "repo", "--json"], { env: SECRET });
  expect([refused.code, errorOf(refused).code]).toEqual([15, "ERR_ROLLBACK"]);
  expect(stateOf(at.file("repo/public"))).toEqual(before);
});

test("keys that lie elsewhere remember several repositories, each by its own identifier", async () => {
  const [one, other] = [await published(), await published()];
  for (const at of [one, other]) {
    cpSync(at.file("repo/keys"), one.file("keys"), { recursive: true });
    await addText(at, "docs/a.txt", "second");
    at.ok(["publish", "-q", "--dir", "repo", "--keys", one.file("keys")], { env: SECRET });
  }
  expect(readdirSync(one.file("keys")).filter((name) => name.startsWith(".tuf-ld-"))).toHaveLength(2);
  other.remove();
});

test("notes in state/ that name other keys and far dates change nothing of what is published and told", async () => {
  const at = await published("--bins", "4");
  const keyOf = (role: string): string =>
    jsonOf<{ roles: { role: string; keys: { keyid: string }[] }[] }>(at, "status").roles.find(
      (each) => each.role === role,
    )?.keys[0]?.keyid ?? "";
  const told = inRepo(at, "status");
  const note = JSON.stringify({ delegatorVersion: 1, keyids: [keyOf("targets")] });
  writeFileSync(at.file("repo/state/bin-keys.json"), note);
  writeFileSync(at.file("repo/state/bin-expiry.json"), '{"earliest":"2099-01-01T00:00:00Z"}');
  expect(inRepo(at, "status")).toBe(told);
  await addText(at, "docs/b.txt", "second");
  inRepo(at, "publish", "-q");
  at.ok(["trust", "repo/public", "--root", "repo/public/metadata/1.root.json"], {
    env: { TUF_LD_HOME: at.file("home") },
  });
  at.ok(["get", "docs/b.txt", "-o", "got"], { env: { TUF_LD_HOME: at.file("home") } });
  expect(at.read("got/docs/b.txt")).toBe("second");
});
