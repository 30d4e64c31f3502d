/**
 * The suites of jsonld-signatures with our direct writer inside: the same signatures, made and checked in linear
 * time where the document is TUF metadata.
 * @module
 */
import { canonizeDirect } from "../../canonical/direct.ts";
import type { JsonValue } from "../../document/json.ts";
import { metadataFromJson } from "../../metadata/file.ts";
import { TUF_CONTEXTS } from "../../vocabulary/terms.ts";

/** What this needs to know of a suite of jsonld-signatures. */
export interface StockSuite {
  /** Canonicalizes a document or a proof configuration. */
  canonize(input: object, options: object): Promise<string>;
}

/**
 * Replaces only `canonize` of a suite, and that only for linked TUF metadata; everything else goes the way it went.
 *
 * @returns the same suite
 * @example
 * const suite = withDirectWriter(new DataIntegrityProof({ cryptosuite, signer }));
 */
export function withDirectWriter<S extends StockSuite>(suite: S): S {
  const stock = suite.canonize.bind(suite);
  suite.canonize = async (input, options) =>
    isLinkedTuf(input) ? canonizeDirect(metadataFromJson(input as JsonValue).signed) : stock(input, options);
  return suite;
}

/** A proof configuration has the same `@context` but no `_type`; what has `signed` would be read as another form. */
function isLinkedTuf(input: object): boolean {
  const context: unknown = Reflect.get(input, "@context");
  if (Object.hasOwn(input, "signed")) return false;
  return Object.hasOwn(input, "_type") && JSON.stringify(context) === JSON.stringify(TUF_CONTEXTS);
}

/** The reference suite, `Ed25519Signature2020` of its package, with the direct writer. The package is loaded here. */
export async function createEd25519Signature2020(options: object = {}): Promise<StockSuite> {
  const { Ed25519Signature2020 } = await import("@digitalbazaar/ed25519-signature-2020");
  return withDirectWriter(new Ed25519Signature2020(options));
}
