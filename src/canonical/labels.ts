/**
 * Canonical labels: nodes in the order of their hashes, and labels in the order in which they sort as text.
 * @module
 */
import { TufLdError } from "../errors.ts";

/** A number holds integers of this many bits exactly. */
const SAFE_BITS = 53;
const BITS_PER_DIGIT = 4;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_A = 0x61;

/**
 * Items in the order of their hashes (RDFC-1.0 4.4.3, step 4).
 *
 * The leading digits of a hash and the index of its item make one number, since numbers sort several times
 * faster than strings and objects. Whole hashes are compared only where the leading digits are equal.
 *
 * @param hashOf the hash in lower-case hexadecimal; asked for again where leading digits are equal
 * @param digits how many leading digits to sort by. Default: as many as a number has room for
 * @throws ERR_CANONICALIZATION when two hashes are equal, which no closed shape can bring about
 */
export function sortByHash<T>(items: readonly T[], hashOf: (item: T) => string, digits?: number): T[] {
  const indexBits = Math.ceil(Math.log2(items.length + 1));
  const digitsKept = digits ?? Math.floor((SAFE_BITS - indexBits) / BITS_PER_DIGIT);
  const scale = 2 ** indexBits;
  const keys = new Float64Array(items.length);
  for (let index = 0; index < items.length; index++) {
    keys[index] = leadingDigits(hashOf(items[index] as T), digitsKept) * scale + index;
  }
  keys.sort();
  const leadingAt = (at: number): number => Math.floor((keys[at] as number) / scale);
  const sorted: T[] = [];
  for (const [at, key] of keys.entries()) sorted.push(items[key - leadingAt(at) * scale] as T);
  for (let from = 0, to = 1; from < keys.length; to++) {
    if (to < keys.length && leadingAt(to) === leadingAt(from)) continue;
    if (to - from > 1) {
      for (const item of sortByWholeHash(sorted.slice(from, to), hashOf)) sorted[from++] = item;
    }
    from = to;
  }
  return sorted;
}

/** As `Number.parseInt` of the first digits, without a string for them. */
function leadingDigits(hex: string, digits: number): number {
  let value = 0;
  for (let at = 0; at < digits; at++) {
    const unit = hex.charCodeAt(at);
    value = value * 16 + (unit <= NINE ? unit - ZERO : unit - LETTER_A + 10);
  }
  return value;
}

function sortByWholeHash<T>(items: readonly T[], hashOf: (item: T) => string): T[] {
  const byHash = new Map(items.map((item) => [hashOf(item), item]));
  if (byHash.size < items.length) {
    const reason = "two blank nodes of a closed shape have the same first-degree hash";
    throw new TufLdError("ERR_CANONICALIZATION", reason, { reason });
  }
  return [...byHash.keys()].sort().map((hash) => byHash.get(hash) as T);
}

/** 0 to `count` - 1 in the order of their decimal texts: 0, 1, 10, 100, 101, 11, 2. */
export function textOrder(count: number): Uint32Array {
  const order = new Uint32Array(count);
  let number = 0;
  for (let at = 1; at < count; at++) {
    if (number > 0 && number * 10 < count) {
      number *= 10;
    } else {
      while (number % 10 === 9 || number + 1 === count) number = Math.trunc(number / 10);
      number += 1;
    }
    order[at] = number;
  }
  return order;
}
