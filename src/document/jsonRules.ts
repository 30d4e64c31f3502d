/**
 * The rules that the readers of JSON have in common, as the scan and the diagnosis are given them.
 * @module
 */
import { TufLdError } from "../errors.ts";

/** What a text may be. */
export interface JsonRules {
  /** How many arrays and objects may be open at once. */
  readonly maxDepth: number;
  /** How many values there may be in all: an array or object counts as one, and so does each one in it. */
  readonly maxValues: number;
  readonly numbers: "integers" | "any";
}

/**
 * An empty object takes two bytes of text and about a hundred in memory. A million targets with one hash each are
 * four million values and some.
 */
export const DEFAULT_RULES: JsonRules = { maxDepth: 64, maxValues: 5_000_000, numbers: "integers" };

/**
 * Refuses a text of more values, before anything is made of them. A value takes two bytes at least, so only a long
 * text is looked at.
 *
 * @throws ERR_LIMIT
 */
export function assertFewValues(bytes: Uint8Array, allowed: number): void {
  const end = bytes.length;
  if (end <= 2 * allowed) return;
  // Each value but the first comes after a comma or opens its container.
  let values = 1;
  for (let i = 0; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === 0x22) {
      while (++i < end && bytes[i] !== 0x22) if (bytes[i] === 0x5c) i++;
    } else if (byte === 0x2c || (byte | 0x20) === 0x7b) values++;
  }
  if (values <= allowed) return;
  const message = `more than ${allowed} values in one JSON text`;
  throw new TufLdError("ERR_LIMIT", message, { limit: "maxValues", allowed, actual: values });
}
