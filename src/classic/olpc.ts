/**
 * OLPC canonical JSON, the bytes that classic TUF signatures cover (TUF 4.2.1).
 *
 * Members sorted by code point, no white space, integers only; strings escape nothing but `"` and `\`, so the
 * result need not be valid JSON: a line feed stands as itself.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { sortByCodePoint } from "../encoding/codePoint.ts";
import { TufLdError } from "../errors.ts";

/** The OLPC canonical JSON of a value, as text; its UTF-8 bytes are what is signed. @throws ERR_SHAPE */
export function olpc(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return text(value);
    case "number":
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) refuse(`the number ${value}`);
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? array(value) : object(value);
    default:
      return refuse(`a value of type ${typeof value}`);
  }
}

function array(values: readonly JsonValue[]): string {
  let out = "[";
  for (let index = 0; index < values.length; index++) {
    if (index > 0) out += ",";
    out += olpc(values[index] as JsonValue);
  }
  return `${out}]`;
}

function object(entries: Readonly<Record<string, JsonValue>>): string {
  const names = Object.keys(entries);
  if (names.length > 1) sortByCodePoint(names);
  let out = "{";
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    out += `${index > 0 ? "," : ""}${text(name)}:${olpc(entries[name] as JsonValue)}`;
  }
  return `${out}}`;
}

const SPECIAL = /["\\\ud800-\udfff]/;

function text(value: string): string {
  if (!SPECIAL.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) refuse("a string with a lone surrogate");
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function refuse(what: string): never {
  const reason = `${what} has no OLPC canonical form`;
  throw new TufLdError("ERR_SHAPE", reason, { path: "", reason });
}
