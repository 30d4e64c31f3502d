/**
 * Canonical N-Quads terms (RDF 1.1 N-Quads, canonical form as RDFC-1.0 section 5 fixes it).
 * @module
 */
import { TufLdError } from "../errors.ts";

const XSD = "http://www.w3.org/2001/XMLSchema#";

/** What follows a typed literal's closing quote. */
export const TYPED: Readonly<Record<"integer" | "boolean" | "dateTime" | "json", string>> = {
  integer: `^^<${XSD}integer>`,
  boolean: `^^<${XSD}boolean>`,
  dateTime: `^^<${XSD}dateTime>`,
  json: "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>",
};

// RDFC-1.0, appendix A: control characters, DEL and what XML 1.1 does not allow, which of text without lone surrogates
// are these two noncharacters alone.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
const SPECIAL = /["\\\u0000-\u001f\u007f\ud800-\udfff\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
const ESCAPED = /["\\\u0000-\u001f\u007f\ufffe\uffff]/g;
const NAMED: ReadonlyMap<string, string> = new Map([
  ["\b", "\\b"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\f", "\\f"],
  ["\r", "\\r"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

/** A literal's value as it stands between the quotes. @throws ERR_SHAPE on a lone surrogate */
export function escapeLiteral(value: string): string {
  return SPECIAL.test(value) ? escapeCharacters(value) : value;
}

function escapeCharacters(value: string): string {
  if (!value.isWellFormed()) {
    const reason = "a string with a lone surrogate cannot be written as RDF";
    throw new TufLdError("ERR_SHAPE", reason, { path: "", reason });
  }
  return value.replace(ESCAPED, (character) => {
    const unit = character.charCodeAt(0);
    return NAMED.get(character) ?? `\\u${unit.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/** The two characters that rdf-canonize leaves unescaped. */
export const NONCHARACTERS: RegExp = /[\ufffe\uffff]/;

/** A line of N-Quads in which nothing else is left to be escaped. */
export function escapeNoncharacters(line: string): string {
  if (!NONCHARACTERS.test(line)) return line;
  return line.replaceAll("\ufffe", "\\uFFFE").replaceAll("\uffff", "\\uFFFF");
}
