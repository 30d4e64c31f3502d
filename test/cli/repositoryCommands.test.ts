/**
 * The life of a repository on the command line, from `init` to a client that downloads.
 * @module
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { addText, inRepo, jsonOf, SECRET, stateOf } from "./repositoryFolder.ts";
import { errorOf, type Folder, folder } from "./tufLd.ts";

interface Status {
  readonly roles: readonly {
    readonly role: string;
    readonly threshold: number;
    readonly keys: readonly { readonly keyid: string; readonly held: boolean }[];
    readonly published?: { readonly version: number; readonly expires: string };
    readonly staged?: { readonly version: number; readonly expires: string; readonly changes: string[] };
  }[];
  readonly bins?: { readonly count: number; readonly pendingChanges: number };
  readonly next: readonly string[];
}

const roleOf = (at: Folder, name: string): Status["roles"][number] => {
  const found = jsonOf<Status>(at, "status").roles.find(({ role }) => role === name);
  if (found === undefined) throw new Error(`no role ${name}`);
  return found;
};

/** A simple repository with keys and one target, published. */
async function published(...options: string[]): Promise<Folder> {
  const at = folder();
  at.ok(["init", "repo", "-q", ...options]);
  inRepo(at, "key", "gen", "root", "targets", "snapshot", "timestamp", "-q", "--unsafe-plain");
  await addText(at, "docs/a.txt", "first");
  inRepo(at, "publish", "-q");
  return at;
}

describe("a newcomer", () => {
  test.each([
    ["simple", ["root", "targets", "snapshot", "timestamp"], []],
    ["simple", ["root", "targets", "snapshot", "timestamp", "bin"], ["--bins", "4", "--succinct"]],
    [
      "pep458",
      ["root", "root", "targets", "targets", "bins", "bins", "snapshot", "timestamp", "bin"],
      ["--bins", "16"],
    ],
  ])("goes from init to get, profile %s, keys of %j, %j", (profile, roles, options) => {
    const at = folder();
    const said = at.ok(["init", "repo", "--profile", profile, ...options]);
    expect(said).toContain(`made a ${profile} repository`);
    expect(said).toContain("cd repo");
    expect(said).toContain("tuf-ld publish");
    const [, first = ""] = /tuf-ld key gen ([a-z -]+)\n/.exec(said) ?? [];
    for (const role of first.split(" ")) expect(roles).toContain(role);
    expect(jsonOf<Status>(at, "status").next[0]).toContain("`tuf-ld key gen ");

    inRepo(at, "key", "gen", ...roles);
    at.write("a.txt", "hello");
    inRepo(at, "add", "a.txt", "--as", "docs/a.txt");
    expect(inRepo(at, "status")).toContain("`tuf-ld publish` publishes what is ready");
    expect(inRepo(at, "publish")).toMatch(/published root, version 1\n/);
    expect(jsonOf<Status>(at, "status").next).toEqual([
      "everything is published; `tuf-ld add FILE...` adds targets",
    ]);

    const env = { TUF_LD_HOME: at.file("home") };
    for (const view of ["classic", "linked", "both"]) {
      const root = ["--root", "repo/public/metadata/1.root.json"];
      at.ok(["trust", "repo/public/metadata", ...root, "--require", view, "--name", view], { env });
      at.ok(["get", "docs/a.txt", "--repo", view, "-o", view], { env });
      expect(at.read(`${view}/docs/a.txt`)).toBe("hello");
    }
  });

  test("is told which keys of PEP 458 stay with their holders", () => {
    const said = folder().ok(["init", "--profile", "pep458", "--bins", "4"]);
    expect(said).toContain("tuf-ld key gen snapshot timestamp bin\n");
    expect(said).toContain("two or more for each of root, targets, bins");
    expect(said).toContain("tuf-ld role add-key root did:key:");
  });
});

describe("init", () => {
  test("refuses a folder that has a repository, and a number of bins that is no power of two", () => {
    const at = folder();
    at.ok(["init", "-q"]);
    const before = stateOf(at.path);
    const ended = at.run(["init"]);
    expect([ended.code, errorOf(ended).code]).toEqual([21, "ERR_STORAGE"]);
    expect(stateOf(at.path)).toEqual(before);
    for (const args of [["--bins", "12"], ["--bins", "1"], ["--succinct"], ["--profile", "pep999"]])
      expect(at.run(["init", "other", ...args]).code).toBe(2);
    expect(readdirSync(at.path)).not.toContain("other");
  });

  test("--json says what was made", () => {
    const made = JSON.parse(folder().ok(["init", "--json", "--bins", "8", "--sign", "classic"])) as {
      config: { sign: string; bins: object };
      roles: { role: string; threshold: number }[];
    };
    expect(made.config).toMatchObject({ sign: "classic", bins: { bits: 3, prefix: "bin" } });
    expect(made.roles).toContainEqual({ role: "bin", threshold: 1 });
  });
});

