/**
 * Private keys: they come back from every format, and mismatched halves never sign.
 * @module
 */
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../src/encoding/bytes.ts";
import { decodeHex, encodeHex } from "../../../src/encoding/hex.ts";
import { encodeMultibase } from "../../../src/encoding/multibase.ts";
import { encodePem } from "../../../src/encoding/pem.ts";
import { publicKeyToMultikey } from "../../../src/key/didKey.ts";
import { privateKeyFromJwk, privateKeyToJwk } from "../../../src/key/jwk.ts";
import { privateKeyFromMultikey, privateKeyToMultikey } from "../../../src/key/multikey.ts";
import { parsePrivateKey } from "../../../src/key/parse.ts";
import { decryptPkcs8 } from "../../../src/key/pbes2.ts";
import {
  privateKeyFromPem,
  privateKeyToEncryptedPem,
  unsafePrivateKeyToPlainPem,
} from "../../../src/key/pemPrivateKey.ts";
import { readPkcs8, writePkcs8 } from "../../../src/key/pkcs8.ts";
import { generateKey, PrivateKey } from "../../../src/key/privateKey.ts";

const TYPES = ["Ed25519", "P-256", "P-384", "RSA"] as const;
const refused = { code: "ERR_KEY" };
const hex = (text: string): Uint8Array => decodeHex(text, "ERR_KEY");

describe.each(TYPES)("a private key of type %s", (type) => {
  test("is the same key after PKCS #8, plain PEM and JWK", async () => {
    const key = await generateKey(type);
    for (const copy of [
      await PrivateKey.fromPkcs8(key.toPkcs8()),
      await privateKeyFromPem(unsafePrivateKeyToPlainPem(key)),
      await privateKeyFromJwk(privateKeyToJwk(key)),
      await parsePrivateKey(JSON.stringify(privateKeyToJwk(key))),
    ]) {
      expect(copy.publicKey).toEqual(key.publicKey);
      expect(copy.toPkcs8()).toEqual(key.toPkcs8());
    }
  });
  test("does not show its secret in JSON or in its properties", async () => {
    const key = await generateKey(type);
    expect(Object.keys(key)).toEqual(["publicKey"]);
    expect(Object.keys(JSON.parse(JSON.stringify(key)) as object)).toEqual(["publicKey"]);
  });
  test("with the public half of another is refused", async () => {
    const [one, two] = await Promise.all([generateKey(type), generateKey(type)]);
    const member = type === "RSA" ? "n" : "d";
    const mixed = { ...privateKeyToJwk(one), [member]: privateKeyToJwk(two)[member] };
    await expect(privateKeyFromJwk(mixed)).rejects.toMatchObject(refused);
  });
});

describe.each(["Ed25519", "P-256", "P-384"] as const)("a private key of type %s, as Multikey", (type) => {
  test("comes back", async () => {
    const key = await generateKey(type);
    const copy = await privateKeyFromMultikey(privateKeyToMultikey(key));
    expect(copy.toPkcs8()).toEqual(key.toPkcs8());
    expect((await parsePrivateKey(privateKeyToMultikey(key))).publicKey.id).toBe(key.publicKey.id);
  });
});

test("a secret Multikey that carries the public half of another, or a byte too many, is refused", async () => {
  const [one, two] = await Promise.all([generateKey("Ed25519"), generateKey("Ed25519")]);
  const multikey = (...bytes: Uint8Array[]) =>
    encodeMultibase("z", concatBytes(Uint8Array.of(0x80, 0x26), ...bytes));
  const { secret } = readPkcs8(one.toPkcs8());
  expect((await privateKeyFromMultikey(multikey(secret, one.publicKey.bytes))).publicKey).toEqual(
    one.publicKey,
  );
  await expect(privateKeyFromMultikey(multikey(secret, two.publicKey.bytes))).rejects.toMatchObject(refused);
  await expect(privateKeyFromMultikey(multikey(secret, Uint8Array.of(0)))).rejects.toMatchObject(refused);
  await expect(privateKeyFromMultikey(multikey(secret.subarray(1)))).rejects.toMatchObject(refused);
});

test("an EC key whose PKCS #8 carries the point of another is refused", async () => {
  const [one, two] = await Promise.all([generateKey("P-256"), generateKey("P-256")]);
  const point = readPkcs8(two.toPkcs8()).point;
  expect(point).toHaveLength(65);
  if (!point) return;
  await expect(
    PrivateKey.fromPkcs8(writePkcs8({ ...readPkcs8(one.toPkcs8()), point })),
  ).rejects.toMatchObject(refused);
});

test("the key pair of the Data Integrity EdDSA vectors is read", async () => {
  const key = await privateKeyFromMultikey("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq");
  expect(publicKeyToMultikey(key.publicKey)).toBe("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2");
});

test("an Ed25519 key of RFC 5958, with its public half and attributes, is kept in the form of version 0", async () => {
  // RFC 8410 10.3
  const der = hex(
    "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842" +
      "a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273812100" +
      "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
  );
  const key = await PrivateKey.fromPkcs8(der);
  expect(encodeHex(key.publicKey.bytes)).toBe(
    "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
  );
  expect(key.toPkcs8()).toHaveLength(48);
});

