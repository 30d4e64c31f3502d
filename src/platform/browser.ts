/**
 * The platform of browsers, and of every other runtime with WebCrypto: hashes are synchronous and in
 * plain JavaScript, signatures by WebCrypto, and Ed25519 by noble where WebCrypto lacks it.
 * @module
 */
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { CryptoBackend, HashAlgorithm, IncrementalHash } from "./interface.ts";
import { nobleBackend } from "./noble.ts";
import { webcryptoBackend } from "./webcrypto.ts";

export type * from "./interface.ts";

const HASHES = { sha256, sha384, sha512 } as const;
const encoder = new TextEncoder();

export function createHash(algorithm: HashAlgorithm): IncrementalHash {
  const hash = HASHES[algorithm].create();
  return {
    update(chunk) {
      hash.update(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
    },
    digest: () => hash.digest(),
    digestHex: () => bytesToHex(hash.digest()),
  };
}

/** Holds the UTF-8 of every text up to 2,048 UTF-16 units: allocating for each would cost as much as hashing. */
const scratch = new Uint8Array(3 * 2048);

export function hashHex(algorithm: HashAlgorithm, input: string | Uint8Array): string {
  return bytesToHex(HASHES[algorithm](typeof input === "string" ? utf8InScratch(input) : input));
}

function utf8InScratch(text: string): Uint8Array {
  if (3 * text.length > scratch.length) return encoder.encode(text);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}

export const backends: readonly CryptoBackend[] = [webcryptoBackend, nobleBackend(createHash)];
