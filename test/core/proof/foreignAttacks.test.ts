/**
 * Attacks L3 to L6 and L10 on documents of foreign shape, each carried out.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { contextDigest } from "../../../src/document/contexts.ts";
import { parseJson } from "../../../src/document/json.ts";
import { createContextLoader } from "../../../src/document/loader.ts";
import { TufLdError } from "../../../src/errors.ts";
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import type { JsonObject } from "../../../src/metadata/file.ts";
import { checkDocument } from "../../../src/proof/foreign/check.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import { checkCredential } from "../../../src/report/checkCredential.ts";
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
  newIssuer,
  oldCredential,
  proofsOf,
  VC1,
  VC2,
} from "../../support/credentials.ts";

let key: PrivateKey;
let did: string;
beforeAll(async () => {
  ({ key, did } = await newIssuer());
});

const sign = (document: object, options: object = {}, signer = key): Promise<JsonObject> =>
  signDocument(document, signer, { created: CREATED, ...options });
const check = (document: object, options: object = {}) =>
  checkDocument(document, { at: AT, suites: allSuites, ...options });
const outcomes = async (document: object, options: object = {}): Promise<string[]> =>
  (await check(document, options)).map(({ outcome, reason }) => reason?.code ?? outcome);
const subjectOf = (document: JsonObject): JsonObject => document["credentialSubject"] as JsonObject;
const withProof = (document: JsonObject, members: object): JsonObject =>
  ({ ...document, proof: { ...proofsOf(document)[0], ...members } }) as JsonObject;

const SUITES = [Ed25519Signature2020, Ed25519Signature2018, eddsaRdfc2022, eddsaJcs2022] as const;

describe("L3: the context", () => {
  // It makes "name" mean what "description" meant, and the reverse: the statements stay the same.
  const SWAP = { name: "https://schema.org/description", description: "https://schema.org/name" };

  test.each(SUITES)(
    "$name: an inline context that swaps two terms is refused, by its place",
    async (suite) => {
      const signed = await sign(credential(did, {}, { description: "B" }), { suite });
      const { name, description, ...rest } = subjectOf(signed);
      const contexts = [signed["@context"]].flat();
      const attack = {
        ...signed,
        "@context": [...contexts, SWAP],
        credentialSubject: { ...rest, name: description, description: name },
      };
      // A document with a proof over text is judged proof by proof.
      if (suite === eddsaJcs2022) expect(await outcomes(attack)).toEqual(["ERR_CONTEXT"]);
      else
        await expect(check(attack)).rejects.toMatchObject({
          code: "ERR_CONTEXT",
          details: { context: "/@context" },
        });
      await expect(sign(attack)).rejects.toMatchObject({ code: "ERR_CONTEXT" });
    },
  );

  test("a nested context is refused, in the subject and in a proof", async () => {
    const signed = await sign(credential(did));
    const nested = { ...signed, credentialSubject: { ...subjectOf(signed), "@context": [VC2] } };
    await expect(check(nested)).rejects.toMatchObject({
      code: "ERR_CONTEXT",
      details: { context: "/credentialSubject/@context" },
    });
    for (const context of [[VC2, VC2], [], "urn:x", { expires: "https://example.org/ignored" }, null]) {
      expect(await outcomes(withProof(signed, { "@context": context }))).toEqual(["ERR_PROOF_SHAPE"]);
    }
  });

  test("a URL that is not pinned is refused by its name, and nothing is fetched", async () => {
    const signed = await sign(credential(did));
    const url = "https://attacker.example/context";
    await expect(check({ ...signed, "@context": [VC2, url] })).rejects.toMatchObject({
      code: "ERR_CONTEXT",
      details: { context: url },
    });
  });

  test.each([
    ["none", undefined],
    ["an empty list", []],
    ["null", null],
    ["an object", {}],
  ])("%s in place of the context is refused", async (_, context) => {
    const { "@context": __, ...rest } = await sign(credential(did));
    const attack = context === undefined ? rest : { ...rest, "@context": context };
    await expect(check(attack)).rejects.toMatchObject({ code: "ERR_CONTEXT" });
  });

  test("another pinned list under which the members mean something else does not verify", async () => {
    const signed = await sign(oldCredential(did), { suite: Ed25519Signature2018 });
    for (const list of [[VC2], [VC1, "https://w3id.org/security/v2"], ["https://w3id.org/security/v2"]]) {
      const [outcome] = await outcomes({ ...signed, "@context": list });
      expect([list, outcome]).not.toEqual([list, "valid"]);
    }
  });

  test("a JCS proof whose contexts are not the first of the document's is refused", async () => {
    const signed = await sign(credential(did), { suite: eddsaJcs2022 });
    const DI = "https://w3id.org/security/data-integrity/v2";
    expect(await outcomes({ ...signed, "@context": [VC2, DI] })).toEqual(["valid"]);
    expect(await outcomes({ ...signed, "@context": [DI, VC2] })).toEqual(["ERR_PROOF_SHAPE"]);
    expect(await outcomes(withProof(signed, { "@context": [] }))).toEqual(["ERR_PROOF_SHAPE"]);
    expect(await outcomes(withProof(signed, { "@context": VC2 }))).toEqual(["ERR_SIGNATURE"]);
    const { "@context": _, ...bare } = proofsOf(signed)[0] as JsonObject;
    expect(await outcomes({ ...signed, proof: bare })).toEqual(["ERR_SIGNATURE"]);
  });

  test.each(SUITES.filter((suite) => suite !== eddsaJcs2022))(
    "$name: a member that no context defines is refused by its name, at signing and at checking",
    async (suite) => {
      const extra = credential(did, { revoked: false });
      await expect(sign(extra, { suite })).rejects.toMatchObject({
        code: "ERR_UNDEFINED_TERM",
        details: { term: "revoked" },
      });
      const attack = { ...(await sign(credential(did), { suite })), revoked: false };
      expect(await check(attack)).toMatchObject([
        {
          outcome: "invalid",
          reason: { code: "ERR_UNDEFINED_TERM", message: expect.stringContaining("revoked") },
        },
      ]);
    },
  );

  test("a member that no context defines is covered by a JCS proof: added later, it breaks it", async () => {
    const signed = await sign(credential(did, { extra: 1 }), { suite: eddsaJcs2022 });
    expect(await outcomes(signed)).toEqual(["valid"]);
    expect(await outcomes({ ...signed, extra: 2 })).toEqual(["ERR_SIGNATURE"]);
  });
});

describe("L4: a document made to cost", () => {
  /** So many blank nodes that all point to each other. */
  const clique = (count: number): JsonObject => {
    const ids = Array.from({ length: count }, (_, index) => `_:b${index}`);
    const nodes = ids.map((id) => ({
      id,
      "https://example.org/p": ids.filter((each) => each !== id).map((each) => ({ id: each })),
    }));
    return credential(did, {}, { "https://example.org/nodes": nodes });
  };

  test("a graph of nodes that look alike is refused by its name over the budget of work", async () => {
    const signed = await sign(clique(3), { maxWorkFactor: 3 });
    const { proof } = signed;
    expect(await outcomes(signed, { maxWorkFactor: 3 })).toEqual(["valid"]);
    for (const budget of [{}, { maxWorkFactor: 1 }, { maxWorkFactor: 3, maxDeepSteps: 2 }]) {
      const attack = { ...signed, proof: [proof, proof, proof] } as JsonObject;
      expect(await outcomes(attack, budget)).toEqual(Array(3).fill("ERR_CANONICALIZATION"));
      await expect(sign(clique(3), budget)).rejects.toMatchObject({ code: "ERR_CANONICALIZATION" });
    }
  });

  test("a document of too many values is refused before any work", async () => {
    const evidence = Array.from({ length: 20 }, (_, index) => `urn:e:${index}`);
    const attack = { ...(await sign(credential(did))), evidence };
    await expect(check(attack, { maxValues: 20 })).rejects.toMatchObject({ code: "ERR_LIMIT" });
  });

  test("a chain that asks for one canonicalization a link is cut off when it has cost enough", async () => {
    let document = credential(did);
    for (let link = 0; link < 4; link++) {
      const previous = link === 0 ? {} : { previousProof: `urn:proof:${link - 1}` };
      document = await sign(document, { proofId: `urn:proof:${link}`, ...previous });
    }
    expect(await outcomes(document)).toEqual(["valid", "valid", "valid", "valid"]);
    const findings = await outcomes(document, { maxValuesInAll: 60 });
    expect(findings[0]).toBe("valid");
    expect(findings).toContain("ERR_LIMIT");
  });

  test("nesting over 64 levels is refused", async () => {
    let deep: JsonObject = { id: "urn:end" };
    for (let level = 0; level < 65; level++) deep = { evidence: deep };
    await expect(check(credential(did, { evidence: deep }))).rejects.toMatchObject({ code: "ERR_LIMIT" });
  });
});

