/**
 * The published vectors: every intermediate is made again and compared byte for byte, stock tools agree, the
 * arithmetic holds without our code, and every refusal is refused by its code.
 * @module
 */
import * as noble from "@noble/ed25519";
import { base58 } from "@scure/base";
import rdfCanonize from "rdf-canonize";
import { describe, expect, test } from "vitest";
import { canonizeDirect } from "../../src/canonical/direct.ts";
import { jcs } from "../../src/canonical/jcs.ts";
import { olpc } from "../../src/classic/olpc.ts";
import type { JsonValue } from "../../src/document/json.ts";
import { concatBytes } from "../../src/encoding/bytes.ts";
import { decodeHex, encodeHex } from "../../src/encoding/hex.ts";
import { didKeyUrl } from "../../src/key/didKey.ts";
import type { Signer } from "../../src/key/signer.ts";
import {
  type JsonObject,
  type MetadataFile,
  metadataToJson,
  parseMetadata,
  serializeMetadata,
} from "../../src/metadata/file.ts";
import { toLinked } from "../../src/metadata/linkedForm.ts";
import { addSignature } from "../../src/proof/classicSignature.ts";
import { DocumentDigests } from "../../src/proof/digests.ts";
import { addProof } from "../../src/proof/linkedProof.ts";
import { canonizeConfiguration, parseTufProof, proofInput } from "../../src/proof/tufProof.ts";
import { allSuites } from "../../src/suite/registry.ts";
import { TUF_CONTEXTS } from "../../src/vocabulary/terms.ts";
import { stockCanonize } from "../support/stock.ts";
import { KEY_NAMES, publishedKeys, testKeys } from "../support/testKeys.ts";
import {
  bytesOf,
  judge,
  type Step,
  type Steps,
  textOf,
  type Vector,
  vectors,
  type Wanted,
} from "../support/vectors.ts";

const accepted = vectors.filter(({ case: { sign } }) => sign !== undefined);
const refused = vectors.filter(({ case: { from } }) => from !== undefined);
const byName = new Map(vectors.map((vector) => [vector.name, vector]));

const toText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
const fromHex = (text: string | undefined): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(decodeHex(text ?? "", "ERR_KEY"));
const stepsOf = (vector: Vector): Steps => JSON.parse(textOf(vector, "steps.json")) as Steps;

async function hashHex(name: "sha256" | "sha384", text: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const algorithm = name === "sha256" ? "SHA-256" : "SHA-384";
  const bytes = typeof text === "string" ? bytesOf(text) : text;
  return encodeHex(new Uint8Array(await crypto.subtle.digest(algorithm, bytes)));
}

test("there are vectors of both kinds, and each folder is one of them", () => {
  expect(accepted.length).toBeGreaterThanOrEqual(31);
  expect(refused.length).toBeGreaterThanOrEqual(56);
  expect(accepted.length + refused.length).toBe(vectors.length);
});

test.each(KEY_NAMES)("the test key %s is made of its published text", async (name) => {
  const entry = publishedKeys[name];
  const { signer, tufKey, keyid } = testKeys[name];
  expect(await hashHex(entry.secretHash, entry.secretText)).toBe(entry.secret);
  expect(encodeHex(signer.publicKey.bytes)).toBe(entry.publicKey);
  expect(didKeyUrl(signer.publicKey)).toBe(entry.verificationMethod);
  expect(tufKey).toEqual(entry.tufKey);
  expect(keyid).toBe(entry.keyid);
});

