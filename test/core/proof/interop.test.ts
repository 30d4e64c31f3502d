/**
 * Ours under theirs and theirs under ours: credentials, plain JSON-LD, and linked TUF metadata, against stock
 * jsonld-signatures, the Digital Bazaar suites and @digitalbazaar/vc.
 * @module
 */
import * as vc from "@digitalbazaar/vc";
import jsigs from "jsonld-signatures";
import { beforeAll, describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/document/json.ts";
import { didKey, parseBareDidKey } from "../../../src/key/didKey.ts";
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import type { KeyType } from "../../../src/key/publicKey.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import {
  type JsonObject,
  type MetadataFile,
  metadataFromJson,
  metadataToJson,
} from "../../../src/metadata/file.ts";
import { checkDocument } from "../../../src/proof/foreign/check.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import { addProof, checkProofs } from "../../../src/proof/linkedProof.ts";
import { roleKeys } from "../../../src/proof/roleKeys.ts";
import { roleUrn } from "../../../src/proof/roleUrn.ts";
import { checkCredential } from "../../../src/report/checkCredential.ts";
import { allSuites } from "../../../src/suite/registry.ts";
import {
  STOCK_SUITES,
  type StockSuiteName,
  stockDocumentLoader,
  stockSign,
  stockSigner,
  stockVerifiers,
  stockVerify,
} from "../../support/stockProofs.ts";

const VC1 = "https://www.w3.org/2018/credentials/v1";
const VC2 = "https://www.w3.org/ns/credentials/v2";
const at = new Date("2026-02-01T00:00:00Z");
const created = new Date("2026-01-01T00:00:00Z");

const credentials = {
  "VC 1.1": (issuer: string): JsonObject => ({
    "@context": [VC1],
    id: "urn:uuid:3f0a4a3e-0000-4000-8000-000000000001",
    type: ["VerifiableCredential"],
    issuer,
    issuanceDate: "2026-01-01T00:00:00Z",
    expirationDate: "2027-01-01T00:00:00Z",
    credentialSubject: { id: "did:example:subject" },
  }),
  "VC 2.0": (issuer: string): JsonObject => ({
    "@context": [VC2],
    type: ["VerifiableCredential"],
    issuer: { id: issuer, name: "An issuer" },
    validFrom: "2026-01-01T00:00:00Z",
    validUntil: "2027-01-01T00:00:00Z",
    credentialSubject: { id: "did:example:subject", name: "Ünïcode \u{1f600}" },
    // Several blank nodes: SHA-256 and SHA-384 label them in different orders.
    evidence: ["a", "b", "c", "d", "e"].map((name) => ({ type: `https://example.org/${name}`, name })),
  }),
};
type Version = keyof typeof credentials;
const VERSIONS = Object.keys(credentials) as Version[];

const suiteOf = (name: StockSuiteName) => allSuites.get(name.split(" ")[0] as string);
const keyTypeOf = (name: StockSuiteName): KeyType =>
  name.endsWith("P-256") ? "P-256" : name.endsWith("P-384") ? "P-384" : "Ed25519";

const keys = new Map<KeyType, PrivateKey>();
const keyFor = (name: StockSuiteName): PrivateKey => keys.get(keyTypeOf(name)) as PrivateKey;
beforeAll(async () => {
  for (const type of ["Ed25519", "P-256", "P-384"] as const) keys.set(type, await generateKey(type));
});

const cases = VERSIONS.flatMap((version) => STOCK_SUITES.map((suite) => [version, suite] as const));

describe.each(cases)("%s with %s", (version, name) => {
  const make = credentials[version];

  test("a credential of ours verifies under jsonld-signatures and under @digitalbazaar/vc", async () => {
    const signer = keyFor(name);
    const options = { suite: suiteOf(name), created };
    const signed = await signDocument(make(didKey(signer.publicKey)), signer, options);
    expect(await stockVerify(signed)).toMatchObject({ verified: true, of: [true] });
    const result = await vc.verifyCredential({
      credential: structuredClone(signed),
      suite: stockVerifiers(),
      documentLoader: stockDocumentLoader,
      now: at,
    });
    expect(result.error).toBeUndefined();
    expect(result.verified).toBe(true);
  });

  test("a credential issued by @digitalbazaar/vc is valid under ours, and ok for who trusts its issuer", async () => {
    const { suite, did } = await stockSigner(name);
    const signed = await vc.issue({
      credential: make(did),
      suite,
      documentLoader: stockDocumentLoader,
      now: at,
    });
    const key = parseBareDidKey(did);
    const findings = await checkDocument(signed, { at, suites: allSuites });
    expect(findings).toMatchObject([{ outcome: "valid", key: key.id, suite: suiteOf(name).id }]);
    const report = await checkCredential(signed, { at, suites: allSuites, issuerKeys: [key] });
    expect(report.failure).toBeUndefined();
    expect(report).toMatchObject({ ok: true, issuer: did, version: version.slice(3) });
  });

  test("neither accepts the other's credential after a member was changed", async () => {
    const signer = keyFor(name);
    const options = { suite: suiteOf(name), created };
    const ours = await signDocument(make(didKey(signer.publicKey)), signer, options);
    expect((await stockVerify({ ...ours, credentialSubject: { id: "did:example:other" } })).verified).toBe(
      false,
    );
    const theirs = await stockSign(make("did:example:issuer"), await stockSigner(name));
    const changed = { ...theirs, credentialSubject: { id: "did:example:other" } };
    expect(await checkDocument(changed, { at, suites: allSuites })).toMatchObject([
      { outcome: "invalid", reason: { code: "ERR_SIGNATURE" } },
    ]);
  });
});