describe("L5: a proof in another place", () => {
  test.each(SUITES)("$name: on another document it does not verify", async (suite) => {
    const { proof } = await sign(credential(did), { suite });
    const target = await sign(credential(did, {}, { name: "Mallory" }), { suite });
    expect(await outcomes({ ...target, proof: proof ?? null })).toEqual(["ERR_SIGNATURE"]);
  });

  test("for another purpose it does not count, whether the document says so or not", async () => {
    const signed = await sign(credential(did), { proofPurpose: "authentication" });
    expect(await outcomes(signed)).toEqual(["ERR_PROOF_PURPOSE"]);
    expect(await outcomes(withProof(signed, { proofPurpose: "assertionMethod" }))).toEqual(["ERR_SIGNATURE"]);
    expect(await outcomes(await sign(credential(did)), { purpose: "authentication" })).toEqual([
      "ERR_PROOF_PURPOSE",
    ]);
  });

  test("for another domain or challenge it does not count", async () => {
    const signed = await sign(credential(did), { domain: "https://a.example", challenge: "1" });
    expect(await outcomes(signed, { domain: "https://b.example" })).toEqual(["ERR_PROOF_DOMAIN"]);
    expect(await outcomes(signed, { challenge: "2" })).toEqual(["ERR_PROOF_DOMAIN"]);
    expect(
      await outcomes(withProof(signed, { domain: "https://b.example" }), { domain: "https://b.example" }),
    ).toEqual(["ERR_SIGNATURE"]);
    expect(await outcomes(await sign(credential(did)), { domain: "https://a.example" })).toEqual([
      "ERR_PROOF_DOMAIN",
    ]);
  });

  test("a proof configuration cannot be presented as a document, nor a document as one", async () => {
    const signed = await sign(credential(did));
    const { proofValue, ...configuration } = proofsOf(signed)[0] as JsonObject;
    const { proof: _, "@context": context, ...body } = signed;
    const swapped = { "@context": context, ...configuration, proof: { ...body, proofValue } } as JsonObject;
    expect(await outcomes(swapped)).toEqual(["ERR_SUITE_UNKNOWN"]);
  });
});