describe("key gen for roles", () => {
  test("keeps each key encrypted, for its owner alone, and stages it", () => {
    const at = folder();
    at.ok(["init", "repo", "-q"]);
    const { keys } = jsonOf<{ keys: { role: string; keyid: string; file: string }[] }>(
      at,
      ...["key", "gen", "root", "root", "timestamp", "--type", "p256"],
    );
    expect(keys.map(({ role }) => role)).toEqual(["root", "root", "timestamp"]);
    for (const { file, keyid, role } of keys) {
      expect(file).toBe(`repo/keys/${role}-${keyid.slice(0, 16)}.pem`);
      expect(statSync(at.file(file)).mode & 0o777).toBe(0o600);
      expect(at.read(file)).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    }
    const listed = roleOf(at, "root").keys;
    expect(listed).toEqual(keys.slice(0, 2).map(({ keyid }) => ({ keyid, held: true })));
  });

  test("leaves no key behind when a role is unknown, though others are not", () => {
    const at = folder();
    at.ok(["init", "repo", "-q", "--profile", "pep458", "--bins", "4"]);
    const before = stateOf(at.path);
    for (const [role, code] of [
      ["nobody", "ERR_ROLE_UNKNOWN"],
      ["bin-0", "ERR_EDIT"],
      ["../root", "ERR_ROLE_UNKNOWN"],
    ] as const) {
      const ended = at.run(["key", "gen", "root", role, "--dir", "repo"], { env: SECRET });
      expect([ended.code, errorOf(ended).code]).toEqual([2, code]);
    }
    expect(stateOf(at.path)).toEqual(before);
  });

  test("goes with no --out, and --dir goes with roles", () => {
    const at = folder();
    at.ok(["init", "-q"]);
    for (const args of [
      ["root", "-o", "k.pem"],
      ["-o", "k.pem", "--dir", "."],
    ]) {
      const ended = at.run(["key", "gen", ...args], { env: SECRET });
      expect([ended.code, errorOf(ended).code]).toEqual([2, "ERR_USAGE"]);
    }
    expect(readdirSync(at.path)).not.toContain("keys");
    expect(readdirSync(at.path)).not.toContain("k.pem");
  });
});

describe("role", () => {
  test("lists public keys, takes them back by the beginning of their keyids, and sets thresholds", async () => {
    const at = await published();
    const keyids: string[] = [];
    for (const name of ["a", "b"]) {
      at.ok(["key", "gen", "--unsafe-plain", "-o", `${name}.pem`]);
      const shown = JSON.parse(at.ok(["key", "show", `${name}.pem`, "--json"])) as Record<string, string>;
      at.write(`${name}.pub`, shown["pem"] ?? "");
      keyids.push(shown["keyid"] ?? "");
      inRepo(at, "role", "add-key", "root", name === "a" ? "a.pub" : (shown["did"] ?? ""));
    }
    inRepo(at, "role", "threshold", "root", "2");
    const listed = (): string[] => roleOf(at, "root").keys.map(({ keyid }) => keyid);
    expect(listed().slice(1)).toEqual(keyids);
    const { staged, threshold } = roleOf(at, "root");
    expect([staged?.version, threshold]).toEqual([2, 2]);
    expect(staged?.changes.join("\n")).toContain(`gains key ${keyids[1]}`);
    for (const wrong of ["", "zzzz"]) {
      const ended = at.run(["role", "remove-key", "root", wrong, "--dir", "repo"]);
      expect([ended.code, errorOf(ended).code]).toEqual([2, "ERR_EDIT"]);
    }
    inRepo(at, "role", "remove-key", "root", (keyids[0] ?? "").slice(0, 20));
    expect(listed().slice(1)).toEqual([keyids[1]]);
  });

  test("the lifetime holds from the next version on, or at once with --now", async () => {
    const at = await published();
    const days = (expires = ""): number => Math.round((Date.parse(expires) - Date.now()) / 86_400_000);
    expect(inRepo(at, "role", "expires", "root", "30")).toContain("from the next version on");
    expect(roleOf(at, "root").staged).toBeUndefined();
    inRepo(at, "role", "expires", "root", "20", "--now");
    expect(days(roleOf(at, "root").staged?.expires)).toBe(20);
    inRepo(at, "publish", "-q");
    const { published: now } = roleOf(at, "root");
    expect([now?.version, days(now?.expires)]).toEqual([2, 20]);
    const made = at.run(["role", "expires", "timestamp", "2", "--now", "--dir", "repo"]);
    expect([made.code, errorOf(made).message]).toEqual([2, expect.stringContaining("publish --renew")]);
    const unknown = at.run(["role", "expires", "nobody", "2", "--dir", "repo"]);
    expect([unknown.code, errorOf(unknown).code]).toEqual([2, "ERR_ROLE_UNKNOWN"]);
    for (const wrong of ["0", "-1", "40000", "soon"])
      expect(at.run(["role", "expires", "root", wrong, "--dir", "repo"]).code).toBe(2);
  });
});

