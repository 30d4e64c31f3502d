/**
 * A public key: its type, its bytes in one canonical form, and a unique name for telling keys apart.
 * @module
 */
import type { KeyType, RawPublicKey } from "#platform";
import { encodeHex } from "../encoding/hex.ts";
import { refuse } from "../encoding/refusal.ts";
import { isAdmissiblePoint } from "../platform/ed25519Policy.ts";
import { compressPoint, decodePoint } from "../platform/sec1.ts";
import { canonicalRsaSpki } from "./rsa.ts";

export type { KeyType } from "#platform";

/**
 * Ed25519: 32 bytes (RFC 8032 5.1.2). P-256, P-384: a compressed SEC 1 point of 33 or 49 bytes. RSA: a
 * DER SubjectPublicKeyInfo. Keys with the same `id` are the same key, whatever they were read from:
 * count distinct `id`s toward a threshold, never keyids or names.
 */
export interface PublicKey extends RawPublicKey {
  /** `type`, a colon, and `bytes` in lower-case hex. */
  readonly id: string;
}

function canonicalBytes(type: KeyType, bytes: Uint8Array): Uint8Array {
  switch (type) {
    case "Ed25519":
      if (bytes.length !== 32) refuse("ERR_KEY", "an Ed25519 public key has 32 bytes");
      if (!isAdmissiblePoint(bytes)) refuse("ERR_KEY", "Ed25519 public key of small order, or not canonical");
      return Uint8Array.from(bytes);
    case "RSA":
      return canonicalRsaSpki(bytes);
    case "P-256":
    case "P-384": {
      const point = decodePoint(type, bytes) ?? refuse("ERR_KEY", `not a point of ${type}`);
      return compressPoint(point);
    }
  }
}

/**
 * Makes a public key of bytes from outside: checks them and brings them into the one canonical form.
 *
 * @param bytes as in {@link PublicKey}; points also uncompressed.
 * @throws TufLdError `ERR_KEY` for the wrong length, a point off the curve or of small order, or an RSA
 * modulus outside 2,048 to 8,192 bits.
 */
export function createPublicKey(type: KeyType, bytes: Uint8Array): PublicKey {
  const canonical = canonicalBytes(type, bytes);
  return Object.freeze({ type, bytes: canonical, id: `${type}:${encodeHex(canonical)}` });
}
