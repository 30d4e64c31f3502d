/**
 * Writes the test vectors. `npm run build && node vectors/generate.mjs`; it is deterministic, but for ECDSA,
 * where a recorded signature is kept as long as it is one over the same bytes.
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { canonizeDirect } from "../dist/canonical/direct.js";
import { jcs } from "../dist/canonical/jcs.js";
import { olpc } from "../dist/classic/olpc.js";
import { concatBytes } from "../dist/encoding/bytes.js";
import { decodeHex, encodeHex } from "../dist/encoding/hex.js";
import { TufLdError } from "../dist/errors.js";
import { metadataFromJson, metadataToJson, parseMetadata } from "../dist/metadata/file.js";
import { toLinked } from "../dist/metadata/linkedForm.js";
import { checkFile } from "../dist/proof/checkFile.js";
import { roleKeys } from "../dist/proof/roleKeys.js";
import { roleUrn } from "../dist/proof/roleUrn.js";
import { canonizeConfiguration } from "../dist/proof/tufProof.js";
import { allSuites, suiteSet } from "../dist/suite/registry.js";
import { TUF_CONTEXTS } from "../dist/vocabulary/index.js";
import { AT, accepted } from "./generator/accepted.mjs";
import { keys, publishedKeys } from "./generator/keys.mjs";
import { refused } from "./generator/refused.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const POLICIES = ["classic", "linked", "either", "both"];
const toText = (value) => `${JSON.stringify(value, undefined, 2)}\n`;
const digest = (algorithm, data) => new Uint8Array(createHash(algorithm).update(data).digest());
const fail = (message) => {
  throw new Error(message);
};

/** Recorded signatures by key and by the hash of what they sign. */
const recorded = new Map();
for (const { name } of accepted) {
  const path = `${here}${name}/steps.json`;
  if (!existsSync(path)) continue;
  for (const step of JSON.parse(readFileSync(path, "utf8")).signatures) {
    recorded.set(`${step.key} ${step.signedSha256}`, decodeHex(step.signature, "ERR_SIGNATURE"));
  }
}

/** Signs, or gives the recorded signature where the algorithm is not deterministic. */
async function sign({ name, privateKey, publicKey }, suite, input) {
  const id = `${name} ${encodeHex(digest("sha256", input))}`;
  const known = publicKey.type === "Ed25519" ? undefined : recorded.get(id);
  if (known !== undefined && (await suite.verify(publicKey, input, known))) return known;
  return suite.sign(privateKey, input);
}

/** Makes one signature or proof, and the names and contents of the files that explain it. */
async function makeEntry(testCase, entry, index) {
  const key = keys[entry.key];
  if (entry.view === "classic") {
    const suite = allSuites.forScheme(key.tufKey.scheme);
    const input = new TextEncoder().encode(olpc(testCase.signed));
    const signature = await sign(key, suite, input);
    const { keyid = key.keyid } = entry;
    const step = {
      view: "classic",
      index,
      key: key.name,
      suite: suite.id,
      signedSha256: encodeHex(digest("sha256", input)),
      signature: encodeHex(signature),
    };
    return { entry: { keyid, sig: suite.encodeSignature(signature) }, step, files: {} };
  }
  const suite = allSuites.get(entry.suite);
  const variant = suite.variantFor(key.publicKey.type);
  const hash = variant.digest.name;
  const configuration = {
    type: suite.proofType,
    ...(suite.cryptosuite === undefined ? {} : { cryptosuite: suite.cryptosuite }),
    created: entry.created,
    verificationMethod: key.published.verificationMethod,
    proofPurpose: "assertionMethod",
    domain: roleUrn(testCase.role),
    ...entry.extra,
  };
  const byJcs = suite.canonicalization.name === "JCS";
  const configurationText = byJcs
    ? jcs({ "@context": [...TUF_CONTEXTS], ...configuration })
    : canonizeConfiguration(configuration);
  const document = byJcs
    ? { name: "canonical.jcs", text: jcs({ "@context": [...TUF_CONTEXTS], ...toLinked(testCase.signed) }) }
    : {
        name: hash === "sha256" ? "canonical.nq" : `canonical.${hash}.nq`,
        text: canonizeDirect(testCase.signed, hash),
      };
  const [configurationHash, documentHash] = [digest(hash, configurationText), digest(hash, document.text)];
  const hashData = concatBytes(configurationHash, documentHash);
  const signature = await sign(key, suite, hashData);
  const step = {
    view: "linked",
    index,
    key: key.name,
    suite: suite.id,
    hash,
    configurationHash: encodeHex(configurationHash),
    documentHash: encodeHex(documentHash),
    hashData: encodeHex(hashData),
    signedSha256: encodeHex(digest("sha256", hashData)),
    signature: encodeHex(signature),
  };
  const files = {
    [`proof-${index}.configuration.json`]: toText(configuration),
    [`proof-${index}.configuration.${byJcs ? "jcs" : "nq"}`]: configurationText,
    [document.name]: document.text,
  };
  const context = byJcs ? { "@context": [...TUF_CONTEXTS] } : {};
  const value = { [suite.proofMember]: suite.encodeSignature(signature) };
  return { entry: { ...configuration, ...context, ...value }, step, files };
}

