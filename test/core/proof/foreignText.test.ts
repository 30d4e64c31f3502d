/**
 * Proofs over JCS sign the text of every member and process no context; proofs over RDF sign no `null` and no `[]`,
 * and whoever reads such a member is told so.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { didKey } from "../../../src/key/didKey.ts";
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import type { JsonObject } from "../../../src/metadata/file.ts";
import { checkDocument } from "../../../src/proof/foreign/check.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import { checkCredential } from "../../../src/report/checkCredential.ts";
import { checkSigned } from "../../../src/report/checkSigned.ts";
import { ecdsaJcs2019, eddsaJcs2022, eddsaRdfc2022 } from "../../../src/suite/linked.ts";
import {
  AT,
  CREATED,
  credential,
  DATA_INTEGRITY,
  newIssuer,
  proofsOf,
  VC2,
} from "../../support/credentials.ts";
import { signUnchecked } from "../../support/signUnchecked.ts";
import { stockSign, stockSigner } from "../../support/stockProofs.ts";

let key: PrivateKey;
let did: string;
let p256: PrivateKey;
let p384: PrivateKey;
beforeAll(async () => {
  ({ key, did } = await newIssuer());
  p256 = await generateKey("P-256");
  p384 = await generateKey("P-384");
});

const signText = (document: object, signer = key): Promise<JsonObject> =>
  signDocument(document, signer, {
    created: CREATED,
    suite: signer.publicKey.type === "Ed25519" ? eddsaJcs2022 : ecdsaJcs2019,
  });
const codes = async (document: object, options: object = {}): Promise<string[]> =>
  (await checkDocument(document, { at: AT, ...options })).map(
    ({ outcome, reason }) => reason?.code ?? outcome,
  );

/** What RDF would lose, refuse or need a context for. */
const ODD: Readonly<Record<string, object>> = {
  "a null": { name: null },
  "an empty array": { evidence: [], more: { deep: [[]] } },
  "a number beyond the integers of JSON-LD": { number: 1e21, small: 1e-7, third: 1 / 3 },
  "an inline context": { "@context": [VC2, { "@vocab": "https://example.org/#" }] },
  "a context that is not pinned": { "@context": [VC2, "https://example.org/ours/v1"] },
  "a nested context": { inner: { "@context": { name: "urn:x" }, name: "A" } },
  "a member that no context defines": { undefinedMember: 1 },
};

describe.each([
  ["eddsa-jcs-2022", () => key],
  ["ecdsa-jcs-2019 with P-256", () => p256],
  ["ecdsa-jcs-2019 with P-384", () => p384],
] as const)("%s", (_, signer) => {
  test.each(Object.keys(ODD))(
    "%s is signed as it stands, and every change of it is noticed",
    async (name) => {
      const odd = ODD[name] as JsonObject;
      const signed = await signText(credential(didKey(signer().publicKey), odd), signer());
      expect(await codes(signed)).toEqual(["valid"]);
      const [member = ""] = Object.keys(odd);
      expect(await codes({ ...signed, [member]: member === "@context" ? [VC2] : "changed" })).not.toEqual([
        "valid",
      ]);
      const report = await checkCredential(signed, { at: AT, issuerKeys: [signer().publicKey] });
      expect(report).toMatchObject({ ok: true });
      expect(report.findings[0]).not.toHaveProperty("notes");
    },
  );

  test("a document without contexts stays without, and is no credential", async () => {
    const signed = await signText({ hello: "world", list: [] }, signer());
    expect(Object.keys(signed)).toEqual(["hello", "list", "proof"]);
    expect(proofsOf(signed)[0]).not.toHaveProperty("@context");
    const keys = [signer().publicKey];
    const report = await checkSigned(signed, { at: AT, keys });
    expect(report.steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      "shape passed",
      "proofs passed",
      "trusted passed",
      "content passed",
    ]);
    const stranger = await newIssuer();
    expect(await checkSigned(signed, { at: AT, keys: [stranger.key.publicKey] })).toMatchObject({
      ok: false,
      failure: { id: "trusted", reason: { code: "ERR_KEY_UNAUTHORIZED" } },
    });
    expect(await checkSigned({ ...signed, hello: "you" }, { at: AT, keys })).toMatchObject({
      failure: { id: "proofs", reason: { code: "ERR_SIGNATURE" } },
    });
    expect((await checkCredential(signed, { at: AT, issuerKeys: keys })).failure?.id).toBe("shape");
  });
});

describe("contexts that come after a proof over text", () => {
  test("are named as unsigned, are refused by a strict check, and must be pinned", async () => {
    const signed = await signText(credential(did));
    const later = { ...signed, "@context": [VC2, DATA_INTEGRITY] };
    expect(await checkDocument(later, { at: AT })).toMatchObject([
      {
        outcome: "valid",
        notes: [{ code: "ERR_UNSIGNED_MEMBER", message: expect.stringContaining("/@context/1") }],
      },
    ]);
    expect(await codes(later, { strict: true })).toEqual(["ERR_UNSIGNED_MEMBER"]);
    for (const added of ["https://example.org/ours/v1", { name: "urn:x" }])
      expect(await codes({ ...signed, "@context": [VC2, added] })).toEqual(["ERR_CONTEXT"]);
  });

  test("a proof that names contexts does not count on a document without them, or in another order", async () => {
    const signed = await signText(credential(did, { "@context": [VC2, DATA_INTEGRITY] }));
    const { "@context": _, ...without } = signed;
    expect(await codes(without)).toEqual(["ERR_PROOF_SHAPE"]);
    expect(await codes({ ...signed, "@context": [DATA_INTEGRITY, VC2] })).toEqual(["ERR_PROOF_SHAPE"]);
  });
});