describe("status", () => {
  test("tells who still has to sign and how", async () => {
    const at = await published();
    at.ok(["key", "gen", "--unsafe-plain", "-o", "a.pem"]);
    const { keyid } = JSON.parse(at.ok(["key", "show", "a.pem", "--json"])) as { keyid: string };
    inRepo(at, "role", "add-key", "root", "a.pem");
    inRepo(at, "role", "threshold", "root", "2");
    inRepo(
      at,
      "sign",
      "root",
      "--yes",
      "--key",
      `repo/keys/${readdirSync(at.file("repo/keys")).find((name) => name.startsWith("root"))}`,
    );
    const said = inRepo(at, "status");
    expect(said).toMatch(
      /^root +version 1 +\d{4}-\d\d-\d\d, 36\d days left +version 2 +2, 1 here, 2 must sign$/m,
    );
    expect(said).toContain(
      `root: version 2 staged, by the keys of this version: 1 of 2 signatures, missing ${keyid.slice(0, 12)}...`,
    );
    expect(said).toContain("by the keys of the version before: 1 of 1 signature;");
    expect(said).toContain("`tuf-ld sign root --key KEY`");
    expect(said).toContain("`tuf-ld payload root -o FILE`");
    expect(said).not.toContain("publishes what is ready");
  });

  test("tells of changes in bins that wait", async () => {
    const at = folder();
    at.ok(["init", "repo", "-q", "--bins", "4"]);
    await addText(at, "a", "1");
    await addText(at, "b", "2");
    expect(inRepo(at, "status")).toContain("bin: 2 entries in the log of changes of targets\n");
    expect(jsonOf<Status>(at, "status").bins).toMatchObject({ count: 4, pendingChanges: 2 });
  });

  test("says that a recovery goes on and what is next, and makes up no snapshot", async () => {
    const at = await published();
    inRepo(at, "recover", "--last-good", "1", "--unsafe-plain");
    const said = inRepo(at, "status");
    expect(said).toContain("a recovery goes on");
    expect(said).toMatch(/^snapshot +- +- +- /m);
    expect(said).not.toContain("EXPIRED");
    expect(said).toContain("Next:\n  `tuf-ld publish --recovery` is what the recovery needs next\n");
    expect(jsonOf(at, "status")).toMatchObject({ recovery: { phase: "staged" } });
    inRepo(at, "publish", "--recovery", "-q");
    expect(inRepo(at, "status")).not.toContain("recovery");
    expect(jsonOf(at, "status")).not.toHaveProperty("recovery");
  });

  test("says what is next in whole sentences", () => {
    const at = folder();
    at.ok(["init", "repo", "-q"]);
    expect(jsonOf<Status>(at, "status").next).toEqual([
      "`tuf-ld key gen root targets snapshot timestamp` makes the keys that are missing, here; `tuf-ld role add-key ROLE KEY` lists keys that others have made",
    ]);
  });

  test("a folder without a repository is told from one with", () => {
    const ended = folder().run(["status"]);
    expect([ended.code, errorOf(ended)]).toMatchObject([
      2,
      { code: "ERR_NOT_A_REPOSITORY", hint: expect.stringContaining("tuf-ld init") },
    ]);
  });

  test("TUF_LD_DIR names the repository", async () => {
    const at = await published();
    expect(at.ok(["status"], { env: { TUF_LD_DIR: "repo" } })).toBe(inRepo(at, "status"));
  });
});

