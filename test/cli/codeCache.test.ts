/**
 * The program's code cache: used where it fits, passed over where it does not.
 * @module
 */
import { type SpawnSyncOptions, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { codeIn, digestOf } from "../../src/cli/codeCache.ts";
import { CLI, type Ended } from "./tufLd.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SUITES = `suites-${process.version}-${process.arch}.cache`;
const DIGEST_BYTES = 32;
const HOUR_MS = 3_600_000;
/** Runs as root write everywhere. */
const asRoot = process.getuid?.() === 0;
const somebody = asRoot ? { uid: 65_534, gid: 65_534 } : {};
const nodeForAll = spawnSync(process.execPath, ["--version"], somebody).status === 0;

/** The package in a folder of its own, never run. */
function install() {
  const place = mkdtempSync(join(tmpdir(), "tuf-ld-installed-"));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const bin = join(place, "dist/bin");
  cpSync(dirname(CLI), bin, { recursive: true, filter: (path) => !basename(path).includes(".cache") });
  cpSync(join(ROOT, "package.json"), join(place, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"));
  const program = join(bin, "main.js");
  const cache = join(bin, SUITES);
  const command = join(bin, "tuf-ld.js");
  function run(args: readonly string[], options: SpawnSyncOptions = {}, start = [command]): Ended {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...start, ...args], {
      cwd: place,
      ...options,
    });
    return { code: status, out: String(stdout), err: String(stderr) };
  }
  /** Changes a word of the program's text, and not its length. */
  function change(): void {
    const text = readFileSync(program, "latin1");
    const changed = text.replace("canonicalization  ${", "canonicalisation  ${");
    expect(changed).not.toBe(text);
    writeFileSync(program, changed, "latin1");
  }
  const caches = (): string[] => readdirSync(bin).filter((name) => name.includes(".cache"));
  return { place, bin, command, program, cache, run, change, caches };
}

let expected: Ended;
beforeAll(() => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "suites"], { encoding: "utf8" });
  expected = { code: status, out: stdout, err: stderr };
  expect(expected).toMatchObject({ code: 0, err: "" });
});

test("the first run of a command keeps a cache beside the program, and later runs say the same", () => {
  const { run, caches, cache } = install();
  expect(run(["suites"])).toEqual(expected);
  expect(caches()).toEqual([SUITES]);
  const made = statSync(cache);
  expect(run(["suites"])).toEqual(expected);
  expect(statSync(cache).mtimeMs).toBe(made.mtimeMs);
});

test("a later run takes its code from the cache", () => {
  const { run, change, program, cache } = install();
  run(["suites"]);
  change();
  // V8 itself does not notice the change.
  const data = readFileSync(cache).subarray(DIGEST_BYTES);
  writeFileSync(cache, Buffer.concat([digestOf(readFileSync(program), data), data]));
  expect(run(["suites"])).toEqual(expected);
});

test("a cache of another program of the same length is not used, and is made anew", () => {
  const { run, change, cache } = install();
  run(["suites"]);
  const old = readFileSync(cache);
  change();
  const other = { ...expected, out: expected.out.replaceAll("canonicalization  ", "canonicalisation  ") };
  expect(run(["suites"])).toEqual(other);
  expect(readFileSync(cache).equals(old)).toBe(false);
  expect(run(["suites"])).toEqual(other);
});

// V8 crashed on damaged caches. So these are bytes that no V8 has made and that none is given: the guard alone is asked.
test.each<[what: string, damage: (good: Buffer) => Uint8Array]>([
  ["is empty", () => Buffer.alloc(0)],
  ["is shorter than its digest", (good) => good.subarray(0, 20)],
  ["is a digest alone", (good) => good.subarray(0, DIGEST_BYTES)],
  ["was cut off", (good) => good.subarray(0, good.length - 1)],
  ["has more at its end", (good) => Buffer.concat([good, Buffer.alloc(1)])],
  ["has a bit changed in its digest", (good) => changed(good, 0)],
  ["has a bit changed in its code", (good) => changed(good, good.length - 4)],
])("no code is taken from a cache file that %s", (_, damage) => {
  const program = Buffer.from("the program");
  const code = Buffer.from("what stands for its code");
  const good = Buffer.concat([digestOf(program, code), code]);
  expect(codeIn(good, program)).toEqual(code);
  expect(codeIn(good, Buffer.from("the Program"))).toBeUndefined();
  expect(codeIn(damage(good), program)).toBeUndefined();
});

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