describe.each(accepted)("$name: $case.title", (vector) => {
  test("every intermediate is made again byte for byte", async () => {
    expect(Object.fromEntries(await remake(vector))).toEqual(Object.fromEntries(vector.files));
  });

  test("all three forms have the recorded findings and counts", async () => {
    const { findings = [], counts } = vector.case.expected;
    const expected = { findings, counts };
    expect(await judge(textOf(vector, "file.json"), vector.case)).toEqual(expected);
    expect(await judge(textOf(vector, "linked.json"), vector.case)).toEqual(expected);
    const classic = await judge(textOf(vector, "classic.json"), vector.case);
    expect(classic.findings).toEqual(findings.filter(({ view }) => view === "classic"));
    expect(classic.counts.classic).toEqual(counts?.classic);
    expect(classic.counts.linked.keys).toEqual([]);
  });

  test("stock jsonld.js canonizes linked.json to canonical.nq", async () => {
    const { "@context": contexts, proof: _, ...linked } = JSON.parse(textOf(vector, "linked.json"));
    expect(contexts).toEqual(TUF_CONTEXTS);
    const stock = await stockCanonize(linked);
    const ours = textOf(vector, "canonical.nq");
    if (vector.case.stockDiffers === undefined) return expect(stock).toBe(ours);
    // The corner is real: the same lines, but for labels, order and two escapes.
    expect(stock).not.toBe(ours);
    const escaped = stock.replaceAll("\ufffe", "\\uFFFE").replaceAll("\uffff", "\\uFFFF");
    expect(escaped.length).toBe(ours.length);
  });

  test("stock jsonld.js canonizes every proof configuration to its N-Quads", async () => {
    for (const [name, nquads] of vector.files) {
      if (!/^proof-\d+\.configuration\.nq$/.test(name)) continue;
      const configuration = JSON.parse(textOf(vector, name.replace(/nq$/, "json")));
      expect(await stockCanonize(configuration)).toBe(nquads);
    }
  });

  const sha384 = vector.files.get("canonical.sha384.nq");
  if (sha384 !== undefined)
    test("stock rdf-canonize with SHA-384 makes canonical.sha384.nq", async () => {
      const nquads = rdfCanonize.NQuads.parse(textOf(vector, "canonical.nq").replaceAll("_:c14n", "_:b"));
      const options = {
        algorithm: "RDFC-1.0",
        format: "application/n-quads",
        messageDigestAlgorithm: "sha384",
      };
      expect(await rdfCanonize.canonize(nquads, options)).toBe(sha384);
      expect(sha384).not.toBe(textOf(vector, "canonical.nq"));
    });

  const jcsText = vector.files.get("canonical.jcs");
  if (jcsText !== undefined)
    test("canonical.jcs is linked.json without its proof, with sorted members and no white space", () => {
      const { proof: _, ...document } = JSON.parse(textOf(vector, "linked.json"));
      const sorted = (_: string, value: unknown) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
          : value;
      expect(JSON.stringify(document, sorted)).toBe(jcsText);
    });

  test("the hashes and signatures follow from the files, without our code", async () => {
    const { documentSha256, classicSha256, signatures } = stepsOf(vector);
    expect(await hashHex("sha256", textOf(vector, "canonical.nq"))).toBe(documentSha256);
    expect(await hashHex("sha256", textOf(vector, "classic.olpc"))).toBe(classicSha256);
    const file = JSON.parse(textOf(vector, "file.json"));
    for (const step of signatures) {
      const input =
        step.view === "classic" ? bytesOf(textOf(vector, "classic.olpc")) : await hashDataOf(vector, step);
      expect(await hashHex("sha256", input)).toBe(step.signedSha256);
      const entry = step.view === "classic" ? file.signatures[step.index] : file.proof[step.index];
      await expectSignature(step, input, entry);
    }
  });
});

describe.each(refused)("$name: $case.title", (vector) => {
  const { form = "file", from = "", expected } = vector.case;
  const text = textOf(vector, `${form}.json`);

  test(`is refused with ${expected.code}`, async () => {
    const judged = judge(text, vector.case);
    if (!expected.read)
      return expect(judged).rejects.toMatchObject({ name: "TufLdError", code: expected.code });
    const { findings, counts } = await judged;
    expect({ findings, counts }).toEqual({ findings: expected.findings, counts: expected.counts });
    expect(findings).toContainEqual(expect.objectContaining({ code: expected.code }));
    expect(counts[expected.policy ?? "either"].met).toBe(false);
  });

  test("before the attack, the same file is accepted", async () => {
    const base = byName.get(from) as Vector;
    const { counts } = await judge(textOf(base, `${form}.json`), base.case);
    expect(counts[expected.policy ?? "either"].met).toBe(true);
  });
});

