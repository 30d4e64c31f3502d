/**
 * Public keys: one value under every name, and nothing malformed gets in.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { createHash } from "#platform";
import { olpc } from "../../../src/classic/olpc.ts";
import { decodeHex, encodeHex } from "../../../src/encoding/hex.ts";
import { encodeMultibase } from "../../../src/encoding/multibase.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import {
  didKey,
  didKeyUrl,
  parseBareDidKey,
  parseDidKey,
  publicKeyFromMultikey,
  publicKeyToMultikey,
} from "../../../src/key/didKey.ts";
import { publicKeyFromJwk, publicKeyToJwk } from "../../../src/key/jwk.ts";
import { fromMultikeyDocument, toMultikeyDocument } from "../../../src/key/multikey.ts";
import { parsePublicKeyAny } from "../../../src/key/parse.ts";
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import { createPublicKey, type KeyType, type PublicKey } from "../../../src/key/publicKey.ts";
import { publicKeyFromPem, publicKeyToPem } from "../../../src/key/spki.ts";
import { fromTufKey, toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import { fromVerificationKey2020, toVerificationKey2020 } from "../../../src/key/verificationKey2020.ts";
import { decodePoint, uncompressPoint } from "../../../src/platform/sec1.ts";

const TYPES = ["Ed25519", "P-256", "P-384", "RSA"] as const;
const MULTIKEY_TYPES = ["Ed25519", "P-256", "P-384"] as const;
const keys = new Map<KeyType, PrivateKey>();
const keyOf = (type: KeyType): PublicKey => {
  const key = keys.get(type);
  if (!key) throw new Error(`no key of type ${type}`);
  return key.publicKey;
};
beforeAll(async () => {
  for (const type of TYPES) keys.set(type, await generateKey(type));
});

const refused = expect.objectContaining({ code: "ERR_KEY" });
const hex = (text: string): Uint8Array => decodeHex(text, "ERR_KEY");

// RFC 8032 7.1 test 1, RFC 6979 A.2.5, and the did:key specification's examples of P-256 and P-384.
const ED25519_HEX = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const P256_POINT =
  "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
  "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

describe.each(TYPES)("a key of type %s", (type) => {
  test("is the same key after PEM, JWK and TUF key object", () => {
    const key = keyOf(type);
    expect(publicKeyFromPem(publicKeyToPem(key))).toEqual(key);
    expect(publicKeyFromJwk(publicKeyToJwk(key))).toEqual(key);
    expect(fromTufKey(toTufKey(key))).toEqual(key);
    expect(key.id).toBe(`${type}:${encodeHex(key.bytes)}`);
  });
  test("is recognized in each of its formats", async () => {
    const key = keyOf(type);
    const jwk = publicKeyToJwk(key);
    const tuf = toTufKey(key);
    expect(await parsePublicKeyAny(publicKeyToPem(key))).toEqual({ format: "PEM", publicKey: key });
    expect(await parsePublicKeyAny(jwk)).toEqual({ format: "JWK", publicKey: key });
    expect(await parsePublicKeyAny(` ${JSON.stringify(jwk)}\n`)).toEqual({ format: "JWK", publicKey: key });
    expect(await parsePublicKeyAny(JSON.stringify(tuf))).toEqual({ format: "TUF", publicKey: key });
  });
  test("imports into WebCrypto from the JWK and from the PEM alike", async () => {
    if (type === "Ed25519") return;
    const algorithm =
      type === "RSA"
        ? { name: "RSA-PSS", hash: "SHA-256" }
        : { name: "ECDSA", namedCurve: type, hash: "SHA-256" };
    const jwk = { ...publicKeyToJwk(keyOf(type)) };
    const imported = await globalThis.crypto.subtle.importKey("jwk", jwk, algorithm, true, ["verify"]);
    const spki = new Uint8Array(await globalThis.crypto.subtle.exportKey("spki", imported));
    const body = publicKeyToPem(keyOf(type)).split("\n").slice(1, -2).join("");
    expect(btoa(String.fromCharCode(...spki))).toBe(body);
  });
  test("its keyid is the SHA-256 of the canonical JSON of its key object", () => {
    const tuf = toTufKey(keyOf(type));
    const hash = createHash("sha256");
    const canonical = olpc({ ...tuf, keyval: { ...tuf.keyval } });
    hash.update(encodeUtf8(canonical));
    expect(tufKeyid(tuf)).toBe(hash.digestHex());
  });
});

describe.each(MULTIKEY_TYPES)("a key of type %s, as Multikey", (type) => {
  test("is the same key after Multikey, did:key and Multikey document", async () => {
    const key = keyOf(type);
    expect(publicKeyFromMultikey(publicKeyToMultikey(key))).toEqual(key);
    expect(parseDidKey(didKeyUrl(key))).toEqual(key);
    expect(parseBareDidKey(didKey(key))).toEqual(key);
    expect(fromMultikeyDocument({ ...toMultikeyDocument(key) })).toEqual(key);
    for (const [format, text] of [
      ["did:key", didKeyUrl(key)],
      ["did:key", didKey(key)],
      ["Multikey", publicKeyToMultikey(key)],
      ["Multikey", JSON.stringify(toMultikeyDocument(key))],
    ] as const) {
      expect(await parsePublicKeyAny(text)).toEqual({ format, publicKey: key });
    }
  });
  test("starts with the letters that everyone knows it by", () => {
    const start = { Ed25519: "z6Mk", "P-256": "zDn", "P-384": "z82" }[type];
    expect(publicKeyToMultikey(keyOf(type)).startsWith(start)).toBe(true);
  });
  test("with a byte more or less is refused", () => {
    const bytes = decodeMultikey(publicKeyToMultikey(keyOf(type)));
    for (const wrong of [bytes.subarray(0, -1), Uint8Array.of(...bytes, 0)]) {
      expect(() => publicKeyFromMultikey(encodeMultibase("z", wrong))).toThrow(refused);
    }
    expect(() => publicKeyFromMultikey(encodeMultibase("u", bytes))).toThrow(refused);
  });
});

/** The multicodec bytes, without our own decoder. */
function decodeMultikey(text: string): Uint8Array {
  const key = publicKeyFromMultikey(text);
  const prefix = { Ed25519: [0xed, 1], "P-256": [0x80, 0x24], "P-384": [0x81, 0x24], RSA: [] }[key.type];
  return Uint8Array.of(...prefix, ...key.bytes);
}

