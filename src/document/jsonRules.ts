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

export function tooManyValues(allowed: number): TufLdError<"ERR_LIMIT"> {
  const message = `more than ${allowed} values in one JSON text`;
  return new TufLdError("ERR_LIMIT", message, { limit: "maxValues", allowed });
}
