/**
 * Salts of RSASSA-PSS with SHA-256. TUF names no length: python-tuf (securesystemslib) signs with that of the digest,
 * the signer of sigstore/sigstore that go-tuf is used with takes all the room there is unless it is told otherwise, and
 * an HSM what it was set to. tuf-js signs nothing. All three clients verify any length, and so do we.
 * @module
 */
import { fromBase64url } from "./decode.ts";

const HASH_LENGTH = 32;

const toBigInt = (bytes: Uint8Array): bigint => {
  let hex = "0x0";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return BigInt(hex);
};

/**
 * How long the salt of a signature is, as its encoded message says (RFC 8017 9.1.2), for a verifier that has to be
 * told. It verifies nothing: what does not look like a salt gives `undefined`, everything else is for the verifier.
 *
 * @param key extractable, since its numbers are needed
 */
export async function saltLengthOf(key: CryptoKey, signature: Uint8Array): Promise<number | undefined> {
  const { subtle } = globalThis.crypto;
  const jwk = await subtle.exportKey("jwk", key);
  const n = fromBase64url(jwk.n ?? "");
  const e = fromBase64url(jwk.e ?? "");
  const bits = n.length * 8 - (Math.clz32(n[0] ?? 0) - 24) - 1;
  const message = encodedMessage(toBigInt(signature), toBigInt(e), toBigInt(n), Math.ceil(bits / 8));
  if (message === undefined || message.at(-1) !== 0xbc) return undefined;
  const size = message.length - HASH_LENGTH - 1;
  const seed = new Uint8Array(HASH_LENGTH + 4);
  seed.set(message.subarray(size, -1));
  for (let block = 0; block * HASH_LENGTH < size; block++) {
    seed[HASH_LENGTH + 3] = block;
    const mask = new Uint8Array(await subtle.digest("SHA-256", seed));
    for (let at = 0; at < HASH_LENGTH && block * HASH_LENGTH + at < size; at++) {
      const place = block * HASH_LENGTH + at;
      let byte = (message[place] ?? 0) ^ (mask[at] ?? 0);
      if (place === 0) byte &= 0xff >> (message.length * 8 - bits);
      // Zeros, a one, and the salt.
      if (byte !== 0) return byte === 1 ? size - place - 1 : undefined;
    }
  }
  return undefined;
}

/** The signature to the power of e, as so many bytes; `undefined` if it does not fit (RFC 8017 8.1.2, step 2). */
function encodedMessage(s: bigint, e: bigint, n: bigint, length: number): Uint8Array | undefined {
  if (s >= n) return undefined;
  let power = 1n;
  let square = s;
  for (let left = e; left > 0n; left >>= 1n) {
    if (left & 1n) power = (power * square) % n;
    square = (square * square) % n;
  }
  const hex = power.toString(16).padStart(2 * length, "0");
  if (hex.length > 2 * length) return undefined;
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}
