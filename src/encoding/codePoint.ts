/**
 * Sorting by Unicode code point, as RDFC-1.0 and OLPC canonical JSON ask; JavaScript sorts by UTF-16 unit.
 * @module
 */

const SURROGATE = /[\ud800-\udfff]/;

/** Sorts in place by code point and returns the same array. */
export function sortByCodePoint(texts: string[]): string[] {
  texts.sort();
  return texts.some((text) => SURROGATE.test(text)) ? texts.sort(byCodePoint) : texts;
}

/**
 * Compares by code point. The two orders differ only where a surrogate meets U+E000 to U+FFFF, so those two
 * ranges change places before units are compared.
 */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
