/**
 * `recover` after somebody was on the machine: every role is compared, and every key that lay there is suspect.
 * @module
 */
import { cpSync, renameSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { addText, inRepo, jsonOf, SECRET } from "./repositoryFolder.ts";
import { errorOf, type Folder, folder } from "./tufLd.ts";

interface Report {
  readonly roles: readonly string[];
  readonly changes: readonly { path: string; role: string; change: string; differs?: string[] }[];
  readonly differences: readonly { role: string; fate: string; changes: string[] }[];
}

/** A published repository that delegates to `dev`; dev's key is in `dev.pem` and, with `here`, in keys/ as well. */
async function published({ here = true, bins = false } = {}): Promise<Folder> {
  const at = folder();
  at.ok(["init", "repo", "-q", ...(bins ? ["--bins", "4"] : [])]);
  const roles = ["root", "targets", "snapshot", "timestamp", ...(bins ? ["bin"] : [])];
  inRepo(at, "key", "gen", ...roles, "--unsafe-plain");
  at.ok(["key", "gen", "--unsafe-plain", "-o", "dev.pem"]);
  inRepo(at, "delegate", "dev", "--paths", "dev/*", "--key", at.file("dev.pem"));
  at.write("good.txt", "good");
  inRepo(at, "add", at.file("good.txt"), "--as", "dev/good.txt", "--role", "dev");
  if (bins) await addText(at, "plain.txt", "plain");
  cpSync(at.file("dev.pem"), at.file("repo/keys/dev.pem"));
  inRepo(at, "publish");
  cpSync(at.file("repo/public"), at.file("backup"), { recursive: true });
  if (!here) rmSync(at.file("repo/keys/dev.pem"));
  return at;
}

/** What an intruder with the key of `dev` signs: another target, another file under a name, a custom member. */
function intrude(at: Folder): void {
  at.write("evil.txt", "evil");
  inRepo(at, "add", at.file("evil.txt"), "--as", "dev/evil.txt", "--role", "dev");
  inRepo(at, "add", at.file("evil.txt"), "--as", "dev/good.txt", "--role", "dev", "--custom", '{"a":1}');
  cpSync(at.file("dev.pem"), at.file("repo/keys/dev.pem"));
  inRepo(at, "publish");
}

function wanted(at: Folder): (path: string) => number | null {
  const home = ["--home", "home"];
  const root = ["--root", "backup/metadata/1.root.json", "--name", "mine"];
  at.ok(["trust", at.file("repo/public/metadata"), ...root, ...home]);
  return (path) => at.run(["get", path, "-o", `got-${basename(path)}`, ...home]).code;
}

describe.each([false, true])("with bins: %s", (bins) => {
  test("a delegated role that an intruder changed with a key from keys/ goes back, and each change is named", async () => {
    const at = await published({ bins });
    intrude(at);
    const report = jsonOf<Report>(at, "recover", "--last-good", at.file("backup"), "--unsafe-plain");
    expect(report.roles).toContain("dev");
    expect(report.changes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: "dev/evil.txt", role: "dev", change: "added" }),
        expect.objectContaining({
          path: "dev/good.txt",
          role: "dev",
          change: "replaced",
          differs: ["custom", "hashes"],
        }),
      ]),
    );
    const said = inRepo(at, "recover");
    expect(said).not.toContain("no target came or changed");
    expect(said).toContain("dev/evil.txt was added in dev and is dropped\n");
    expect(said).toContain(
      "dev/good.txt was replaced (custom, hashes) in dev and goes back to what it was\n",
    );
    inRepo(at, "publish", "--recovery");
    const get = wanted(at);
    expect([get("dev/evil.txt"), get("dev/good.txt")]).toEqual([11, 0]);
    expect(at.read("got-good.txt/dev/good.txt")).toBe("good");
  });
});

