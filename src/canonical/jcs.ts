/**
 * JSON Canonicalization Scheme, RFC 8785: members sorted by UTF-16 unit, numbers and strings as ECMAScript
 * writes them.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { TufLdError } from "../errors.ts";

/** The RFC 8785 text of a JSON value. @throws ERR_SHAPE on what JSON cannot hold, or holds ambiguously */
export function jcs(value: JsonValue): string {
  if (typeof value === "string") {
    if (!value.isWellFormed()) refuse("a string with a lone surrogate");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value) || Object.is(value, -0)) refuse(`the number ${value}`);
    return String(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(jcs).join(",")}]`;
  if (typeof value !== "object") refuse(`a value of type ${typeof value}`);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${jcs(name)}:${jcs(value[name] as JsonValue)}`).join(",")}}`;
}

function refuse(what: string): never {
  const reason = `${what} has no canonical JSON form`;
  throw new TufLdError("ERR_SHAPE", reason, { path: "", reason });
}