describe("did:key", () => {
  test("the example keys of its specification are read", () => {
    expect(parseBareDidKey("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK").type).toBe("Ed25519");
    expect(parseBareDidKey("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169").type).toBe("P-256");
    expect(
      parseBareDidKey("did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9").type,
    ).toBe("P-384");
  });
  test.each([
    ["no fragment", (url: string) => url.split("#")[0]],
    [
      "another fragment",
      (url: string) => url.replace(/#.*/, "#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
    ],
    ["an empty fragment", (url: string) => url.replace(/#.*/, "#")],
    ["two fragments", (url: string) => `${url}#`],
    ["another method", (url: string) => url.replace("did:key", "did:web")],
    ["a query", (url: string) => url.replace("#", "?x=1#")],
    ["white space", (url: string) => ` ${url}`],
    ["upper case", (url: string) => url.replace("did:key", "DID:KEY")],
  ])("%s is refused as a verification method", (_, change) => {
    expect(() => parseDidKey(change(didKeyUrl(keyOf("Ed25519"))) ?? "")).toThrow(refused);
  });
  test("RSA keys have no did:key here", () => {
    expect(() => didKeyUrl(keyOf("RSA"))).toThrow(refused);
  });
  test.each([
    "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
    "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
  ])("the key %s of a kind that no suite uses (X25519, secp256k1) is refused", (multikey) => {
    expect(() => parseBareDidKey(`did:key:${multikey}`)).toThrow(refused);
  });
});

describe("TUF key objects", () => {
  const p256 = createPublicKey("P-256", hex(P256_POINT));
  test("an EC key is one key as an uncompressed point, a compressed one, and a PEM, under each keytype", () => {
    for (const text of [
      P256_POINT,
      encodeHex(p256.bytes),
      publicKeyToPem(p256),
      publicKeyToPem(p256).trimEnd(),
    ]) {
      for (const keytype of ["ecdsa", "ecdsa-sha2-nistp256"]) {
        const key = fromTufKey({ keytype, scheme: "ecdsa-sha2-nistp256", keyval: { public: text } });
        expect(key?.id).toBe(p256.id);
      }
    }
  });
  test("P-384 has its own keytype and the general one", () => {
    const key = keyOf("P-384");
    const keyval = toTufKey(key).keyval;
    for (const keytype of ["ecdsa", "ecdsa-sha2-nistp384"]) {
      expect(fromTufKey({ keytype, scheme: "ecdsa-sha2-nistp384", keyval })?.id).toBe(key.id);
    }
  });
  test.each([
    ["sigstore-oidc", "https://accounts.google.com"],
    ["ed25519", "ed25519ph"],
    ["ecdsa", "ed25519"],
    ["rsa", "rsa-pkcs1v15-sha256"],
    ["__proto__", "constructor"],
  ])("a key of keytype %s and scheme %s counts for nothing", (keytype, scheme) => {
    expect(fromTufKey({ keytype, scheme, keyval: { public: ED25519_HEX } })).toBeUndefined();
  });
  test.each<[string, string, unknown]>([
    ["ed25519", "ed25519", undefined],
    ["ed25519", "ed25519", 7],
    ["ed25519", "ed25519", ""],
    ["ed25519", "ed25519", ED25519_HEX.slice(2)],
    ["ed25519", "ed25519", `${ED25519_HEX}00`],
    ["ed25519", "ed25519", `01${"00".repeat(31)}`],
    ["ecdsa", "ecdsa-sha2-nistp256", P256_POINT.slice(2)],
    ["ecdsa", "ecdsa-sha2-nistp256", `${P256_POINT.slice(0, -1)}8`],
    ["ecdsa", "ecdsa-sha2-nistp256", "00"],
    ["ecdsa", "ecdsa-sha2-nistp256", `06${P256_POINT.slice(2)}`],
    ["ecdsa", "ecdsa-sha2-nistp384", P256_POINT],
    ["rsa", "rsassa-pss-sha256", ED25519_HEX],
  ])("%s %s with the value %j is malformed", (keytype, scheme, value) => {
    expect(() => fromTufKey({ keytype, scheme, keyval: { public: value } })).toThrow(refused);
  });
  test("the key of another type in the PEM is refused", () => {
    const keyval = { public: publicKeyToPem(keyOf("P-384")) };
    expect(() => fromTufKey({ keytype: "ecdsa", scheme: "ecdsa-sha2-nistp256", keyval })).toThrow(refused);
    expect(() => fromTufKey({ keytype: "rsa", scheme: "rsassa-pss-sha256", keyval })).toThrow(refused);
  });
});

describe("points", () => {
  test("every coordinate parity is restored", () => {
    for (const type of ["P-256", "P-384"] as const) {
      for (const form of [2, 3]) {
        const bytes = Uint8Array.of(form, ...keyOf(type).bytes.subarray(1));
        const point = decodePoint(type, bytes);
        expect(point).toBeDefined();
        if (point) expect(createPublicKey(type, uncompressPoint(point)).bytes).toEqual(bytes);
      }
    }
  });
  test("a coordinate of p or more, and an x without a point, are refused", () => {
    const p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    expect(() => createPublicKey("P-256", hex(`02${p}`))).toThrow(refused);
    expect(() => createPublicKey("P-256", hex(`02${"ff".repeat(32)}`))).toThrow(refused);
    const verdicts = Array.from({ length: 20 }, (_, x) =>
      decodePoint("P-256", hex(`02${x.toString(16).padStart(64, "0")}`)),
    );
    expect(verdicts.some((point) => point === undefined)).toBe(true);
    expect(verdicts.some((point) => point !== undefined)).toBe(true);
  });
});

describe("RSA bounds", () => {
  const jwk = (bits: number, last: number, e: string) => {
    const n = new Uint8Array(bits / 8).fill(0xff);
    n[n.length - 1] = last;
    const text = btoa(String.fromCharCode(...n));
    return { kty: "RSA", n: text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""), e };
  };
  test("2,048 and 8,192 bits are read; 2,040, 8,200, an even modulus and odd exponents out of range are not", () => {
    expect(publicKeyFromJwk(jwk(2048, 0xff, "AQAB")).type).toBe("RSA");
    expect(publicKeyFromJwk(jwk(8192, 0xff, "AQAB")).type).toBe("RSA");
    for (const wrong of [
      jwk(2040, 0xff, "AQAB"),
      jwk(8200, 0xff, "AQAB"),
      jwk(2048, 0xfe, "AQAB"),
      jwk(2048, 0xff, "AQ"),
      jwk(2048, 0xff, "AQAA"),
      jwk(2048, 0xff, "AQAAAAAB"),
    ]) {
      expect(() => publicKeyFromJwk(wrong)).toThrow(refused);
    }
  });
});

describe("Ed25519VerificationKey2020", () => {
  test("a key comes back, and the document is what the package writes", async () => {
    const key = keyOf("Ed25519");
    const document = await toVerificationKey2020(key);
    expect(document).toEqual({
      "@context": "https://w3id.org/security/suites/ed25519-2020/v1",
      id: didKeyUrl(key),
      type: "Ed25519VerificationKey2020",
      controller: didKey(key),
      publicKeyMultibase: publicKeyToMultikey(key),
    });
    expect(await fromVerificationKey2020({ ...document })).toEqual(key);
    expect(await parsePublicKeyAny(JSON.stringify(document))).toMatchObject({
      format: "Ed25519VerificationKey2020",
    });
  });
  test("other types, revoked keys and malformed values are refused", async () => {
    await expect(toVerificationKey2020(keyOf("P-256"))).rejects.toMatchObject({ code: "ERR_KEY" });
    const document = await toVerificationKey2020(keyOf("Ed25519"));
    for (const change of [
      { revoked: "2020-01-01T00:00:00Z" },
      { type: "Multikey" },
      { publicKeyMultibase: publicKeyToMultikey(keyOf("P-256")) },
      { publicKeyMultibase: "z6Mk" },
      { publicKeyMultibase: 1 },
    ]) {
      await expect(fromVerificationKey2020({ ...document, ...change })).rejects.toMatchObject({
        code: "ERR_KEY",
      });
    }
  });
});

describe("what is no public key", () => {
  test.each([
    "",
    "hello",
    "{",
    "[]",
    "{}",
    "null",
    '{"kty":"oct","k":"AAAA"}',
    '{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}',
    '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}',
    '{"kty":"OKP","crv":"Ed25519"}',
    '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AA"}',
    '{"type":"Multikey","publicKeyMultibase":"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK","revoked":"2020-01-01T00:00:00Z"}',
    '{"keytype":"ed25519","scheme":"other","keyval":{"public":""}}',
    "did:web:example.com",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
  ])("%j is refused", async (text) => {
    await expect(parsePublicKeyAny(text)).rejects.toMatchObject({ code: "ERR_KEY" });
  });
});
