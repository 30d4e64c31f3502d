/**
 * What a document of foreign shape may contain, checked before a JSON-LD processor sees it.
 *
 * Safe mode refuses most of what a processor would drop. The rest is refused here, so that a signature over
 * the canonical form covers what a reader of the JSON acts on.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { ContextLoader } from "./loader.ts";

/** Deepest nesting of objects and arrays. Credentials have about ten levels. */
const MAX_DEPTH = 64;

/** The keywords that may be member names, besides `@context` at the top. */
const ALLOWED_KEYWORDS: ReadonlySet<string> = new Set(["@id", "@type", "@value", "@language", "@direction"]);

/** Something still to look at: its JSON Pointer, its depth, and the nearest member name above it. */
interface Pending {
  readonly value: unknown;
  readonly path: string;
  readonly depth: number;
  readonly term: string;
}

/**
 * Refuses a document that names a context which is not pinned, or that a JSON-LD processor would understand
 * differently from a reader of its JSON. The document is not changed.
 *
 * - `@context` stands at the top level only, and each of its entries is the URL of a pinned context. Inline
 *   contexts redefine terms (JSON-LD 1.1, 3.1); a nested one does so for a part, a nested proof included.
 * - The only other keywords are `@id`, `@type`, `@value`, `@language` and `@direction`. `@included`, `@graph`, `@reverse` and
 *   `@nest` put statements where nobody looks for them; `@index` and the key `@none` are dropped;
 *   `@list` and `@set` spell an array in a second way; the rest means nothing outside of a context.
 * - `__proto__` is refused, because jsonld.js copies it into a prototype and loses it.
 * - `null` and `[]` are refused, because they are no statements and so never signed; a caller who gives
 *   `unsigned` is told of them instead.
 * - Strings are well-formed Unicode. Integers are safe, and other numbers have at most the 16 digits that the
 *   canonical `xsd:double` keeps. -0 is refused, because it becomes 0.
 *
 * Not covered, as RDF has no notion of it: the order of an array (unless the context makes it a list),
 * repeated values in it, and whether a number was written as a string where the context gives its datatype.
 *
 * @param maxValues most JSON values in the document, containers included. jsonld.js takes quadratic time in
 *   the values of one member, and cannot be interrupted. Default 10,000
 * @param unsigned takes the JSON Pointers of each `null` and `[]`. One that a context makes a list or a JSON
 *   literal is signed, and is among them all the same: only the processor could tell
 * @throws ERR_CONTEXT naming the URL or the place; ERR_UNDEFINED_TERM naming the member; ERR_SHAPE with the
 *   place; ERR_LIMIT
 */
export function assertPinnedContexts(
  document: object,
  loader: Pick<ContextLoader, "pins">,
  maxValues = 10_000,
  unsigned?: string[],
): void {
  if (!isObject(document)) throw shape("", "the document is not an object");
  const { "@context": context, ...rest } = document;
  assertContextList(context, loader);
  walk(rest, maxValues, (next, pending) => visit(next, pending, unsigned));
}

/**
 * Refuses what is not JSON, or more of it than a check works on. For documents that are signed as text, where
 * nothing is processed and every member counts. The document is not changed.
 *
 * @param maxValues most JSON values in the document, containers included. Default 10,000
 * @throws ERR_SHAPE with the place; ERR_LIMIT
 */
export function assertBoundedJson(document: object, maxValues = 10_000): void {
  if (!isObject(document)) throw shape("", "the document is not an object");
  walk(document, maxValues, ({ value, path, depth, term }, pending) => {
    if (value === null || typeof value === "boolean") return;
    if (typeof value === "string") return assertText(value, path);
    if (typeof value === "number" && Number.isFinite(value)) return;
    if (!Array.isArray(value) && !isObject(value)) throw shape(path, "the value is not JSON");
    for (const [name, member] of Object.entries(value)) {
      const at = `${path}/${escapePointer(name)}`;
      if (name === "__proto__") throw shape(at, "a member of this name is lost by many readers");
      pending.push({ value: member, path: at, depth: depth + 1, term });
    }
  });
}