test("what a key elsewhere has signed since stays, and is told with the words to take it back", async () => {
  const at = await published({ here: false });
  intrude(at);
  rmSync(at.file("repo/keys/dev.pem"));
  const said = inRepo(at, "recover", "--last-good", at.file("backup"), "--unsafe-plain");
  expect(said).toContain("1 role changed since and stay");
  expect(said).toContain("begin again with --roles dev\n");
  expect(said).toContain("dev/evil.txt was added\n");
  expect(said).toContain("dev/good.txt was replaced (custom, hashes)\n");
  inRepo(at, "recover", "--abort");
  inRepo(at, "recover", "--last-good", at.file("backup"), "--roles", "dev", "--unsafe-plain");
  inRepo(at, "publish", "--recovery");
  expect(wanted(at)("dev/evil.txt")).toBe(11);
});

test("new delegations, keys and thresholds of a role that goes back are told, and are gone", async () => {
  const at = await published();
  at.ok(["key", "gen", "--unsafe-plain", "-o", "evil.pem"]);
  const key = ["--key", at.file("evil.pem")];
  inRepo(at, "delegate", "evil", "--paths", "*", ...key);
  inRepo(at, "role", "add-key", "dev", at.file("evil.pem"));
  cpSync(at.file("evil.pem"), at.file("repo/keys/evil.pem"));
  inRepo(at, "publish");
  const { differences } = jsonOf<Report>(at, "recover", "--last-good", "1", "--unsafe-plain");
  const targets = differences.find(({ role }) => role === "targets");
  expect(targets).toMatchObject({ fate: "reverted" });
  expect(targets?.changes).toContain("delegates to evil");
  expect(targets?.changes.join("\n")).toMatch(/^dev gains key [0-9a-f]{64}/m);
  expect(differences.find(({ role }) => role === "snapshot")?.changes).toContain("names evil.json");
  inRepo(at, "publish", "--recovery");
  expect(inRepo(at, "status")).not.toContain("evil");
});

test("keys at hand of root and targets are replaced too, unless --safe says that nobody can have had them", async () => {
  const at = await published();
  const { roles } = jsonOf<Report>(at, "recover");
  expect([...roles].sort()).toEqual(["dev", "root", "snapshot", "targets", "timestamp"]);
  const refused = at.run(["recover", "--last-good", "none", "--dir", "repo"], { env: SECRET });
  expect([refused.code, errorOf(refused).code]).toEqual([2, "ERR_EDIT"]);
  expect(errorOf(refused).message).toContain("--safe");
  const safe = ["--safe", "root", "targets", "dev"];
  const narrow = jsonOf<Report>(at, "recover", "--last-good", "none", ...safe, "--unsafe-plain");
  expect([...narrow.roles].sort()).toEqual(["snapshot", "timestamp"]);
  inRepo(at, "recover", "--abort");
  inRepo(at, "recover", "--last-good", "1", "--unsafe-plain");
  inRepo(at, "publish", "--recovery");
  const root = at.json<{ signed: { roles: Record<string, { keyids: string[] }> } }>(
    "repo/public/metadata/2.root.json",
  );
  const before = at.json<typeof root>("repo/public/metadata/1.root.json");
  for (const role of ["root", "targets", "snapshot", "timestamp"])
    expect(root.signed.roles[role]?.keyids).not.toEqual(before.signed.roles[role]?.keyids);
  expect(wanted(at)("dev/good.txt")).toBe(0);
});

test("a role of which too few keys are here to sign stays as it is, and the key is named", async () => {
  const at = await published();
  at.ok(["key", "gen", "--unsafe-plain", "-o", "second.pem"]);
  inRepo(at, "role", "add-key", "dev", at.file("second.pem"));
  inRepo(at, "role", "threshold", "dev", "2");
  cpSync(at.file("second.pem"), at.file("repo/keys/second.pem"));
  inRepo(at, "add", at.file("good.txt"), "--as", "dev/more.txt", "--role", "dev");
  inRepo(at, "publish");
  renameSync(at.file("repo/keys/second.pem"), at.file("away.pem"));
  const report = jsonOf<Report>(at, "recover", "--last-good", "2", "--unsafe-plain", "--safe", "targets");
  expect(report.roles).not.toContain("dev");
  expect(inRepo(at, "recover")).toContain("dev lists keys that are at hand, too few to sign for it");
});
