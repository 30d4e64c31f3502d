/**
 * Ed25519 in plain JavaScript, for browsers whose WebCrypto lacks it. The library's own verification is
 * cofactored, also in its strict mode, so the equation of RFC 8032 5.1.7 is computed here from points.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { withEd25519Policy } from "./ed25519Policy.ts";
import type { CryptoBackend, Platform, RawPrivateKey } from "./interface.ts";

/** RFC 8410: a version 0 PKCS #8 of an Ed25519 seed is these 16 bytes and the seed. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32);

function seedOf({ pkcs8 }: RawPrivateKey): Uint8Array {
  if (pkcs8.length !== 48 || !PKCS8_PREFIX.every((byte, i) => byte === pkcs8[i])) {
    throw new TufLdError("ERR_KEY", "not an Ed25519 private key in PKCS #8", { reason: "pkcs8" });
  }
  return pkcs8.subarray(16);
}

function littleEndianToBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

/** @param createHash the platform's own, so that SHA-512 is not bundled twice. */
export function nobleBackend(createHash: Platform["createHash"]): CryptoBackend {
  const sha512 = (...parts: Uint8Array[]): Uint8Array => {
    const hash = createHash("sha512");
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  // Loaded at first use only: with WebCrypto Ed25519 at hand, nobody pays for it.
  const load = async () => {
    const noble = await import("@noble/ed25519");
    noble.hashes.sha512 ??= (message) => Uint8Array.from(sha512(message));
    return noble;
  };
  return withEd25519Policy({
    name: "noble",
    supports: async (type) => type === "Ed25519",

    async verify(key, input, signature) {
      const { Point } = await load();
      const { n } = Point.CURVE();
      const R = signature.subarray(0, 32);
      let A: InstanceType<typeof Point>;
      try {
        A = Point.fromBytes(key.bytes, false);
      } catch {
        return false; // not on the curve
      }
      const k = littleEndianToBigInt(sha512(R, key.bytes, input)) % n;
      const S = littleEndianToBigInt(signature.subarray(32));
      const expected = Point.BASE.multiply(S, false).subtract(A.multiply(k, false)).toBytes();
      return expected.every((byte, i) => byte === R[i]);
    },

    async sign(key, input) {
      return (await load()).sign(input, seedOf(key));
    },

    async generate() {
      return Uint8Array.of(...PKCS8_PREFIX, ...globalThis.crypto.getRandomValues(new Uint8Array(32)));
    },

    async publicKeyBytes(key) {
      return (await load()).getPublicKey(seedOf(key));
    },
  });
}
