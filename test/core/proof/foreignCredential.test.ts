/**
 * Credentials: who issued one, whether that issuer is trusted, whether it says what was signed, and when.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { PrivateKey } from "../../../src/key/privateKey.ts";
import type { JsonObject } from "../../../src/metadata/file.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import { type CheckCredentialOptions, checkCredential } from "../../../src/report/checkCredential.ts";
import { eddsaJcs2022 } from "../../../src/suite/linked.ts";
import {
  AT,
  CREATED,
  credential,
  newIssuer,
  oldCredential,
  proofsOf,
  VC1,
  VC2,
} from "../../support/credentials.ts";

let key: PrivateKey;
let did: string;
let mallory: PrivateKey;
beforeAll(async () => {
  ({ key, did } = await newIssuer());
  mallory = (await newIssuer()).key;
});

const sign = (document: object, signer = key, options: object = {}): Promise<JsonObject> =>
  signDocument(document, signer, { created: CREATED, ...options });
const check = (document: object, options: CheckCredentialOptions = {}) =>
  checkCredential(document, { at: AT, issuerKeys: [key.publicKey], ...options });
const summary = async (document: object, options: CheckCredentialOptions = {}): Promise<string> => {
  const { ok, failure, steps } = await check(document, options);
  const notRun = steps.filter(({ outcome }) => outcome === "not run").map(({ id }) => id);
  return ok ? "ok" : failure === undefined ? `not run: ${notRun}` : `${failure.id}: ${failure.reason?.code}`;
};

describe("a credential", () => {
  test.each([
    ["VC 2.0", () => credential(did), "2.0"],
    ["VC 2.0 whose issuer is an object", () => credential(did, { issuer: { id: did, name: "I" } }), "2.0"],
    ["VC 2.0 without an id", () => credential(did, { id: undefined }), "2.0"],
    [
      "VC 2.0 without a validity period",
      () => credential(did, { validFrom: undefined, validUntil: undefined }),
      "2.0",
    ],
    ["VC 1.1", () => oldCredential(did), "1.1"],
    ["VC 1.1 that does not expire", () => oldCredential(did, { expirationDate: undefined }), "1.1"],
  ] as const)("%s by a trusted issuer, in time, is ok, and every step says why", async (_, make, version) => {
    const unsigned = JSON.parse(JSON.stringify(make()));
    const report = await check(await sign(unsigned));
    expect(report.failure).toBeUndefined();
    expect(report).toMatchObject({ ok: true, issuer: did, version, findings: [{ outcome: "valid" }] });
    expect(report.steps.map(({ id, outcome }) => [id, outcome])).toEqual(
      ["shape", "proofs", "signer", "issuer", "content", "suites", "validity"].map((id) => [id, "passed"]),
    );
  });

  test("without trusted issuers that step is not run, and the report not ok", async () => {
    const report = await checkCredential(await sign(credential(did)), { at: AT });
    expect(report.ok).toBe(false);
    expect(report.failure).toBeUndefined();
    expect(report.steps.filter(({ outcome }) => outcome !== "passed")).toMatchObject([
      { id: "issuer", outcome: "not run" },
    ]);
    expect(await summary(await sign(credential(did)), { issuerKeys: [] })).toBe(
      "issuer: ERR_KEY_UNAUTHORIZED",
    );
  });

  test("after a failure the steps that follow are not run", async () => {
    const { steps } = await check(credential(did));
    expect(steps.map(({ outcome }) => outcome)).toEqual(["passed", "failed", ...Array(5).fill("not run")]);
  });

  test.each([
    ["no credential", { "@context": ["https://www.w3.org/ns/did/v1"], id: "did:example:1" }],
    [
      "the credential context second",
      credential("did:x:y", { "@context": ["https://w3id.org/security/data-integrity/v2", VC2] }),
    ],
    ["another type", credential("did:x:y", { type: ["VerifiablePresentation"] })],
    ["no issuer", credential("did:x:y", { issuer: undefined })],
    ["two issuers", credential("did:x:y", { issuer: ["did:x:y", "did:x:z"] })],
    ["an issuer without id", credential("did:x:y", { issuer: { name: "I" } })],
    ["no subject", credential("did:x:y", { credentialSubject: undefined })],
    ["a date without a zone", credential("did:x:y", { validFrom: "2026-01-01T00:00:00" })],
    ["two dates", credential("did:x:y", { validUntil: ["2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"] })],
    ["VC 1.1 without issuanceDate", oldCredential("did:x:y", { issuanceDate: undefined })],
  ])("%s is refused for its shape", async (_, document) => {
    expect(await summary(JSON.parse(JSON.stringify(document)))).toBe("shape: ERR_SHAPE");
  });

  test("what cannot be judged at all is a failure of the shape, not an exception", async () => {
    const inline = credential(did, { "@context": [VC2, { name: "https://example.org/x" }] });
    expect(await summary(inline)).toBe("shape: ERR_CONTEXT");
    expect(await summary(credential(did, { proof: 1 }))).toBe("shape: ERR_SHAPE");
    expect(await summary([])).toBe("shape: ERR_SHAPE");
  });
});

describe("who issued it", () => {
  test("a proof by another key than that of the did:key issuer does not make it the issuer's", async () => {
    const forged = await sign(credential(did), mallory);
    expect(await summary(forged)).toBe("signer: ERR_KEY_UNAUTHORIZED");
    // Not even when the caller trusts that other key too.
    const issuerKeys = [key.publicKey, mallory.publicKey];
    expect(await summary(forged, { issuerKeys })).toBe("signer: ERR_KEY_UNAUTHORIZED");
  });

  test("a stranger's proof beside the issuer's does not disturb, and does not count", async () => {
    const report = await check(await sign(await sign(credential(did)), mallory));
    expect(report).toMatchObject({ ok: true, findings: [{ outcome: "valid" }, { outcome: "valid" }] });
    const expired = await sign(await sign(credential(did), key, { expires: CREATED }), mallory);
    expect(await summary(expired)).toBe("signer: ERR_KEY_UNAUTHORIZED");
  });

  test("an issuer that the caller does not trust is named", async () => {
    const other = await newIssuer();
    const { failure } = await check(await sign(credential(other.did), other.key));
    expect(failure).toMatchObject({ id: "issuer", reason: { message: expect.stringContaining(other.did) } });
  });

  test("an issuer that is a name is believed only from its keys, and only if the caller expects that name", async () => {
    const name = "https://example.org/issuer";
    const signed = await sign(credential(name));
    expect(await summary(signed, { issuer: name })).toBe("ok");
    expect(await summary(signed)).toBe("issuer: ERR_KEY_UNAUTHORIZED");
    expect(await summary(signed, { issuer: "https://example.org/other" })).toBe(
      "issuer: ERR_KEY_UNAUTHORIZED",
    );
    expect(await summary(await sign(credential(name), mallory), { issuer: name })).toBe(
      "signer: ERR_KEY_UNAUTHORIZED",
    );
  });

  test("no proof, a wrong one, and one of a suite that is not accepted are told apart", async () => {
    const signed = await sign(credential(did));
    expect(await summary(credential(did))).toBe("proofs: ERR_NO_SIGNATURE");
    expect(await summary({ ...signed, name: "changed" })).toBe("proofs: ERR_SIGNATURE");
    const proof = { ...proofsOf(signed)[0], cryptosuite: "other" };
    expect(await summary({ ...signed, proof })).toBe("proofs: ERR_NO_SIGNATURE");
  });
});

describe("when it is valid", () => {
  test.each([
    ["VC 2.0", () => credential(did)],
    ["VC 1.1", () => oldCredential(did)],
  ])("%s: from its start, until before its end", async (_, make) => {
    const signed = await sign(make());
    const at = (instant: string) => summary(signed, { at: new Date(instant) });
    expect(await at("2025-12-31T23:59:59.999Z")).toBe("validity: ERR_CREDENTIAL_TIME");
    expect(await at("2026-01-01T00:00:00Z")).toBe("ok");
    expect(await at("2026-12-31T23:59:59.999Z")).toBe("ok");
    expect(await at("2027-01-01T00:00:00Z")).toBe("validity: ERR_CREDENTIAL_TIME");
  });

  test("the members of the other version count as well", async () => {
    const signed = await sign(oldCredential(did, { validUntil: "2026-01-15T00:00:00Z" }));
    expect(await summary(signed)).toBe("validity: ERR_CREDENTIAL_TIME");
  });

  test("without a date to judge at it is judged now", async () => {
    const signed = await sign(
      credential(did, { validFrom: "2001-01-01T00:00:00Z", validUntil: "2002-01-01T00:00:00Z" }),
    );
    const report = await checkCredential(signed, { issuerKeys: [key.publicKey] });
    expect(report.failure).toMatchObject({ id: "validity" });
  });
});

describe("an end that was signed cannot be hidden from a reader of the JSON", () => {
  const CREDENTIALS = "https://www.w3.org/2018/credentials#";
  const typed = (value: unknown) => ({
    "@value": value,
    "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
  });
  const late = new Date("2028-01-01T00:00:00Z");

  test.each([
    ["VC 2.0", () => credential(did), "validUntil"],
    ["VC 1.1", () => oldCredential(did), "expirationDate"],
  ] as const)("%s: under its full IRI", async (_, make, name) => {
    const { [name]: end, ...rest } = await sign(make());
    const hidden = { ...rest, [CREDENTIALS + name]: typed(end) };
    const report = await check(hidden, { at: late });
    // The attack is real: the statements are the same, and the proof is valid over them.
    expect(report.findings).toMatchObject([{ outcome: "valid" }]);
    expect(report.failure).toMatchObject({ id: "content", reason: { code: "ERR_SHAPE" } });
  });

  test("inside of another object that has the credential's own id", async () => {
    const id = "urn:uuid:00000000-0000-4000-8000-000000000001";
    const { validUntil, ...rest } = await sign(
      credential(did, { evidence: [{ id, type: "VerifiableCredential" }] }),
    );
    const inner = { id, type: "VerifiableCredential", validUntil };
    const report = await check({ ...rest, evidence: [inner] }, { at: late });
    expect(report.findings).toMatchObject([{ outcome: "valid" }]);
    expect(report.failure).toMatchObject({ id: "content" });
  });

  test("by reading a VC 2.0 credential under the context of VC 1.1", async () => {
    const signed = await sign(credential(did, { credentialSubject: { id: "did:example:subject" } }));
    expect(await summary({ ...signed, "@context": [VC1] }, { at: late })).not.toBe("ok");
  });

  test("nor can the issuer, the status, or which credential it is", async () => {
    const other = await newIssuer();
    const status = {
      id: "https://example.org/status/1",
      type: "BitstringStatusListEntry",
      statusPurpose: "revocation",
      statusListIndex: "1",
      statusListCredential: "https://example.org/status",
    };
    const signed = await sign(credential(did, { credentialStatus: status }));
    const checkStatus = async (): Promise<boolean> => true;
    expect(await summary(signed, { checkStatus })).toBe("ok");
    const { credentialStatus, ...open } = signed;
    const moved = { ...open, [`${CREDENTIALS}credentialStatus`]: credentialStatus };
    expect((await check(moved)).failure).toMatchObject({ id: "content" });
    const { issuer, ...rest } = await sign(credential(did));
    const twice = { ...rest, issuer: other.did, [`${CREDENTIALS}issuer`]: { "@id": issuer } };
    expect(await summary(twice)).toBe("proofs: ERR_SIGNATURE");
    const { id, ...nameless } = await sign(credential(did));
    expect((await check({ ...nameless, "@id": id })).failure).toMatchObject({ id: "content" });
  });

  test("a JCS proof signs the spelling, so that the same trick breaks it", async () => {
    const { validUntil, ...rest } = await sign(credential(did), key, { suite: eddsaJcs2022 });
    expect(await summary({ ...rest, [`${CREDENTIALS}validUntil`]: typed(validUntil) })).toBe(
      "proofs: ERR_SIGNATURE",
    );
    expect(await summary({ ...rest, validUntil })).toBe("ok");
  });
});

describe("its status", () => {
  const status = {
    id: "https://example.org/status/1",
    type: "BitstringStatusListEntry",
    statusPurpose: "revocation",
    statusListIndex: "1",
    statusListCredential: "https://example.org/status",
  };

  test("is not run without a checker, and then the report is not ok", async () => {
    expect(await summary(await sign(credential(did, { credentialStatus: status })))).toBe("not run: status");
  });

  test("is the checker's word", async () => {
    const signed = await sign(credential(did, { credentialStatus: status }));
    expect(await summary(signed, { checkStatus: async () => true })).toBe("ok");
    expect(await summary(signed, { checkStatus: async () => false })).toBe("status: ERR_CREDENTIAL_STATUS");
  });
});
