/**
 * Strict JSON: bytes become a value only if every reader would see the same value.
 *
 * Three steps, each doing what it is fast at: a scan of the bytes for what `JSON.parse` lets pass
 * (`jsonScan.ts`; for the client first `jsonOrdered.ts`), a fatal UTF-8 decoder, `JSON.parse` for the grammar.
 * Only when one of them refuses does a second, slow and complete reader (`jsonDiagnosis.ts`) look for the first
 * offence and its place.
 * @module
 */
import { decodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import { findDepartures, findJsonOffence, type JsonOffence } from "./jsonDiagnosis.ts";
import { parseExactly } from "./jsonExact.ts";
import { orderedMembers } from "./jsonOrdered.ts";
import { assertFewValues, DEFAULT_RULES, type JsonRules } from "./jsonRules.ts";
import { scanJson } from "./jsonScan.ts";

/** Any value that the readers here return; a `bigint` only from {@link parseTufJson} and {@link parseJsonText}. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | JsonValue[]
  | { [member: string]: JsonValue };

export interface JsonLimits {
  /** Largest input, in bytes. Default 67_108_864 (64 MiB); never more than 536_870_888, JavaScript's longest string. */
  readonly maxBytes?: number;
  /** How many arrays and objects may be open at once. Default 64; 0 allows only scalars. */
  readonly maxDepth?: number;
  /**
   * How many values there may be in all, arrays and objects and what is in them; 1 or more. Default 5_000_000: a
   * file of a million targets with one hash each.
   */
  readonly maxValues?: number;
  /**
   * `"integers"`, the default, refuses a fraction or an exponent in any number, `1.0` and `1e3` too.
   * `"any"` allows them where the value is finite and not -0. Either way an integer literal lies within
   * ±(2^53 - 1).
   */
  readonly numbers?: "integers" | "any";
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
/** V8's longest string; other engines allow at least this. */
const LONGEST_TEXT = 0x1fffffe8;

/**
 * Parses one JSON text (RFC 8259, narrowed to the unambiguous part of it: RFC 7493 and more).
 *
 * Refused besides bad grammar: ill-formed UTF-8, a byte order mark, two members of one name (compared after
 * their escapes are read), the member name `__proto__`, lone surrogates, -0, integers that a double cannot
 * hold exactly.
 *
 * @param input UTF-8 bytes; not changed, not kept.
 * @throws TufLdError `ERR_JSON_SYNTAX` with the place of the first offence.
 * @throws TufLdError `ERR_LIMIT` when larger than `maxBytes` (before a byte is read), deeper than `maxDepth`, or
 *   of more than `maxValues`.
 * @throws TypeError when `input` is no Uint8Array or a limit is not in its range.
 * @example
 * parseJson(new TextEncoder().encode('{"version":1}')) // { version: 1 }
 */
export function parseJson(input: Uint8Array, limits: JsonLimits = {}): JsonValue {
  const rules = rulesFrom(input, limits);
  if (!scanJson(input, rules)) {
    // The scan may suspect a duplicate where two names merely share a hash: the diagnosis decides.
    const offence = withEngine(() => findJsonOffence(input, rules));
    if (offence) throw offence;
  }
  return parseText(input, rules);
}

/** The limits of a text of TUF, whose numbers are integers. */
export type TufJsonLimits = Omit<JsonLimits, "numbers">;

/** A text of TUF as parsed. */
export interface TufJson {
  readonly value: JsonValue;
  /**
   * What {@link parseJson} refuses first, if it would refuse the text though every reader of TUF sees one value in
   * it: a member named `__proto__`, which is an own member of its object here, or an integer beyond ±(2^53 - 1),
   * which is a `bigint`, exactly.
   */
  readonly departure: JsonOffence | undefined;
}

/**
 * Parses as {@link parseJson} does, but leaves to the caller what classic TUF allows and JavaScript makes difficult.
 * @throws as {@link parseJson}, and ERR_JSON_SYNTAX for an integer of more than 4,300 digits
 */
export function parseTufJson(input: Uint8Array, limits: TufJsonLimits = {}): TufJson {
  return tufJson(input, rulesFrom(input, limits));
}

function tufJson(input: Uint8Array, rules: JsonRules): TufJson {
  return scanJson(input, rules)
    ? { value: parseText(input, rules), departure: undefined }
    : depart(input, rules);
}

/** A text of TUF as parsed, with what stands in canonical order already. */
export interface JsonText extends TufJson {
  /**
   * Of an object whose members' values are all in canonical order: the canonical text of each, which may be a part
   * of the input.
   */
  readonly ordered: ReadonlyMap<string, Uint8Array> | undefined;
}

/** Parses as {@link parseTufJson} does, and also tells what stands in canonical order already (`jsonOrdered.ts`). */
export function parseJsonText(input: Uint8Array, limits: TufJsonLimits = {}): JsonText {
  const rules = rulesFrom(input, limits);
  const ordered = orderedMembers(input, rules);
  if (ordered === undefined) return { ...tufJson(input, rules), ordered };
  return { value: parseText(input, rules), departure: undefined, ordered };
}

/** What a text is that the scan would not let pass. */
function depart(input: Uint8Array, rules: JsonRules): TufJson {
  const { first, integers } = withEngine(() => findDepartures(input, rules));
  const parse = (text: Uint8Array): JsonValue => parseText(text, rules);
  return {
    value: integers.length === 0 ? parse(input) : parseExactly(input, integers, parse),
    departure: first,
  };
}

/** The rules that these limits stand for, once the input is known to be small enough. */
function rulesFrom(input: Uint8Array, limits: JsonLimits): JsonRules {
  if (!(input instanceof Uint8Array)) throw new TypeError("parseJson reads a Uint8Array");
  const maxBytes = Math.min(count(limits.maxBytes, DEFAULT_MAX_BYTES, "maxBytes"), LONGEST_TEXT);
  const maxDepth = count(limits.maxDepth, DEFAULT_RULES.maxDepth, "maxDepth");
  const maxValues = count(limits.maxValues, DEFAULT_RULES.maxValues, "maxValues");
  const numbers = limits.numbers ?? DEFAULT_RULES.numbers;
  if (numbers !== "integers" && numbers !== "any") throw new TypeError('numbers is "integers" or "any"');
  if (input.length > maxBytes) {
    throw new TufLdError("ERR_LIMIT", `${input.length} bytes of JSON, but only ${maxBytes} are allowed`, {
      limit: "maxBytes",
      allowed: maxBytes,
      actual: input.length,
    });
  }
  assertFewValues(input, maxValues);
  return { maxDepth, maxValues, numbers };
}

function parseText(input: Uint8Array, rules: JsonRules): JsonValue {
  try {
    return JSON.parse(decodeUtf8(input, true)) as JsonValue;
  } catch (cause) {
    throw withEngine(() => findJsonOffence(input, rules)) ?? engineRefused(cause);
  }
}

function withEngine<R>(work: () => R): R {
  try {
    return work();
  } catch (cause) {
    throw cause instanceof TufLdError ? cause : engineRefused(cause);
  }
}

function count(value: number | undefined, otherwise: number, name: string): number {
  if (value === undefined) return otherwise;
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`${name} is a whole number, 0 or more`);
  return value;
}

/** The engine ran into a limit of its own, such as the largest Set. */
function engineRefused(cause: unknown): TufLdError<"ERR_JSON_SYNTAX"> {
  const reason = "the JavaScript engine could not hold this text";
  return new TufLdError("ERR_JSON_SYNTAX", reason, { line: 1, column: 1, offset: 0, reason }, { cause });
}
