/**
 * What a timer runs, and what it is told: `publish --renew` and `status`.
 * @module
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inRepo, SECRET, stateOf } from "./repositoryFolder.ts";
import { CLI, type Folder, folder } from "./tufLd.ts";

const NOBODY = 65534;
/** Root may write everywhere: then the test of a place where nothing can be written runs as somebody else. */
const asRoot = process.getuid?.() === 0;
const somebody = asRoot ? { uid: NOBODY } : {};
const canRun =
  !asRoot || spawnSync(process.execPath, [CLI, "--version"], { uid: NOBODY, gid: NOBODY }).status === 0;

/** A published repository whose keys of root and targets are locked with a passphrase that no timer knows. */
function published(): Folder {
  const at = folder();
  at.ok(["init", "repo", "-q"]);
  inRepo(at, "key", "gen", "root", "targets");
  inRepo(at, "key", "gen", "snapshot", "timestamp", "--unsafe-plain");
  inRepo(at, "publish", "-q");
  return at;
}

/** Makes half of a role's period be over, by making the period longer. */
function makeDue(at: Folder, ...roles: string[]): void {
  const settings = at.json<{ expiryDays: Record<string, number> }>("repo/tuf-ld.json");
  for (const role of roles) settings.expiryDays[role] = 36_000;
  at.write("repo/tuf-ld.json", settings);
}

function makeWritable(folder: string, isWritable: boolean): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) makeWritable(join(folder, entry.name), isWritable);
  chmodSync(folder, isWritable ? 0o755 : 0o555);
}

describe("publish --renew", () => {
  test("goes on without locked keys, stages what their holders have to sign, and ends with 14 until they did", () => {
    const at = published();
    makeDue(at, "targets", "timestamp");
    const renew = ["publish", "--renew", "--dir", "repo"];
    const first = at.run(renew);
    expect(first.code).toBe(14);
    expect(first.out).toContain("published timestamp, version 2");
    expect(first.err).toMatch(
      /^warning: targets is about to expire \(\S+\), and its key [0-9a-f]{12} could not be opened: its next version is staged; `tuf-ld sign targets --key KEY` signs it here, /m,
    );
    const draft = at.read("repo/staged/metadata/targets.json");
    // A timer comes again, and does not undo what somebody may be signing.
    expect(at.run(renew).code).toBe(14);
    expect(at.read("repo/staged/metadata/targets.json")).toBe(draft);
    const settings = at.json<{ expiryDays: Record<string, number> }>("repo/tuf-ld.json");
    at.write("repo/tuf-ld.json", { ...settings, expiryDays: { ...settings.expiryDays, timestamp: 1 } });
    expect(at.run(renew, { env: SECRET }).code).toBe(0);
  });
});

describe("status", () => {
  test("ends with 14 when something is due, with 0 when nothing is, and says how many days are left", () => {
    const at = published();
    const calm = at.run(["status", "--dir", "repo"]);
    expect(calm.code).toBe(0);
    expect(calm.out).toMatch(/^root +version 1 +\d{4}-\d\d-\d\d, 36\d days left /m);
    makeDue(at, "root");
    const { code, out } = at.run(["status", "--json", "--dir", "repo"]);
    expect(code).toBe(14);
    const { roles } = JSON.parse(out) as { roles: { role: string; published: object }[] };
    expect(roles[0]).toMatchObject({ role: "root", published: { due: true, expired: false, daysLeft: 364 } });
  });

  test.skipIf(!canRun)("works where nothing can be written, and writes nothing", () => {
    const at = published();
    cpSync(at.file("repo"), at.file("copy"), { recursive: true });
    writeFileSync(at.file("copy/keys/.gitkeep"), "");
    for (const name of readdirSync(at.file("copy/keys"))) chmodSync(at.file(`copy/keys/${name}`), 0o444);
    chmodSync(at.path, 0o755);
    makeWritable(at.file("copy"), false);
    const before = stateOf(at.file("copy"));
    const { code, out, err } = at.run(["status", "--dir", "copy"], somebody);
    makeWritable(at.file("copy"), true);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^timestamp +version 1 /m);
    makeWritable(at.file("copy"), false);
    expect(stateOf(at.file("copy"))).toEqual(before);
    makeWritable(at.file("copy"), true);
  });
});

test("the first publication says what to upload, whom to tell what, and when it expires; the second does not", () => {
  const at = folder();
  const made = at.ok(["init", "repo"]);
  expect(made).toContain("tuf-ld publish --renew");
  inRepo(at, "key", "gen", "root", "targets", "snapshot", "timestamp", "--unsafe-plain");
  const said = inRepo(at, "publish");
  const [, digest = ""] = /^ +tuf-ld trust URL --root-sha256 ([0-9a-f]{64})$/m.exec(said) ?? [];
  expect(said).toMatch(/timestamp\.json expires at \d{4}-/);
  // The line that a colleague is given works as it stands, with the place for URL.
  const args = ["trust", at.file("repo/public/metadata"), "--root-sha256", digest, "--home", "home"];
  at.ok(args);
  at.ok(["refresh", "--home", "home"]);
  at.write("a.txt", "a");
  inRepo(at, "add", at.file("a.txt"));
  expect(inRepo(at, "publish")).not.toContain("trust URL");
});
