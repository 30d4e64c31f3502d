/**
 * Comparing files with the lengths and hashes that signed metadata states (TUF 5.5.2, 5.6.2, 5.7).
 * @module
 */
import { createHash, type HashAlgorithm, type IncrementalHash } from "#platform";
import { encodeHex } from "../encoding/hex.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";

/** What is told of names that others chose. */
const MOST_NAMES = 20;

/** Those that the platform has. */
const AT_HAND: ReadonlyMap<string, HashAlgorithm> = new Map([
  ["sha256", "sha256"],
  ["sha384", "sha384"],
  ["sha512", "sha512"],
]);

/**
 * Those of a library, which is loaded when one is asked for: RSTUF's repositories of before August 2023 state nothing
 * but blake2b-256. The names are those of securesystemslib, where `blake2b` without a number has 512 bits.
 */
const FROM_LIBRARY: ReadonlyMap<string, () => Promise<() => IncrementalHash>> = new Map([
  ["sha224", async () => incremental((await import("@noble/hashes/sha2.js")).sha224)],
  ["blake2b-256", () => blake2b(32)],
  ["blake2b-512", () => blake2b(64)],
  ["blake2b", () => blake2b(64)],
]);

/** Names of hashes by which files are named and compared, the most common first. */
const KNOWN: readonly string[] = [
  "sha256",
  "sha512",
  ...["sha384", "sha224", "blake2b-256", "blake2b-512", "blake2b"],
];

type NobleHash = Pick<typeof import("@noble/hashes/sha2.js").sha224, "create">;

async function blake2b(dkLen: number): Promise<() => IncrementalHash> {
  const library = await import("@noble/hashes/blake2.js");
  return incremental({ create: () => library.blake2b.create({ dkLen }) } as unknown as NobleHash);
}

function incremental(algorithm: NobleHash): () => IncrementalHash {
  return () => {
    const hash = algorithm.create();
    return {
      update: (chunk) => void hash.update(typeof chunk === "string" ? encodeUtf8(chunk) : chunk),
      digest: () => hash.digest(),
      digestHex: () => encodeHex(hash.digest()),
    };
  };
}

/** The stated digests of a kind that can be checked, the most common kind first. */
export function knownHashes(hashes: Readonly<Record<string, unknown>>): [name: string, digest: string][] {
  return KNOWN.filter((name) => Object.hasOwn(hashes, name)).map((name) => [name, String(hashes[name])]);
}

/** A length and hashes that a file must have. */
export interface Expectation {
  readonly length?: number;
  readonly hashes?: Readonly<Record<string, unknown>>;
}

/** Hashes a file as it comes by and compares it with what was stated: every stated hash that is known here. */
export class ContentCheck {
  readonly #path: string;
  readonly #expected: Expectation;
  readonly #hashes: readonly (readonly [string, string, IncrementalHash])[];
  #length = 0;

  private constructor(
    path: string,
    expected: Expectation,
    hashes: readonly (readonly [string, string, IncrementalHash])[],
  ) {
    this.#path = path;
    this.#expected = expected;
    this.#hashes = hashes;
  }

  /** @throws ERR_HASH_UNKNOWN when hashes are stated and none is of a kind that is known here: nothing was compared */
  static async open(path: string, expected: Expectation): Promise<ContentCheck> {
    const stated = expected.hashes ?? {};
    const hashes: [string, string, IncrementalHash][] = [];
    for (const [name, digest] of knownHashes(stated)) {
      const algorithm = AT_HAND.get(name);
      const hash = algorithm === undefined ? (await FROM_LIBRARY.get(name)?.())?.() : createHash(algorithm);
      if (hash !== undefined) hashes.push([name, digest.toLowerCase(), hash]);
    }
    const names = Object.keys(stated);
    if (names.length > 0 && hashes.length === 0) {
      const algorithms = names
        .slice(0, MOST_NAMES)
        .map((name) => name.slice(0, MOST_NAMES))
        .join(", ");
      const message = `${path} cannot be checked: none of its stated hashes (${algorithms}) is known here`;
      throw new TufLdError("ERR_HASH_UNKNOWN", message, { path, algorithms });
    }
    return new ContentCheck(path, expected, hashes);
  }

  /** @throws ERR_LENGTH_MISMATCH as soon as there is more than was stated */
  update(chunk: Uint8Array): void {
    this.#length += chunk.length;
    const { length } = this.#expected;
    if (length !== undefined && this.#length > length) this.#wrongLength(length);
    for (const [, , hash] of this.#hashes) hash.update(chunk);
  }

  /** @throws ERR_LENGTH_MISMATCH, ERR_HASH_MISMATCH */
  end(): void {
    const { length } = this.#expected;
    if (length !== undefined && this.#length !== length) this.#wrongLength(length);
    const path = this.#path;
    for (const [algorithm, expected, hash] of this.#hashes) {
      const actual = hash.digestHex();
      if (actual === expected) continue;
      const message = `${path}: its ${algorithm} is ${actual}, signed metadata says ${expected}`;
      throw new TufLdError("ERR_HASH_MISMATCH", message, { path, algorithm, expected, actual });
    }
  }

  #wrongLength(expected: number): never {
    const path = this.#path;
    const actual = this.#length;
    const message = `${path} has ${actual > expected ? "more than" : `${actual} bytes, not`} the ${expected} bytes that signed metadata states`;
    throw new TufLdError("ERR_LENGTH_MISMATCH", message, { path, expected, actual });
  }
}

/** What a fetcher's refusal to go on means for a file whose length is stated: it is not that file. */
export function asWrongLength(error: unknown, path: string, expected: number): unknown {
  if (!(error instanceof TufLdError) || error.code !== "ERR_LIMIT") return error;
  const message = `${path} has more than the ${expected} bytes that signed metadata states`;
  const details = { path, expected, actual: expected + 1 };
  return new TufLdError("ERR_LENGTH_MISMATCH", message, details, { cause: error });
}

/** Compares a whole file. @throws ERR_LENGTH_MISMATCH, ERR_HASH_MISMATCH, ERR_HASH_UNKNOWN */
export async function assertContent(path: string, bytes: Uint8Array, expected: Expectation): Promise<void> {
  const check = await ContentCheck.open(path, expected);
  check.update(bytes);
  check.end();
}