describe("sets that both sides add to", () => {
  test.each(VERSIONS)(
    "%s: a proof of each suite, ours and theirs by turns, all verify on both sides",
    async (version) => {
      let document: JsonObject = credentials[version](didKey(keyFor("Ed25519Signature2020").publicKey));
      for (const [index, name] of STOCK_SUITES.entries()) {
        // The 2018 context cannot be added behind the 2020 one: both define the same protected terms.
        if (name === "Ed25519Signature2018" && version === "VC 2.0") continue;
        document =
          index % 2 === 0
            ? await signDocument(document, keyFor(name), { suite: suiteOf(name), created })
            : ((await stockSign(document, await stockSigner(name))) as JsonObject);
      }
      const count = STOCK_SUITES.length - (version === "VC 2.0" ? 1 : 0);
      const { of } = await stockVerify(document);
      expect(of).toEqual(Array(count).fill(true));
      const findings = await checkDocument(document, { at, suites: allSuites });
      expect(findings.map(({ outcome }) => outcome)).toEqual(Array(count).fill("valid"));
    },
  );

  test("a document of neither kind of credential verifies both ways", async () => {
    const document = {
      "@context": ["https://www.w3.org/ns/did/v1"],
      id: "did:example:1",
      alsoKnownAs: ["https://example.org/"],
    };
    for (const name of STOCK_SUITES) {
      if (name === "Ed25519Signature2018") continue;
      const ours = await signDocument(document, keyFor(name), { suite: suiteOf(name) });
      expect(await stockVerify(ours)).toMatchObject({ verified: true });
      const theirs = await stockSign(document, await stockSigner(name));
      expect(await checkDocument(theirs, { at })).toMatchObject([{ outcome: "valid" }]);
    }
  });

  test("a proof on a document without the Data Integrity context verifies as its maker meant it", async () => {
    const document = credentials["VC 1.1"]("did:example:issuer");
    const { suite } = await stockSigner("eddsa-rdfc-2022");
    // Their `sign` adds the context to the document; who makes the proof alone keeps the document as it is.
    const proof = await suite.createProof({
      document,
      purpose: new jsigs.purposes.AssertionProofPurpose(),
      documentLoader: stockDocumentLoader,
    });
    const signed = { ...document, proof };
    expect(await stockVerify(signed)).toMatchObject({ verified: true });
    expect(await checkDocument(signed, { at })).toMatchObject([{ outcome: "valid" }]);
  });
});

describe("linked TUF metadata", () => {
  const signedTargets: JsonValue = {
    _type: "targets",
    spec_version: "1.0.34",
    version: 7,
    expires: "2030-01-01T00:00:00Z",
    targets: {
      "a b/../ö.txt": { length: 3, hashes: { sha256: "ab".repeat(32) }, custom: { note: [1, null, "x"] } },
      "urn:x": { length: 0, hashes: { sha512: "cd".repeat(64), "blake2b-256": "ef".repeat(32) } },
    },
    "x-unknown": [],
  };
  const file = (): MetadataFile => metadataFromJson({ signed: signedTargets, signatures: [] });

  test("proofs of every suite in one set verify under the stock packages, each of them", async () => {
    let signed = file();
    for (const name of STOCK_SUITES) {
      signed = await addProof(signed, keyFor(name), "targets", { suite: suiteOf(name), created });
    }
    const { verified, of, error } = await stockVerify(metadataToJson(signed, "linked"));
    expect(error).toBeUndefined();
    expect({ verified, of }).toEqual({ verified: true, of: STOCK_SUITES.map(() => true) });
  });

  test.each(STOCK_SUITES)(
    "a proof of %s with our domain, made by the stock package, counts for the role",
    async (name) => {
      const document = metadataToJson(file(), "linked");
      const { proof: _, ...unsigned } = document;
      const signer = await stockSigner(name, { domain: roleUrn("targets") });
      const read = metadataFromJson((await stockSign(unsigned, signer)) as JsonValue);
      const key = toTufKey(parseBareDidKey(signer.did));
      const keyid = tufKeyid(key);
      const options = { suites: allSuites, at };
      const role = (roleName: string) =>
        roleKeys(roleName, { keyids: [keyid], threshold: 1 }, { [keyid]: key });
      expect(await checkProofs(read, role("targets"), options)).toMatchObject([
        { outcome: "valid", key: parseBareDidKey(signer.did).id },
      ]);
      expect(await checkProofs(read, role("other"), options)).toMatchObject([
        { outcome: "invalid", reason: { code: "ERR_PROOF_DOMAIN" } },
      ]);
    },
  );
});
