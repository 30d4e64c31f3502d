/**
 * The offline document loader: it knows the pinned contexts and nothing else, and it never fetches.
 *
 * It answers for contexts only. Keys and DID documents are not resolved here.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { checkContext, loadPinnedContext, pinnedContexts } from "./contexts.ts";

/** What JSON-LD libraries expect of a document loader (JSON-LD 1.1 API 9.4.3, RemoteDocument). */
export interface RemoteDocument {
  readonly contextUrl: null;
  readonly documentUrl: string;
  readonly document: object;
}

/** A context of the caller's own, with its pin. */
export interface SuppliedContext {
  readonly url: string;
  readonly document: object;
  /** What {@link contextDigest} gives for the document. */
  readonly sha256: string;
}

/** The closed set of contexts that one caller accepts. */
export interface ContextLoader {
  /** Whether this loader knows the exact URL. */
  pins(url: string): boolean;
  /**
   * Usable as the `documentLoader` of jsonld.js and of libraries built on it.
   * @throws ERR_CONTEXT naming the URL, if it is not pinned or its document has not the pinned hash
   */
  readonly load: (url: string) => Promise<RemoteDocument>;
}

/**
 * A loader of the pinned contexts, of `extra` ones and of ones that the caller supplies.
 *
 * @param extra contexts that are part of this package's own code, by URL, and so need no pin
 * @param supplied contexts of the caller's own; each is compared with its pin at once
 * @throws ERR_CONTEXT naming the URL, if a supplied document has not its pinned hash, or if a URL that is
 *   pinned already is given again with another document
 */
export function createContextLoader(
  extra: ReadonlyMap<string, object>,
  supplied: readonly SuppliedContext[] = [],
): ContextLoader {
  const texts = new Map<string, string>();
  const add = (url: string, text: string): void => {
    if (pinnedContexts.has(url) || texts.has(url)) {
      throw new TufLdError("ERR_CONTEXT", `the context ${url} is pinned already`, { context: url });
    }
    texts.set(url, text);
  };
  for (const [url, document] of extra) add(url, JSON.stringify(document));
  for (const { url, document, sha256 } of supplied) {
    const text = checkContext(url, document, sha256);
    // The very document that is pinned changes nothing.
    if (pinnedContexts.get(url)?.sha256 !== sha256) add(url, text);
  }
  return {
    pins: (url) => texts.has(url) || pinnedContexts.has(url),
    async load(url) {
      const text = texts.get(url);
      const document = text === undefined ? await loadPinnedContext(url) : (JSON.parse(text) as object);
      return { contextUrl: null, documentUrl: url, document };
    },
  };
}
