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
 * 0 to `count` - 1 in the order of their hashes (RDFC-1.0 4.4.3, step 4).
 *
 * The leading digits of a hash and its index make one number, since numbers sort several times faster than
 * strings. Whole hashes are compared only where the leading digits are equal.
 *
 * @param hashOf the hash in lower-case hexadecimal; called twice where leading digits are equal
 * @param digits how many leading digits to sort by. Default: as many as a number has room for
 * @throws ERR_CANONICALIZATION when two hashes are equal, which no closed shape can bring about
 */
export function orderByHash(count: number, hashOf: (index: number) => string, digits?: number): Uint32Array {
  const digitsKept = digits ?? Math.floor((SAFE_BITS - indexBits(count)) / BITS_PER_DIGIT);
  const leading = new Float64Array(count);
  for (let index = 0; index < count; index++) leading[index] = leadingDigits(hashOf(index), digitsKept);
  return orderByLeading(leading, hashOf);
}

/** As `orderByHash`, for a caller who has the leading digits: so many that there is room for an index beside them. */
export function orderByLeading(leading: Float64Array, hashOf: (index: number) => string): Uint32Array {
  const count = leading.length;
  const scale = 2 ** indexBits(count);
  const keys = new Float64Array(count);
  for (let index = 0; index < count; index++) keys[index] = (leading[index] as number) * scale + index;
  keys.sort();
  const order = new Uint32Array(count);
  // Loops of little code: in many a process they run once, before they are compiled.
  let from = 0;
  let last = -1;
  for (let at = 0; at < count; at++) {
    const key = keys[at] as number;
    const digits = Math.floor(key / scale);
    order[at] = key - digits * scale;
    if (digits === last) continue;
    if (at - from > 1) sortByWholeHash(order.subarray(from, at), hashOf);
    from = at;
    last = digits;
  }
  if (count - from > 1) sortByWholeHash(order.subarray(from), hashOf);
  return order;
}

function indexBits(count: number): number {
  return Math.ceil(Math.log2(count + 1));
}

/** As `Number.parseInt` of the first digits, without a string for them. */
export function leadingDigits(hex: string, digits: number): number {
  let value = 0;
  for (let at = 0; at < digits; at++) {
    const unit = hex.charCodeAt(at);
    value = value * 16 + (unit <= NINE ? unit - ZERO : unit - LETTER_A + 10);
  }
  return value;
}

/** In place. */
function sortByWholeHash(indexes: Uint32Array, hashOf: (index: number) => string): void {
  const byHash = new Map<string, number>(Array.from(indexes, (index) => [hashOf(index), index]));
  if (byHash.size < indexes.length) {
    const reason = "two blank nodes of a closed shape have the same first-degree hash";
    throw new TufLdError("ERR_CANONICALIZATION", reason, { reason });
  }
  indexes.set([...byHash.keys()].sort().map((hash) => byHash.get(hash) as number));
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
