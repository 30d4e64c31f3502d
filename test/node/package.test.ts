/**
 * What `npm pack` makes of a fresh clone, and what those who install it can do. The real `npm install`, which needs a
 * registry, is among the peers (test/peers/install.test.ts).
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What a clone does not have. */
const MADE_HERE = new Set([".git", "node_modules", "dist", "coverage", ".scratch"]);

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
  bin: Record<string, string>;
  exports: Record<string, string>;
  imports: Record<string, Record<string, string>>;
  dependencies: Record<string, string>;
};
const MODULES = Object.keys(manifest.exports).filter((name) => /^\.(\/\w+)?$/.test(name));

const scratch = mkdtempSync(join(tmpdir(), "tuf-ld-pack-"));
const clone = join(scratch, "clone");
const user = join(scratch, "user");
const installed = join(user, "node_modules/tuf-ld");
let names: readonly string[] = [];

const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  cpSync(ROOT, clone, { recursive: true, filter: (path) => !MADE_HERE.has(basename(path)) });
  symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
  run("npm", ["pack", "--pack-destination", scratch], clone);
  const tarball = readdirSync(scratch).find((name) => name.endsWith(".tgz")) ?? "";
  names = run("tar", ["-tzf", tarball], scratch)
    .split("\n")
    .map((name) => name.replace(/^package\//, ""));
  // As npm does it, with the dependencies that package.json names and no others.
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", tarball, "-C", installed, "--strip-components", "1"], scratch);
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(user, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link);
  }
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the tarball of a fresh clone", () => {
  test("holds every file that package.json names, with its types", () => {
    const named = [manifest.bin, manifest.exports, ...Object.values(manifest.imports)]
      .flatMap((each) => Object.values(each))
      .map((path) => path.replace(/^\.\//, ""))
      .filter((path) => !path.includes("*"));
    const types = named
      .filter((path) => path.endsWith(".js") && !path.startsWith("dist/bin/"))
      .map((path) => path.replace(/\.js$/, ".d.ts"));
    expect(named.length).toBeGreaterThan(15);
    expect([...named, ...types].filter((path) => !names.includes(path))).toEqual([]);
  });

  test("holds the program, the contexts, the vectors and the papers", () => {
    for (const path of [
      "dist/bin/main.js",
      "dist/bin/binWorker.js",
      "dist/bin/package.json",
      "dist/bin/LICENSES.txt",
      ...readdirSync(join(ROOT, "contexts")).map((name) => `contexts/${name}`),
      "vectors/README.md",
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
    ])
      expect(names).toContain(path);
  });

  test("holds neither sources nor tests nor what a run left", () => {
    expect(
      names.filter((path) => /^(src|test|bench|demo|build|dist\/cli)\/|\.cache|\.scratch/.test(path)),
    ).toEqual([]);
  });
});

describe("where it is installed", () => {
  test("the command tells its version", () => {
    const command = join(installed, manifest.bin["tuf-ld"] ?? "");
    expect(run(process.execPath, [command, "--version"], user)).toBe(`${manifest.version}\n`);
  });

  test("the command encrypts a key with 600,000 iterations: only the copy for tests does with fewer", () => {
    const command = join(installed, manifest.bin["tuf-ld"] ?? "");
    const env = { ...process.env, TUF_LD_PASSPHRASE: "correct horse" };
    execFileSync(process.execPath, [command, "key", "gen", "-o", "k.pem", "--quiet"], { cwd: user, env });
    const der = Buffer.from(
      readFileSync(join(user, "k.pem"), "latin1").replace(/-----[^-]+-----/g, ""),
      "base64",
    );
    expect(der.includes(Buffer.from(`0203${(600_000).toString(16).padStart(6, "0")}`, "hex"))).toBe(true);
  });

  test("every entry of exports can be imported and exports something", () => {
    const names = MODULES.map((name) => name.replace(/^\./, "tuf-ld"));
    const script = `for (const name of ${JSON.stringify(names)})
      console.log(name, Object.keys(await import(name)).length > 0);`;
    const said = run(process.execPath, ["--input-type=module", "--eval", script], user);
    expect(names.length).toBeGreaterThan(10);
    expect(said.trim().split("\n")).toEqual(names.map((name) => `${name} true`));
  });

  test("a context is found by its name", () => {
    const script = 'console.log(import.meta.resolve("tuf-ld/contexts/tuf-ld-v1.jsonld"))';
    const url = run(process.execPath, ["--input-type=module", "--eval", script], user).trim();
    expect(JSON.parse(readFileSync(fileURLToPath(url), "utf8"))).toHaveProperty("@context");
  });
});
