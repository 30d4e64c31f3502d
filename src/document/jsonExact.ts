/**
 * JSON with integers that a double cannot hold: read as `bigint` and written again digit by digit.
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
  const copy = input.slice();
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

/** JSON text of a value, as `JSON.stringify` writes it, and of a `bigint` every digit. `indent` is in spaces. */
export function jsonText(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch {
    // A bigint is refused there, so that nobody has to look for one first.
  }
  // As above: every number that is no integer gives way to one whose whole part is its position.
  const exact: (bigint | number)[] = [];
  const text = JSON.stringify(
    value,
    (_, each: unknown) =>
      typeof each === "bigint" || (typeof each === "number" && !Number.isInteger(each))
        ? exact.push(each) - 0.5
        : each,
    indent,
  );
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|\d+\.5/g, (token) =>
    token.startsWith('"') ? token : String(exact[Math.floor(Number(token))]),
  );
}
