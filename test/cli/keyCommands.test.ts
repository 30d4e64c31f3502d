/**
 * `rotate`, `revoke` and `recover` as people run them.
 * @module
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { addText, inRepo, jsonOf, SECRET } from "./repositoryFolder.ts";
import { type Ended, errorOf, type Folder, folder } from "./tufLd.ts";

/** A published repository with four bins and one key a role, not encrypted. */
async function published(): Promise<Folder> {
  const at = folder();
  at.ok(["init", "repo", "--bins", "4"]);
  inRepo(at, "key", "gen", "root", "targets", "snapshot", "timestamp", "bin", "--unsafe-plain");
  await addText(at, "a.txt", "content of a");
  inRepo(at, "publish");
  return at;
}

function attempt(at: Folder, ...args: string[]): Ended {
  return at.run([...args, "--dir", "repo"], { env: SECRET });
}

function keyFiles(at: Folder): string[] {
  return readdirSync(at.file("repo/keys")).sort();
}

describe("rotate", () => {
  test("makes an encrypted key in keys/, says where both private keys are, and publishes after that", async () => {
    const at = await published();
    const { newFile, oldFile, drafts } = jsonOf<{ newFile: string; oldFile: string; drafts: string[] }>(
      at,
      "rotate",
      "timestamp",
    );
    expect(at.read(newFile)).toContain("BEGIN ENCRYPTED PRIVATE KEY");
    expect(existsSync(at.file(oldFile))).toBe(true);
    expect(drafts).toEqual(["root"]);
    inRepo(at, "publish");
    expect(existsSync(at.file("repo/public/metadata/2.root.json"))).toBe(true);
  });

  test("takes a key that is given, by file or did:key, and makes none", async () => {
    const at = await published();
    at.ok(["key", "gen", "--unsafe-plain", "-o", "new.pem"]);
    const before = keyFiles(at);
    const out = inRepo(at, "rotate", "targets", "--new", at.file("new.pem"));
    expect(out).toMatch(/^targets: key [0-9a-f]{12}\.\.\. takes the place of [0-9a-f]{12}\.\.\.\n/);
    expect(out).toContain("staged: root, targets;");
    const did = at.ok(["key", "show", "new.pem", "--as", "did"]).trim();
    inRepo(at, "rotate", "bin", "--new", did);
    expect(keyFiles(at)).toEqual(before);
  });

  test("warns of a moment without clients for the keys of root alone, and if the old key is elsewhere", async () => {
    const at = await published();
    for (const name of ["team", "new", "newer"]) at.ok(["key", "gen", "--unsafe-plain", "-o", `${name}.pem`]);
    inRepo(at, "delegate", "team", "--paths", "team/*", "--key", at.file("team.pem"));
    expect(inRepo(at, "rotate", "team", "--new", at.file("new.pem"))).not.toContain("clients may fail");
    inRepo(at, "rotate", "timestamp", "--new", at.file("new.pem"));
    expect(inRepo(at, "rotate", "timestamp", "--new", at.file("newer.pem"))).toContain("clients may fail");
  });

  test("a mistyped role or key leaves no private key behind", async () => {
    const at = await published();
    const before = keyFiles(at);
    expect(errorOf(attempt(at, "rotate", "timestmap")).code).toBe("ERR_ROLE_UNKNOWN");
    expect(errorOf(attempt(at, "rotate", "root", "--old", "zz")).code).toBe("ERR_EDIT");
    expect(attempt(at, "rotate", "root", "--new", "x", "--unsafe-plain").code).toBe(2);
    expect(keyFiles(at)).toEqual(before);
  });
});

describe("revoke", () => {
  test("refuses as a whole and names the command that helps; with another key in its place it works", async () => {
    const at = await published();
    const name = keyFiles(at).find((each) => each.startsWith("bin-")) ?? "";
    const refused = attempt(at, "revoke", at.file(`repo/keys/${name}`));
    expect(refused.code).toBe(2);
    expect(errorOf(refused).message).toContain("`tuf-ld key gen bin`");
    at.ok(["key", "gen", "--unsafe-plain", "-o", "new.pem"]);
    const args = ["revoke", name.slice(4, 14), "--replace-with", at.file("new.pem")];
    const { roles, files, drafts } = jsonOf(at, ...args);
    expect({ roles, drafts }).toEqual({ roles: ["bin"], drafts: ["targets"] });
    expect(files).toEqual([expect.stringContaining(name)]);
    expect(keyFiles(at)).toContain(name);
    expect(errorOf(attempt(at, "revoke", "nobody")).code).toBe("ERR_EDIT");
  });
});

