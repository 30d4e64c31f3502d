/**
 * JSON with integers that a double cannot hold: read as `bigint`; `jsonText.ts` writes them again.
 *
 * `JSON.parse` rounds them, and what it rounds cannot be signed or verified any more.
 * @module
 */
import { decodeUtf8, encodeUtf8 } from "../encoding/utf8.ts";
import type { JsonValue } from "./json.ts";

const SPACE = 0x20;

/**
 * Parses a text that has no fraction, with a `bigint` for each of these integers.
 *
 * In a copy each of them gives way to a fraction whose whole part is its position in the list, so that no number of
 * the text itself can be taken for one.
 *
 * @param integers where each begins and ends in the text, in bytes
 * @param parse makes the value of the copy
 */
export function parseExactly(
  input: Uint8Array,
  integers: readonly (readonly [start: number, end: number])[],
  parse: (copy: Uint8Array) => JsonValue,
): JsonValue {
  // Not `slice`, which of a Buffer makes a view of the same bytes.
  const copy = new Uint8Array(input);
  const exact = integers.map(([start, end], index) => {
    // Shorter than what it stands for, which has sixteen digits at least.
    copy.fill(SPACE, start, end).set(encodeUtf8(`${index}.5`), start);
    return BigInt(decodeUtf8(input.subarray(start, end), true));
  });
  return restored(parse(copy), exact);
}

function restored(value: JsonValue, exact: readonly bigint[]): JsonValue {
  if (typeof value === "number")
    return Number.isInteger(value) ? value : (exact[Math.floor(value)] as bigint);
  if (typeof value !== "object" || value === null) return value;
  // An own member stays one when it is set, `__proto__` as well.
  const entries = value as Record<string, JsonValue>;
  for (const name of Object.keys(entries)) entries[name] = restored(entries[name] as JsonValue, exact);
  return value;
}