test("a cache whose digest is not that of program and code is not used, and is made anew", () => {
  const { run, cache } = install();
  run(["suites"]);
  // The code stays as V8 made it.
  const bad = changed(readFileSync(cache), 0);
  writeFileSync(cache, bad);
  expect(run(["suites"])).toEqual(expected);
  expect(readFileSync(cache).equals(bad)).toBe(false);
});

test("a cache that V8 rejects changes nothing, and does not give way to one for other flags", () => {
  const { run, cache, command } = install();
  run(["suites"]);
  const kept = readFileSync(cache);
  expect(run(["suites"], {}, ["--no-opt", command])).toEqual(expected);
  expect(readFileSync(cache).equals(kept)).toBe(true);
});

test("after an hour what the first run did not call gets into the cache, beside what it did", () => {
  const { run, cache } = install();
  run(["suites", "--help"]);
  const help = statSync(cache).size;
  const old = new Date(Date.now() - 2 * HOUR_MS);
  utimesSync(cache, old, old);
  expect(run(["suites"])).toEqual(expected);
  const { size, mtimeMs } = statSync(cache);
  expect(size).toBeGreaterThan(help);
  expect(mtimeMs).toBeGreaterThan(old.getTime());
});

test.skipIf(!nodeForAll)("where nothing can be written, a command does without and says nothing", () => {
  const { run, place, bin, caches } = install();
  chmodSync(place, 0o755);
  chmodSync(bin, 0o555);
  onTestFinished(() => chmodSync(bin, 0o755));
  expect(run(["suites"], somebody)).toEqual(expected);
  expect(caches()).toEqual([]);
});

test("a folder in the cache's place changes nothing, and nothing is left beside it", () => {
  const { run, cache, caches } = install();
  mkdirSync(cache);
  expect(run(["suites"])).toEqual(expected);
  expect(caches()).toEqual([SUITES]);
});

test("started by a symbolic link, as npm makes one, the command keeps its cache where the program lies", () => {
  const { run, place, command, caches } = install();
  const link = join(place, "elsewhere");
  symlinkSync(command, link);
  for (let i = 0; i < 2; i++) expect(run(["suites"], {}, [link])).toEqual(expected);
  expect(caches()).toEqual([SUITES]);
  expect(readdirSync(place).sort()).toEqual(["dist", "elsewhere", "node_modules", "package.json"]);
});

test("runs at the same time keep one cache, and leave nothing else", async () => {
  const { run, command, caches } = install();
  const ends = Array.from(
    { length: 6 },
    () =>
      new Promise((resolve) => {
        spawn(process.execPath, [command, "suites"]).on("exit", resolve);
      }),
  );
  expect(await Promise.all(ends)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(caches()).toEqual([SUITES]);
  expect(run(["suites"])).toEqual(expected);
});

test("a command that fails keeps no cache, whatever it is called", () => {
  const { run, caches } = install();
  for (const word of ["no-such-command", "../../escaped", "inspect"]) expect(run([word]).code).not.toBe(0);
  expect(caches()).toEqual([]);
});

/** A document whose canonical form takes a package that is imported when it is needed. */
function writeCredential(place: string): string {
  const path = join(place, "credential.json");
  const credential = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    type: ["VerifiableCredential"],
    issuer: "did:example:issuer",
    credentialSubject: { id: "did:example:subject" },
  };
  writeFileSync(path, JSON.stringify(credential));
  return path;
}

test("packages are imported by code from a cache too", () => {
  const { run, place } = install();
  const credential = writeCredential(place);
  const first = run(["canonize", credential]);
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toContain("<did:example:subject>");
  expect(run(["canonize", credential])).toEqual(first);
});

test("a stack of code from a cache names the program's own file and lines", () => {
  const { run, place } = install();
  const credential = writeCredential(place);
  const broken = 'require("node:fs/promises").open = () => { throw new Error("broken"); };';
  writeFileSync(join(place, "broken.cjs"), broken);
  const env = { ...process.env, TUF_LD_DEBUG: "1", NODE_OPTIONS: "--require=./broken.cjs" };
  const stack = (): string[] => run(["canonize", credential], { env }).err.match(/main\.js:\d+:\d+/g) ?? [];
  const compiled = stack();
  expect(compiled).not.toEqual([]);
  run(["canonize", credential]);
  expect(stack()).toEqual(compiled);
});
