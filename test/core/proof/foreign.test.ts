/**
 * Signing and checking documents of foreign shape: sets, chains, contexts, keys.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { contextDigest } from "../../../src/document/contexts.ts";
import { createContextLoader } from "../../../src/document/loader.ts";
import { didKey, didKeyUrl } from "../../../src/key/didKey.ts";
import { toMultikeyDocument } from "../../../src/key/multikey.ts";
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import { toVerificationKey2020 } from "../../../src/key/verificationKey2020.ts";
import type { JsonObject } from "../../../src/metadata/file.ts";
import { checkDocument } from "../../../src/proof/foreign/check.ts";
import { hashForms, SecuredDocument } from "../../../src/proof/foreign/securedDocument.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import {
  Ed25519Signature2018,
  Ed25519Signature2020,
  ecdsaRdfc2019,
  eddsaJcs2022,
  eddsaRdfc2022,
} from "../../../src/suite/linked.ts";
import { allSuites, suiteSet } from "../../../src/suite/registry.ts";
import {
  AT,
  CREATED,
  credential,
  DATA_INTEGRITY,
  ED25519_2020,
  frozen,
  newIssuer,
  oldCredential,
  proofsOf,
  VC1,
  VC2,
} from "../../support/credentials.ts";

let key: PrivateKey;
let did: string;
let other: PrivateKey;
let p256: PrivateKey;
beforeAll(async () => {
  ({ key, did } = await newIssuer());
  other = await generateKey("Ed25519");
  p256 = await generateKey("P-256");
});

const sign = (document: object, options: object = {}, signer = key): Promise<JsonObject> =>
  signDocument(document, signer, { created: CREATED, ...options });
const check = (document: object, options: object = {}) =>
  checkDocument(document, { at: AT, suites: allSuites, ...options });
const outcomes = async (document: object, options: object = {}): Promise<string[]> =>
  (await check(document, options)).map(({ outcome, reason }) => reason?.code ?? outcome);

describe("signing", () => {
  test.each([
    ["VC 2.0", () => credential(did), "eddsa-rdfc-2022", [VC2]],
    ["VC 1.1", () => oldCredential(did), undefined, [VC1, ED25519_2020]],
    [
      "VC 1.1 with Data Integrity",
      () => oldCredential(did, { "@context": [VC1, DATA_INTEGRITY] }),
      "eddsa-rdfc-2022",
      [VC1, DATA_INTEGRITY],
    ],
  ] as const)(
    "%s: the default suite fits the contexts, and a context is added only if needed",
    async (_, make, cryptosuite, contexts) => {
      const signed = await sign(make());
      expect(signed["@context"]).toEqual(contexts);
      expect(proofsOf(signed)[0]?.["cryptosuite"]).toBe(cryptosuite);
      expect(await outcomes(signed)).toEqual(["valid"]);
    },
  );

  test.each([
    [Ed25519Signature2020, [VC2, ED25519_2020], [VC1, ED25519_2020]],
    [Ed25519Signature2018, [VC2, "https://w3id.org/security/suites/ed25519-2018/v1"], [VC1]],
    [eddsaRdfc2022, [VC2], [VC1, DATA_INTEGRITY]],
    [eddsaJcs2022, [VC2], [VC1, DATA_INTEGRITY]],
  ] as const)("$name puts the context it needs into the document and no other", async (suite, two, one) => {
    expect((await sign(credential(did), { suite }))["@context"]).toEqual(two);
    const signed = await sign(oldCredential(did), { suite });
    expect(signed["@context"]).toEqual(one);
    expect(await outcomes(signed)).toEqual(["valid"]);
  });

  test("a context given as one string stays one until another is needed", async () => {
    expect((await sign(credential(did, { "@context": VC2 })))["@context"]).toBe(VC2);
    const signed = await sign(oldCredential(did, { "@context": VC1 }));
    expect(signed["@context"]).toEqual([VC1, ED25519_2020]);
    expect(await outcomes(signed)).toEqual(["valid"]);
  });

  test("the input is not changed, not even when proofs are added to a set", async () => {
    const unsigned = frozen(oldCredential(did));
    const first = frozen(await sign(unsigned));
    const second = await sign(first, { suite: eddsaRdfc2022 }, other);
    expect(proofsOf(second)).toHaveLength(2);
    expect(proofsOf(second)[0]).toEqual(proofsOf(first)[0]);
    expect(await outcomes(frozen(second))).toEqual(["valid", "valid"]);
  });

  test("every option is written into the proof, and read back by a check", async () => {
    const signed = await sign(credential(did), {
      proofId: "urn:proof:1",
      proofPurpose: "authentication",
      domain: ["https://a.example", "https://b.example"],
      challenge: "1234",
      expires: new Date("2026-06-01T00:00:00.900Z"),
    });
    expect(proofsOf(signed)).toMatchObject([
      {
        id: "urn:proof:1",
        created: "2026-01-01T00:00:00Z",
        expires: "2026-06-01T00:00:00Z",
        proofPurpose: "authentication",
        challenge: "1234",
        verificationMethod: didKeyUrl(key.publicKey),
      },
    ]);
    const options = { purpose: "authentication", domain: "https://b.example", challenge: "1234" };
    expect(await check(signed, options)).toMatchObject([
      {
        outcome: "valid",
        id: "urn:proof:1",
        created: "2026-01-01T00:00:00Z",
        key: key.publicKey.id,
        previous: [],
      },
    ]);
  });

  test("keys that a suite does not take are refused, and RSA keys altogether", async () => {
    await expect(sign(credential(did), { suite: eddsaRdfc2022 }, p256)).rejects.toMatchObject({
      code: "ERR_KEY",
    });
    await expect(sign(credential(did), {}, await generateKey("RSA"))).rejects.toMatchObject({
      code: "ERR_KEY",
    });
  });

  test.each([
    ["a name with a space", { verificationMethod: "not a URL" }, "ERR_UNDEFINED_TERM"],
    ["a proof id that is relative", { proofId: "one" }, "ERR_UNDEFINED_TERM"],
    ["a purpose that no context defines", { proofPurpose: "bragging" }, "ERR_UNDEFINED_TERM"],
    ["a lone surrogate", { challenge: "\ud800" }, "ERR_SHAPE"],
    ["an empty list of domains", { domain: [] }, "ERR_UNDEFINED_TERM"],
    ["a proof to follow that is not there", { previousProof: "urn:proof:0" }, "ERR_PROOF_CHAIN"],
  ])("%s is refused by name before anything is signed", async (_, options, code) => {
    await expect(sign(credential(did), options)).rejects.toMatchObject({ code });
  });

  test("a suite of classic signatures is a programmer's mistake", async () => {
    await expect(sign(credential(did), { suite: allSuites.get("tuf-ed25519") })).rejects.toThrow(TypeError);
  });

  test("the 65th proof is refused, for signing and for checking", async () => {
    const signed = await sign(credential(did));
    const full = { ...signed, proof: Array(64).fill(signed["proof"]) };
    await expect(sign(full)).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "proofs", allowed: 64 },
    });
    const over = { ...signed, proof: Array(65).fill(signed["proof"]) };
    await expect(check(over)).rejects.toMatchObject({ code: "ERR_LIMIT", details: { actual: 65 } });
  });

  test.each(["previousProof", "domain", "@context"])(
    "the 65th entry of a proof's %s is refused, before anything is made of the list",
    async (name) => {
      const signed = await sign(credential(did));
      const list = Array.from({ length: 65 }, (_, at) => `urn:entry:${at}`);
      const over = { ...signed, proof: { ...(signed["proof"] as JsonObject), [name]: list } };
      const [finding] = await check(over);
      expect(finding?.reason).toMatchObject({
        code: "ERR_LIMIT",
        message: `"${name}" of a proof has 65 entries, over 64`,
      });
      const at = { ...over, proof: { ...over.proof, [name]: list.slice(1) } };
      expect(await outcomes(at)).not.toEqual(["ERR_LIMIT"]);
    },
  );

  test("the 65th context is refused though it repeats the one before, for signing and for checking", async () => {
    const signed = await sign(credential(did));
    const [first] = [signed["@context"]].flat();
    const over = { ...signed, "@context": Array(65).fill(first) };
    const refusal = { code: "ERR_LIMIT", details: { limit: "contexts", allowed: 64, actual: 65 } };
    await expect(check(over)).rejects.toMatchObject(refusal);
    await expect(sign(over)).rejects.toMatchObject(refusal);
  });
});

describe("adding a proof leaves the others as they were", () => {
  const TERMS = "https://example.org/terms";
  // Not protected, so a later context may define the same term anew.
  const terms = { "@context": { id: "@id", type: "@type", DataIntegrityProof: "https://example.org/Other" } };
  const loader = createContextLoader(new Map(), [
    { url: TERMS, document: terms, sha256: contextDigest(terms) },
  ]);
  const document = { "@context": [TERMS], id: "urn:x:1", type: "DataIntegrityProof" };

  test("five suites and six keys in one set are all valid", async () => {
    let signed = oldCredential(did);
    for (const suite of [Ed25519Signature2018, Ed25519Signature2020, eddsaRdfc2022, eddsaJcs2022]) {
      signed = await sign(signed, { suite });
    }
    for (const type of ["P-256", "P-384"] as const) signed = await sign(signed, {}, await generateKey(type));
    expect(await outcomes(signed)).toEqual(Array(6).fill("valid"));
    expect((await check(signed)).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("a context that gives a signed term another meaning cannot be added", async () => {
    const signed = await sign(document, { loader, suite: Ed25519Signature2020 });
    expect(await outcomes(signed, { loader })).toEqual(["valid"]);
    await expect(sign(signed, { loader, suite: eddsaRdfc2022 })).rejects.toMatchObject({
      code: "ERR_CONTEXT",
      details: { context: DATA_INTEGRITY },
    });
  });

  test("it cannot be added either when the earlier proof is of a suite that is not known here", async () => {
    const signed = { ...document, proof: { type: "FutureProof2040", proofValue: "z1" } };
    await expect(sign(signed, { loader, suite: eddsaRdfc2022 })).rejects.toMatchObject({
      code: "ERR_CONTEXT",
    });
    expect(
      proofsOf(await sign({ ...signed, type: "https://example.org/T" }, { loader, suite: eddsaRdfc2022 })),
    ).toHaveLength(2);
  });

  test("a JCS proof keeps to the contexts that it names, so that one may be added", async () => {
    const first = await sign(oldCredential(did), { suite: eddsaJcs2022 });
    const second = await sign(first, { suite: Ed25519Signature2020 });
    expect(second["@context"]).toEqual([VC1, DATA_INTEGRITY, ED25519_2020]);
    expect(await outcomes(second)).toEqual(["valid", "valid"]);
  });

  test("a JCS proof that names no contexts has signed the document's, so that none may be added", async () => {
    const secured = new SecuredDocument(credential(did));
    const configuration = {
      type: "DataIntegrityProof",
      cryptosuite: "eddsa-jcs-2022",
      verificationMethod: didKeyUrl(key.publicKey),
      proofPurpose: "assertionMethod",
    };
    const forms = await secured.forms(configuration, [], eddsaJcs2022, "sha256");
    const value = eddsaJcs2022.encodeSignature(await eddsaJcs2022.sign(key, hashForms(forms, "sha256")));
    const signed = { ...credential(did), proof: { ...configuration, proofValue: value } };
    expect(await outcomes(signed)).toEqual(["valid"]);
    await expect(sign(signed, { suite: Ed25519Signature2020 })).rejects.toMatchObject({
      code: "ERR_CONTEXT",
    });
    expect(await outcomes(await sign(signed, { suite: eddsaRdfc2022 }))).toEqual(["valid", "valid"]);
  });

  test("an id that a proof has already is refused, because a chain could not name either", async () => {
    const signed = await sign(credential(did), { proofId: "urn:proof:1" });
    await expect(sign(signed, { proofId: "urn:proof:1" })).rejects.toMatchObject({ code: "ERR_PROOF_SHAPE" });
  });
});

describe("chains", () => {
  /** Two members of the set and two that follow. */
  const chain = async (suite = eddsaRdfc2022): Promise<JsonObject> => {
    let document = await sign(credential(did), { suite, proofId: "urn:proof:a" });
    document = await sign(document, { suite, proofId: "urn:proof:b" }, other);
    document = await sign(document, {
      suite,
      proofId: "urn:proof:c",
      previousProof: ["urn:proof:a", "urn:proof:b"],
    });
    return sign(document, { suite, previousProof: "urn:proof:c" }, other);
  };
  const edit = (document: JsonObject, index: number, members: object): JsonObject => ({
    ...document,
    proof: proofsOf(document).map((proof, at) => (at === index ? { ...proof, ...members } : proof)),
  });
  const without = (document: JsonObject, index: number): JsonObject => ({
    ...document,
    proof: proofsOf(document).filter((_, at) => at !== index),
  });

  test.each([eddsaRdfc2022, eddsaJcs2022])(
    "$name: a chain is valid link by link, in any order of the set",
    async (suite) => {
      const document = await chain(suite);
      expect((await check(document)).map(({ outcome, previous }) => [outcome, previous])).toEqual([
        ["valid", []],
        ["valid", []],
        ["valid", [0, 1]],
        ["valid", [2]],
      ]);
      const [a, b, c, d] = proofsOf(document);
      // JCS signs the named proofs in the document's order, RDF signs them as a set.
      expect(await outcomes({ ...document, proof: [d, a, c, b] })).toEqual(Array(4).fill("valid"));
    },
  );

  test("named proofs are signed in the order of the document, not of the names", async () => {
    const secured = new SecuredDocument(await chain());
    expect(secured.indexesOf(["urn:proof:b", "urn:proof:a"])).toEqual([0, 1]);
  });

  test("when a proof is changed, every proof that follows it, near or far, stops to count", async () => {
    const document = edit(await chain(), 0, { created: "2026-01-02T00:00:00Z" });
    expect(await outcomes(document)).toEqual([
      "ERR_SIGNATURE",
      "valid",
      "ERR_PROOF_CHAIN",
      "ERR_PROOF_CHAIN",
    ]);
  });

  test("when a named proof is taken out, the one that follows it stops to count", async () => {
    expect(await outcomes(without(await chain(), 1))).toEqual([
      "valid",
      "ERR_PROOF_CHAIN",
      "ERR_PROOF_CHAIN",
    ]);
  });

  test("when a named proof is there twice, the one that follows it stops to count", async () => {
    const document = await chain();
    const doubled = { ...document, proof: [...proofsOf(document), proofsOf(document)[0]] };
    expect(await outcomes(doubled)).toEqual([
      "valid",
      "valid",
      "ERR_PROOF_CHAIN",
      "ERR_PROOF_CHAIN",
      "valid",
    ]);
  });

  test("a proof cannot be made to look as if it followed another, or no longer did", async () => {
    const document = await chain();
    expect((await outcomes(edit(document, 1, { previousProof: "urn:proof:a" })))[1]).toBe("ERR_SIGNATURE");
    const { previousProof: _, ...alone } = proofsOf(document)[3] as JsonObject;
    expect(await outcomes({ ...document, proof: [alone] })).toEqual(["ERR_SIGNATURE"]);
  });

  test("proofs that name each other, or themselves, are refused", async () => {
    const document = edit(edit(await chain(), 0, { previousProof: "urn:proof:b" }), 1, {
      previousProof: "urn:proof:a",
    });
    expect(await outcomes(document)).toEqual(Array(4).fill("ERR_PROOF_CHAIN"));
    const itself = edit(await chain(), 0, { previousProof: "urn:proof:a" });
    expect((await outcomes(itself))[0]).toBe("ERR_PROOF_CHAIN");
  });

  test("a proof that follows one which nobody here can judge is not judged either", async () => {
    const first = await sign(credential(did), { proofId: "urn:proof:a", suite: eddsaJcs2022 });
    const second = await sign(first, { previousProof: "urn:proof:a", suite: eddsaJcs2022 });
    const third = await sign(await sign(credential(did), { proofId: "urn:proof:a" }, p256), {
      previousProof: "urn:proof:a",
    });
    expect((await check(second)).map(({ outcome }) => outcome)).toEqual(["valid", "valid"]);
    const suites = suiteSet(eddsaRdfc2022);
    expect((await check(third, { suites })).map(({ outcome }) => outcome)).toEqual(["ignored", "ignored"]);
    expect((await check(third)).map(({ outcome }) => outcome)).toEqual(["valid", "valid"]);
  });
});

