/**
 * What the commands for repositories say when something goes wrong, and whether it helps.
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { AUDIENCES, CODES, hintFor } from "../../src/cli/exit.ts";
import { inRepo, jsonOf, SECRET } from "./repositoryFolder.ts";
import { CLI, errorOf, type Folder, folder } from "./tufLd.ts";

const CASE_19 = fileURLToPath(new URL("../../../shared/cases/19-client-hint/repo", import.meta.url));

function withKeys(): Folder {
  const at = folder();
  at.ok(["init", "repo", "-q"]);
  inRepo(at, "key", "gen", "root", "targets", "snapshot", "timestamp", "-q", "--unsafe-plain");
  return at;
}

describe("every code has a hint", () => {
  /** What only somebody with keys or a repository of their own can do. */
  const OF_PUBLISHERS =
    /\bsign (it|again|with|them|the)\b|must sign|`tuf-ld (sign|publish|status|payload|init|add|key)/;

  test.each(AUDIENCES)("for %s", (audience) => {
    for (const code of CODES)
      expect([code, hintFor(code, audience)]).toEqual([code, expect.stringMatching(/.{20}/)]);
  });

  test("and a client is never told to do what needs keys", () => {
    // What a client never meets: drafts, submissions and keys of one's own.
    const others = new Set(["ERR_NOT_A_REPOSITORY", "ERR_ROLE_UNKNOWN", "ERR_EDIT", "ERR_STALE_DRAFT"]);
    const told = CODES.filter((code) => !others.has(code) && OF_PUBLISHERS.test(hintFor(code, "client")));
    expect(told).toEqual([]);
    expect(CODES.filter((code) => OF_PUBLISHERS.test(hintFor(code, "publisher")))).not.toEqual([]);
  });
});

describe("a hint to a client", () => {
  test.skipIf(!existsSync(CASE_19))("says in case 19 that the root is another repository's", () => {
    const at = folder();
    const env = { TUF_LD_HOME: at.file("home") };
    const root = join(CASE_19, "metadata/1.root.json");
    at.ok(["trust", join(CASE_19, "metadata"), "--root", root, "--name", "m", "--offline"], { env });
    const ended = at.run(["refresh", "--at", "2026-01-01"], { env });
    expect([ended.code, errorOf(ended).code]).toEqual([10, "ERR_NO_SIGNATURE"]);
    expect(errorOf(ended).hint).toContain("your root is not that of this repository");
  });

  test("about a file of this machine is not about a server", () => {
    const at = folder();
    at.write("map.json", "[");
    const env = { TUF_LD_HOME: at.file("home") };
    const ended = at.run(["get", "x", "--map", "map.json"], { env });
    expect(errorOf(ended)).toMatchObject({
      code: "ERR_JSON_SYNTAX",
      hint: expect.stringContaining("get it again from its source"),
    });
  });
});

describe("a hint says what helps:", () => {
  test("a repository that is there already", () => {
    const at = folder();
    at.ok(["init", "-q"]);
    expect(errorOf(at.run(["init"])).hint).toContain("`tuf-ld status` shows it");
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk", () => {
    const at = withKeys();
    const ended = at.run(["convert", "--to", "linked", "repo/staged/metadata/root.json", "-o", "/dev/full"]);
    expect([ended.code, errorOf(ended).code]).toEqual([21, "ERR_STORAGE"]);
    expect(errorOf(ended).hint).toContain("make room");
  });

  test("online keys that are elsewhere", () => {
    const at = withKeys();
    const ended = at.run(["publish", "--dir", "repo", "--keys", "none"]);
    expect([ended.code, errorOf(ended).code]).toEqual([12, "ERR_THRESHOLD_UNMET"]);
    expect(errorOf(ended).hint).toContain("`tuf-ld status` tells whose private keys are here");
  });

  test("a folder to serve that is not there, inside a repository", () => {
    const at = withKeys();
    for (const [dir, reason] of [
      ["repo/nowhere", "there is no folder repo/nowhere"],
      ["repo/keys", "not public"],
    ] as const) {
      const ended = at.run(["serve", dir]);
      expect([ended.code, errorOf(ended).code]).toEqual([2, "ERR_USAGE"]);
      expect(errorOf(ended).message).toContain(reason);
    }
  });

  test("a folder for a CSV file", () => {
    const at = withKeys();
    const ended = at.run(["add", "--from-csv", ".", "--dir", "repo"]);
    expect([ended.code, errorOf(ended)]).toMatchObject([
      21,
      { code: "ERR_STORAGE", message: ".: it is a folder" },
    ]);
  });
});

test("folders that cannot be made, below a file, are refused", () => {
  const at = withKeys();
  const trust = ["trust", "repo/public", "--root", "repo/public/metadata/1.root.json", "--home"];
  at.write("app.txt", "app");
  inRepo(at, "add", "app.txt");
  inRepo(at, "publish", "-q");
  inRepo(at, "remove", "app.txt", "-q");
  at.ok([...trust, "home"]);
  for (const args of [
    ["init", "app.txt/x/y"],
    ["payload", "targets", "--dir", "repo", "-o", "app.txt/x/y/z"],
    [...trust, "app.txt/x"],
    ["mirror", "app.txt/x/y", "--home", "home"],
    ["get", "app.txt", "-o", "app.txt/x/y", "--home", "home"],
  ]) {
    const ended = at.run(args);
    expect([ended.code, errorOf(ended).code]).toEqual([21, "ERR_STORAGE"]);
  }
});

test.skipIf(!existsSync("/dev/full"))("a full disk behind standard output is told of", () => {
  const at = folder();
  const line = `"${process.execPath}" "${CLI}" suites > /dev/full`;
  const { status, stderr } = spawnSync("sh", ["-c", line], { cwd: at.path, encoding: "utf8" });
  expect([status, stderr]).toEqual([
    21,
    expect.stringMatching(/ERR_STORAGE: standard output: no space left/),
  ]);
});

describe("a threshold", () => {
  test("above the number of keys is refused for every role, and taken once there are enough", () => {
    const at = withKeys();
    for (const role of ["root", "targets", "snapshot"]) {
      const ended = at.run(["role", "threshold", role, "3", "--dir", "repo"]);
      expect([ended.code, errorOf(ended).code]).toEqual([2, "ERR_EDIT"]);
      expect(errorOf(ended).message).toContain("add 2 more first");
    }
    inRepo(at, "key", "gen", "root", "root", "-q", "--unsafe-plain");
    expect(inRepo(at, "role", "threshold", "root", "3")).toContain("3 keys");
  });

  test("may be lowered before there are keys", () => {
    const at = folder();
    at.ok(["init", "repo", "-q", "--profile", "pep458", "--bins", "2"]);
    inRepo(at, "role", "threshold", "root", "1");
    const { roles } = jsonOf<{ roles: { role: string; threshold: number }[] }>(at, "status");
    expect(roles.find(({ role }) => role === "root")?.threshold).toBe(1);
  });
});

describe("Ctrl-C", () => {
  test.each([
    ["add", ["add", "--from-csv", "-", "--dir", "repo"]],
    ["delegate", ["delegate", "t", "--paths", "x", "--key", "-", "--dir", "repo"]],
  ])("says in one line what is left of %s and how to go on", async (_, args) => {
    const at = withKeys();
    const child = await at.startHeeding(args, SECRET);
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said += String(chunk);
    });
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(said).toMatch(/^tuf-ld: interrupted: what was staged before stays, `tuf-ld status` shows it.*\n$/);
  });
});
