/**
 * Linked documents under the JSON-LD libraries of other languages: the programs of docs/verify-elsewhere.md.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, test } from "vitest";
import { addProof, generateKey, parseMetadata, serializeMetadata } from "../../src/index.ts";

const { folder, ...programs } = inject("peers").verifiers;
type Name = keyof typeof programs;
const NAMES: Record<Name, string> = {
  pyld: "PyLD 3.3.0",
  pyoxigraph: "pyoxigraph 0.5.13",
  gold: "json-gold 0.9.1",
  titanium: "titanium-json-ld 1.7.0",
};
const CLI = fileURLToPath(new URL("../../dist/bin/tuf-ld.js", import.meta.url));
if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run \`npm run build\` first`);
const scratch = mkdtempSync(join(inject("scratch"), "elsewhere-"));
const tufLd = (...args: string[]): string =>
  execFileSync(process.execPath, [CLI, ...args], {
    cwd: scratch,
    encoding: "utf8",
    env: { ...process.env, TUF_LD_PASSPHRASE: "correct horse" },
  });

interface Said {
  readonly code: number | null;
  readonly document: string | undefined;
  readonly verdicts: readonly string[];
}

/** Runs a program on a file in the scratch folder. */
function ask(name: Name, file: string, role: string, ...keys: string[]): Said {
  const program = programs[name];
  if ("missing" in program) throw new Error(program.missing);
  const args = [...program.args, join(scratch, file), role, ...keys];
  const { status, stdout } = spawnSync(program.command, args, { cwd: folder, encoding: "utf8" });
  const lines = stdout.split("\n");
  return {
    code: status,
    document: lines.find((line) => line.startsWith("document "))?.slice(9),
    verdicts: lines.flatMap((line) => /^(valid|INVALID) /.exec(line)?.[1] ?? []),
  };
}

/** The keys of the proofs that name a suite of the programs. */
function keysOf(file: string): string[] {
  const { proof } = JSON.parse(readFileSync(join(scratch, file), "utf8")) as {
    proof: { verificationMethod?: string }[];
  };
  return proof.flatMap(({ verificationMethod }) => verificationMethod?.split("#")[1] ?? []);
}

function withProgram(name: Name, sentence: string, body: () => void): void {
  const program = programs[name];
  if ("missing" in program) test.skip(`${NAMES[name]} ${sentence} (not run: ${program.missing})`, body);
  else test(`${NAMES[name]} ${sentence}`, body);
}

const shared = fileURLToPath(
  new URL("../../../shared/data/sigstore-repository/15.root.json", import.meta.url),
);
const seeds = createRequire(import.meta.url)("@sigstore/tuf/seeds.json") as Record<
  string,
  { "root.json": string }
>;
writeFileSync(
  join(scratch, "root.json"),
  existsSync(shared)
    ? readFileSync(shared)
    : Buffer.from(Object.values(seeds)[0]?.["root.json"] ?? "", "base64"),
);
tufLd("key", "gen", "-o", "k.pem", "-q");
for (const suite of ["Ed25519Signature2020", "eddsa-rdfc-2022"])
  tufLd("sign", "root.json", "--key", "k.pem", "--suite", suite, "-o", "root.json");
tufLd("convert", "--to", "linked", "root.json", "-o", "root.linked.json");
const rootHash = tufLd("canonize", "--hash", "root.linked.json").trim();

const INDEX_KEYS = [
  ...["root", "root", "targets", "targets", "claimed", "claimed"],
  ...["recently-claimed", "unclaimed", "bin", "snapshot", "timestamp"],
];
tufLd("init", "repo", "-q", "--profile", "pep480", "--bins", "2");
tufLd("key", "gen", ...INDEX_KEYS, "--unsafe-plain", "-q", "--dir", "repo");
tufLd("publish", "--dir", "repo");
const published = readdirSync(join(scratch, "repo/public/metadata"));
for (const name of published)
  tufLd("convert", "--to", "linked", `repo/public/metadata/${name}`, "-o", `${name}.linked`);

interface Edge {
  readonly path?: string;
  readonly custom?: object;
  readonly expires?: string;
  readonly fails: readonly Name[];
}

