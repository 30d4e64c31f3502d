/**
 * What goes into a repository: delegations, files, CSV, package indexes; and serving it.
 * @module
 */
import { type ChildProcess, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { addFiles } from "../../src/cli/addFiles.ts";
import { Bar } from "../../src/cli/bar.ts";
import { createFileStorage } from "../../src/node/fileStorage.ts";
import { listedTargets } from "../../src/repository/contents.ts";
import { Repository } from "../../src/repository/repository.ts";
import type { RepositoryStorage } from "../../src/repository/storage.ts";
import type { TargetFile } from "../../src/vocabulary/types.ts";
import { filesBelow, type Person, person, server } from "./clientWorld.ts";
import { type Ended, errorOf, type Folder } from "./tufLd.ts";

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const SHA = sha256("hello\n");

/** A person with a repository in `repo/`. */
function publisher(...init: string[]): Person {
  const made = person();
  made.at.ok(["init", "repo", "--quiet", ...init]);
  return made;
}

function keys(at: Folder, ...roles: string[]): void {
  at.ok(["key", "gen", ...roles, "--unsafe-plain", "--quiet", "--dir", "repo"]);
}

const inRepo = (at: Folder, ...args: string[]): Ended => at.run([...args, "--dir", "repo"]);
const okIn = (at: Folder, ...args: string[]): string => at.ok([...args, "--dir", "repo"]);
const jsonIn = <T = Record<string, unknown>>(at: Folder, ...args: string[]): T =>
  JSON.parse(okIn(at, ...args, "--json")) as T;

/** What a role lists, waiting changes included. */
async function listed(at: Folder, role: string): Promise<Map<string, TargetFile>> {
  const storage = createFileStorage(at.file("repo"));
  const repository = await Repository.open(storage);
  return repository.withDrafts(async (drafts) => {
    const found = new Map<string, TargetFile>();
    for await (const [path, target] of listedTargets(storage, drafts, role)) found.set(path, target);
    return found;
  });
}

const namesIn = async (at: Folder, role: string): Promise<string[]> =>
  [...(await listed(at, role)).keys()].sort();

function folderOfFiles(at: Folder): void {
  mkdirSync(at.file("dist/sub"), { recursive: true });
  at.write("dist/b.txt", "hello\n");
  at.write("dist/a.txt", "a");
  at.write("dist/sub/c.txt", "");
}

describe("add", () => {
  test("names files as cp -r would, and copies each under the name that carries its hash", async () => {
    const { at } = publisher();
    folderOfFiles(at);
    expect(jsonIn(at, "add", "dist")).toEqual({
      ok: true,
      role: "targets",
      added: 3,
      bytes: 7,
      targets: ["dist/a.txt", "dist/b.txt", "dist/sub/c.txt"],
    });
    okIn(at, "add", "dist/b.txt", "--custom", '{"x":[1]}', "--hash", "sha256,sha512");
    okIn(at, "add", "dist/.", "--quiet");
    okIn(at, "add", "dist/sub/", "--as", "releases/1.0");
    okIn(at, "add", "dist/a.txt", "--as", "first");
    okIn(at, "add", "dist/sub/c.txt", "dist/a.txt", "--base", ".");
    expect(await namesIn(at, "targets")).toEqual([
      "a.txt",
      "b.txt",
      "dist/a.txt",
      "dist/b.txt",
      "dist/sub/c.txt",
      "first",
      "releases/1.0/c.txt",
      "sub/c.txt",
    ]);
    expect(existsSync(at.file("repo/public/targets"))).toBe(false);
    const stored = filesBelow(at.file("repo/staged/targets"));
    expect(stored.get(`dist/${SHA}.b.txt`)).toEqual(new Uint8Array(Buffer.from("hello\n")));
    // The later call has replaced what the earlier one said of b.txt; both files are there.
    expect([...stored.keys()].filter((name) => /^[^/]*\.b\.txt$/.test(name))).toHaveLength(2);
    expect((await listed(at, "targets")).get("b.txt")).toEqual({ length: 6, hashes: { sha256: SHA } });
    okIn(at, "add", "dist/b.txt", "--custom", '{"x":[1]}', "--hash", "sha512,sha256");
    expect((await listed(at, "targets")).get("b.txt")).toMatchObject({
      custom: { x: [1] },
      hashes: { sha256: SHA, sha512: expect.stringMatching(/^[0-9a-f]{128}$/) },
    });
  });

  test("notes names that other clients cannot ask for, and takes them", async () => {
    const { at } = publisher();
    at.write("a#b.txt", "a");
    at.write("plain.txt", "a");
    expect(okIn(at, "add", "a#b.txt", "plain.txt")).toContain(
      'note: a#b.txt has "%", "#" or "?" in its name',
    );
    expect(okIn(at, "add", "plain.txt")).not.toContain("note:");
    expect(await namesIn(at, "targets")).toEqual(["a#b.txt", "plain.txt"]);
  });

  test("follows symbolic links within the folder that was named and refuses all others", async () => {
    const { at } = publisher();
    folderOfFiles(at);
    symlinkSync("sub", at.file("dist/link"));
    symlinkSync("../b.txt", at.file("dist/sub/up"));
    okIn(at, "add", "dist");
    expect(await namesIn(at, "targets")).toEqual([
      "dist/a.txt",
      "dist/b.txt",
      "dist/link/c.txt",
      "dist/link/up",
      "dist/sub/c.txt",
      "dist/sub/up",
    ]);
    at.write("secret", "x");
    for (const [target, message] of [
      ["../secret", /leads out of the folder/],
      ["nowhere", /leads nowhere/],
      [".", /go round in a circle/],
    ] as const) {
      symlinkSync(target, at.file("dist/bad"));
      const ended = inRepo(at, "add", "dist", "--as", "again");
      expect(ended.code).toBe(18);
      expect(errorOf(ended)).toMatchObject({ code: "ERR_INPUT", message: expect.stringMatching(message) });
      spawnSync("rm", [at.file("dist/bad")]);
    }
    expect(await namesIn(at, "targets")).toHaveLength(6);
    symlinkSync("secret", at.file("named"));
    okIn(at, "add", "named");
    expect(await namesIn(at, "targets")).toContain("named");
  });

  test("never takes the repository's own files, its private keys least of all", async () => {
    const { at } = publisher();
    keys(at, "root");
    symlinkSync("repo/keys", at.file("k"));
    mkdirSync(at.file("around"));
    renameSync(at.file("repo"), at.file("around/repo"));
    symlinkSync("around/repo", at.file("repo"));
    at.write("repo/own.txt", "x");
    for (const path of [".", "around", "around/repo", "repo/keys", "k", "repo/tuf-ld.json"]) {
      const ended = inRepo(at, "add", path);
      expect({ path, code: ended.code }).toEqual({ path, code: 18 });
      expect(errorOf(ended).message).toMatch(/belongs to the repository itself|leads out of the folder/);
    }
    expect(await namesIn(at, "targets")).toEqual([]);
    okIn(at, "add", "repo/own.txt");
  });

  test("refuses what cannot be a target before anything is copied", async () => {
    const { at } = publisher();
    folderOfFiles(at);
    const refused = (message: RegExp, code: number, ...args: string[]): void => {
      const ended = inRepo(at, "add", ...args);
      expect({ args, code: ended.code }).toEqual({ args, code });
      expect(errorOf(ended).message).toMatch(message);
    };
    at.write("dist/.#lock", "");
    refused(/a part begins with \.#/, 18, "dist");
    spawnSync("rm", [at.file("dist/.#lock")]);
    spawnSync("mkfifo", [at.file("dist/pipe")]);
    refused(/neither a file nor a folder/, 18, "dist");
    spawnSync("rm", [at.file("dist/pipe")]);
    at.write("a.txt", "another");
    refused(/the same name as a\.txt/, 18, "a.txt", "dist/a.txt");
    refused(/no such file/, 21, "missing");
    mkdirSync(at.file("empty"));
    refused(/there are no files in empty/, 2, "empty");
    refused(/cannot|means another folder/, 18, "a.txt", "--as", "../x");
    refused(/is not in dist/, 2, "a.txt", "--base", "dist");
    refused(/several are given/, 2, "a.txt", "dist/b.txt", "--as", "x");
    refused(/--custom is not JSON/, 2, "a.txt", "--custom", "{");
    refused(/--custom takes a JSON object/, 2, "a.txt", "--custom", "1");
    refused(/--hash takes/, 2, "a.txt", "--hash", "md5");
    refused(/name files or folders/, 2);
    refused(/beside --from-csv/, 2, "a.txt", "--from-csv", "x");
    refused(/goes with --from-index/, 2, "a.txt", "--strict");
    refused(/goes with --from-index/, 2, "--from-csv", "x", "--no-pages");
    refused(/there is no role "docs"/, 2, "a.txt", "--role", "docs");
    expect(await namesIn(at, "targets")).toEqual([]);
  });

  test("refuses a file that changes between the two times it is read, and keeps nothing of it", async () => {
    const { at } = publisher();
    const path = at.file(at.write("a.txt", "before"));
    const storage = createFileStorage(at.file("repo"));
    const changing = (text: string): RepositoryStorage => ({
      ...storage,
      streamIfAbsent(name, chunks) {
        writeFileSync(path, text);
        return storage.streamIfAbsent(name, chunks);
      },
    });
    const request = { role: "targets", hashes: ["sha256"] as const, folder: at.file("repo") };
    const work = { signal: new AbortController().signal, bar: new Bar(false), note: () => undefined };
    for (const text of ["behind", "longer than before", "less", ""]) {
      writeFileSync(path, "before");
      const repository = await Repository.open(changing(text));
      await expect(addFiles(repository, [path], request, work)).rejects.toMatchObject({
        code: "ERR_INPUT",
        message: expect.stringMatching(/it changed while it was read/),
      });
    }
    expect(existsSync(at.file("repo/public/targets"))).toBe(false);
    expect(filesBelow(at.file("repo/staged/targets")).size).toBe(0);
    const ended = new AbortController();
    ended.abort(new Error("stop"));
    const stopped = addFiles(await Repository.open(storage), [path], request, {
      ...work,
      signal: ended.signal,
    });
    await expect(stopped).rejects.toThrow("stop");
    expect(await namesIn(at, "targets")).toEqual([]);
  });

  test("stages many files of bins with the log that publishing reads", async () => {
    const { at } = publisher("--bins", "4");
    keys(at, "root", "targets", "snapshot", "timestamp", "bin");
    mkdirSync(at.file("many"));
    for (let n = 0; n < 300; n++) at.write(`many/${n}`, `file ${n}`);
    expect(jsonIn(at, "add", "many")).toMatchObject({ role: "bin", added: 300 });
    okIn(at, "publish");
    expect(await namesIn(at, "bin")).toHaveLength(300);
    expect(filesBelow(at.file("repo/public/targets")).size).toBe(300);
    expect(filesBelow(at.file("repo/staged/targets")).size).toBe(0);
  });
});

describe("remove", () => {
  test.each(["targets", "bin"])("takes paths and patterns out of %s, staged or published", async (role) => {
    const { at } = publisher(...(role === "bin" ? ["--bins", "4"] : []));
    keys(at, "root", "targets", "snapshot", "timestamp", ...(role === "bin" ? ["bin"] : []));
    folderOfFiles(at);
    okIn(at, "add", "dist");
    okIn(at, "publish");
    okIn(at, "add", "dist", "--as", "x");
    expect(jsonIn(at, "remove", "dist/a.txt", "x/a.txt")["removed"]).toEqual(
      expect.arrayContaining(["dist/a.txt", "x/a.txt"]),
    );
    okIn(at, "remove", "dist/sub/", "x/*.txt");
    expect(await namesIn(at, role)).toEqual(["dist/b.txt", "x/sub/c.txt"]);
    okIn(at, "publish");
    expect(await namesIn(at, role)).toEqual(["dist/b.txt", "x/sub/c.txt"]);
    const ended = inRepo(at, "remove", "dist/b.txt", "dist/B.txt");
    expect(ended.code).toBe(11);
    expect(errorOf(ended)).toMatchObject({
      code: "ERR_TARGET_NOT_FOUND",
      message: `${role} lists no target dist/B.txt; it lists dist/b.txt, x/sub/c.txt`,
    });
    expect(errorOf(inRepo(at, "remove", "y/*")).message).toMatch(/lists no targets like y\/\*/);
    expect(await namesIn(at, role)).toEqual(["dist/b.txt", "x/sub/c.txt"]);
  });

  test("names the role that lists the path", () => {
    const { at } = publisher();
    folderOfFiles(at);
    keys(at, "targets");
    const key = at.ok(["key", "gen", "-o", "docs.pem", "--unsafe-plain", "--quiet"]);
    expect(key).toBe("");
    okIn(at, "delegate", "docs", "--paths", "dist/*", "--key", "docs.pem");
    okIn(at, "add", "dist/a.txt", "--base", ".", "--role", "docs");
    expect(errorOf(inRepo(at, "remove", "dist/a.txt")).message).toMatch(/docs lists it: give --role docs/);
    okIn(at, "remove", "dist/a.txt", "--role", "docs");
    expect(errorOf(inRepo(at, "remove", "dist/a.txt", "--role", "docs")).message).toMatch(
      /it lists none at all/,
    );
  });
});

describe("delegate", () => {
  test("stages a role with its keys, paths, threshold and place, and undelegate takes it away", async () => {
    const { at } = publisher();
    for (const name of ["a", "b"]) at.ok(["key", "gen", "-o", `${name}.pem`, "--unsafe-plain", "--quiet"]);
    at.write("b.pub", at.ok(["key", "show", "b.pem", "--as", "pem"]));
    const did = at.ok(["key", "show", "a.pem", "--as", "did"]).trim();
    okIn(at, "delegate", "docs", "--paths", "docs/*", "docs/*/*", "--key", "a.pem");
    const facts = jsonIn<{ keyids: string[] }>(
      at,
      ...["delegate", "nightly", "--paths", "*", "--key", did, "b.pub", "--threshold", "2"],
      ...["--terminating", "--before", "docs"],
    );
    okIn(at, "delegate", "deep", "--paths", "docs/x", "--key", did, "--from", "docs");
    const draft = (role: string): Record<string, unknown> =>
      at.json<{ signed: Record<string, unknown> }>(`repo/staged/metadata/${role}.json`).signed;
    expect(draft("targets")["delegations"]).toMatchObject({
      roles: [
        { name: "nightly", keyids: facts.keyids, threshold: 2, terminating: true, paths: ["*"] },
        { name: "docs", threshold: 1, terminating: false, paths: ["docs/*", "docs/*/*"] },
      ],
    });
    expect(draft("docs")["delegations"]).toMatchObject({ roles: [{ name: "deep" }] });
    okIn(at, "undelegate", "nightly");
    expect(draft("targets")["delegations"]).toMatchObject({ roles: [{ name: "docs" }] });
    expect(existsSync(at.file("repo/staged/metadata/nightly.json"))).toBe(false);

    const refused = (message: RegExp, ...args: string[]): void => {
      const ended = inRepo(at, ...args);
      expect({ args, code: ended.code }).toEqual({ args, code: 2 });
      expect(errorOf(ended).message).toMatch(message);
    };
    refused(
      /needs 2 different keys, not 1/,
      "delegate",
      "x",
      "--paths",
      "x",
      "--key",
      did,
      "a.pem",
      "--threshold",
      "2",
    );
    refused(/begins with a slash/, "delegate", "x", "--paths", "/x", "--key", did);
    refused(/delegates to it already/, "delegate", "docs", "--paths", "x", "--key", did);
    refused(/no role "nightly"/, "delegate", "x", "--paths", "x", "--key", did, "--before", "nightly");
    refused(/no targets role "nightly"/, "delegate", "x", "--paths", "x", "--key", did, "--from", "nightly");
    refused(/slash or a colon/, "delegate", "../x", "--paths", "x", "--key", did);
    refused(/--paths/, "delegate", "x", "--key", did);
    refused(/--key/, "delegate", "x", "--paths", "x");
    refused(/no delegated role "nightly"/, "undelegate", "nightly");
  });
});

/** Lines of CSV, each with so much custom JSON that a few hundred fill a segment of the log. */
function writeLargeCsv(path: string, lines: number): void {
  const filler = "x".repeat(120_000);
  const file = openSync(path, "w");
  writeSync(file, "path,length,sha256,custom\n");
  for (let n = 0; n < lines; n++) writeSync(file, `p/${n}.whl,${n},${SHA},"{""x"":""${filler}""}"\n`);
  closeSync(file);
}

interface Head {
  readonly sequence: number;
  readonly count: number;
}

function headOf(at: Folder): Head {
  const path = at.file("repo/staged/changes/head.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Head) : { sequence: 0, count: 0 };
}

const ended = (child: ChildProcess): Promise<number | string | null> =>
  new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries > 50_000) throw new Error("it does not come to that");
    await pause(5);
  }
}

