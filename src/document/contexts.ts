/**
 * The pinned JSON-LD contexts: which URLs we know, what each must be, and the npm package that delivers it
 * (`pinTable.ts`).
 *
 * What is hashed: the SHA-256 of the UTF-8 bytes of the RFC 8785 (JCS) form of the whole context document,
 * the object whose member is `@context`. Packages deliver objects and not files, so white space and the order
 * of members, which mean nothing, are taken out before the hash.
 *
 * Nothing is fetched and, but for one line, nothing is copied: a context is imported when it is first needed and compared with
 * its pin. A document that was loaded is handed out as a fresh copy each time, because JSON-LD processors
 * write into the contexts they are given.
 * @module
 */
import { hashHex } from "#platform";
import { TufLdError } from "../errors.ts";
import { type ContextPackage, PACKAGES } from "./pinTable.ts";

/** One line of the table of pinned contexts. */
export interface PinnedContext {
  /** The exact URL that a document's `@context` must name. */
  readonly url: string;
  /** SHA-256 of the UTF-8 bytes of the JCS form of the context document, lower-case hex. */
  readonly sha256: string;
  /** The npm package that publishes it. */
  readonly package: string;
}

/** Every context of others that is pinned, by URL. */
export const pinnedContexts: ReadonlyMap<string, PinnedContext> = new Map(
  PACKAGES.flatMap(({ name, pins }) =>
    Object.entries(pins).map(([url, sha256]) => [url, { url, sha256, package: name }]),
  ),
);

const packageOf: ReadonlyMap<string, ContextPackage> = new Map(
  PACKAGES.flatMap((each) => Object.keys(each.pins).map((url) => [url, each])),
);
/** The JCS text of what was loaded and compared, by URL. */
const checked = new Map<string, string>();

/** The SHA-256 that pins a context document: of the UTF-8 bytes of its JCS form, lower-case hex. */
export function contextDigest(document: object): string {
  return hashHex("sha256", contextText(document));
}

/**
 * The text of a context document, if it is what its pin says.
 * @throws ERR_CONTEXT naming the URL on any other hash
 */
export function checkContext(url: string, document: object, sha256: string): string {
  const text = contextText(document);
  const actual = hashHex("sha256", text);
  if (actual !== sha256) {
    const message = `the context ${url} is not the pinned one: SHA-256 ${actual}, pinned ${sha256}`;
    throw new TufLdError("ERR_CONTEXT", message, { context: url });
  }
  return text;
}

/**
 * A fresh copy of a pinned context document, imported from its package on first use.
 * @throws ERR_CONTEXT naming the URL, if it is not pinned or the package delivers something else
 */
export async function loadPinnedContext(url: string): Promise<object> {
  const text = checked.get(url) ?? (await importContext(url));
  checked.set(url, text);
  return JSON.parse(text) as object;
}

async function importContext(url: string): Promise<string> {
  const entry = pinnedContexts.get(url);
  const delivered = packageOf.get(url);
  if (!entry || !delivered) {
    throw new TufLdError("ERR_CONTEXT", `the context ${url} is not pinned`, { context: url });
  }
  const document = (await delivered.load()).contexts.get(url);
  if (!document) {
    throw new TufLdError("ERR_CONTEXT", `${entry.package} does not publish ${url}`, { context: url });
  }
  return checkContext(url, document, entry.sha256);
}

/** RFC 8785: members sorted by UTF-16 unit; leaves as ECMAScript writes them. */
function contextText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(contextText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${contextText(member)}`).join(",")}}`;
}