/** Each has one thing that some library reads its own way. */
const EDGES: Record<string, Edge> = {
  "nothing special": { custom: { text: 'quote " and \n', emoji: "\u{1f600}" }, fails: [] },
  "a large number": { custom: { n: 2 ** 53 - 1 }, fails: [] },
  "a fraction in the expiry": { expires: "2090-01-01T00:00:00.5Z", fails: [] },
  "a control character in custom": { custom: { text: "\u0001" }, fails: [] },
  "a control character in a path": { path: "a\u0001b", fails: ["pyld", "gold"] },
  "U+007F in custom": { custom: { text: "\u007f" }, fails: ["pyld", "gold"] },
  "U+007F in a path": { path: "a\u007fb", fails: ["pyld", "gold"] },
  "U+FFFE in custom": { custom: { text: "\ufffe" }, fails: ["pyld", "gold", "titanium"] },
  "U+FFFF in a path": { path: "a\uffffb", fails: ["pyld", "gold", "titanium"] },
  "a negative number": { custom: { n: -5 }, fails: ["titanium"] },
  "names above U+FFFF in custom": { custom: { "\u{1f600}": 1, "\uff5e": 2 }, fails: ["pyoxigraph"] },
};
const key = await generateKey("Ed25519");
for (const [title, { path = "a.txt", custom, expires = "2090-01-01T00:00:00Z" }] of Object.entries(EDGES)) {
  const target = { length: 5, hashes: { sha256: "a".repeat(64) }, ...(custom ? { custom } : {}) };
  const signed = {
    _type: "targets",
    spec_version: "1.0.34",
    version: 1,
    expires,
    targets: { [path]: target },
  };
  const file = parseMetadata(new TextEncoder().encode(JSON.stringify({ signatures: [], signed })));
  writeFileSync(join(scratch, title), serializeMetadata(await addProof(file, key, "targets"), "linked"));
}

describe.each(Object.keys(NAMES) as Name[])("%s", (name) => {
  withProgram(
    name,
    "verifies Sigstore's root with proofs of two suites, over the digest that we sign",
    () => {
      const [first = ""] = keysOf("root.linked.json");
      expect(ask(name, "root.linked.json", "root", first)).toEqual({
        code: 0,
        document: rootHash,
        verdicts: ["valid", "valid"],
      });
    },
  );

  withProgram(
    name,
    "refuses it for another role, for a key that did not sign, and once it has changed",
    () => {
      const [first = ""] = keysOf("root.linked.json");
      expect(ask(name, "root.linked.json", "targets", first)).toMatchObject({
        code: 1,
        verdicts: ["INVALID", "INVALID"],
      });
      const [other = ""] = keysOf("nothing special");
      expect(ask(name, "root.linked.json", "root", other).code).toBe(1);
      const text = readFileSync(join(scratch, "root.linked.json"), "utf8");
      const changed = text.replace(/"version": ?(\d+)/, '"version": 1$1');
      expect(changed).not.toBe(text);
      writeFileSync(join(scratch, "changed"), changed);
      expect(ask(name, "changed", "root", first)).toMatchObject({
        code: 1,
        verdicts: ["INVALID", "INVALID"],
      });
      writeFileSync(
        join(scratch, "contexts"),
        text.replace("https://w3id.org/tuf-ld/v1", "https://example.org/v1"),
      );
      expect(ask(name, "contexts", "root", first)).toMatchObject({ code: 1, verdicts: [] });
    },
  );

  withProgram(name, "verifies every file of a repository for PEP 480", () => {
    expect(published.length).toBeGreaterThan(6);
    for (const file of published) {
      const role = file.replace(/^\d+\./, "").replace(/\.json$/, "");
      expect([file, ask(name, `${file}.linked`, role, ...keysOf(`${file}.linked`)).code]).toEqual([file, 0]);
    }
  });

  withProgram(name, "fails on edge documents just where docs/reach.md says so", () => {
    const [signer = ""] = keysOf("nothing special");
    const failed = Object.keys(EDGES).filter((title) => ask(name, title, "targets", signer).code !== 0);
    expect(failed).toEqual(Object.keys(EDGES).filter((title) => EDGES[title]?.fails.includes(name)));
  });
});
