/**
 * How private keys in keys/ are found, and opened where there is no terminal.
 * @module
 */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inRepo, jsonOf, SECRET } from "./repositoryFolder.ts";
import { errorOf, type Folder, folder } from "./tufLd.ts";

interface Status {
  readonly roles: readonly {
    readonly role: string;
    readonly keys: readonly { readonly keyid: string; readonly held: boolean }[];
  }[];
  readonly next: readonly string[];
}

/** A repository with encrypted keys of all roles but the snapshot's. */
function lacking(): Folder {
  const at = folder();
  at.ok(["init", "repo", "-q"]);
  inRepo(at, "key", "gen", "root", "targets", "timestamp", "-q");
  return at;
}

const keysOf = (at: Folder, name: string) =>
  jsonOf<Status>(at, "status").roles.find(({ role }) => role === name)?.keys ?? [];
const held = (at: Folder, name: string): boolean[] => keysOf(at, name).map((key) => key.held);

describe("a private key in keys/", () => {
  test("of any name is found once it was listed, because its public key is kept beside it", () => {
    const at = lacking();
    at.ok(["key", "gen", "-q", "-o", "repo/keys/online.pem"], { env: SECRET });
    rmSync(at.file("repo/keys/online.pub"));
    expect(inRepo(at, "role", "add-key", "snapshot", "repo/keys/online.pem")).toContain("online.pub");
    expect(held(at, "snapshot")).toEqual([true]);
    expect(inRepo(at, "publish")).toContain("published snapshot, version 1");
  });

  test("that is not encrypted needs no name and no public key beside it", () => {
    const at = lacking();
    at.ok(["key", "gen", "-q", "--unsafe-plain", "-o", "repo/keys/online.pem"]);
    rmSync(at.file("repo/keys/online.pub"));
    inRepo(at, "role", "add-key", "snapshot", "repo/keys/online.pem");
    expect(readdirSync(at.file("repo/keys"))).not.toContain("online.pub");
    expect(held(at, "snapshot")).toEqual([true]);
  });

  test("that is encrypted and says nothing is named with what helps, and found after that", () => {
    const at = lacking();
    const [name = ""] = readdirSync(at.file("repo/keys")).filter((each) => each.startsWith("targets-"));
    renameSync(at.file(`repo/keys/${name}`), at.file("repo/keys/mine.pem"));
    expect(held(at, "targets")).toEqual([false]);
    const step = jsonOf<Status>(at, "status").next.find((each) => each.includes("mine.pem"));
    expect(step).toMatch(/^repo\/keys\/mine\.pem is encrypted, and nothing tells which key it is: /);
    const [, command = "", file = ""] = /`tuf-ld (.*) > (.*)`/.exec(step ?? "") ?? [];
    at.write(file, at.ok(command.split(" "), { env: SECRET }));
    expect(held(at, "targets")).toEqual([true]);
    expect(jsonOf<Status>(at, "status").next.join("\n")).not.toContain("mine.pem");
  });

  test("beside the public key of another signs nothing", () => {
    const at = lacking();
    at.ok(["key", "gen", "-q", "-o", "repo/keys/online.pem"], { env: SECRET });
    inRepo(at, "role", "add-key", "snapshot", "repo/keys/online.pem");
    at.ok(["key", "gen", "-q", "-o", "other.pem"], { env: SECRET });
    renameSync(at.file("other.pem"), at.file("repo/keys/online.pem"));
    const ended = at.run(["publish", "--dir", "repo"], { env: SECRET });
    expect([ended.code, errorOf(ended).code]).toEqual([12, "ERR_THRESHOLD_UNMET"]);
    expect(existsSync(at.file("repo/public/metadata/timestamp.json"))).toBe(false);
  });

  test("is shown by a keyid that commands take", () => {
    const at = lacking();
    inRepo(at, "key", "gen", "root", "snapshot", "-q");
    const [other = ""] = readdirSync(at.file("repo/keys")).filter((each) => each.startsWith("root-"));
    rmSync(at.file(`repo/keys/${other}`));
    const [, first = "", second = ""] =
      /^ {2}root {7}([0-9a-f]{12})(?: \(here\))?, ([0-9a-f]{12})/m.exec(inRepo(at, "status")) ?? [];
    const gone = other.slice(5, 17);
    expect([first, second]).toContain(gone);
    expect(inRepo(at, "status")).not.toContain(`${gone} (here)`);
    inRepo(at, "role", "remove-key", "root", gone);
    expect(inRepo(at, "status")).toMatch(/^ {2}root {7}[0-9a-f]{12} \(here\)$/m);
  });
});

test("keys with two passphrases publish without a terminal, by the lines of a file", () => {
  const at = lacking();
  at.ok(["key", "gen", "snapshot", "-q", "--dir", "repo"], { env: { TUF_LD_PASSPHRASE: "battery staple" } });
  for (const env of [{}, SECRET]) {
    const ended = at.run(["publish", "--dir", "repo"], { env });
    expect([ended.code, errorOf(ended).code]).toEqual([1, "ERR_PASSPHRASE"]);
  }
  const hint = errorOf(at.run(["publish", "--dir", "repo"])).hint;
  expect(hint).toContain("TUF_LD_PASSPHRASE_FILE");
  at.write("secrets", "nobody's\r\nbattery staple\n\n");
  const file = { TUF_LD_PASSPHRASE_FILE: at.file("secrets") };
  const missing = at.run(["publish", "--dir", "repo"], { env: { TUF_LD_PASSPHRASE_FILE: "nowhere" } });
  expect([missing.code, errorOf(missing).code]).toEqual([21, "ERR_STORAGE"]);
  expect(at.run(["publish", "--dir", "repo"], { env: file }).code).toBe(1);
  expect(at.ok(["publish", "--dir", "repo"], { env: { ...SECRET, ...file } })).toContain("published root");
});