/** Lines of CSV for a child; returns when it has read the first of them, since the rest is more than a pipe holds. */
const [FIRST, ALL] = [10_000, 20_000];
async function readBy(child: ChildProcess, name: string): Promise<void> {
  const lines = Array.from({ length: ALL }, (_, n) => `${name}/${n},1,${SHA}\n`).join("");
  await new Promise((resolve) => child.stdin?.write(lines, resolve));
}

describe("add --from-csv", () => {
  test.each([["targets"], ["bin", "--bins", "16"]])(
    "takes a file, or stdin, into %s",
    async (role, ...init) => {
      const { at } = publisher(...init);
      at.write("t.csv", `\ufeffpath,length,sha256,custom\r\n"a,b",1,${SHA}\r\nö/c,2,${SHA},"{""x"":""y""}"`);
      expect(jsonIn(at, "add", "--from-csv", "t.csv")).toEqual({
        ok: true,
        role,
        added: 2,
        resumedAt: 0,
        duplicates: [],
        skipped: [],
      });
      const input = `d,3,${SHA}\n`;
      expect(at.ok(["add", "--from-csv", "-", "--dir", "repo"], { input })).toBe(
        `staged 1 target in ${role}\n`,
      );
      expect(await listed(at, role as string)).toEqual(
        new Map<string, object>([
          ["a,b", { length: 1, hashes: { sha256: SHA } }],
          ["d", { length: 3, hashes: { sha256: SHA } }],
          ["ö/c", { length: 2, hashes: { sha256: SHA }, custom: { x: "y" } }],
        ]),
      );
    },
  );

  test.each([["targets"], ["bin", "--bins", "16"]])(
    "takes nothing into %s of a file with a bad line, and names the line",
    async (role, ...init) => {
      const { at } = publisher(...init);
      for (const [line, message] of [
        ["b,x,y", /^t\.csv: line 3: its length "x"/],
        [`../b,1,${SHA}`, /^t\.csv: line 3: "\.\.\/b": it has a part that means another folder/],
        ["b,1,abcd", /^t\.csv: line 3: "b": its sha256 must have 64 digits/],
      ] as const) {
        at.write("t.csv", `path,length,sha256\na,1,${SHA}\n${line}\nc,1,${SHA}\n`);
        const refused = inRepo(at, "add", "--from-csv", "t.csv");
        expect(refused.code).toBe(18);
        expect(errorOf(refused)).toMatchObject({
          code: "ERR_INPUT",
          message: expect.stringMatching(message),
        });
      }
      expect(await namesIn(at, role as string)).toEqual([]);
    },
  );

  test("goes on where it was after SIGKILL, after a bad line that was corrected, and takes every line once", {
    timeout: 180_000,
  }, async () => {
    const { at } = publisher("--bins", "16");
    const lines = 1_300;
    const csv = at.file("t.csv");
    writeLargeCsv(csv, lines);
    const good = statSync(csv).size;
    appendFileSync(csv, "last,nothing\n");
    const args = ["add", "--from-csv", "t.csv", "--dir", "repo", "--json"];
    for (const sequence of [0, 1, 2]) {
      const child = at.start(args);
      const end = ended(child);
      await until(() => headOf(at).sequence >= sequence && existsSync(at.file("repo/staged/changes")));
      child.kill("SIGKILL");
      expect(await end).toBe("SIGKILL");
      expect(headOf(at).sequence).toBeGreaterThanOrEqual(sequence);
    }
    const refused = at.run(args);
    expect(errorOf(refused).message).toMatch(new RegExp(`line ${lines + 2}: it has fewer fields`));
    // Whole segments before the bad line stay.
    const before = headOf(at).count;
    expect(before).toBeGreaterThan(lines / 2);
    expect(before).toBeLessThan(lines);
    truncateSync(csv, good);
    appendFileSync(csv, `last,7,${SHA}\n`);
    const told = JSON.parse(at.ok(args)) as { added: number; resumedAt: number };
    expect(told.added).toBe(lines + 1 - before);
    expect(told.resumedAt).toBeGreaterThan(good / 2);
    expect(headOf(at).count).toBe(lines + 1);
    const found = await listed(at, "bin");
    expect(found.size).toBe(lines + 1);
    expect([...found].every(([path, { length }]) => path === "last" || path === `p/${length}.whl`)).toBe(
      true,
    );

    expect(JSON.parse(at.ok(args))).toMatchObject({ added: 0 });
    appendFileSync(csv, `later,7,${SHA}\n`);
    expect(JSON.parse(at.ok(args))).toMatchObject({ added: 1 });
    // Another file in its place is read from its beginning, and so is the same one for another role.
    writeFileSync(csv, `x${" ".repeat(good)}`);
    expect(errorOf(at.run(args)).message).toMatch(/line 1: /);
  });

  test("ends gently at SIGINT: what was read is staged", async () => {
    const { at } = publisher("--bins", "16");
    const child = at.start(["add", "--from-csv", "-", "--dir", "repo"]);
    const end = ended(child);
    await readBy(child, "p");
    child.kill("SIGINT");
    expect(await end).toBe(130);
    const { count } = headOf(at);
    expect(count >= FIRST && count <= ALL, `${count}`).toBe(true);
  });

  test("keeps nobody waiting while its stdin is slow", async () => {
    const { at } = publisher("--bins", "16");
    const child = at.start(["add", "--from-csv", "-", "--dir", "repo"]);
    const end = ended(child);
    await readBy(child, "slow");
    at.write("t.csv", `quick,1,${SHA}\n`);
    at.ok(["add", "--from-csv", "t.csv", "--dir", "repo"]);
    expect(headOf(at).count).toBe(1);
    expect(existsSync(at.file("repo/.#lock"))).toBe(false);
    child.stdin?.end();
    expect(await end).toBe(0);
    const names = await namesIn(at, "bin");
    expect([names.length, names.includes("quick")]).toEqual([ALL + 1, true]);
  });
});

