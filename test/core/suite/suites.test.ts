/**
 * Suites as values: their URIs, their lookups, what they sign and what they refuse to read.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { encodeBase64url } from "../../../src/encoding/base64.ts";
import { encodeHex } from "../../../src/encoding/hex.ts";
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import type { KeyType } from "../../../src/key/publicKey.ts";
import type { Signer } from "../../../src/key/signer.ts";
import { tufEcdsaP256, tufEd25519 } from "../../../src/suite/classic.ts";
import { Ed25519Signature2018, Ed25519Signature2020, ecdsaRdfc2019 } from "../../../src/suite/linked.ts";
import { allSuites, defaultSuites, suiteSet } from "../../../src/suite/registry.ts";

const input = new TextEncoder().encode("what a suite signs");
const keys = new Map<KeyType, PrivateKey>();
const keyOf = (type: KeyType): PrivateKey => {
  const key = keys.get(type);
  if (!key) throw new Error(`no key of type ${type}`);
  return key;
};

beforeAll(async () => {
  for (const type of ["Ed25519", "P-256", "P-384", "RSA"] as const) keys.set(type, await generateKey(type));
});

const shapeError = expect.objectContaining({ code: "ERR_PROOF_SHAPE" });

describe("the registry", () => {
  test("each suite is found by its URI, its aliases and its short name", () => {
    for (const suite of allSuites.suites) {
      for (const name of [suite.id, ...suite.aliases, suite.name]) expect(allSuites.get(name)).toBe(suite);
    }
  });
  test("every identifier of a suite and of its algorithms is an absolute URI, and no two suites share one", () => {
    for (const { id, aliases, canonicalization, variants } of allSuites.suites) {
      const algorithms = [
        canonicalization,
        ...variants.flatMap(({ digest, signature }) => [digest, signature]),
      ];
      for (const uri of [id, ...aliases, ...algorithms.flatMap((a) => [a.id, ...a.aliases])]) {
        expect(new URL(uri).protocol).toMatch(/^https?:$/);
      }
    }
    const ids = allSuites.suites.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
  test.each(["", "constructor", "__proto__", "ed25519signature2020", "RsaSignature2018"])(
    "%j is no suite",
    (name) => {
      expect(() => allSuites.get(name)).toThrow(expect.objectContaining({ code: "ERR_SUITE_UNKNOWN" }));
      expect(allSuites.forProof(name)).toBeUndefined();
      expect(allSuites.forScheme(name)).toBeUndefined();
    },
  );
  test("a proof's type and cryptosuite find a suite together, not each alone", () => {
    expect(allSuites.forProof("Ed25519Signature2020")).toBe(Ed25519Signature2020);
    expect(allSuites.forProof("DataIntegrityProof", "ecdsa-rdfc-2019")).toBe(ecdsaRdfc2019);
    expect(allSuites.forProof("DataIntegrityProof")).toBeUndefined();
    expect(allSuites.forProof("Ed25519Signature2020", "ecdsa-rdfc-2019")).toBeUndefined();
    expect(allSuites.forScheme("ed25519")).toBe(tufEd25519);
  });
  test("the suite of 2018 has to be asked for", () => {
    expect(defaultSuites.forProof("Ed25519Signature2018")).toBeUndefined();
    expect(allSuites.forProof("Ed25519Signature2018")).toBe(Ed25519Signature2018);
  });
  test("a set knows only its own suites, and does not take one twice", () => {
    expect(() => suiteSet(tufEd25519).get("Ed25519Signature2020")).toThrow(
      expect.objectContaining({ code: "ERR_SUITE_UNKNOWN" }),
    );
    expect(() => suiteSet(tufEd25519, tufEd25519)).toThrow(TypeError);
  });
});

describe.each(
  allSuites.suites.flatMap((suite) => suite.keyTypes.map((type) => ({ suite, type, name: suite.name }))),
)("$name with a key of type $type", ({ suite, type }) => {
  test("what it signs it verifies, after the value was written and read", async () => {
    const signature = await suite.sign(keyOf(type), input);
    const text = suite.encodeSignature(signature);
    expect(suite.decodeSignature(text)).toEqual(signature);
    expect(await suite.verify(keyOf(type).publicKey, input, suite.decodeSignature(text))).toBe(true);
    expect(await suite.verify(keyOf(type).publicKey, input.subarray(1), signature)).toBe(false);
  });
  test("no signature with a byte changed, added or removed verifies", async () => {
    const signature = await suite.sign(keyOf(type), input);
    const { publicKey } = keyOf(type);
    const step = type === "RSA" ? 61 : 1;
    for (let i = 0; i < signature.length; i += step) {
      const changed = Uint8Array.from(signature, (byte, at) => (at === i ? byte ^ 0x10 : byte));
      expect(await suite.verify(publicKey, input, changed)).toBe(false);
    }
    expect(await suite.verify(publicKey, input, signature.subarray(1))).toBe(false);
    expect(await suite.verify(publicKey, input, Uint8Array.of(...signature, 0))).toBe(false);
    expect(await suite.verify(publicKey, input, new Uint8Array())).toBe(false);
  });
  test("keys of another type are refused by name, for signing and for verifying", async () => {
    for (const [other, key] of keys) {
      if (suite.keyTypes.includes(other)) continue;
      const refused = { code: "ERR_KEY" };
      await expect(suite.sign(key, input)).rejects.toMatchObject(refused);
      await expect(suite.verify(key.publicKey, input, new Uint8Array(64))).rejects.toMatchObject(refused);
    }
  });
  test.each([
    "",
    "z",
    "u",
    "0",
    "zz",
    "z0",
    "..",
    "a..b",
    " ",
    "z11111111111",
    "uAAAA",
    "AAAA",
    "3006020101020101ff",
  ])("%j is not read as its value", (text) => {
    expect(() => suite.decodeSignature(text)).toThrow(shapeError);
  });
});

describe("a signer that is not what it says", () => {
  test("a signature by another key is noticed before it is published", async () => {
    const signer: Signer = {
      publicKey: keyOf("Ed25519").publicKey,
      sign: async (bytes) => (await generateKey("Ed25519")).sign(bytes),
    };
    await expect(Ed25519Signature2020.sign(signer, input)).rejects.toMatchObject({ code: "ERR_KEY" });
  });
  test("an ECDSA signature in DER, as many services return, is noticed", async () => {
    const key = keyOf("P-256");
    const signer: Signer = {
      publicKey: key.publicKey,
      sign: async (bytes) => {
        const hex = tufEcdsaP256.encodeSignature(await key.sign(bytes));
        return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
      },
    };
    await expect(ecdsaRdfc2019.sign(signer, input)).rejects.toMatchObject({ code: "ERR_KEY" });
  });
});

describe("Ed25519Signature2018", () => {
  const jws = async (header: string): Promise<string> => {
    const encoded = encodeBase64url(new TextEncoder().encode(header));
    const signed = new Uint8Array([...new TextEncoder().encode(`${encoded}.`), ...input]);
    return `${encoded}..${encodeBase64url(await keyOf("Ed25519").sign(signed))}`;
  };
  test("writes the header that the stock suite writes", async () => {
    const text = Ed25519Signature2018.encodeSignature(
      await Ed25519Signature2018.sign(keyOf("Ed25519"), input),
    );
    expect(text.startsWith("eyJhbGciOiJFZERTQSIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..")).toBe(true);
  });
  test.each([
    '{"alg":"EdDSA","b64":false,"crit":["b64"]}',
    '{"b64":false,"crit":["b64"],"alg":"EdDSA"}',
    '{"crit":["b64"],"alg":"EdDSA","b64":false}',
  ])("the header %s verifies, over its own bytes", async (header) => {
    const signature = Ed25519Signature2018.decodeSignature(await jws(header));
    expect(await Ed25519Signature2018.verify(keyOf("Ed25519").publicKey, input, signature)).toBe(true);
  });
  test.each([
    '{"alg":"EdDSA","b64":false}',
    '{"alg":"EdDSA","crit":["b64"]}',
    '{"alg":"EdDSA","b64":true,"crit":["b64"]}',
    '{"alg":"HS256","b64":false,"crit":["b64"]}',
    '{"alg":"none","b64":false,"crit":["b64"]}',
    '{"alg":"EdDSA","b64":false,"crit":["b64","exp"],"exp":1}',
    '{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"x"}',
    '{"alg":"none","alg":"EdDSA","b64":false,"crit":["b64"]}',
    "{}",
    "",
  ])("the header %s is refused although it is signed", async (header) => {
    const text = await jws(header);
    expect(() => Ed25519Signature2018.decodeSignature(text)).toThrow(shapeError);
  });
  test("a payload in the JWS, a missing dot and a padded signature are refused", async () => {
    const good = await jws('{"alg":"EdDSA","b64":false,"crit":["b64"]}');
    for (const text of [
      good.replace("..", ".e30."),
      good.replace("..", "."),
      `${good}==`,
      `${good}.`,
      ` ${good}`,
    ]) {
      expect(() => Ed25519Signature2018.decodeSignature(text)).toThrow(shapeError);
    }
  });
  test("64 bytes without any header verify nothing", async () => {
    const { publicKey } = keyOf("Ed25519");
    expect(await Ed25519Signature2018.verify(publicKey, input, await keyOf("Ed25519").sign(input))).toBe(
      false,
    );
  });
});

describe("the digest follows the key", () => {
  test("ecdsa-rdfc-2019 hashes with SHA-256 for P-256 and SHA-384 for P-384", () => {
    expect(ecdsaRdfc2019.variantFor("P-256").digest.name).toBe("sha256");
    expect(ecdsaRdfc2019.variantFor("P-384").digest.name).toBe("sha384");
    expect(() => ecdsaRdfc2019.variantFor("Ed25519")).toThrow(expect.objectContaining({ code: "ERR_KEY" }));
  });
  test("a P-256 signature does not pass as one of P-384 by its length", async () => {
    const raw = await ecdsaRdfc2019.sign(keyOf("P-256"), input);
    expect(await ecdsaRdfc2019.verify(keyOf("P-384").publicKey, input, raw)).toBe(false);
    expect(encodeHex(raw)).toHaveLength(128);
  });
});
