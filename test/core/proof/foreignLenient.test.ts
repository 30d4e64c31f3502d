/**
 * Proofs that other implementations make and no writer should: each is accepted with a note that says what is odd,
 * and refused by a strict check.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { encodeBase64url } from "../../../src/encoding/base64.ts";
import { concatBytes } from "../../../src/encoding/bytes.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import type { PrivateKey } from "../../../src/key/privateKey.ts";
import type { JsonObject } from "../../../src/metadata/file.ts";
import { checkDocument } from "../../../src/proof/foreign/check.ts";
import { hashForms, SecuredDocument } from "../../../src/proof/foreign/securedDocument.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import { Ed25519Signature2018, eddsaRdfc2022 } from "../../../src/suite/linked.ts";
import { allSuites } from "../../../src/suite/registry.ts";
import {
  AT,
  CREATED,
  credential,
  newIssuer,
  oldCredential,
  proofsOf,
  VC2,
} from "../../support/credentials.ts";
import { signUnchecked } from "../../support/signUnchecked.ts";
import { stockVerify } from "../../support/stockProofs.ts";

let key: PrivateKey;
let did: string;
beforeAll(async () => {
  ({ key, did } = await newIssuer());
});

async function assertNoted(signed: JsonObject, code: string, says: RegExp): Promise<void> {
  const options = { at: AT, suites: allSuites };
  expect(await checkDocument(signed, options)).toMatchObject([
    { outcome: "valid", notes: [{ code, message: expect.stringMatching(says) }] },
  ]);
  expect(await checkDocument(signed, { ...options, strict: true })).toMatchObject([
    { outcome: "invalid", reason: { code, message: expect.stringMatching(says) } },
  ]);
}

describe("accepted with a note", () => {
  test.each(["created", "expires"])("%s without a time zone is read as UTC (VC-DI 2.1)", async (name) => {
    const signed = await signUnchecked(credential(did), key, eddsaRdfc2022, {
      [name]: "2026-02-01T00:00:01.5",
    });
    await assertNoted(signed, "ERR_PROOF_SHAPE", new RegExp(`"${name}" has no time zone`));
  });

  test("an expires without a zone ends the proof at that instant of UTC, wherever the check runs", async () => {
    const signed = await signUnchecked(credential(did), key, eddsaRdfc2022, {
      expires: "2026-02-01T12:00:00",
    });
    const outcome = async (at: string): Promise<unknown> =>
      (await checkDocument(signed, { at: new Date(at) }))[0]?.reason?.code;
    expect(await outcome("2026-02-01T11:59:59Z")).toBeUndefined();
    expect(await outcome("2026-02-01T12:00:00Z")).toBe("ERR_PROOF_EXPIRED");
  });

  test("a did:key without a fragment is its one key, and jsonld-signatures takes it too", async () => {
    const signed = await signUnchecked(credential(did), key, eddsaRdfc2022, { verificationMethod: did });
    await assertNoted(signed, "ERR_KEY", /did:key without a fragment/);
    const other = await newIssuer();
    const forged = { ...signed, proof: { ...proofsOf(signed)[0], verificationMethod: other.did } };
    expect(await checkDocument(forged as JsonObject, { at: AT })).toMatchObject([{ outcome: "invalid" }]);
  });

  test("the document's own @context in a proof over RDF changes nothing, on both sides", async () => {
    const signed = await signDocument(credential(did), key, { created: CREATED });
    for (const context of [VC2, [VC2]]) {
      const repeated = { ...signed, proof: { "@context": context, ...proofsOf(signed)[0] } } as JsonObject;
      await assertNoted(repeated, "ERR_PROOF_SHAPE", /repeats the @context/);
      expect(await stockVerify(repeated)).toMatchObject({ verified: true });
    }
  });

  test("a proof chain over a proof that repeats the @context is valid", async () => {
    const first = await signDocument(credential(did), key, { created: CREATED, proofId: "urn:p:1" });
    const repeated = { ...first, proof: { "@context": [VC2], ...proofsOf(first)[0] } } as JsonObject;
    const second = await signDocument(repeated, key, { created: CREATED, previousProof: "urn:p:1" });
    expect(await checkDocument(second, { at: AT })).toMatchObject([
      { outcome: "valid", notes: [{ code: "ERR_PROOF_SHAPE" }] },
      { outcome: "valid", previous: [0] },
    ]);
  });

  test("the header of a JWS is signed as it stands, blanks included", async () => {
    const unsigned = oldCredential(did);
    const usual = await signDocument(unsigned, key, { suite: Ed25519Signature2018, created: CREATED });
    const { jws: _, ...configuration } = proofsOf(usual)[0] as JsonObject;
    const forms = await new SecuredDocument(unsigned).forms(
      configuration,
      [],
      Ed25519Signature2018,
      "sha256",
    );
    const withHeader = async (text: string): Promise<JsonObject> => {
      const header = encodeBase64url(encodeUtf8(text));
      const raw = await key.sign(concatBytes(encodeUtf8(`${header}.`), hashForms(forms, "sha256")));
      return { ...unsigned, proof: { ...configuration, jws: `${header}..${encodeBase64url(raw)}` } };
    };
    const python = await withHeader('{"alg": "EdDSA", "b64": false, "crit": ["b64"]}');
    await assertNoted(python, "ERR_PROOF_SHAPE", /white space/);
    expect(await stockVerify(python)).toMatchObject({ verified: true });
    for (const header of [
      '{"alg": "Ed DSA","b64":false,"crit":["b64"]}',
      '{"alg":"EdDSA","b64":true,"crit":["b64"]}',
      '{"alg":"EdDSA","b64":false,"crit":["b64"],"x":1}',
      '{"alg":"EdDSA","alg":"EdDSA","b64":false,"crit":["b64"]}',
      '{"alg":"none","b64":false,"crit":["b64"]}',
      `{${" ".repeat(200)}"alg":"EdDSA","b64":false,"crit":["b64"]}`,
    ]) {
      const options = { at: AT, suites: allSuites };
      expect(await checkDocument(await withHeader(header), options)).toMatchObject([
        { outcome: "invalid", reason: { code: "ERR_PROOF_SHAPE" } },
      ]);
    }
    // What was signed is that very header.
    const { jws } = proofsOf(python)[0] as { jws: string };
    const tight = encodeBase64url(encodeUtf8('{"alg":"EdDSA","b64":false,"crit":["b64"]}'));
    const swapped = { ...configuration, jws: `${tight}${jws.slice(jws.indexOf("."))}` };
    expect(await checkDocument({ ...unsigned, proof: swapped }, { at: AT, suites: allSuites })).toMatchObject(
      [{ outcome: "invalid", reason: { code: "ERR_SIGNATURE" } }],
    );
  });
});
