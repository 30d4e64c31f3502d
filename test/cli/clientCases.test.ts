/**
 * Repositories of other tools that were reported in public, each as it was found, through the whole command; and what
 * the client's rules come to on the command line.
 * @module
 */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { createStaticServer } from "../../src/cli/staticServer.ts";
import { Simulator } from "../support/simulator/repository.ts";
import { filesBelow, type Person, person, put, server } from "./clientWorld.ts";
import { inRepo } from "./repositoryFolder.ts";
import { errorOf, folder } from "./tufLd.ts";

const CASES = fileURLToPath(new URL("../../../shared/cases/", import.meta.url));
const suffix = existsSync(CASES) ? "" : " (skipped: ../shared/cases is not here)";
const AT = ["--at", "2026-06-02"];

describe.skipIf(suffix !== "")(`cases${suffix}`, () => {
  test.each([
    ["06-blake2b-targets", "a target that only a BLAKE2b names is downloaded and verified"],
    ["07-other-hash-name", "a target that is served under its second hash alone is downloaded"],
  ])("case %s: %s", async (name) => {
    const user = person();
    const repo = `${CASES}${name}/repo`;
    await user.ok("trust", `${repo}/metadata`, "--root", `${repo}/metadata/1.root.json`, "--name", "b");
    expect(await user.ok("get", "a.txt")).toBe("a.txt\n");
    expect(existsSync(user.at.file("a.txt"))).toBe(true);
  });

  test("case 19: a target whose name has encoded bytes is found in a folder, under the name that it has there", async () => {
    const user = person();
    const targets = `${CASES}19-client-hint/repo/targets/dir`;
    const [name] = [...filesBelow(targets).keys()];
    expect(name).toMatch(/^[0-9a-f]{64}\.a\+b c%20d\.txt$/);
    const repository = await Simulator.create();
    repository.addTarget("targets", "dir/a+b c%20d.txt", "hello\n");
    await repository.publish("targets");
    inFolder(user, repository);
    await user.ok("trust", user.at.file("repo/metadata"), "--root", "repo/metadata/1.root.json");
    await user.ok("get", "dir/a+b c%20d.txt", ...AT);
    expect(user.at.read("dir/a+b c%20d.txt")).toBe("hello\n");
  });
});

/** Writes a repository into the person's folder `repo`. */
function inFolder(user: Person, repository: Simulator): void {
  for (const [path, bytes] of repository.files) {
    mkdirSync(dirname(user.at.file(`repo/${path}`)), { recursive: true });
    user.at.write(`repo/${path}`, bytes);
  }
}

async function served(repository: Simulator) {
  const origin = await server();
  put(origin, repository.files);
  const user = person();
  user.at.write("root.json", repository.rootBytes(1));
  await user.ok("trust", `${origin.base}/metadata/`, "--root", "root.json", "--name", "repo");
  return { origin, user };
}

test("a target that no known hash names ends get with 13, and nothing says that the file is wrong", async () => {
  const repository = await Simulator.create();
  repository.addTarget("targets", "file.txt", "content");
  (repository.targets.targets["file.txt"] as { hashes: object }).hashes = { md5: "00".repeat(16) };
  await repository.publish("targets");
  const { user } = await served(repository);
  const ended = await user.run("get", "file.txt", ...AT);
  expect([ended.code, errorOf(ended).code]).toEqual([13, "ERR_HASH_UNKNOWN"]);
  expect(ended.err).not.toContain("do not use it");
  expect(existsSync(user.at.file("file.txt"))).toBe(false);
});

test("list shows what it can, names the role that it cannot read on stderr and in JSON, and ends as that role's refusal", async () => {
  const repository = await Simulator.create();
  await repository.delegate("targets", { name: "lost", paths: ["lost/*"] });
  repository.addTarget("targets", "here.txt", "here");
  repository.addTarget("lost", "lost/file.txt", "lost");
  await repository.publishAll();
  repository.files.delete("metadata/1.lost.json");
  const { user } = await served(repository);
  const listed = await user.run("list", "*", "*/*", "--repo", "repo", ...AT);
  expect(listed.code).toBe(20);
  expect(listed.out).toMatch(/here\.txt/);
  expect(listed.out).not.toMatch(/lost/);
  expect(listed.err).toMatch(/warning: the role "lost" cannot be read.*ERR_FILE_NOT_FOUND/);
  const inJson = await user.run("list", "--repo", "repo", "--json", ...AT);
  expect(inJson.code).toBe(20);
  expect(JSON.parse(inJson.out)).toMatchObject({
    ok: false,
    targets: [{ path: "here.txt" }],
    unreadable: [{ role: "lost", code: "ERR_FILE_NOT_FOUND" }],
  });
  expect(await user.run("mirror", "copy", ...AT)).toMatchObject({ code: 20 });
});

test("a mirror serves a target with encoded bytes in its name over HTTP and from the folder", async () => {
  const repository = await Simulator.create();
  for (const path of ["a%20b.txt", "dir%20x/c d%20e.txt"]) repository.addTarget("targets", path, path);
  await repository.publish("targets");
  const user = person();
  inFolder(user, repository);
  await user.ok("trust", user.at.file("repo/metadata"), "--root", "repo/metadata/1.root.json");
  await user.ok("mirror", "copy", ...AT);
  const web = await createStaticServer(user.at.file("copy"), () => undefined);
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void web.close());
  const { port } = web.address() as AddressInfo;
  for (const place of [`http://127.0.0.1:${port}/metadata/`, user.at.file("copy")]) {
    const other = person();
    other.at.write("root.json", repository.rootBytes(1));
    await other.ok("trust", place, "--root", "root.json");
    for (const path of ["a%20b.txt", "dir%20x/c d%20e.txt"]) {
      await other.ok("get", path, ...AT);
      expect(other.at.read(path)).toBe(path);
    }
  }
});

test("a file called a%20b.txt is added, published, served and got", async () => {
  const at = folder();
  at.ok(["init", "repo"]);
  for (const role of ["root", "targets", "snapshot", "timestamp"])
    inRepo(at, "key", "gen", role, "--unsafe-plain");
  for (const name of ["a%20b.txt", "c d%20e.txt"]) inRepo(at, "add", at.write(name, `content of ${name}`));
  inRepo(at, "publish");
  const web = await createStaticServer(at.file("repo/public"), () => undefined);
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void web.close());
  const user = person();
  const { port } = web.address() as AddressInfo;
  const root = at.file("repo/public/metadata/1.root.json");
  await user.ok("trust", `http://127.0.0.1:${port}/metadata/`, "--root", root);
  for (const name of ["a%20b.txt", "c d%20e.txt"]) {
    await user.ok("get", name);
    expect(user.at.read(name)).toBe(`content of ${name}`);
  }
});

test("a role's file whose name is percent-encoded in a folder, as other tools write it, is found", async () => {
  const repository = await Simulator.create();
  await repository.delegate("targets", { name: "my role" });
  repository.addTarget("my role", "file.txt", "content");
  await repository.publishAll();
  const user = person();
  inFolder(user, repository);
  renameSync(user.at.file("repo/metadata/1.my role.json"), user.at.file("repo/metadata/1.my%20role.json"));
  await user.ok("trust", user.at.file("repo/metadata"), "--root", "repo/metadata/1.root.json");
  await user.ok("get", "file.txt", ...AT);
  expect(user.at.read("file.txt")).toBe("content");
});
