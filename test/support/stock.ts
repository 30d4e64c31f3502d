/**
 * The first oracle: stock jsonld.js and rdf-canonize, with a loader of the test's own.
 * @module
 */
import dataIntegrity from "@digitalbazaar/data-integrity-context";
import ed25519Signature2020 from "ed25519-signature-2020-context";
import jsonld from "jsonld";
import { tufLdContext } from "../../src/vocabulary/context.ts";
import { CONTEXT_URL, TUF_CONTEXTS } from "../../src/vocabulary/terms.ts";

interface Stock {
  canonize(document: object, options: object): Promise<string>;
}

export const stockContexts: ReadonlyMap<string, object> = new Map<string, object>([
  [CONTEXT_URL, tufLdContext],
  [TUF_CONTEXTS[1], ed25519Signature2020.contexts.get(TUF_CONTEXTS[1]) as object],
  [TUF_CONTEXTS[2], dataIntegrity.contexts.get(TUF_CONTEXTS[2]) as object],
]);

/** A loader that knows the three contexts of a linked TUF document. */
export async function stockLoader(
  url: string,
): Promise<{ documentUrl: string; document: object; contextUrl: null }> {
  const document = stockContexts.get(url);
  if (document === undefined) throw new Error(`the test's loader does not know ${url}`);
  return { documentUrl: url, document, contextUrl: null };
}

/** What stock tools canonicalize a linked document (without proof) to, in safe mode. */
export async function stockCanonize(
  linked: object,
  contexts: readonly string[] = TUF_CONTEXTS,
): Promise<string> {
  const document = { "@context": contexts, ...linked };
  const options = {
    algorithm: "RDFC-1.0",
    format: "application/n-quads",
    safe: true,
    base: null,
    documentLoader: stockLoader,
  };
  return (jsonld as unknown as Stock).canonize(document, options);
}
