/**
 * Comparing files with the lengths and hashes that signed metadata states (TUF 5.5.2, 5.6.2, 5.7).
 * @module
 */
import { createHash, type HashAlgorithm, type IncrementalHash } from "#platform";
import { TufLdError } from "../errors.ts";

const KNOWN: ReadonlyMap<string, HashAlgorithm> = new Map([
  ["sha256", "sha256"],
  ["sha384", "sha384"],
  ["sha512", "sha512"],
]);

/** A length and hashes that a file must have. */
export interface Expectation {
  readonly length?: number;
  readonly hashes?: Readonly<Record<string, unknown>>;
}

/** Hashes a file as it comes by and compares it with what was stated. */
export class ContentCheck {
  readonly #path: string;
  readonly #expected: Expectation;
  readonly #hashes: readonly (readonly [string, string, IncrementalHash])[];
  #length = 0;

  /** @throws ERR_HASH_MISMATCH when hashes are stated and none is of a kind that we know */
  constructor(path: string, expected: Expectation) {
    this.#path = path;
    this.#expected = expected;
    const stated = Object.entries(expected.hashes ?? {});
    this.#hashes = stated.flatMap(([name, digest]) => {
      const algorithm = KNOWN.get(name);
      return algorithm === undefined
        ? []
        : [[name, String(digest).toLowerCase(), createHash(algorithm)] as const];
    });
    if (stated.length > 0 && this.#hashes.length === 0) {
      const algorithm = stated.map(([name]) => name).join(", ");
      const message = `${path}: none of the stated hashes (${algorithm}) can be checked here`;
      throw new TufLdError("ERR_HASH_MISMATCH", message, {
        path,
        algorithm,
        expected: algorithm,
        actual: "",
      });
    }
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

/** Compares a whole file. @throws ERR_LENGTH_MISMATCH, ERR_HASH_MISMATCH */
export function assertContent(path: string, bytes: Uint8Array, expected: Expectation): void {
  const check = new ContentCheck(path, expected);
  check.update(bytes);
  check.end();
}