/** Looks at every value, each container before what is in it, and counts. */
function walk(
  root: Record<string, unknown>,
  maxValues: number,
  look: (next: Pending, pending: Pending[]) => void,
): void {
  const pending: Pending[] = [{ value: root, path: "", depth: 1, term: "" }];
  let count = 0;
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (++count > maxValues) throw limit("maxQuads", maxValues);
    if (next.depth > MAX_DEPTH) throw limit("depth", MAX_DEPTH);
    // Before its members are listed: that takes a hundred bytes for each.
    if (sizeOf(next.value) > maxValues) throw limit("maxQuads", maxValues);
    look(next, pending);
  }
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}

/** A member's name as a part of a JSON Pointer (RFC 6901 3). */
function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function assertContextList(context: unknown, loader: Pick<ContextLoader, "pins">): void {
  const entries: readonly unknown[] = Array.isArray(context) ? context : [context];
  if (context === undefined || entries.length === 0) {
    throw new TufLdError("ERR_CONTEXT", "the document has no @context", { context: "" });
  }
  for (const entry of entries) {
    if (typeof entry !== "string") {
      throw new TufLdError("ERR_CONTEXT", "an inline @context is not accepted", { context: "/@context" });
    }
    if (!loader.pins(entry)) {
      throw new TufLdError("ERR_CONTEXT", `the context ${entry} is not pinned`, { context: entry });
    }
  }
}

function visit(
  { value, path, depth, term }: Pending,
  pending: Pending[],
  unsigned: string[] | undefined,
): void {
  if (value === null) {
    if (unsigned === undefined) throw dropped(term, "is null, which JSON-LD does not sign");
    unsigned.push(path);
  } else if (typeof value === "string") assertText(value, path);
  else if (typeof value === "number") assertNumber(value, path);
  else if (Array.isArray(value)) {
    if (value.length === 0) {
      if (unsigned === undefined) throw dropped(term, "is an empty array, which JSON-LD does not sign");
      unsigned.push(path);
    }
    for (const [index, item] of value.entries()) {
      pending.push({ value: item, path: `${path}/${index}`, depth: depth + 1, term });
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const at = `${path}/${escapePointer(name)}`;
      assertName(name, at);
      pending.push({ value: member, path: at, depth: depth + 1, term: name });
    }
  } else if (typeof value !== "boolean") throw shape(path, "the value is not JSON");
}

function assertName(name: string, path: string): void {
  if (name === "@context") {
    throw new TufLdError("ERR_CONTEXT", `a nested @context is not accepted: ${path}`, { context: path });
  }
  if (name === "__proto__") throw dropped(name, "is lost by JSON-LD processors");
  if (name.startsWith("@") && !ALLOWED_KEYWORDS.has(name))
    throw dropped(name, "is a keyword that is not accepted");
  assertText(name, path);
}

function assertText(text: string, path: string): void {
  if (/\p{Surrogate}/u.test(text)) throw shape(path, "a string with a lone surrogate");
}

function assertNumber(value: number, path: string): void {
  if (Object.is(value, -0)) throw shape(path, "-0 is not kept apart from 0");
  if (Number.isSafeInteger(value)) return;
  if (!Number.isFinite(value)) throw shape(path, "the value is not JSON");
  // JSON-LD 1.1 API 8.6: a non-integer is written with at most 15 digits after the point.
  if (Number.isInteger(value) || Number(value.toExponential(15)) !== value) {
    throw shape(path, `the number ${value} has more digits than its canonical form keeps`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function dropped(term: string, why: string): TufLdError {
  return new TufLdError("ERR_UNDEFINED_TERM", `${JSON.stringify(term)} ${why}`, { term });
}

function shape(path: string, reason: string): TufLdError {
  return new TufLdError("ERR_SHAPE", `${path === "" ? "" : `${path}: `}${reason}`, { path, reason });
}

function limit(name: string, allowed: number): TufLdError {
  return new TufLdError("ERR_LIMIT", `the document is over the limit ${name} of ${allowed}`, {
    limit: name,
    allowed,
  });
}