describe("recover", () => {
  test("guides from the choice of a state to the end, and tells each time what is next", async () => {
    const at = await published();
    expect(inRepo(at, "recover")).toContain("--last-good 1");
    cpSync(at.file("repo/public"), at.file("backup"), { recursive: true });
    await addText(at, "evil.txt", "evil");
    inRepo(at, "publish");
    writeFileSync(at.file("repo/public/metadata/timestamp.json"), "destroyed");
    const root = keyFiles(at).find((each) => each.startsWith("root-")) ?? "";
    const pem = readFileSync(at.file(`repo/keys/${root}`));
    rmSync(at.file(`repo/keys/${root}`));
    const begun = inRepo(at, "recover", "--last-good", at.file("backup"));
    expect(begun).toMatch(/new key of bin: \S+\n/);
    expect(begun).toMatch(/ 1\. ✓ the last good state is that of snapshot 1\n/);
    expect(begun).toMatch(
      / 2\. ✓ 1 of the 1 changes of targets since are taken back\n {6}evil\.txt was added in bin-\d and is dropped\n/,
    );
    expect(begun).toMatch(/ 3\. … root gives new keys to snapshot, targets, timestamp\n/);
    expect(begun).toContain("\nnext: tuf-ld sign root --key FILE\n");
    expect(errorOf(attempt(at, "publish", "--renew")).code).toBe("ERR_EDIT");
    expect(errorOf(attempt(at, "publish", "--recovery")).code).toBe("ERR_THRESHOLD_UNMET");
    expect(errorOf(attempt(at, "clean")).code).toBe("ERR_EDIT");
    const said = inRepo(at, "status");
    expect(said).toContain("a recovery goes on and nothing else is published;");
    expect(said).toContain("Next:\n  `tuf-ld sign root --key FILE` is what the recovery needs next\n");
    expect(attempt(at, "recover", "--last-good", "1").code).toBe(2);
    writeFileSync(at.file("root.pem"), pem);
    inRepo(at, "sign", "root", "--key", at.file("root.pem"), "--yes");
    expect(inRepo(at, "recover")).toContain("\nnext: tuf-ld publish --recovery\n");
    inRepo(at, "publish", "--recovery");
    expect(inRepo(at, "recover")).toContain("\nall is done;");
    expect(jsonOf(at, "recover")).toMatchObject({ ok: true, phase: "done" });
    const home = ["--home", "home"];
    const root1 = ["--root", "repo/public/metadata/1.root.json"];
    at.ok(["trust", at.file("repo/public/metadata"), ...root1, "--name", "mine", ...home]);
    at.ok(["get", "a.txt", ...home]);
    expect(at.read("a.txt")).toBe("content of a");
    expect(at.run(["get", "evil.txt", ...home]).code).toBe(11);
  });

  test("given up, its drafts are gone", async () => {
    const at = await published();
    inRepo(at, "recover", "--last-good", "1", "--unsafe-plain");
    expect(jsonOf(at, "recover", "--abort")).toMatchObject({
      aborted: true,
      drafts: ["root", "targets"],
      restored: [],
    });
    expect(errorOf(attempt(at, "recover", "--abort")).code).toBe("ERR_EDIT");
  });

  test("what cannot begin makes no keys: no such state, a path that did not change, options without a state", async () => {
    const at = await published();
    const before = keyFiles(at);
    expect(errorOf(attempt(at, "recover", "--last-good", "99")).code).toBe("ERR_EDIT");
    expect(errorOf(attempt(at, "recover", "--last-good", "1", "--keep", "x.txt")).code).toBe("ERR_EDIT");
    expect(attempt(at, "recover", "--last-good", "none").code).toBe(2);
    expect(attempt(at, "recover", "--last-good", "nowhere").code).toBe(2);
    expect(attempt(at, "recover", "--keep", "x.txt").code).toBe(2);
    expect(errorOf(attempt(at, "recover", "--last-good", "1", "--roles", "nobody")).code).toBe(
      "ERR_ROLE_UNKNOWN",
    );
    expect(keyFiles(at)).toEqual(before);
  });
});

describe("key gen", () => {
  const NEW = ["key", "gen", "--unsafe-plain", "-o"];

  test("writes the public key beside the private one, which `key show` and `delegate` take", async () => {
    const at = await published();
    const { file, publicFile, keyid } = JSON.parse(at.ok([...NEW, "team.pem", "--json"])) as Record<
      string,
      string
    >;
    expect([file, publicFile]).toEqual(["team.pem", "team.pub"]);
    expect(at.read("team.pub")).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    expect(JSON.parse(at.ok(["key", "show", "team.pub", "--json"]))).toMatchObject({ keyid });
    inRepo(at, "delegate", "team", "--paths", "team/*", "--key", at.file("team.pub"));
    at.ok([...NEW, "ci"]);
    expect(existsSync(at.file("ci.pub"))).toBe(true);
  });

  test("leaves no private key where the public key's place is taken", () => {
    const at = folder();
    at.write("a.pub", "somebody's");
    expect(errorOf(at.run([...NEW, "a.pem"])).code).toBe("ERR_STORAGE");
    expect([existsSync(at.file("a.pem")), at.read("a.pub")]).toEqual([false, "somebody's"]);
  });

  test("warns where a role has keys already, and only there", () => {
    const at = folder();
    at.ok(["init", "repo"]);
    const gen = (...roles: string[]) => at.run(["key", "gen", ...roles, "--unsafe-plain", "--dir", "repo"]);
    expect(gen("root", "targets").err).not.toContain("warning");
    const { code, err } = gen("targets", "snapshot");
    expect(code).toBe(0);
    expect(err).toMatch(/warning: targets has a key already.*tuf-ld rotate targets/);
    expect(err).not.toContain("warning: snapshot");
  });
});
