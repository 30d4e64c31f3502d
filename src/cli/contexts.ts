/// <reference types="node" />
/**
 * Contexts that a person gives: `--context URL=FILE` and `--contexts DIR`. Nothing is fetched; the digest of each
 * is printed, so that it can be compared and kept.
 * @module
 */

import { join } from "node:path";
import { contextDigest, pinnedContexts } from "../document/contexts.ts";
import { type JsonValue, parseJson } from "../document/json.ts";
import type { ContextLoader, SuppliedContext } from "../document/loader.ts";
import { append } from "../encoding/lists.ts";
import { TufLdError } from "../errors.ts";
import { tufLdContext } from "../vocabulary/context.ts";
import { createLoader } from "../vocabulary/loader.ts";
import { CONTEXT_URL } from "../vocabulary/terms.ts";
import { type AnyDocument, inFile } from "./documents.ts";
import { readInput } from "./io.ts";
import type { ContextOptions } from "./options.ts";
import { printable } from "./output.ts";
import { UsageError } from "./usage.ts";

/** The list that a folder of contexts has. */
const INDEX = "contexts.json";
/** schema.org, the largest context that people use, has a quarter of a mebibyte. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_CONTEXTS = 256;

/** A context to read: its digest too, if the list of its folder pins it. */
interface Given {
  readonly url: string;
  readonly path: string;
  readonly sha256?: string;
}

/** A loader of the pinned contexts, ours among them, and of those that were given. @throws as `readContexts` */
export async function loaderFor(document: AnyDocument, options: ContextOptions): Promise<ContextLoader> {
  if (document.kind === "foreign") return createLoader(await readContexts(options));
  if (options.context.length > 0 || options.contexts !== undefined)
    throw new UsageError("--context and --contexts are for other documents, and this is TUF metadata");
  return createLoader();
}

/**
 * Reads the contexts, and prints the digest of each to stderr.
 * @throws UsageError for an option that is not URL=FILE; ERR_CONTEXT for a document that is not the pinned one of
 *   its URL, or for a URL that is given twice; ERR_STORAGE, ERR_JSON_SYNTAX, ERR_SHAPE, ERR_LIMIT naming the file
 */
export async function readContexts({ context, contexts }: ContextOptions): Promise<SuppliedContext[]> {
  const given: Given[] = context.map((pair) => parsePair(pair, "--context"));
  if (contexts !== undefined) append(given, await readIndex(contexts));
  if (given.length > MAX_CONTEXTS) {
    const details = { limit: "contexts", allowed: MAX_CONTEXTS, actual: given.length };
    throw new TufLdError("ERR_LIMIT", `${given.length} contexts, and ${MAX_CONTEXTS} are allowed`, details);
  }
  const supplied = new Map<string, SuppliedContext>();
  for (const each of given) {
    if (supplied.has(each.url)) refuse(each, `the context ${each.url} is given twice`);
    const read = await readContext(each);
    process.stderr.write(`context ${printable(each.url)}: SHA-256 ${read.sha256}\n`);
    // What is pinned and the same needs not be supplied.
    if (pinOf(each.url) === undefined) supplied.set(each.url, read);
  }
  return [...supplied.values()];
}

/** Reads an option that is URL=FILE; a URL may hold a "=" itself. @throws UsageError */
export function parsePair(text: string, option: string): { readonly url: string; readonly path: string } {
  const at = text.lastIndexOf("=");
  const [url, path] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || path === "" || !isUrl(url)) throw new UsageError(`${option} takes URL=FILE, not "${text}"`);
  return { url, path };
}

/** Absolute, as a document's `@context` must name it. */
const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i.test(text);

/** `contexts.json` says of each URL the file in its folder, and if it pins it the digest. */
async function readIndex(folder: string): Promise<Given[]> {
  const path = join(folder, INDEX);
  const bytes = await readInput(path);
  return inFile(path, () => {
    const index = objectOf(parseJson(bytes, { maxBytes: MAX_BYTES }), "");
    return Object.entries(index).map(([url, entry]) => {
      const { file, sha256, ...more } = typeof entry === "string" ? { file: entry } : objectOf(entry, url);
      if (!isUrl(url)) throw shape(url, "is not an absolute URL");
      if (typeof file !== "string" || !isWithin(file))
        throw shape(url, "needs the name of a file in the folder");
      if (sha256 !== undefined && !(typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256)))
        throw shape(url, "has a sha256 that is not 64 lower-case hex digits");
      const [unknown] = Object.keys(more);
      if (unknown !== undefined) throw shape(url, `has an unknown member "${unknown}"`);
      return { url, path: join(folder, file), ...(sha256 === undefined ? {} : { sha256 }) };
    });
  });
}

const isWithin = (file: string): boolean => !/^$|^[/\\]|(^|[/\\])\.\.([/\\]|$)/.test(file);

/** The digest of a context that is pinned, our own one among them. */
function pinOf(url: string): string | undefined {
  return url === CONTEXT_URL ? contextDigest(tufLdContext) : pinnedContexts.get(url)?.sha256;
}

async function readContext(given: Given): Promise<SuppliedContext> {
  const bytes = await readInput(given.path);
  return inFile(given.path, () => {
    const document = objectOf(parseJson(bytes, { numbers: "any", maxBytes: MAX_BYTES }), "");
    if (!Object.hasOwn(document, "@context")) throw shape("", 'has no "@context", so it is no context');
    const sha256 = contextDigest(document);
    const pinned = pinOf(given.url) ?? given.sha256 ?? sha256;
    if (sha256 !== pinned)
      refuse(given, `the context ${given.url} is pinned with SHA-256 ${pinned}, and this one has ${sha256}`);
    return { url: given.url, document, sha256 };
  });
}

function objectOf(value: JsonValue | undefined, path: string): { [member: string]: JsonValue } {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw shape(path, "must be an object");
}

function shape(path: string, reason: string): TufLdError {
  return new TufLdError("ERR_SHAPE", `${path === "" ? "the document" : path} ${reason}`, { path, reason });
}

function refuse({ url }: Given, message: string): never {
  throw new TufLdError("ERR_CONTEXT", message, { context: url });
}