describe("a proof over text beside one over RDF", () => {
  test("what RDF cannot sign is the reason of that proof alone", async () => {
    const both = await signText(await signDocument(credential(did), key, { created: CREATED }));
    expect(await codes(both)).toEqual(["valid", "valid"]);
    const [statements, text] = proofsOf(both) as [JsonObject, JsonObject];
    const odd = proofsOf(await signText(credential(did, { evidence: [] })))[0] as JsonObject;
    const document = { ...credential(did, { evidence: [] }), proof: [statements, odd] };
    expect(await codes(document)).toEqual(["valid", "valid"]);
    expect(await codes(document, { strict: true })).toEqual(["ERR_UNSIGNED_MEMBER", "valid"]);
    expect(
      await codes({ ...document, "@context": [VC2, { a: "urn:a" }], proof: [statements, text] }),
    ).toEqual(["ERR_CONTEXT", "ERR_CONTEXT"]);
  });

  test("a stranger's proof over text does not spare the issuer's statements their checks", async () => {
    const signed = await signDocument(credential(did), key, { created: CREATED });
    const stranger = await newIssuer();
    const { validUntil, proof, ...rest } = signed;
    const respelled = { ...rest, "https://www.w3.org/2018/credentials#validUntil": { "@value": validUntil } };
    const theirs = proofsOf(await signText(respelled as JsonObject, stranger.key))[0] as JsonObject;
    const report = await checkCredential(
      { ...respelled, proof: [proof, theirs] as JsonObject[] },
      { at: new Date("2040-01-01T00:00:00Z"), issuerKeys: [key.publicKey] },
    );
    expect(report.ok).toBe(false);
  });
});

describe("null and [] under RDF", () => {
  test("a credential of jsonld-signatures is valid, each such member is named, and a strict check refuses it", async () => {
    const stock = await stockSigner("eddsa-rdfc-2022");
    const subject = { name: [], description: [null, "d"], "urn:x/~": null };
    const signed = await stockSign(credential(stock.did, { evidence: [], name: null }, subject), stock);
    const findings = await checkDocument(signed, { at: AT });
    expect(findings).toMatchObject([{ outcome: "valid", notes: [{ code: "ERR_UNSIGNED_MEMBER" }] }]);
    const message = findings[0]?.notes?.[0]?.message ?? "";
    for (const pointer of [
      "/evidence",
      "/name",
      "/credentialSubject/name",
      "/credentialSubject/description/0",
      "/credentialSubject/urn:x~1~0",
    ])
      expect(message).toContain(pointer);
    expect(await codes(signed, { strict: true })).toEqual(["ERR_UNSIGNED_MEMBER"]);
    expect(await codes({ ...signed, evidence: null })).toEqual(["valid"]);
    expect(await codes({ ...signed, name: "A name" })).toEqual(["ERR_SIGNATURE"]);
  });

  test("nobody signs such a member with a suite over RDF", async () => {
    for (const members of [{ evidence: [] }, { name: null }])
      await expect(
        signDocument(credential(did, members), key, { suite: eddsaRdfc2022 }),
      ).rejects.toMatchObject({
        code: "ERR_UNDEFINED_TERM",
      });
  });

  test("many such members are counted, and the first ones named", async () => {
    const stock = await stockSigner("eddsa-rdfc-2022");
    const signed = await stockSign(credential(stock.did, { evidence: Array(30).fill(null) }), stock);
    const [finding] = await checkDocument(signed, { at: AT });
    expect(finding?.notes?.[0]?.message).toMatch(/ and 1[0-9] more$/);
  });
});

describe("a document that is no credential", () => {
  const document = { "@context": [DATA_INTEGRITY], id: "urn:x:1", type: "DataIntegrityProof" };

  test("is verified over RDF too, by who trusts the key", async () => {
    const signed = await signDocument(document, key, { created: CREATED });
    expect(await checkSigned(signed, { at: AT, keys: [key.publicKey] })).toMatchObject({ ok: true });
  });

  test("a credential is never taken for one, however its type is spelled", async () => {
    const keys = [key.publicKey];
    const signed = await signDocument(credential(did), key, { created: CREATED });
    expect(await checkSigned(signed, { at: AT, keys })).toMatchObject({
      failure: { id: "shape", reason: { code: "ERR_SHAPE" } },
    });
    const credentials = "https://www.w3.org/2018/credentials#";
    const hidden = {
      "@context": [DATA_INTEGRITY],
      "urn:x:holds": { type: `${credentials}VerifiableCredential`, [`${credentials}validUntil`]: "2020" },
    };
    await expect(signDocument(hidden, key)).rejects.toMatchObject({ code: "ERR_SHAPE" });
    const other = await signUnchecked(hidden as JsonObject, key);
    expect(await checkSigned(other, { at: AT, keys })).toMatchObject({
      failure: { id: "content", reason: { code: "ERR_SHAPE" } },
    });
  });
});
