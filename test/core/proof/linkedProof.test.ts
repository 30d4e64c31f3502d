/**
 * Adding a linked proof to a set, and checking each by itself.
 * @module
 */
import { describe, expect, test } from "vitest";
import { encodeMultibase } from "../../../src/encoding/multibase.ts";
import { generateKey } from "../../../src/key/privateKey.ts";
import type { Signer } from "../../../src/key/signer.ts";
import type { JsonObject, MetadataFile } from "../../../src/metadata/file.ts";
import { DocumentDigests } from "../../../src/proof/digests.ts";
import { type AddProofOptions, addProof, checkProofs } from "../../../src/proof/linkedProof.ts";
import { type ProofConfiguration, parseTufProof, proofInput } from "../../../src/proof/tufProof.ts";
import { allSuites, suiteSet } from "../../../src/suite/registry.ts";
import { TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import type { Targets } from "../../../src/vocabulary/types.ts";
import { AT, CREATED, signed, targetsDocument, unsigned } from "../../support/signedFiles.ts";
import { type KeyName, publishedKeys, testKeys, trusted } from "../../support/testKeys.ts";

const document = targetsDocument();
const { alice, bob, pat, quinn, mallory } = testKeys;
const role = trusted("targets", ["alice", "bob", "pat", "quinn"]);

/** The did:key of the point (0, 1), for which anyone can make signatures. */
const SMALL_ORDER_KEY = encodeMultibase("z", Uint8Array.of(0xed, 1, 1, ...new Uint8Array(31)));
const SMALL_ORDER = `did:key:${SMALL_ORDER_KEY}#${SMALL_ORDER_KEY}`;

const prove = (
  file: MetadataFile<Targets>,
  key: KeyName,
  options: AddProofOptions = {},
  roleName = "targets",
) => addProof(file, testKeys[key].signer, roleName, { created: CREATED, ...options });

const findings = async (file: MetadataFile, at: Date = AT) =>
  (await checkProofs(file, role, { at })).map(({ outcome, reason }) => reason?.code ?? outcome);

describe("addProof", () => {
  test("writes a proof of the closed shape, and leaves the given file alone", async () => {
    const file = unsigned(document);
    const before = structuredClone(file);
    const { proof, linked } = await prove(file, "alice");
    expect(proof).toEqual([
      {
        type: "Ed25519Signature2020",
        created: "2026-01-01T00:00:00Z",
        verificationMethod: publishedKeys.alice.verificationMethod,
        proofPurpose: "assertionMethod",
        domain: "urn:tuf-ld:role:targets",
        proofValue: expect.stringMatching(/^z[1-9A-HJ-NP-Za-km-z]{80,90}$/),
      },
    ]);
    expect(linked).toBe(true);
    expect(file).toEqual(before);
  });

  test("chooses a suite by the kind of key, and says when it was made, in whole seconds", async () => {
    const before = Date.now();
    let file = await addProof(unsigned(document), pat.signer, "targets");
    file = await addProof(file, quinn.signer, "targets");
    for (const { cryptosuite, created } of file.proof) {
      expect(cryptosuite).toBe("ecdsa-rdfc-2019");
      expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(Date.parse(String(created))).toBeGreaterThan(before - 2_000);
    }
    expect(await findings(file)).toEqual(["valid", "valid"]);
  });

  test("is deterministic for Ed25519", async () => {
    expect(await prove(unsigned(document), "alice")).toEqual(await prove(unsigned(document), "alice"));
  });

  test("of a JCS suite names the contexts of TUF, counts without them, and with no others", async () => {
    const suite = allSuites.get("eddsa-jcs-2022");
    const file = await prove(unsigned(document), "alice", { suite });
    const { "@context": context, ...without } = file.proof[0] as JsonObject;
    expect(context).toEqual(TUF_CONTEXTS);
    expect(await findings({ ...file, proof: [without] })).toEqual(["valid"]);
    for (const other of [TUF_CONTEXTS[0], TUF_CONTEXTS.slice(1), [], null, [{}]])
      expect(await findings({ ...file, proof: [{ ...without, "@context": other } as JsonObject] })).toEqual([
        "ERR_PROOF_SHAPE",
      ]);
  });

  test("replaces the proof of the same key, suite and role, in every suite", async () => {
    for (const name of [
      "Ed25519Signature2020",
      "Ed25519Signature2018",
      "eddsa-rdfc-2022",
      "eddsa-jcs-2022",
    ]) {
      const suite = allSuites.get(name);
      const first = await prove(unsigned(document), "alice", { suite });
      const again = await prove(first, "alice", { suite, created: AT });
      expect(again.proof).toHaveLength(1);
      expect(again.proof[0]?.["created"]).toBe("2026-06-01T00:00:00Z");
    }
  });

  test("leaves the proofs of others, of other suites and of other roles as they are, and in their order", async () => {
    const foreign: JsonObject = { type: "SomeSignature", anything: [1, { at: "all" }] };
    let file: MetadataFile<Targets> = {
      ...unsigned(document),
      proof: [foreign],
      signatures: [{ keyid: "x", sig: "" }],
    };
    file = await prove(file, "bob");
    file = await prove(file, "alice", { suite: allSuites.get("eddsa-rdfc-2022") });
    file = await prove(file, "alice", {}, "other");
    const others = file.proof;
    file = await prove(await prove(file, "alice"), "alice", { created: AT });
    expect(file.proof.slice(0, 4)).toEqual(others);
    expect(file.proof).toHaveLength(5);
    expect(file.signatures).toEqual([{ keyid: "x", sig: "" }]);
    expect(file.signed).toBe(document);
  });

  test("refuses a signer that does not sign what its public key verifies", async () => {
    const liars: Signer[] = [
      { publicKey: alice.signer.publicKey, sign: (input) => bob.signer.sign(input) },
      { publicKey: alice.signer.publicKey, sign: async () => new Uint8Array(64) },
      { publicKey: alice.signer.publicKey, sign: async () => new Uint8Array() },
      { publicKey: alice.signer.publicKey, sign: (input) => alice.signer.sign(input.subarray(1)) },
    ];
    for (const liar of liars) {
      await expect(addProof(unsigned(document), liar, "targets")).rejects.toMatchObject({ code: "ERR_KEY" });
    }
  });

  test("refuses a suite that takes no such keys, and keys that no suite takes", async () => {
    const wrong = prove(unsigned(document), "pat", { suite: allSuites.get("Ed25519Signature2020") });
    await expect(wrong).rejects.toMatchObject({ code: "ERR_KEY" });
    const rsa = await generateKey("RSA");
    await expect(addProof(unsigned(document), rsa, "targets")).rejects.toMatchObject({ code: "ERR_KEY" });
  });

  test("lets the signer's own error through", async () => {
    const broken: Signer = {
      publicKey: alice.signer.publicKey,
      sign: () => Promise.reject(new Error("no card")),
    };
    await expect(addProof(unsigned(document), broken, "targets")).rejects.toThrow("no card");
  });
});

describe("checkProofs", () => {
  test("finds each proof valid, with its suite, its key and the name of its key", async () => {
    let file = await signed(document, "targets", ["alice", "pat", "quinn"], "linked");
    file = await prove(file, "bob", { suite: allSuites.get("eddsa-jcs-2022") });
    expect(await checkProofs(file, role, { at: AT })).toEqual(
      (["alice", "pat", "quinn", "bob"] as const).map((name, index) => ({
        view: "linked",
        index,
        outcome: "valid",
        suite: expect.stringMatching(/^https:\/\/w3id\.org\/security#/),
        key: testKeys[name].id,
        keyName: publishedKeys[name].verificationMethod,
      })),
    );
  });

  test("ignores suites that are unknown or not accepted, and judges the others", async () => {
    let file = await prove(unsigned(document), "alice", { suite: allSuites.get("Ed25519Signature2018") });
    file = {
      ...file,
      proof: [
        ...file.proof,
        { type: "Unknown" },
        {},
        { type: 7 },
        { type: "DataIntegrityProof", cryptosuite: [] },
      ],
    };
    file = await prove(file, "bob");
    const unknown = "ERR_SUITE_UNKNOWN";
    expect(await findings(file)).toEqual([unknown, unknown, unknown, unknown, unknown, "valid"]);
    const only2018 = suiteSet(allSuites.get("Ed25519Signature2018"));
    const narrow = await checkProofs(file, role, { at: AT, suites: only2018 });
    expect(narrow.map(({ outcome }) => outcome)).toEqual(["valid", ...Array(5).fill("ignored")]);
  });

  test("ignores a proof by a key that is not the role's, valid or not, without judging it", async () => {
    const file = await prove(unsigned(document), "mallory");
    const forged = { ...file, proof: [{ ...file.proof[0], proofValue: `z${"2".repeat(80)}` }] };
    for (const each of [file, forged]) {
      const [finding] = await checkProofs(each, role, { at: AT });
      expect(finding).toMatchObject({ outcome: "ignored", reason: { code: "ERR_KEY_UNAUTHORIZED" } });
      expect(finding).not.toHaveProperty("key");
    }
    expect(mallory.keyid).not.toBe(alice.keyid);
  });

  test("judges a proof's own `expires` at the given instant, which it excludes", async () => {
    const file = await withConfiguration({ expires: "2026-06-01T00:00:00Z" });
    const at = (text: string) => findings(file, new Date(text));
    expect(await at("2026-05-31T23:59:59.999Z")).toEqual(["valid"]);
    expect(await at("2026-06-01T00:00:00Z")).toEqual(["ERR_PROOF_EXPIRED"]);
    expect(await at("2036-06-01T00:00:00Z")).toEqual(["ERR_PROOF_EXPIRED"]);
  });

  test("judges `expires` with an offset as the instant that it is", async () => {
    const file = await withConfiguration({ expires: "2026-06-01T02:00:00+02:00" });
    expect(await findings(file, new Date("2026-05-31T23:59:59Z"))).toEqual(["valid"]);
    expect(await findings(file, AT)).toEqual(["ERR_PROOF_EXPIRED"]);
  });

  test("takes `challenge`, `nonce` and a missing `created`, and verifies what they say", async () => {
    const { created: _, ...file } = {
      ...(await withConfiguration({ challenge: "c", nonce: 'n"\n\\' })),
      created: 0,
    };
    expect(await findings(file)).toEqual(["valid"]);
    const edited = { ...file, proof: [{ ...file.proof[0], nonce: "other" }] };
    expect(await findings(edited)).toEqual(["ERR_SIGNATURE"]);
    expect(await findings(await withConfiguration({ created: undefined }))).toEqual(["valid"]);
  });

  const malformed: [string, (proof: JsonObject) => JsonObject, string][] = [
    ["no value", ({ proofValue: _, ...proof }) => proof, "ERR_PROOF_SHAPE"],
    ["a value that is no string", (proof) => ({ ...proof, proofValue: 7 }), "ERR_PROOF_SHAPE"],
    ["a value that is too short", (proof) => ({ ...proof, proofValue: "z22" }), "ERR_PROOF_SHAPE"],
    [
      "a value that is too long",
      (proof) => ({ ...proof, proofValue: `z${"2".repeat(200)}` }),
      "ERR_PROOF_SHAPE",
    ],
    ["a second value", (proof) => ({ ...proof, jws: "x" }), "ERR_PROOF_SHAPE"],
    [
      "a date that does not exist",
      (proof) => ({ ...proof, created: "2026-13-01T00:00:00Z" }),
      "ERR_PROOF_SHAPE",
    ],
    ["a date without a zone", (proof) => ({ ...proof, created: "2026-01-01T00:00:00" }), "ERR_PROOF_SHAPE"],
    ["a member that is null", (proof) => ({ ...proof, nonce: null }), "ERR_PROOF_SHAPE"],
    [
      "a member that is a list",
      (proof) => ({ ...proof, created: [proof["created"] ?? ""] }),
      "ERR_PROOF_SHAPE",
    ],
    ["no verification method", ({ verificationMethod: _, ...proof }) => proof, "ERR_PROOF_SHAPE"],
    [
      "a verification method with a space",
      (proof) => ({ ...proof, verificationMethod: "did:key:z6 Mk" }),
      "ERR_PROOF_SHAPE",
    ],
    [
      "a verification method that is a web page",
      (proof) => ({ ...proof, verificationMethod: "https://example.org/key" }),
      "ERR_KEY",
    ],
    [
      "a did:key without a fragment",
      (proof) => ({ ...proof, verificationMethod: String(proof["verificationMethod"]).split("#")[0] ?? "" }),
      "ERR_KEY",
    ],
    ["a did:key of small order", (proof) => ({ ...proof, verificationMethod: SMALL_ORDER }), "ERR_KEY"],
  ];

  test.each(malformed)("finds a proof with %s invalid, and judges its neighbours", async (_, edit, code) => {
    const good = await signed(document, "targets", ["alice", "bob"], "linked");
    const [first, second] = good.proof;
    const file = { ...good, proof: [edit(first as JsonObject), second as JsonObject] };
    expect(await findings(file)).toEqual([code, "valid"]);
  });

  test("finds an edited JWS, or one with another header, invalid", async () => {
    const suite = allSuites.get("Ed25519Signature2018");
    const file = await prove(unsigned(document), "alice", { suite });
    const check = async (jws: string) => {
      const edited = { ...file, proof: [{ ...file.proof[0], jws }] };
      return (await checkProofs(edited, role, { at: AT, suites: allSuites })).map(
        ({ reason }) => reason?.code ?? "valid",
      );
    };
    const jws = String(file.proof[0]?.["jws"]);
    const [header = "", , value = ""] = jws.split(".");
    expect(await check(jws)).toEqual(["valid"]);
    expect(await check(`${header}.${value}`)).toEqual(["ERR_PROOF_SHAPE"]);
    expect(await check(`${header}.e30.${value}`)).toEqual(["ERR_PROOF_SHAPE"]);
    expect(await check(`${btoa('{"alg":"EdDSA"}')}..${value}`)).toEqual(["ERR_PROOF_SHAPE"]);
    // The same three members in another order are an acceptable header, but not the one that was signed.
    const reordered = btoa('{"b64":false,"alg":"EdDSA","crit":["b64"]}').replace(/=+$/, "");
    expect(await check(`${reordered}..${value}`)).toEqual(["ERR_SIGNATURE"]);
  });

  test("lets a defect of our own pass through", async () => {
    const file = await prove(unsigned(document), "alice");
    const broken = {
      suites: {
        ...allSuites,
        forProof: () => {
          throw new RangeError("a defect");
        },
      },
    };
    await expect(checkProofs(file, role, broken)).rejects.toThrow(RangeError);
  });
});

/** A file with one proof by alice, whose configuration has these members besides or instead of its own. */
async function withConfiguration(
  members: Partial<Record<keyof ProofConfiguration, string | undefined>>,
): Promise<MetadataFile> {
  const suite = allSuites.get("Ed25519Signature2020");
  const file = await prove(unsigned(document), "alice");
  const own = parseTufProof(file.proof[0] as JsonObject, suite).configuration;
  const merged = Object.entries({ ...own, ...members }).filter(([, value]) => value !== undefined);
  const configuration = Object.fromEntries(merged) as unknown as ProofConfiguration;
  const input = proofInput(configuration, suite, suite.variantFor("Ed25519"), new DocumentDigests(document));
  const proofValue = suite.encodeSignature(await suite.sign(alice.signer, input));
  return { ...file, proof: [{ ...configuration, proofValue }] };
}