/** What a verifier that trusts `trust` finds in a file. */
async function verdict(file, { trust, role, at, suites }) {
  const role_ = roleKeys(role, trust, trust.keys);
  const accept =
    suites === undefined ? {} : { suites: suiteSet(...suites.map((name) => allSuites.get(name))) };
  const nameOf = new Map(Object.values(keys).map(({ name, publicKey }) => [publicKey.id, name]));
  const options = { at: new Date(at), ...accept };
  const { findings } = await checkFile(file, role_, "either", options);
  const counts = {};
  for (const policy of POLICIES) {
    const { count } = await checkFile(file, role_, policy, options);
    counts[policy] = { keys: count.keys.map((id) => nameOf.get(id)).sort(), met: count.met };
  }
  const found = findings.map(({ view, index, outcome, reason }) => ({
    view,
    index,
    outcome,
    ...(reason ? { code: reason.code } : {}),
  }));
  return { findings: found, counts };
}

const question = ({ title, role, at = AT, suites, trust }) => ({
  title,
  role,
  at,
  ...(suites === undefined ? {} : { suites }),
  trust,
});

/** The files of an accepted case. */
async function acceptedFiles(testCase) {
  const signatures = [...(testCase.signatures ?? [])];
  const proof = [];
  const steps = [];
  const files = {};
  for (const wanted of testCase.sign) {
    const list = wanted.view === "classic" ? signatures : proof;
    const made = await makeEntry(testCase, wanted, list.length);
    list.push(made.entry);
    steps.push(made.step);
    Object.assign(files, made.files);
  }
  const bytes = olpc(testCase.signed);
  const file = metadataFromJson(
    JSON.parse(JSON.stringify({ "@context": TUF_CONTEXTS, signatures, signed: testCase.signed, proof })),
  );
  const { findings, counts } = await verdict(file, { at: AT, ...testCase });
  for (const view of ["classic", "linked"]) {
    const expected = testCase[view].split(" ").filter(Boolean).join();
    if (counts[view].keys.join() !== expected)
      fail(`${testCase.name}: ${view} keys are ${counts[view].keys}, not ${expected}`);
  }
  return {
    "case.json": toText({
      ...question(testCase),
      sign: testCase.sign,
      ...(testCase.stockDiffers === undefined ? {} : { stockDiffers: testCase.stockDiffers }),
      expected: { read: true, findings, counts },
    }),
    "classic.json": toText(metadataToJson(file, "classic")),
    "file.json": toText(metadataToJson(file, "file")),
    "linked.json": toText(metadataToJson(file, "linked")),
    "canonical.nq": canonizeDirect(testCase.signed),
    "classic.olpc": bytes,
    ...files,
    "steps.json": toText({
      documentSha256: encodeHex(digest("sha256", canonizeDirect(testCase.signed))),
      classicSha256: encodeHex(digest("sha256", bytes)),
      signatures: steps,
    }),
  };
}

/** The files of a refused case; an accepted one must have been made before. */
async function refusedFiles(testCase, made) {
  const base = accepted.find(({ name }) => name === testCase.from) ?? fail(`no case ${testCase.from}`);
  const name = `${testCase.form}.json`;
  const { edit = () => {}, text = (same) => same } = testCase;
  const value = JSON.parse(made.get(testCase.from)[name]);
  edit(value, (other) => JSON.parse(made.get(other)[name]));
  const original = toText(value);
  const edited = text(original);
  const asked = { ...question({ ...base, ...testCase }), form: testCase.form, from: testCase.from };
  const sameFile = edited === made.get(testCase.from)[name];
  const sameQuestion =
    JSON.stringify(question(base)) ===
    JSON.stringify({ ...question({ ...base, ...testCase }), title: base.title });
  if (sameFile && sameQuestion) fail(`${testCase.name}: nothing was changed`);
  let expected;
  try {
    const file = parseMetadata(new TextEncoder().encode(edited), { linkable: true });
    if (testCase.parse) fail(`${testCase.name}: was read`);
    const { findings, counts } = await verdict(file, { at: AT, ...base, ...testCase });
    if (counts[testCase.policy].met) fail(`${testCase.name}: ${testCase.policy} is met`);
    if (!findings.some(({ code }) => code === testCase.code))
      fail(`${testCase.name}: ${JSON.stringify(findings)}`);
    expected = { read: true, code: testCase.code, policy: testCase.policy, findings, counts };
  } catch (error) {
    if (!(error instanceof TufLdError)) throw error;
    if (!testCase.parse || error.code !== testCase.code)
      fail(`${testCase.name}: ${error.code}: ${error.message}`);
    expected = { read: false, code: error.code };
  }
  return { "case.json": toText({ ...asked, expected }), [name]: edited };
}

const made = new Map();
for (const testCase of accepted) made.set(testCase.name, await acceptedFiles(testCase));
for (const testCase of refused) made.set(testCase.name, await refusedFiles(testCase, made));

for (const entry of readdirSync(here, { withFileTypes: true })) {
  if (entry.isDirectory() && entry.name !== "generator") rmSync(`${here}${entry.name}`, { recursive: true });
}
for (const [name, files] of made) {
  mkdirSync(`${here}${name}`);
  for (const [path, text] of Object.entries(files)) writeFileSync(`${here}${name}/${path}`, text);
}
writeFileSync(`${here}keys.json`, toText(publishedKeys));
console.log(`${accepted.length} accepted and ${refused.length} refused cases`);