const META = { "api-version": "1.1" };
const indexFile = (filename: string, members: object = {}): object => ({
  filename,
  url: `https://files.example/${filename}`,
  size: 6,
  hashes: { sha256: SHA },
  ...members,
});

/** Pages by path below the index. */
function indexOf(projects: Record<string, object[]>): Map<string, object> {
  const pages = new Map<string, object>();
  pages.set("", { meta: META, projects: Object.keys(projects).map((name) => ({ name })) });
  for (const [name, files] of Object.entries(projects))
    pages.set(`${name.toLowerCase().replace(/[-_.]+/g, "-")}/`, { meta: META, name, files, versions: [] });
  return pages;
}

describe("add --from-index", () => {
  const projects = {
    "Foo.Bar": [indexFile("foo_bar-1.0.tar.gz"), indexFile("foo_bar-1.0-py3-none-any.whl", { size: 9 })],
    zed: [indexFile("zed-1.zip", { size: undefined }), indexFile("zed-2.zip", { hashes: {} })],
  };

  function writeIndex(at: Folder, pages: ReadonlyMap<string, object>): void {
    for (const [path, page] of pages) {
      mkdirSync(at.file(`index/simple/${path}`), { recursive: true });
      writeFileSync(at.file(`index/simple/${path}index.json`), JSON.stringify(page));
    }
  }

  test("takes a folder's files as targets and makes pages, and tells what it skipped", async () => {
    const { at } = publisher();
    writeIndex(at, indexOf(projects));
    const told = jsonIn(at, "add", "--from-index", "index");
    expect(told).toEqual({
      ok: true,
      role: "targets",
      projects: 2,
      files: 2,
      pages: 6,
      skipped: [
        { project: "zed", filename: "zed-1.zip", reason: "the index tells no size" },
        { project: "zed", filename: "zed-2.zip", reason: "the index tells no sha256" },
      ],
    });
    const found = await listed(at, "targets");
    expect([...found.keys()].sort()).toEqual([
      "packages/foo-bar/foo_bar-1.0-py3-none-any.whl",
      "packages/foo-bar/foo_bar-1.0.tar.gz",
      "simple/foo-bar/index.html",
      "simple/foo-bar/index.json",
      "simple/index.html",
      "simple/index.json",
      "simple/zed/index.html",
      "simple/zed/index.json",
    ]);
    const stored = filesBelow(at.file("repo/staged/targets"));
    expect(stored.size).toBe(6);
    for (const [name, bytes] of stored) {
      const hash = sha256(bytes);
      expect(name).toContain(`/${hash}.index.`);
      expect(found.get(name.replace(`${hash}.`, ""))).toEqual({
        length: bytes.length,
        hashes: { sha256: hash },
      });
    }
    // The other order of everything makes no new page.
    const reversed = Object.fromEntries(
      Object.entries(projects)
        .reverse()
        .map(([name, files]) => [name, [...files].reverse()]),
    );
    writeIndex(at, indexOf(reversed));
    okIn(at, "add", "--from-index", "index/simple");
    expect(filesBelow(at.file("repo/staged/targets")).size).toBe(6);
  });

  test("--strict refuses what it would skip, and --no-pages makes none", async () => {
    const { at } = publisher();
    writeIndex(at, indexOf(projects));
    const refused = inRepo(at, "add", "--from-index", "index", "--strict");
    expect(refused.code).toBe(18);
    expect(errorOf(refused).message).toContain("zed: zed-1.zip: the index tells no size; ");
    expect(await namesIn(at, "targets")).toEqual([]);
    const out = okIn(at, "add", "--from-index", "index", "--no-pages");
    expect(out).toMatch(/skipped zed: zed-1\.zip: the index tells no size\n/);
    expect(await namesIn(at, "targets")).toHaveLength(2);
    expect(errorOf(inRepo(at, "add", "--from-index", "repo")).message).toMatch(
      /neither a URL nor a folder with/,
    );
  });

  test("asks a server for JSON, keeps what came before it failed, and goes on after that", async () => {
    const { at } = publisher("--bins", "4");
    const index = await server();
    const names = Array.from({ length: 30 }, (_, n) => `p${String(n).padStart(2, "0")}`);
    const pages = indexOf(
      Object.fromEntries(
        names.map((name) => [name, [indexFile(`${name}-1.zip`), indexFile(`${name}-2.zip`)]]),
      ),
    );
    for (const [path, page] of pages)
      index.origin.put(`/simple/${path}`, new Uint8Array(Buffer.from(JSON.stringify(page))));
    index.origin.files.delete("/simple/p03/");
    index.origin.put("/simple/p20/", new Uint8Array(Buffer.from("<!DOCTYPE html>")));
    const asPerson = personAt(at);
    const args = ["add", "--from-index", `${index.base}/simple`, "--dir", "repo"];
    const refused = await asPerson(...args);
    expect(errorOf(refused)).toMatchObject({
      code: "ERR_INPUT",
      message: expect.stringMatching(/simple\/p20\/: it is not a page in JSON/),
    });
    expect(index.requests[0]?.headers.accept).toBe("application/vnd.pypi.simple.v1+json");
    expect(await namesIn(at, "bin")).toHaveLength(19 * 2 + 20 * 2);
    index.origin.put("/simple/p20/", new Uint8Array(Buffer.from(JSON.stringify(pages.get("p20/")))));
    index.requests.length = 0;
    const done = await asPerson(...args, "--json");
    expect(JSON.parse(done.out)).toMatchObject({
      projects: 10,
      files: 20,
      pages: 22,
      resumedAfter: "p19",
      skipped: [],
    });
    expect(index.requests.map(({ path }) => path)).not.toContain("/simple/p19/");
    expect(await namesIn(at, "bin")).toHaveLength(29 * 2 + 30 * 2 + 2);
    // It has ended, so that the next import begins anew, and finds what is new.
    expect(JSON.parse((await asPerson(...args, "--json")).out)).toMatchObject({
      projects: 30,
      skipped: [{ project: "p03", reason: "the index has no page of it" }],
    });
  });
});