/** Every file of an accepted case, made of its `signed` member and case.json alone; ECDSA values are recorded. */
async function remake(vector: Vector): Promise<Map<string, string>> {
  const { role, sign = [] } = vector.case;
  const { signed, signatures } = parseMetadata(bytesOf(textOf(vector, "classic.json")));
  const kept = signatures.filter(({ sig }) => sig === "");
  let file: MetadataFile = { signed, signatures: kept, proof: [], linked: true, unrecognized: {} };
  const files = new Map<string, string>();
  const steps: Step[] = [];
  for (const [at, wanted] of sign.entries()) {
    const recorded = stepsOf(vector).signatures[at] as Step;
    const made = await (wanted.view === "classic" ? remakeSignature : remakeProof)(
      file,
      wanted,
      role,
      recorded,
    );
    file = made.file;
    steps.push(made.step);
    for (const [name, text] of made.files) files.set(name, text);
  }
  const canonical = canonizeDirect(signed);
  const bytes = olpc(signed as unknown as JsonValue);
  files.set("canonical.nq", canonical);
  files.set("classic.olpc", bytes);
  for (const form of ["classic", "file", "linked"] as const) {
    files.set(`${form}.json`, new TextDecoder().decode(serializeMetadata(file, form)));
    expect(toText(metadataToJson(file, form))).toBe(files.get(`${form}.json`));
  }
  const hashes = {
    documentSha256: await hashHex("sha256", canonical),
    classicSha256: await hashHex("sha256", bytes),
  };
  files.set("steps.json", toText({ ...hashes, signatures: steps }));
  return files;
}

interface Remade {
  readonly file: MetadataFile;
  readonly step: Step;
  readonly files: ReadonlyMap<string, string>;
}

/** Ed25519 is deterministic. Of ECDSA the recorded value is given back; the suites verify it before they take it. */
function signerOf(wanted: Wanted, recorded: Step): Signer {
  const { signer } = testKeys[wanted.key];
  if (signer.publicKey.type === "Ed25519") return signer;
  return { publicKey: signer.publicKey, sign: async () => fromHex(recorded.signature) };
}

async function remakeSignature(
  file: MetadataFile,
  wanted: Wanted,
  _: string,
  recorded: Step,
): Promise<Remade> {
  const { key, keyid } = wanted;
  const signed = await addSignature(file, signerOf(wanted, recorded), keyid === undefined ? {} : { keyid });
  const suite = allSuites.get(recorded.suite);
  const index = signed.signatures.length - 1;
  const bytes = new DocumentDigests(file.signed).classicBytes();
  const raw = suite.decodeSignature(signed.signatures[index]?.sig ?? "");
  const step: Step = {
    view: "classic",
    index,
    key,
    suite: suite.id,
    signedSha256: await hashHex("sha256", Uint8Array.from(bytes)),
    signature: encodeHex(raw),
  };
  return { file: signed, step, files: new Map() };
}