describe("encrypted PEM", () => {
  test("comes back with its passphrase, and says missing or wrong without", async () => {
    const key = await generateKey("Ed25519");
    const pem = await privateKeyToEncryptedPem(key, "correct horse — ünïcode");
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect((await privateKeyFromPem(pem, "correct horse — ünïcode")).toPkcs8()).toEqual(key.toPkcs8());
    const missing = { code: "ERR_PASSPHRASE", details: { reason: "missing" } };
    await expect(privateKeyFromPem(pem)).rejects.toMatchObject(missing);
    await expect(privateKeyFromPem(pem, "")).rejects.toMatchObject(missing);
    const wrong = { code: "ERR_PASSPHRASE", details: { reason: "wrong" } };
    await expect(privateKeyFromPem(pem, "correct horse")).rejects.toMatchObject(wrong);
    await expect(parsePrivateKey(pem, "x")).rejects.toMatchObject(wrong);
  });
  test("an empty passphrase is the programmer's error", async () => {
    await expect(privateKeyToEncryptedPem(await generateKey("Ed25519"), "")).rejects.toThrow(TypeError);
  });

  // An EncryptedPrivateKeyInfo with parameters of our choice and nothing sensible inside.
  const encrypted = (
    iterations: string,
    prf = "2a864886f70d0209",
    cipher = "60864801650304012a",
  ): Uint8Array => {
    const tlv = (tag: string, body: string) => tag + (body.length / 2).toString(16).padStart(2, "0") + body;
    const algorithm = (oid: string, rest: string) => tlv("30", tlv("06", oid) + rest);
    const kdf = tlv("30", tlv("04", "00".repeat(8)) + tlv("02", iterations) + algorithm(prf, "0500"));
    const scheme = tlv(
      "30",
      algorithm("2a864886f70d01050c", kdf) + algorithm(cipher, tlv("04", "00".repeat(16))),
    );
    return hex(tlv("30", algorithm("2a864886f70d01050d", scheme) + tlv("04", "00".repeat(16))));
  };
  test("more than 10,000,000 iterations are refused before any is done", async () => {
    for (const iterations of ["00989681", "7fffffff", "7fffffffffffffff"]) {
      await expect(decryptPkcs8(encrypted(iterations), "x")).rejects.toMatchObject({
        code: "ERR_LIMIT",
        details: { allowed: 10_000_000 },
      });
    }
  });
  test("no iterations, other ciphers and other hashes are refused by name", async () => {
    await expect(decryptPkcs8(encrypted("00"), "x")).rejects.toMatchObject(refused);
    const unsupported = { code: "ERR_UNSUPPORTED" };
    await expect(decryptPkcs8(encrypted("01", "2a864886f70d0205"), "x")).rejects.toMatchObject(unsupported);
    const des = encrypted("01", "2a864886f70d0209", "2a864886f70d0307");
    await expect(decryptPkcs8(des, "x")).rejects.toMatchObject(unsupported);
  });
  test("garbage is refused", async () => {
    for (const text of ["", "3000", "30030201ff", "300a3006060100040204000401"]) {
      await expect(decryptPkcs8(hex(text), "x")).rejects.toMatchObject(refused);
    }
  });
  test("a wrong passphrase is never taken for a key", async () => {
    for (let i = 0; i < 600; i++) {
      const attempt = decryptPkcs8(encrypted("01"), `wrong ${i}`);
      await expect(attempt).rejects.toMatchObject({ code: "ERR_PASSPHRASE", details: { reason: "wrong" } });
    }
  });
});

describe("what is no private key", () => {
  test.each([
    "",
    "{}",
    "{",
    '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
    '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AA"}',
    "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
    encodePem({ label: "PRIVATE KEY", bytes: Uint8Array.of(0x30, 0) }),
    encodePem({ label: "EC PRIVATE KEY", bytes: Uint8Array.of(0x30, 0) }),
    encodePem({ label: "PUBLIC KEY", bytes: Uint8Array.of(0x30, 0) }),
  ])("%j is refused", async (text) => {
    await expect(parsePrivateKey(text, "x")).rejects.toMatchObject(refused);
  });
  test.each([
    ["an X25519 key", `302e020100300506032b656e04220420${"11".repeat(32)}`],
    ["an Ed25519 seed of 31 bytes", `302d020100300506032b65700421041f${"11".repeat(31)}`],
    ["PKCS #8 of version 2", `302e020102300506032b657004220420${"11".repeat(32)}`],
    [
      "a P-256 scalar of zero",
      `304102010030130607${"2a8648ce3d0201"}06082a8648ce3d030107042730250201010420${"00".repeat(32)}`,
    ],
    [
      "a P-256 scalar over the order",
      `304102010030130607${"2a8648ce3d0201"}06082a8648ce3d030107042730250201010420${"ff".repeat(32)}`,
    ],
  ])("%s is refused", async (_, der) => {
    await expect(PrivateKey.fromPkcs8(hex(der))).rejects.toMatchObject(refused);
  });
});