describe("publish", () => {
  test("a dry run says what would come, writes nothing and needs no passphrase", async () => {
    const at = folder();
    at.ok(["init", "repo", "-q", "--bins", "4"]);
    inRepo(at, "key", "gen", "root", "targets", "snapshot", "timestamp", "bin", "-q");
    await addText(at, "docs/a.txt", "first");
    const before = stateOf(at.path);
    const said = at.ok(["publish", "--dry-run", "--dir", "repo"]);
    expect(said).toContain("nothing is written");
    expect(said).toContain("would publish root, version 1\n");
    expect(said).toContain("would publish 4 bins with 1 change of targets\n");
    expect(stateOf(at.path)).toEqual(before);
    inRepo(at, "publish", "-q");
    await addText(at, "docs/b.txt", "second");
    const again = stateOf(at.path);
    expect(at.ok(["publish", "--dry-run", "--dir", "repo"])).toContain("would publish 1 bin with 1 change");
    // Nothing is old enough to be signed anew.
    expect(at.ok(["publish", "--dry-run", "--renew", "--dir", "repo"])).toContain("would publish 1 bin with");
    expect(stateOf(at.path)).toEqual(again);
  });

  test("says in words what changed, and with --json in full", async () => {
    const at = await published();
    await addText(at, "docs/b.txt", "second");
    const said = inRepo(at, "publish");
    expect(said).toContain("published targets, version 2\n");
    expect(said).toContain("  adds docs/b.txt\n");
    expect(said).toContain("published snapshot, version 2; timestamp, version 2\n");
    await addText(at, "docs/b.txt", "third");
    expect(jsonOf(at, "publish")).toMatchObject({
      ok: true,
      roles: [
        { role: "targets", version: 3, changes: expect.arrayContaining(["replaces docs/b.txt"]) },
        { role: "snapshot", version: 3 },
        { role: "timestamp", version: 3 },
      ],
      waiting: [],
    });
  });

  test("nothing to publish is no failure", async () => {
    const at = await published();
    const before = stateOf(at.file("repo/public"));
    expect(inRepo(at, "publish")).toMatch(/^nothing to publish: /);
    expect(inRepo(at, "publish", "--dry-run")).toContain("nothing to publish: ");
    expect(stateOf(at.file("repo/public"))).toEqual(before);
  });

  test("without the keys it needs it publishes nothing and says which are missing", async () => {
    const at = folder();
    at.ok(["init", "repo", "-q"]);
    inRepo(at, "key", "gen", "root", "targets", "snapshot");
    const ended = at.run(["publish", "--dir", "repo"], { env: SECRET });
    expect([ended.code, errorOf(ended).code]).toEqual([12, "ERR_THRESHOLD_UNMET"]);
    for (const name of ["timestamp.json", "1.root.json"])
      expect(existsSync(at.file(`repo/public/metadata/${name}`))).toBe(false);
    expect(inRepo(at, "status")).toContain("`tuf-ld key gen timestamp`");
  });

  test("what waits for others is told, and what does not wait is published", async () => {
    const at = await published();
    at.ok(["key", "gen", "--unsafe-plain", "-o", "a.pem"]);
    inRepo(at, "role", "add-key", "root", "a.pem");
    inRepo(at, "role", "threshold", "root", "2");
    await addText(at, "docs/b.txt", "second");
    const said = inRepo(at, "publish");
    expect(said).toContain("published targets, version 2\n");
    expect(said).toMatch(
      /waiting:\n {2}root: 1 of 2 signatures, missing [0-9a-f]{12}\.\.\.; `tuf-ld sign root/,
    );
    expect(roleOf(at, "root")).toMatchObject({ published: { version: 1 }, staged: { version: 2 } });
  });
});

describe("clean", () => {
  test("keeps what was replaced for as long as it is told, and roots for ever", async () => {
    const at = await published();
    await addText(at, "docs/b.txt", "second");
    inRepo(at, "role", "expires", "root", "20", "--now");
    inRepo(at, "publish", "-q");
    const names = (): string[] => readdirSync(at.file("repo/public/metadata")).sort();
    const before = names();
    expect(inRepo(at, "clean", "--keep", "7d")).toContain("more than 7 days ago");
    expect(names()).toEqual(before);
    const { removed } = jsonOf<{ removed: string[] }>(at, "clean", "--keep", "0m");
    expect(removed.sort()).toEqual(["public/metadata/1.snapshot.json", "public/metadata/1.targets.json"]);
    expect(names()).toEqual([
      "1.root.json",
      "2.root.json",
      "2.snapshot.json",
      "2.targets.json",
      "timestamp.json",
    ]);
    expect(at.run(["clean", "--keep", "long", "--dir", "repo"]).code).toBe(2);
  });
});
