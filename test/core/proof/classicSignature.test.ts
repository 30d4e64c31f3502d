/**
 * Adding a classic signature, and checking each by itself.
 * @module
 */
import { describe, expect, test } from "vitest";
import { encodeHex } from "../../../src/encoding/hex.ts";
import { generateKey } from "../../../src/key/privateKey.ts";
import type { Signer } from "../../../src/key/signer.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import type { MetadataFile } from "../../../src/metadata/file.ts";
import { addSignature, checkSignatures } from "../../../src/proof/classicSignature.ts";
import { DocumentDigests } from "../../../src/proof/digests.ts";
import { roleKeys } from "../../../src/proof/roleKeys.ts";
import { defaultSuites, suiteSet } from "../../../src/suite/registry.ts";
import { signed, targetsDocument, unsigned } from "../../support/signedFiles.ts";
import { testKeys, trusted } from "../../support/testKeys.ts";

const document = targetsDocument();
const { alice, bob, mallory } = testKeys;
const role = trusted("targets", ["alice", "bob", "pat", "quinn"]);

const codes = async (file: MetadataFile, keys = role) =>
  (await checkSignatures(file, keys)).map(({ outcome, reason }) => reason?.code ?? outcome);

describe("addSignature", () => {
  test("signs with every kind of key that TUF has", async () => {
    const rsa = await generateKey("RSA");
    const tufKey = toTufKey(rsa.publicKey);
    const keyid = tufKeyid(tufKey);
    let file = await signed(document, "targets", ["alice", "pat", "quinn"], "classic");
    file = await addSignature(file, rsa);
    const keys = [testKeys.alice, testKeys.pat, testKeys.quinn, { keyid, tufKey }];
    const all = roleKeys(
      "targets",
      { keyids: keys.map((key) => key.keyid), threshold: 1 },
      Object.fromEntries(keys.map((key) => [key.keyid, key.tufKey])),
    );
    expect(await codes(file, all)).toEqual(["valid", "valid", "valid", "valid"]);
    const changed = { ...file, signed: { ...document, version: 4 } };
    expect(await codes(changed, all)).toEqual(Array(4).fill("ERR_SIGNATURE"));
  });

  test("replaces the signature under the same keyid, and an empty placeholder too", async () => {
    const placeholder = { ...unsigned(document), signatures: [{ keyid: alice.keyid, sig: "" }] };
    const once = await addSignature(placeholder, alice.signer);
    const twice = await addSignature(once, alice.signer);
    expect(twice).toEqual(once);
    expect(twice.signatures).toHaveLength(1);
    expect(await codes(twice)).toEqual(["valid"]);
  });

  test("leaves other signatures, their unknown members and the proofs as they are", async () => {
    const other = { keyid: "other", sig: "00", "x-member": { deep: [1] } };
    const linked = await signed(document, "targets", ["bob"], "linked");
    const file = await addSignature({ ...linked, signatures: [other] }, alice.signer);
    expect(file.signatures[0]).toEqual(other);
    expect(file.proof).toEqual(linked.proof);
    expect(file.signed).toBe(document);
  });

  test("signs under the keyid by which metadata knows the key", async () => {
    const named = roleKeys("targets", { keyids: ["k1"], threshold: 1 }, { k1: alice.tufKey });
    const file = await addSignature(unsigned(document), alice.signer, { keyid: "k1" });
    expect(file.signatures[0]?.keyid).toBe("k1");
    expect(await codes(file, named)).toEqual(["valid"]);
    expect(await codes(await addSignature(unsigned(document), alice.signer), named)).toEqual([
      "ERR_KEY_UNAUTHORIZED",
    ]);
  });

  test("refuses a signer that does not sign what its public key verifies", async () => {
    const liar: Signer = { publicKey: alice.signer.publicKey, sign: (input) => bob.signer.sign(input) };
    await expect(addSignature(unsigned(document), liar)).rejects.toMatchObject({ code: "ERR_KEY" });
  });
});