describe("the key behind a verification method", () => {
  const METHOD = "https://example.org/issuer#key-1";
  const resolving = (resolved: unknown) => ({ resolveKey: () => resolved });

  test("did:key needs no resolver; any other name is not judged without one", async () => {
    const signed = await sign(credential("https://example.org/issuer"), { verificationMethod: METHOD });
    expect(await check(signed)).toMatchObject([
      { outcome: "ignored", keyName: METHOD, reason: { code: "ERR_KEY" } },
    ]);
    expect(
      await check(signed, {
        resolveKey: async (url: string) => (url === METHOD ? key.publicKey : undefined),
      }),
    ).toMatchObject([{ outcome: "valid", key: key.publicKey.id }]);
  });

  test("another key than the one that signed does not verify", async () => {
    const signed = await sign(credential(did), { verificationMethod: METHOD });
    expect(await outcomes(signed, resolving(other.publicKey))).toEqual(["ERR_SIGNATURE"]);
    expect(await outcomes(signed, resolving(p256.publicKey))).toEqual(["ERR_KEY"]);
  });

  test("a resolver cannot say that a did:key is another key", async () => {
    const signed = await sign(credential(did), { verificationMethod: didKeyUrl(other.publicKey) });
    expect(await outcomes(signed)).toEqual(["ERR_SIGNATURE"]);
    expect(await outcomes(signed, resolving(key.publicKey))).toEqual(["ERR_KEY"]);
  });

  test("documents of keys are read, and refused when revoked, expired, malformed or another's", async () => {
    const signed = await sign(credential(did), { verificationMethod: METHOD });
    const multikey = { ...toMultikeyDocument(key.publicKey), id: METHOD };
    const old = { ...(await toVerificationKey2020(key.publicKey)), id: METHOD };
    for (const document of [multikey, old]) {
      expect(await outcomes(signed, resolving(document))).toEqual(["valid"]);
      expect(await outcomes(signed, resolving({ ...document, expires: "2026-03-01T00:00:00Z" }))).toEqual([
        "valid",
      ]);
      for (const members of [
        { revoked: "2026-01-15T00:00:00Z" },
        { expires: "2026-01-15T00:00:00Z" },
        { expires: "soon" },
        { id: didKeyUrl(key.publicKey) },
        { type: "JsonWebKey" },
        { publicKeyMultibase: "z6Mk" },
      ]) {
        expect(await outcomes(signed, resolving({ ...document, ...members }))).toEqual(["ERR_KEY"]);
      }
    }
  });

  test("a malformed did:key is invalid, and names the reason", async () => {
    const signed = await sign(credential(did), { verificationMethod: `${didKey(key.publicKey)}#z6MkOther` });
    expect(await outcomes(signed)).toEqual(["ERR_KEY"]);
  });

  test("an error of the caller's own resolver passes through", async () => {
    const signed = await sign(credential(did));
    const resolveKey = () => Promise.reject(new RangeError("network"));
    await expect(check(signed, { resolveKey })).rejects.toThrow(RangeError);
  });
});

