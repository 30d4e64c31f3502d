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
import { findJsonOffence, type JsonOffence } from "./jsonDiagnosis.ts";
import { orderedMembers } from "./jsonOrdered.ts";
import { scanJson } from "./jsonScan.ts";

/** Any value that {@link parseJson} returns. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [member: string]: JsonValue };

export interface JsonLimits {
  /** Largest input, in bytes. Default 67_108_864 (64 MiB); never more than 536_870_888, JavaScript's longest string. */
  readonly maxBytes?: number;
  /** How many arrays and objects may be open at once. Default 64; 0 allows only scalars. */
  readonly maxDepth?: number;
  /**
   * `"integers"`, the default, refuses a fraction or an exponent in any number, `1.0` and `1e3` too.
   * `"any"` allows them where the value is finite and not -0. Either way an integer literal lies within
   * ±(2^53 - 1).
   */
  readonly numbers?: "integers" | "any";
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAX_DEPTH = 64;
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
 * @throws TufLdError `ERR_LIMIT` when larger than `maxBytes` (before a byte is read) or deeper than `maxDepth`.
 * @throws TypeError when `input` is no Uint8Array or a limit is not in its range.
 * @example
 * parseJson(new TextEncoder().encode('{"version":1}')) // { version: 1 }
 */
export function parseJson(input: Uint8Array, limits: JsonLimits = {}): JsonValue {
  return parseWith(scanJson, input, limits);
}

/** A parsed text. */
export interface JsonText {
  readonly value: JsonValue;
  /**
   * Of an object whose members' values are all in canonical order: the canonical text of each, which may be a part
   * of the input.
   */
  readonly ordered: ReadonlyMap<string, Uint8Array> | undefined;
}

/** Parses as {@link parseJson} does, and also tells what stands in canonical order already (`jsonOrdered.ts`). */
export function parseJsonText(input: Uint8Array, limits: JsonLimits = {}): JsonText {
  let ordered: JsonText["ordered"];
  const scan: Scan = (bytes, maxDepth, numbers) => {
    ordered = orderedMembers(bytes, maxDepth);
    return ordered !== undefined || scanJson(bytes, maxDepth, numbers);
  };
  const value = parseWith(scan, input, limits);
  return { value, ordered };
}

/** Whether the text keeps the strict rules, if it is JSON. */
type Scan = typeof scanJson;

function parseWith(scan: Scan, input: Uint8Array, limits: JsonLimits): JsonValue {
  if (!(input instanceof Uint8Array)) throw new TypeError("parseJson reads a Uint8Array");
  const maxBytes = Math.min(count(limits.maxBytes, DEFAULT_MAX_BYTES, "maxBytes"), LONGEST_TEXT);
  const maxDepth = count(limits.maxDepth, DEFAULT_MAX_DEPTH, "maxDepth");
  const numbers = limits.numbers ?? "integers";
  if (numbers !== "integers" && numbers !== "any") throw new TypeError('numbers is "integers" or "any"');

  if (input.length > maxBytes) {
    throw new TufLdError("ERR_LIMIT", `${input.length} bytes of JSON, but only ${maxBytes} are allowed`, {
      limit: "maxBytes",
      allowed: maxBytes,
      actual: input.length,
    });
  }
  if (!scan(input, maxDepth, numbers)) {
    // The scan may suspect a duplicate where two names merely share a hash: the diagnosis decides.
    const offence = diagnose(input, maxDepth, numbers);
    if (offence) throw offence;
  }
  try {
    return JSON.parse(decodeUtf8(input, true)) as JsonValue;
  } catch (cause) {
    throw diagnose(input, maxDepth, numbers) ?? engineRefused(cause);
  }
}

function diagnose(input: Uint8Array, maxDepth: number, numbers: "integers" | "any"): JsonOffence | undefined {
  try {
    return findJsonOffence(input, maxDepth, numbers);
  } catch (cause) {
    return engineRefused(cause);
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
