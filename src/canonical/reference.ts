/**
 * The reference engine: jsonld.js to RDF in safe mode, then rdf-canonize with RDFC-1.0, with bounded work.
 *
 * It takes documents of any shape whose contexts are pinned. Both libraries are imported on first use.
 * @module
 */
import type { ContextLoader } from "../document/loader.ts";
import { assertPinnedContexts } from "../document/pinned.ts";
import { TufLdError } from "../errors.ts";
import { LABEL_PREFIX, overQuads, parseDataset } from "./dataset.ts";
import { fromJsonLdError } from "./jsonLdErrors.ts";
import type { Quad } from "./quad.ts";
import { canonizeQuads, type DatasetOptions, MAX_QUADS } from "./rdfc.ts";

export type { DatasetOptions } from "./rdfc.ts";

/** How a JSON-LD document is turned into RDF and canonicalized. */
export interface ReferenceOptions extends DatasetOptions {
  /** The contexts that the document may name. */
  readonly loader: ContextLoader;
  /**
   * The document has passed the validator of a closed shape, so {@link assertPinnedContexts} is skipped: keys
   * of its index maps may look like keywords. Default `false`.
   */
  readonly validated?: boolean;
}

/**
 * The canonical N-Quads (RDFC-1.0) of a JSON-LD document. The document is not changed.
 *
 * @throws ERR_CONTEXT naming a context that is not pinned, is inline or contradicts another one;
 *   ERR_UNDEFINED_TERM naming a member that would be dropped; ERR_SHAPE on invalid JSON-LD; ERR_LIMIT over
 *   `maxQuads`; ERR_CANONICALIZATION over the work allowed, on abort, and on the corner described at
 *   {@link DatasetOptions.departures}
 */
export async function canonizeReference(document: object, options: ReferenceOptions): Promise<string> {
  return canonizeQuads(await toQuads(document, options), options);
}

/**
 * The RDF of a JSON-LD document as N-Quads, in no particular order and with arbitrary blank node labels.
 * @throws as {@link canonizeReference}, but for ERR_CANONICALIZATION
 */
export async function toNQuads(document: object, options: ReferenceOptions): Promise<string> {
  const { default: rdfCanonize } = await import("rdf-canonize");
  const quads = await toQuads(document, options);
  return quads.map((quad) => rdfCanonize.NQuads.serializeQuad(quad)).join("");
}

/**
 * The canonical N-Quads (RDFC-1.0) of an RDF dataset given as N-Quads.
 *
 * @throws ERR_SHAPE on a line that is not N-Quads; ERR_LIMIT over `maxQuads`; ERR_CANONICALIZATION as
 *   {@link canonizeReference}
 */
export async function canonizeDataset(nquads: string, options: DatasetOptions = {}): Promise<string> {
  const labels = new Map<string, string>();
  const canonical = await canonizeQuads(await parseDataset(nquads, options), { ...options, labels });
  for (const [label, issued] of labels) options.labels?.set(label.slice(LABEL_PREFIX.length), issued);
  return canonical;
}

type JsonLd = Awaited<typeof import("jsonld")>["default"];
type JsonLdInstance = ReturnType<JsonLd>;

/**
 * One instance of jsonld.js for each loader. An instance caches resolved contexts by URL and trusts that
 * cache before it asks a loader; sharing one would let another user of the library decide what a URL means.
 */
const instances = new WeakMap<ContextLoader, JsonLdInstance>();

/** The expanded form (JSON-LD 1.1 API 5.1) of a document, for people to look at. @throws as {@link toNQuads} */
export async function expandReference(document: object, options: ReferenceOptions): Promise<object> {
  const { instance, settings } = await prepare(document, options);
  return instance.expand(document, settings).catch((error: unknown) => {
    throw fromJsonLdError(error);
  });
}

/** Refuses what no processor should see, and sets jsonld.js up so that it drops and fetches nothing. */
async function prepare(
  document: object,
  { loader, maxQuads = MAX_QUADS, validated = false }: ReferenceOptions,
) {
  if (!validated) assertPinnedContexts(document, loader, maxQuads);
  const { default: jsonld } = await import("jsonld");
  const instance = instances.get(loader) ?? jsonld();
  instances.set(loader, instance);
  const settings = {
    safe: true,
    base: null,
    produceGeneralizedRdf: false,
    // What the suites' own packages say; it only matters where a value has an @direction.
    rdfDirection: "i18n-datatype",
    // `static` lets this instance keep the processed context: what a pinned URL means never changes.
    documentLoader: async (url: string) => ({ ...(await loader.load(url)), tag: "static" }),
  } as const;
  return { instance, settings };
}

async function toQuads(document: object, options: ReferenceOptions): Promise<Quad[]> {
  const { maxQuads = MAX_QUADS } = options;
  const { instance, settings } = await prepare(document, options);
  const quads = await instance.toRDF(document, settings).catch((error: unknown) => {
    throw fromJsonLdError(error);
  });
  if (quads.length > maxQuads) throw overQuads(maxQuads, quads.length);
  if (quads.length === 0) {
    throw new TufLdError("ERR_SHAPE", "the document makes no statement", {
      path: "",
      reason: "no statement",
    });
  }
  return quads;
}
