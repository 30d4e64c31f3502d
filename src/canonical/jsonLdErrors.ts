/**
 * The errors of jsonld.js, as ours.
 * @module
 */
import { TufLdError } from "../errors.ts";

/** Codes of JSON-LD 1.1 API 9.6 that say something about contexts and not about the document. */
const CONTEXT_CODES: ReadonlySet<unknown> = new Set([
  "context overflow",
  "cyclic IRI mapping",
  "invalid context entry",
  "invalid context nullification",
  "invalid local context",
  "invalid remote context",
  "invalid scoped context",
  "invalid term definition",
  "loading remote context failed",
  "protected term redefinition",
  "recursive context inclusion",
]);

/** Members of an event's details that hold what was dropped, most telling first. */
const TERM_MEMBERS = [
  "property",
  "type",
  "id",
  "predicate",
  "object",
  "subject",
  "graph",
  "language",
] as const;

/** Turns whatever jsonld.js threw into a refusal of ours; what lies beneath is kept as the cause. */
export function fromJsonLdError(error: unknown): TufLdError {
  for (let inner = error, depth = 0; depth < 10 && inner; depth++) {
    if (inner instanceof TufLdError) return inner;
    inner = read(read(inner, "details"), "cause") ?? read(inner, "cause");
  }
  const details = read(error, "details");
  const event = read(details, "event");
  const message = String(read(event ?? error, "message") ?? "the document is not valid JSON-LD");
  if (event) {
    const term = termOf(event);
    return new TufLdError("ERR_UNDEFINED_TERM", `${message} (${term})`, { term }, { cause: error });
  }
  if (CONTEXT_CODES.has(read(details, "code"))) {
    const context = String(read(details, "url") ?? read(details, "term") ?? "");
    return new TufLdError("ERR_CONTEXT", message, { context }, { cause: error });
  }
  return new TufLdError("ERR_SHAPE", message, { path: "", reason: message }, { cause: error });
}

function termOf(event: unknown): string {
  const details = read(event, "details");
  for (const name of TERM_MEMBERS) {
    const value = read(details, name);
    if (typeof value === "string") return value;
  }
  return String(read(event, "code"));
}

function read(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