describe("L6: a weaker set", () => {
  test("a suite that nobody knows is ignored by its name, and counts for nothing", async () => {
    const signed = withProof(await sign(credential(did)), { cryptosuite: "eddsa-rdfc-1999" });
    expect(await check(signed)).toMatchObject([
      {
        outcome: "ignored",
        reason: { code: "ERR_SUITE_UNKNOWN", message: expect.stringContaining("eddsa-rdfc-1999") },
      },
    ]);
    for (const members of [
      { type: ["DataIntegrityProof"] },
      { type: "__proto__" },
      { cryptosuite: { id: "x" } },
    ]) {
      expect((await check(withProof(signed, members)))[0]?.outcome).toBe("ignored");
    }
  });

  test("a proof relabelled as one of another suite does not verify", async () => {
    const signed = await sign(credential(did));
    const { "@context": context } = signed;
    const jcs = withProof(signed, { cryptosuite: "eddsa-jcs-2022", "@context": context });
    expect(await outcomes(jcs)).toEqual(["ERR_SIGNATURE"]);
    expect(await outcomes(withProof(signed, { cryptosuite: "ecdsa-rdfc-2019" }))).toEqual(["ERR_KEY"]);
    const { cryptosuite: _, ...rest } = proofsOf(signed)[0] as JsonObject;
    const old = { ...signed, proof: { ...rest, type: "Ed25519Signature2020" } };
    const [outcome] = await outcomes({
      ...old,
      "@context": [VC2, "https://w3id.org/security/suites/ed25519-2020/v1"],
    });
    expect(outcome).toBe("ERR_SIGNATURE");
  });

  test("who requires two suites notices that the stronger proof was stripped", async () => {
    const p384 = await generateKey("P-384");
    const issuer = {
      issuerKeys: [key.publicKey, p384.publicKey],
      issuer: "https://example.org/issuer",
      at: AT,
    };
    const hybrid = await sign(await sign(credential(issuer.issuer)), {}, p384);
    const options = { ...issuer, requiredSuites: [eddsaRdfc2022, ecdsaRdfc2019] };
    expect(await checkCredential(hybrid, options)).toMatchObject({ ok: true });
    const [weak, strong] = proofsOf(hybrid) as [JsonObject, JsonObject];
    for (const proof of [weak, strong, [weak, weak], [weak, { ...strong, cryptosuite: "eddsa-rdfc-2022" }]]) {
      expect(await checkCredential({ ...hybrid, proof }, options)).toMatchObject({
        ok: false,
        failure: { id: "suites", reason: { code: "ERR_NO_SIGNATURE" } },
      });
    }
    // A stranger's proof of the required suite is no substitute for the issuer's.
    const stranger = await sign({ ...hybrid, proof: weak }, {}, await generateKey("P-384"));
    expect(await checkCredential(stranger, options)).toMatchObject({ ok: false, failure: { id: "suites" } });
    // L10: the second of two required proofs is forged, whether or not the first was seen before.
    const forged = { ...strong, proofValue: `${(strong["proofValue"] as string).slice(0, -1)}2` };
    for (let round = 0; round < 2; round++) {
      expect(await checkCredential({ ...hybrid, proof: [weak, forged] }, options)).toMatchObject({
        ok: false,
      });
    }
  });

  test("the same proof three times is found three times, under one key", async () => {
    const signed = await sign(credential(did));
    const [proof] = proofsOf(signed);
    const findings = await check({ ...signed, proof: [proof, proof, proof] });
    expect(findings.map(({ outcome }) => outcome)).toEqual(["valid", "valid", "valid"]);
    expect(new Set(findings.map((finding) => finding.key))).toEqual(new Set([key.publicKey.id]));
  });
});

