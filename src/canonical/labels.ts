/**
 * Canonical labels: nodes in the order of their hashes, and labels in the order in which they sort as text.
 * @module
 */
import { TufLdError } from "../errors.ts";

/** Hexadecimal digits that a double holds exactly: 52 of its 53 bits. */
const DIGITS = 13;

/**
 * Items in the order of their hashes (RDFC-1.0 4.4.3, step 4).
 *
 * The leading `digits` of the hashes are sorted as numbers, which is several times faster than sorting 100,000
 * strings; only if two of them are equal are whole hashes compared.
 *
 * @throws ERR_CANONICALIZATION when two hashes are equal, which no closed shape can bring about
 */
export function sortByHash<T>(items: readonly T[], hashOf: (item: T) => string, digits: number = DIGITS): T[] {
  const leading = new Float64Array(items.length);
  const byLeading = new Map<number, T>();
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as T;
    const number = Number.parseInt(hashOf(item).slice(0, digits), 16);
    leading[index] = number;
    byLeading.set(number, item);
  }
  if (byLeading.size < items.length) return sortByWholeHash(items, hashOf);
  return Array.from(leading.sort(), (number) => byLeading.get(number) as T);
}

function sortByWholeHash<T>(items: readonly T[], hashOf: (item: T) => string): T[] {
  const byHash = new Map(items.map((item) => [hashOf(item), item]));
  if (byHash.size < items.length) {
    const reason = "two blank nodes of a closed shape have the same first-degree hash";
    throw new TufLdError("ERR_CANONICALIZATION", reason, { reason });
  }
  return [...byHash.keys()].sort().map((hash) => byHash.get(hash) as T);
}

/** Calls `visit` with 0 to `count` - 1 in the order of their decimal texts: 0, 1, 10, 100, 101, 11, 2. */
export function inTextOrder(count: number, visit: (number: number) => void): void {
  const descend = (first: number): void => {
    for (let number = first; number < Math.min(first + 10, count); number++) {
      visit(number);
      if (number > 0) descend(number * 10);
    }
  };
  descend(0);
}