describe("checkSignatures", () => {
  test("ignores an empty `sig`: a place kept is not a wrong signature", async () => {
    const file = { ...unsigned(document), signatures: [{ keyid: alice.keyid, sig: "" }] };
    expect(await checkSignatures(file, role)).toMatchObject([
      { view: "classic", index: 0, outcome: "ignored", key: alice.id, reason: { code: "ERR_PROOF_SHAPE" } },
    ]);
  });

  test("ignores keyids that are not the role's, though the signature be good", async () => {
    const file = await addSignature(unsigned(document), mallory.signer);
    const [finding] = await checkSignatures(file, role);
    expect(finding).toMatchObject({ outcome: "ignored", reason: { code: "ERR_KEY_UNAUTHORIZED" } });
    expect(finding).not.toHaveProperty("key");
  });

  test("does not look a keyid up in anything's prototype", async () => {
    const signatures = ["constructor", "toString", "__proto__", ""].map((keyid) => ({ keyid, sig: "00" }));
    expect(await codes({ ...unsigned(document), signatures })).toEqual(Array(4).fill("ERR_KEY_UNAUTHORIZED"));
    const bare = roleKeys("targets", { keyids: ["constructor"], threshold: 1 }, {});
    expect(await codes({ ...unsigned(document), signatures }, bare)).toEqual([
      "ERR_KEY",
      ...Array(3).fill("ERR_KEY_UNAUTHORIZED"),
    ]);
  });

  test("ignores keys that no suite uses and keys that are malformed, and says which", async () => {
    const keys = {
      oidc: { keytype: "sigstore-oidc", scheme: "Fulcio", keyval: { identity: "x" } },
      mixed: { keytype: "ed25519", scheme: "rsassa-pss-sha256", keyval: { public: "00" } },
      short: { ...alice.tufKey, keyval: { public: "00" } },
      none: { ...alice.tufKey, keyval: {} },
    };
    const odd = roleKeys("targets", { keyids: [...Object.keys(keys), "missing"], threshold: 1 }, keys);
    const signatures = [...Object.keys(keys), "missing"].map((keyid) => ({ keyid, sig: "00" }));
    const found = await checkSignatures({ ...unsigned(document), signatures }, odd);
    expect(found.map(({ outcome }) => outcome)).toEqual(Array(5).fill("ignored"));
    expect(found.map(({ reason }) => reason?.code)).toEqual([
      "ERR_SUITE_UNKNOWN",
      "ERR_SUITE_UNKNOWN",
      "ERR_KEY",
      "ERR_KEY",
      "ERR_KEY",
    ]);
  });

  test("ignores schemes that the verifier does not accept", async () => {
    const file = await signed(document, "targets", ["alice", "pat"], "classic");
    const suites = suiteSet(...defaultSuites.suites.filter(({ scheme }) => scheme !== "ed25519"));
    const found = await checkSignatures(file, role, { suites });
    expect(found.map(({ outcome, reason }) => reason?.code ?? outcome)).toEqual([
      "ERR_SUITE_UNKNOWN",
      "valid",
    ]);
  });

  const malformed: [string, (sig: string) => string, string][] = [
    ["one bit changed", (sig) => sig.replace(/.$/, (last) => (last === "0" ? "1" : "0")), "ERR_SIGNATURE"],
    ["half of it missing", (sig) => sig.slice(64), "ERR_PROOF_SHAPE"],
    ["a digit too many", (sig) => `${sig}0`, "ERR_PROOF_SHAPE"],
    ["no hex", (sig) => `zz${sig.slice(2)}`, "ERR_PROOF_SHAPE"],
    ["white space", (sig) => ` ${sig.slice(1)}`, "ERR_PROOF_SHAPE"],
    ["zeros", () => "00".repeat(64), "ERR_SIGNATURE"],
  ];

  test.each(malformed)(
    "finds a signature with %s invalid, and judges its neighbours",
    async (_, edit, code) => {
      const good = await signed(document, "targets", ["alice", "bob"], "classic");
      const signatures = good.signatures.map((entry, at) =>
        at === 0 ? { ...entry, sig: edit(entry.sig) } : entry,
      );
      expect(await codes({ ...good, signatures })).toEqual([code, "valid"]);
    },
  );

  test("finds an ECDSA signature that is not strict DER invalid", async () => {
    const good = await signed(document, "targets", ["pat"], "classic");
    const sig = good.signatures[0]?.sig ?? "";
    const withTrailer = { ...good, signatures: [{ keyid: testKeys.pat.keyid, sig: `${sig}00` }] };
    expect(await codes(withTrailer)).toEqual(["ERR_PROOF_SHAPE"]);
    const raw = await testKeys.pat.signer.sign(new DocumentDigests(document).classicBytes());
    const withRaw = { ...good, signatures: [{ keyid: testKeys.pat.keyid, sig: encodeHex(raw) }] };
    expect(await codes(withRaw)).toEqual(["ERR_PROOF_SHAPE"]);
  });
});