describe("members of a proof that say the same in another spelling", () => {
  const EXPIRES = new Date("2026-01-15T00:00:00Z");

  test("an expiry in the past ends a proof at that instant", async () => {
    for (const suite of SUITES) {
      const signed = await sign(credential(did), { suite, expires: EXPIRES });
      expect(await outcomes(signed, { at: new Date(EXPIRES.getTime() - 1) })).toEqual(["valid"]);
      expect(await outcomes(signed, { at: EXPIRES })).toEqual(["ERR_PROOF_EXPIRED"]);
    }
  });

  test.each(SUITES)("$name: an expiry cannot be hidden under its IRI, dropped, or moved", async (suite) => {
    const signed = await sign(credential(did), { suite, expires: EXPIRES });
    const { expires, ...proof } = proofsOf(signed)[0] as JsonObject;
    const typed = { "@value": expires, "@type": "http://www.w3.org/2001/XMLSchema#dateTime" };
    for (const [hidden, code] of [
      [{}, "ERR_SIGNATURE"],
      [{ expires: "2027-01-15T00:00:00Z" }, "ERR_SIGNATURE"],
      [{ expires: [expires] }, "ERR_PROOF_SHAPE"],
      [{ expires: typed }, "ERR_PROOF_SHAPE"],
      [{ "https://w3id.org/security#expiration": typed }, "ERR_PROOF_SHAPE"],
    ] as const) {
      expect(await outcomes({ ...signed, proof: { ...proof, ...hidden } as JsonObject })).toEqual([code]);
    }
  });

  test.each([
    ["created", "yesterday"],
    ["created", "2026-01-01"],
    ["created", 1767225600],
    ["expires", "2030-01-01T00:00:00+"],
    ["expires", "2030-02-30T00:00:00"],
    ["proofPurpose", ["assertionMethod"]],
    ["proofPurpose", undefined],
    ["verificationMethod", { id: "did:key:z6Mk" }],
    ["verificationMethod", undefined],
    ["previousProof", []],
    ["previousProof", [1]],
    ["previousProof", { id: "urn:x" }],
    ["id", null],
    ["proofValue", undefined],
    ["proofValue", "z"],
    ["proofValue", "uAAAA"],
    ["proofValue", ["z1"]],
    ["jws", "eyJ"],
    ["@id", "urn:x"],
    ["__proto__x", "y"],
  ])("a proof whose %s is %j is refused for its shape", async (name, value) => {
    const signed = await sign(credential(did));
    const { [name]: _, ...rest } = proofsOf(signed)[0] as JsonObject;
    const proof = value === undefined ? rest : { ...rest, [name]: value };
    expect(await outcomes({ ...signed, proof: proof as JsonObject })).toEqual(["ERR_PROOF_SHAPE"]);
  });

  test.each([null, "z1", 1, [null], ["x"], [[]]])("%j in place of the proofs is refused", async (proof) => {
    await expect(check({ ...credential(did), proof } as object)).rejects.toMatchObject({ code: "ERR_SHAPE" });
  });
});