async function remakeProof(
  file: MetadataFile,
  wanted: Wanted,
  role: string,
  recorded: Step,
): Promise<Remade> {
  const suite = allSuites.get(wanted.suite ?? "");
  const signer = signerOf(wanted, recorded);
  let signed = await addProof(file, signer, role, { suite, created: new Date(wanted.created ?? "") });
  const index = signed.proof.length - 1;
  const digests = new DocumentDigests(file.signed);
  const variant = suite.variantFor(signer.publicKey.type);
  const own = parseTufProof(signed.proof[index] as JsonObject, suite).configuration;
  const configuration = { ...own, ...wanted.extra };
  const input = proofInput(configuration, suite, variant, digests);
  if (wanted.extra !== undefined) {
    const value = suite.encodeSignature(await suite.sign(signer, input));
    signed = { ...signed, proof: [...file.proof, { ...configuration, [suite.proofMember]: value }] };
  }
  const { value } = parseTufProof(signed.proof[index] as JsonObject, suite);
  const hash = variant.digest.name === "sha384" ? "sha384" : "sha256";
  const byJcs = suite.canonicalization.name === "JCS";
  const configurationText = byJcs
    ? jcs({ "@context": [...TUF_CONTEXTS], ...configuration })
    : canonizeConfiguration(configuration);
  const documentText = byJcs
    ? jcs({ "@context": [...TUF_CONTEXTS], ...toLinked(file.signed) })
    : canonizeDirect(file.signed, hash);
  const documentHash = encodeHex(digests.linkedDigest(suite.canonicalization.name, hash));
  expect(await hashHex(hash, documentText)).toBe(documentHash);
  const step: Step = {
    view: "linked",
    index,
    key: wanted.key,
    suite: suite.id,
    hash,
    configurationHash: await hashHex(hash, configurationText),
    documentHash,
    hashData: encodeHex(input),
    signedSha256: await hashHex("sha256", Uint8Array.from(input)),
    signature: encodeHex(suite.decodeSignature(value)),
  };
  const files = new Map([
    [`proof-${index}.configuration.json`, toText(configuration)],
    [`proof-${index}.configuration.${byJcs ? "jcs" : "nq"}`, configurationText],
    [documentName(step, byJcs), documentText],
  ]);
  return { file: signed, step, files };
}

function documentName({ hash }: Step, byJcs: boolean): string {
  return byJcs ? "canonical.jcs" : hash === "sha384" ? "canonical.sha384.nq" : "canonical.nq";
}

/** The two hashes of a proof, of the files that hold what is hashed. */
async function hashDataOf(vector: Vector, step: Step): Promise<Uint8Array<ArrayBuffer>> {
  const configuration = `proof-${step.index}.configuration`;
  const byJcs = vector.files.has(`${configuration}.jcs`);
  const { hash = "sha256" } = step;
  const configurationHash = await hashHex(hash, textOf(vector, `${configuration}.${byJcs ? "jcs" : "nq"}`));
  const documentHash = await hashHex(hash, textOf(vector, documentName(step, byJcs)));
  expect([configurationHash, documentHash]).toEqual([step.configurationHash, step.documentHash]);
  expect(configurationHash + documentHash).toBe(step.hashData);
  return fromHex(configurationHash + documentHash);
}

/** The entry holds the recorded bytes, and they are a signature of the input by the recorded key. */
async function expectSignature(
  step: Step,
  input: Uint8Array<ArrayBuffer>,
  entry: Record<string, string>,
): Promise<void> {
  const { type, publicKey, tufKey } = publishedKeys[step.key];
  let signature = fromHex(step.signature);
  let signed = input;
  if (entry["sig"] !== undefined && type === "Ed25519") expect(entry["sig"]).toBe(step.signature);
  if (entry["proofValue"] !== undefined) expect(entry["proofValue"]).toBe(`z${base58.encode(signature)}`);
  if (entry["jws"] !== undefined) {
    const [header = "", , value = ""] = entry["jws"].split(".");
    expect(JSON.parse(atob(header))).toEqual({ alg: "EdDSA", b64: false, crit: ["b64"] });
    signature = Uint8Array.from(atob(value.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    signed = Uint8Array.from(concatBytes(bytesOf(`${header}.`), input));
    expect(encodeHex(concatBytes(bytesOf(`${header}.`), signature))).toBe(step.signature);
  }
  if (type === "Ed25519") {
    return expect(await noble.verifyAsync(signature, signed, fromHex(publicKey), { zip215: false })).toBe(
      true,
    );
  }
  const der = tufKey.keyval.public.replace(/-----[^-]+-----|\s/g, "");
  const spki = Uint8Array.from(atob(der), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("spki", spki, { name: "ECDSA", namedCurve: type }, false, [
    "verify",
  ]);
  const hash = type === "P-256" ? "SHA-256" : "SHA-384";
  expect(await crypto.subtle.verify({ name: "ECDSA", hash }, key, signature, signed)).toBe(true);
}
