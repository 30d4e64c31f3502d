/**
 * The one Ed25519 acceptance policy, applied in front of every backend, because libraries disagree on
 * what RFC 8032 leaves open. What is left to a backend is the cofactorless equation: encode [S]B - [k]A
 * and compare it with the bytes of R, which every backend here computes alike.
 * @module
 */
import { fromHex } from "./decode.ts";
import type { CryptoBackend } from "./interface.ts";

/** The group order L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
const GROUP_ORDER = littleEndian("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
/** The field prime p = 2^255 - 19, little-endian. */
const FIELD_PRIME = littleEndian("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
/** The y of each of the eight points of small order: 0, 1, -1 and the two of order 8. */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  "00",
  "01",
  "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
  "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
  "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
].map(littleEndian);

/** Reads big-endian hex, the way numbers are written, into 32 little-endian bytes. */
function littleEndian(hex: string): Uint8Array {
  return fromHex(hex.padStart(64, "0")).reverse();
}

/** Whether `a < b`, both 32 little-endian bytes. Not constant-time: it only sees public values. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    if (x !== y) return x < y;
  }
  return false;
}

/**
 * Whether 32 bytes encode a point the policy allows: y below p, and not one of the eight points whose
 * order divides the cofactor, under any encoding. That the point is on the curve is for the backend.
 */
export function isAdmissiblePoint(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const y = Uint8Array.from(bytes);
  y[31] = (y[31] ?? 0) & 0x7f;
  if (!isBelow(y, FIELD_PRIME)) return false;
  // The sign bit is ignored on purpose: x = 0 with the sign set is refused here, not decoded somehow.
  return !SMALL_ORDER_Y.some((small) => small.every((byte, i) => byte === y[i]));
}

/**
 * Whether a signature may be handed to a backend: 64 bytes, R admissible like a public key, S < L
 * (RFC 8032 5.1.7). An R of small order cannot come from an honest signer; the WebCrypto specification
 * refuses it and other verifiers do not, so the policy has to decide.
 */
export function isAdmissibleSignature(signature: Uint8Array): boolean {
  return (
    signature.length === 64 &&
    isBelow(signature.subarray(32), GROUP_ORDER) &&
    isAdmissiblePoint(signature.subarray(0, 32))
  );
}

/** The same backend with the policy in front of its Ed25519 verification. */
export function withEd25519Policy(backend: CryptoBackend): CryptoBackend {
  return {
    ...backend,
    async verify(key, input, signature) {
      if (key.type === "Ed25519" && !(isAdmissiblePoint(key.bytes) && isAdmissibleSignature(signature))) {
        return false;
      }
      return backend.verify(key, input, signature);
    },
  };
}