describe("every byte of a signed credential", () => {
  test.each([
    ["eddsa-rdfc-2022", () => sign(credential(did))],
    ["eddsa-jcs-2022", () => sign(credential(did), { suite: eddsaJcs2022 })],
    ["Ed25519Signature2018", () => sign(oldCredential(did), { suite: Ed25519Signature2018 })],
  ])(
    "%s: flipped in four ways, one at a time, none verifies and nothing but our error is thrown",
    async (_, make) => {
      const bytes = new TextEncoder().encode(JSON.stringify(await make()));
      const counts = { refused: 0, notValid: 0 };
      for (let at = 0; at < bytes.length; at++) {
        for (const mask of [0x01, 0x02, 0x20, 0x80]) {
          const flipped = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ mask : byte));
          try {
            const findings = await check(parseJson(flipped, { numbers: "any" }) as object);
            expect(findings.filter(({ outcome }) => outcome === "valid")).toEqual([]);
            counts.notValid++;
          } catch (error) {
            if (!(error instanceof TufLdError)) throw error;
            counts.refused++;
          }
        }
      }
      expect(counts.refused + counts.notValid).toBe(bytes.length * 4);
      expect(counts.notValid).toBeGreaterThan(0);
    },
  );

  test("truncated at any byte it is refused", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(await sign(credential(did))));
    for (let end = 0; end < bytes.length; end++) {
      expect(() => parseJson(bytes.subarray(0, end))).toThrow(TufLdError);
    }
  });
});

test("a caller's own context has to be pinned like any other", async () => {
  const url = "https://example.org/terms/v1";
  const terms = { "@context": { badge: { "@id": "https://example.org/badge" } } };
  const loader = createContextLoader(new Map(), [{ url, document: terms, sha256: contextDigest(terms) }]);
  const signed = await sign(credential(did, { "@context": [VC2, url] }, { badge: "gold" }), { loader });
  expect(await outcomes(signed, { loader, suites: suiteSet(eddsaRdfc2022) })).toEqual(["valid"]);
  await expect(check(signed)).rejects.toMatchObject({ code: "ERR_CONTEXT", details: { context: url } });
});