describe("what a verifier decides", () => {
  test("a suite that it does not accept is ignored by name, also with a good signature", async () => {
    const signed = await sign(await sign(credential(did)), { suite: eddsaJcs2022 });
    expect(await check(signed, { suites: suiteSet(eddsaJcs2022) })).toMatchObject([
      {
        outcome: "ignored",
        reason: { code: "ERR_SUITE_UNKNOWN", message: expect.stringContaining("eddsa-rdfc-2022") },
      },
      { outcome: "valid" },
    ]);
    expect(await checkDocument(await sign(credential(did), { suite: Ed25519Signature2018 }))).toMatchObject([
      { outcome: "ignored" },
    ]);
  });

  test("a document without proofs has no findings", async () => {
    expect(await check(credential(did))).toEqual([]);
    expect(await check({ ...credential(did), proof: [] })).toEqual([]);
  });

  test("P-256 and P-384 keys sign the same document under the same suite, each with its own digest", async () => {
    const p384 = await generateKey("P-384");
    const signed = await sign(await sign(credential(did), {}, p256), {}, p384);
    expect(await check(signed)).toMatchObject([
      { outcome: "valid", suite: ecdsaRdfc2019.id, key: p256.publicKey.id },
      { outcome: "valid", suite: ecdsaRdfc2019.id, key: p384.publicKey.id },
    ]);
  });

  test("an aborted signal ends the work with its reason", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(check(await sign(credential(did)), { signal })).rejects.toBe(reason);
    await expect(sign(credential(did), { signal })).rejects.toBe(reason);
  });
});
