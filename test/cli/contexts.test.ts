/**
 * Contexts that a person gives: `--context URL=FILE` and `--contexts DIR`, on every command that processes them.
 * @module
 */
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextDigest } from "../../src/document/contexts.ts";
import { type Ended, errorOf, Folder, type Keys, makeRepository } from "./tufLd.ts";

const OURS = "https://example.org/ours/v1";
const VC2 = "https://www.w3.org/ns/credentials/v2";
const ours = { "@context": { "@protected": true, licence: "https://example.org/#licence" } };
const digest = contextDigest(ours);
const GIVEN = ["--context", `${OURS}=ours.jsonld`];
const NOW = ["--at", "2026-06-01"];

const at = new Folder();
let keys: Keys;
beforeAll(() => {
  keys = makeRepository(at);
  at.write("ours.jsonld", ours);
  at.write("other.jsonld", { "@context": { licence: "https://example.org/#other" } });
  at.write("unsigned.json", {
    "@context": [VC2, OURS],
    type: ["VerifiableCredential"],
    issuer: keys.alice.did,
    credentialSubject: { id: "did:example:subject", licence: "A" },
  });
  at.ok(["sign", "unsigned.json", "-k", "alice.pem", ...GIVEN, "-o", "signed.json"]);
}, 120_000);
afterAll(() => at.remove());

const verify = (...more: string[]): Ended =>
  at.run(["verify", "signed.json", "--issuer", "alice.pub", ...NOW, ...more]);
const refused = (ended: Ended): [number | null, string] => [ended.code, errorOf(ended).code];

test("without the context each command refuses it by name, and the hint says how to give it", () => {
  for (const args of [
    ["verify", "signed.json", "--issuer", "alice.pub"],
    ["sign", "unsigned.json", "-k", "alice.pem"],
    ["canonize", "signed.json"],
    ["inspect", "--tree", "signed.json"],
  ]) {
    const ended = at.run(args);
    expect(refused(ended)).toEqual([18, "ERR_CONTEXT"]);
    expect(errorOf(ended).message).toContain(OURS);
    expect(errorOf(ended).hint).toContain("--context URL=FILE");
  }
});

test("with it each command goes on, and prints its digest", () => {
  const ended = verify(...GIVEN);
  expect(ended).toMatchObject({ code: 0, err: `context ${OURS}: SHA-256 ${digest}\n` });
  expect(at.ok(["canonize", "signed.json", ...GIVEN])).toContain("<https://example.org/#licence>");
  expect(at.ok(["inspect", "--nquads", "signed.json", ...GIVEN])).toContain("<https://example.org/#licence>");
  expect(at.ok(["inspect", "--expanded", "signed.json", ...GIVEN])).toContain("https://example.org/#licence");
});

test("another document under the same URL makes another canonical form, and the proof does not count", () => {
  expect(refused(verify("--context", `${OURS}=other.jsonld`))).toEqual([12, "ERR_SIGNATURE"]);
});

test("a folder lists its contexts in contexts.json, with or without their digests", () => {
  mkdirSync(at.file("contexts"));
  at.write("contexts/ours.jsonld", ours);
  for (const entry of ["ours.jsonld", { file: "ours.jsonld" }, { file: "ours.jsonld", sha256: digest }]) {
    at.write("contexts/contexts.json", { [OURS]: entry });
    expect(verify("--contexts", "contexts").code).toBe(0);
  }
  at.write("contexts/contexts.json", { [OURS]: { file: "ours.jsonld", sha256: "0".repeat(64) } });
  expect(refused(verify("--contexts", "contexts"))).toEqual([18, "ERR_CONTEXT"]);
  for (const index of [
    [],
    { ours: "ours.jsonld" },
    { [OURS]: "../ours.jsonld" },
    { [OURS]: "/etc/hostname" },
    { [OURS]: 1 },
    { [OURS]: { file: "ours.jsonld", sha256: 1 } },
    { [OURS]: { file: "ours.jsonld", other: 1 } },
  ]) {
    at.write("contexts/contexts.json", index);
    const ended = verify("--contexts", "contexts");
    expect([...refused(ended), errorOf(ended).message.includes("contexts.json")]).toEqual([
      18,
      "ERR_SHAPE",
      true,
    ]);
  }
  expect(refused(verify("--contexts", "nowhere"))).toEqual([21, "ERR_STORAGE"]);
});

test("what is pinned keeps its meaning: the same document passes, any other is refused with both digests", () => {
  const pinned = JSON.stringify({ "@context": { "@vocab": "https://www.w3.org/ns/credentials/examples#" } });
  at.write("examples.jsonld", pinned);
  const url = "https://www.w3.org/ns/credentials/examples/v2";
  expect(verify(...GIVEN, "--context", `${url}=examples.jsonld`).code).toBe(0);
  const others = ["https://w3id.org/security/data-integrity/v2", "https://w3id.org/tuf-ld/v1"];
  for (const each of [url, VC2, ...others]) {
    const ended = verify(...GIVEN, "--context", `${each}=ours.jsonld`);
    expect(refused(ended)).toEqual([18, "ERR_CONTEXT"]);
    expect(errorOf(ended).message).toMatch(
      /pinned with SHA-256 [0-9a-f]{64}, and this one has [0-9a-f]{64}$/,
    );
  }
  const own = at.run([
    "canonize",
    "signed.json",
    ...GIVEN,
    "--context",
    "https://w3id.org/tuf-ld/v1=ours.jsonld",
  ]);
  expect(refused(own)).toEqual([18, "ERR_CONTEXT"]);
});

test("a given context that contradicts a protected term of another is refused", () => {
  at.write("evil.jsonld", { "@context": { ...ours["@context"], issuer: "https://example.org/#nobody" } });
  expect(refused(verify("--context", `${OURS}=evil.jsonld`))).toEqual([18, "ERR_CONTEXT"]);
});

test("what is no context, no pair, or given twice is refused", () => {
  at.write("no.json", { a: 1 });
  expect(refused(verify("--context", `${OURS}=no.json`))).toEqual([18, "ERR_SHAPE"]);
  at.write("bad.json", "{");
  expect(refused(verify("--context", `${OURS}=bad.json`))).toEqual([18, "ERR_JSON_SYNTAX"]);
  expect(refused(verify("--context", `${OURS}=nowhere.json`))).toEqual([21, "ERR_STORAGE"]);
  for (const pair of ["ours.jsonld", "=ours.jsonld", `${OURS}=`, "ours=ours.jsonld", "https: x=ours.jsonld"])
    expect(verify("--context", pair).code).toBe(2);
  expect(refused(verify(...GIVEN, ...GIVEN))).toEqual([18, "ERR_CONTEXT"]);
});

test("TUF metadata takes no such option, on any of the commands", () => {
  for (const args of [
    ["verify", "root.json", "--key", "alice.pub"],
    ["sign", "root.json", "-k", "alice.pem"],
    ["canonize", "root.json"],
    ["inspect", "root.json"],
  ])
    expect(at.run([...args, ...GIVEN]).code).toBe(2);
});