/** Runs commands in a folder while this process serves them. */
function personAt(at: Folder): (...args: string[]) => Promise<Ended> {
  return async (...args) => {
    const child = at.start(args);
    let [out, err] = ["", ""];
    child.stdin?.end();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const code = await ended(child);
    return { code: typeof code === "number" ? code : null, out, err };
  };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** A request whose path is sent as it is. */
function ask(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers, method, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("serve", () => {
  async function serving(at: Folder, dir: string): Promise<{ url: string; child: ChildProcess }> {
    const child = at.start(["serve", dir, "--port", "0", "--json", "--quiet"]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let out = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    await until(() => out.endsWith("}\n") || child.exitCode !== null);
    return { url: (JSON.parse(out) as { url: string }).url, child };
  }

  function published(): Person {
    const made = publisher();
    keys(made.at, "root", "targets", "snapshot", "timestamp");
    made.at.write("a.txt", "hello\n");
    mkdirSync(made.at.file("pkg"));
    made.at.write("pkg/b+c #1.tar.gz", "compressed");
    okIn(made.at, "add", "a.txt", "pkg");
    okIn(made.at, "publish");
    return made;
  }

  test("lets a client trust the repository and get its targets, and ends with Ctrl-C", async () => {
    const me = published();
    const { url, child } = await serving(me.at, "repo");
    await me.ok(
      "trust",
      `${url}metadata/`,
      "--root",
      "repo/public/metadata/1.root.json",
      "--require",
      "both",
    );
    await me.ok("get", "a.txt", "pkg/b+c #1.tar.gz", "-o", "got");
    expect(me.at.read("got/a.txt")).toBe("hello\n");
    expect(me.at.read("got/pkg/b+c #1.tar.gz")).toBe("compressed");
    const end = ended(child);
    child.kill("SIGINT");
    expect(await end).toBe(130);
  });

  test("prints where it is and how to trust it", async () => {
    const me = published();
    const child = me.at.start(["serve", "repo", "--port", "0"]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let [out, err] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    await until(() => out.includes("try "));
    const url = /^url +(http:\S+)$/m.exec(out)?.[1] ?? "";
    expect(out).toContain(`metadata    ${url}metadata/\n`);
    const command = /^try +tuf-ld (.*)$/m.exec(out)?.[1]?.split(" ") ?? [];
    await me.ok(...command);
    await me.ok("get", "a.txt", "--repo", "try");
    expect(err).toContain("200 GET /metadata/timestamp.json\n");
    const taken = me.at.run(["serve", "repo", "--port", new URL(url).port]);
    expect(taken.code).toBe(2);
    expect(errorOf(taken).message).toMatch(/port \d+ is taken; give another with --port/);
  });

  test("says how long files may be kept, and answers conditions and ranges", async () => {
    const me = published();
    const { url } = await serving(me.at, "repo");
    const timestamp = await ask(url, "/metadata/timestamp.json");
    expect(timestamp.headers).toMatchObject({
      "cache-control": "no-cache",
      "access-control-allow-origin": "*",
      "content-type": expect.stringMatching(/^application\/json/),
    });
    const root = await ask(url, "/metadata/1.root.json");
    expect(root.headers["cache-control"]).toMatch(/immutable/);
    const etag = String(root.headers["etag"]);
    expect(etag).toMatch(/^"/);
    const again = await ask(url, "/metadata/1.root.json", { "if-none-match": etag });
    expect([again.status, again.body.length, again.headers["etag"]]).toEqual([304, 0, etag]);
    const part = await ask(url, "/metadata/1.root.json", { range: "bytes=5-9", "if-range": etag });
    expect([part.status, part.body]).toEqual([206, root.body.subarray(5, 10)]);
    const other = await ask(url, "/metadata/1.root.json", { range: "bytes=5-9", "if-range": '"other"' });
    expect([other.status, other.body]).toEqual([200, root.body]);
    const far = await ask(url, "/metadata/1.root.json", { range: "bytes=999999-" });
    expect([far.status, far.headers["content-range"]]).toEqual([416, `bytes */${root.body.length}`]);
    const head = await ask(url, "/metadata/1.root.json", {}, "HEAD");
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([
      200,
      String(root.body.length),
      0,
    ]);
    const target = await ask(url, `/targets/pkg/${sha256("compressed")}.b%2Bc%20%231.tar.gz`);
    expect([target.status, target.body.toString()]).toEqual([200, "compressed"]);
    expect(target.headers["cache-control"]).toMatch(/immutable/);
    expect(target.headers["content-encoding"]).toBeUndefined();
    expect((await ask(url, "/metadata/1.root.json", {}, "POST")).status).toBe(405);
    const preflight = await ask(url, "/metadata/1.root.json", {}, "OPTIONS");
    expect([preflight.status, preflight.headers["access-control-allow-headers"]]).toEqual([
      204,
      expect.stringContaining("Range"),
    ]);
  });

  test("never serves what is not public: keys, drafts, files above, hidden files, links that lead out", async () => {
    const me = published();
    const { at } = me;
    const key = filesBelow(at.file("repo/keys")).keys().next().value as string;
    at.write("repo/public/.#draft", "secret");
    at.write("repo/public/.hidden", "secret");
    symlinkSync("../keys", at.file("repo/public/k"));
    symlinkSync("../tuf-ld.json", at.file("repo/public/settings.json"));
    mkdirSync(at.file("other/inner"), { recursive: true });
    renameSync(at.file("repo"), at.file("other/inner/repo"));
    const hidden = [
      "/.%23draft",
      "/.hidden",
      `/k/${key}`,
      "/settings.json",
      `/../keys/${key}`,
      `/%2e%2e/keys/${key}`,
      `/..%2fkeys%2f${key}`,
      "/metadata/..%2f..%2ftuf-ld.json",
      "/..%5ctuf-ld.json",
      "//etc/passwd",
      "/metadata",
      "/metadata/",
      "/%00",
      "/%",
      "/%ff",
    ];
    const inside = await serving(at, "other/inner/repo");
    for (const path of hidden) {
      const { status, body } = await ask(inside.url, path);
      expect({ path, status, body: body.length }).toEqual({ path, status: expect.any(Number), body: 0 });
      expect([400, 403, 404]).toContain(status);
    }
    const above = await serving(at, "other");
    for (const path of [`keys/${key}`, "tuf-ld.json", "staged/metadata/root.json", "public/k/x"])
      expect((await ask(above.url, `/inner/repo/${path}`)).status).toBe(404);
    expect((await ask(above.url, "/inner/repo/public/metadata/timestamp.json")).status).toBe(200);
    for (const path of ["keys", "staged", "state"]) {
      const refused = at.run(["serve", join("other/inner/repo", path)]);
      expect(refused.code).toBe(2);
      expect(errorOf(refused).message).toMatch(/part of a repository that is not public/);
    }
    expect(errorOf(at.run(["serve", "nowhere"])).message).toMatch(/is not a folder/);
    at.ok(["init", "empty", "--quiet"]);
    expect(errorOf(at.run(["serve", "empty"])).message).toMatch(/`tuf-ld publish` makes it/);
  });
});
