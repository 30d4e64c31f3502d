/**
 * ECDSA and RSA on every backend of this platform that supports them.
 * @module
 */
import { describe, expect, test } from "vitest";
import { backends, type KeyType } from "#platform";
import { decodeHex } from "../../../src/encoding/hex.ts";
import { createPublicKey } from "../../../src/key/publicKey.ts";

interface Group {
  publicKey: { uncompressed: string };
  tests: { tcId: number; msg: string; sig: string; result: "valid" | "invalid" }[];
}

const files: Record<string, string> = import.meta.glob(
  "../../../../shared/data/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json",
  { query: "?raw", import: "default", eager: true },
);
const [wycheproof] = Object.values(files);
const hex = (text: string): Uint8Array => decodeHex(text, "ERR_KEY");
const input = new TextEncoder().encode("message");

const available = (
  await Promise.all(backends.map(async (b) => ((await b.supports("P-256")) ? [b] : [])))
).flat();

test("at least WebCrypto is here", () => {
  expect(available.map(({ name }) => name)).toContain("webcrypto");
});

describe.each(available)("backend $name", (backend) => {
  test.skipIf(!wycheproof)(
    "decides the 262 Wycheproof cases of P-256 as they say (needs the shared data)",
    async () => {
      const { testGroups } = JSON.parse(wycheproof ?? "{}") as { testGroups: Group[] };
      const wrong: number[] = [];
      let count = 0;
      for (const { publicKey, tests } of testGroups) {
        const key = createPublicKey("P-256", hex(publicKey.uncompressed));
        for (const { tcId, msg, sig, result } of tests) {
          count++;
          if ((await backend.verify(key, hex(msg), hex(sig))) !== (result === "valid")) wrong.push(tcId);
        }
      }
      expect(wrong).toEqual([]);
      expect(count).toBe(262);
    },
  );

  test.each<[KeyType, number]>([
    ["P-256", 64],
    ["P-384", 96],
    ["RSA", 384],
  ])(
    "what it signs with a fresh %s key, every backend verifies, and no shortened or flipped signature",
    async (type, length) => {
      const key = { type, pkcs8: await backend.generate(type) };
      const publicKey = createPublicKey(type, await backend.publicKeyBytes(key));
      const signature = await backend.sign(key, input);
      expect(signature).toHaveLength(length);
      for (const other of available) {
        expect(await other.verify(publicKey, input, signature)).toBe(true);
        expect(await other.verify(publicKey, input, signature.subarray(1))).toBe(false);
        expect(await other.verify(publicKey, input, Uint8Array.of(0, ...signature))).toBe(false);
        expect(await other.verify(publicKey, input, new Uint8Array())).toBe(false);
        expect(await other.verify(publicKey, new Uint8Array(), signature)).toBe(false);
        for (const at of [0, length / 2, length - 1]) {
          const flipped = Uint8Array.from(signature, (byte, i) => (i === at ? byte ^ 1 : byte));
          expect(await other.verify(publicKey, input, flipped)).toBe(false);
        }
      }
    },
  );

  test("accepts PSS salts of any length, as other clients do", async () => {
    const algorithm = {
      name: "RSA-PSS",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
    };
    const { subtle } = globalThis.crypto;
    const pair = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const spki = new Uint8Array(await subtle.exportKey("spki", pair.publicKey));
    const publicKey = createPublicKey("RSA", spki);
    const verdicts: [number, boolean][] = [];
    for (const saltLength of [0, 20, 32, 33, 221, 222]) {
      const params = { name: "RSA-PSS", saltLength };
      const signature = new Uint8Array(await subtle.sign(params, pair.privateKey, input));
      verdicts.push([saltLength, await backend.verify(publicKey, input, signature)]);
    }
    expect(verdicts).toEqual([0, 20, 32, 33, 221, 222].map((saltLength) => [saltLength, true]));
    // What is no signature has no salt either.
    for (const byte of [0, 1, 255]) {
      const none = new Uint8Array(256).fill(byte);
      expect(await backend.verify(publicKey, input, none)).toBe(false);
    }
  });

  test.each<[KeyType, string]>([
    ["P-256", "not a key"],
    ["P-384", ""],
    ["RSA", "not a key"],
  ])("a %s key that cannot be read is an error, not a false", async (type, text) => {
    const bytes = new TextEncoder().encode(text);
    await expect(backend.verify({ type, bytes }, input, new Uint8Array(64))).rejects.toMatchObject({
      code: "ERR_KEY",
    });
    await expect(backend.sign({ type, pkcs8: bytes }, input)).rejects.toMatchObject({ code: "ERR_KEY" });
  });
});
