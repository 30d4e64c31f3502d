/**
 * What proofs over a document of foreign shape sign: the canonical form of the proof configuration and that of
 * the document, each computed at most once, and never more than a fixed amount of work in all.
 *
 * An instance lives for one call, like `DocumentDigests`.
 * @module
 */
import { createHash } from "#platform";
import { jcs } from "../../canonical/jcs.ts";
import { canonizeReference } from "../../canonical/reference.ts";
import type { ContextLoader } from "../../document/loader.ts";
import { createContextLoader } from "../../document/loader.ts";
import { assertBoundedJson, assertPinnedContexts } from "../../document/pinned.ts";
import { concatBytes } from "../../encoding/bytes.ts";
import { TufLdError } from "../../errors.ts";
import type { JsonObject } from "../../metadata/file.ts";
import type { Suite } from "../../suite/suite.ts";
import { proofsOf } from "./proofShape.ts";
import { configurationContext, contextList, MAX_CONTEXTS, sameContexts } from "./suiteContexts.ts";

/** How documents of foreign shape are canonicalized. */
export interface CanonicalizationOptions {
  /** The contexts that a document may name. Default: those of others that are pinned here. */
  readonly loader?: ContextLoader;
  /** As for `canonizeReference`. Default 1, what other implementations allow unless told otherwise. */
  readonly maxWorkFactor?: number;
  /** As for `canonizeReference`. Default 20,000. */
  readonly maxDeepSteps?: number;
  /** Most JSON values of one document. Default 10,000. */
  readonly maxValues?: number;
  /** Most JSON values that are canonicalized for all proofs of a document together. Default 40,000. */
  readonly maxValuesInAll?: number;
  /** Ends the work; the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** The two texts of which a proof signs the digests. */
export interface CanonicalForms {
  /** Of the proof without its value. */
  readonly configuration: string;
  /** Of the document, with the proofs that the proof names and no others. */
  readonly document: string;
}

const MAX_VALUES = 10_000;
const MAX_VALUES_IN_ALL = 40_000;

const pinnedLoader: ContextLoader = createContextLoader(new Map());

type Digest = "sha256" | "sha384";

/** A document, its proofs, and the canonical forms computed so far. */
export class SecuredDocument {
  /** The document without `proof`. */
  readonly body: JsonObject;
  readonly proofs: readonly JsonObject[];
  /** The contexts that the document may name. */
  readonly loader: ContextLoader;
  readonly #options: CanonicalizationOptions;
  readonly #canonical = new Map<string, Promise<string>>();
  #unsigned: readonly string[] | undefined;
  readonly #maxValues: number;
  readonly #maxValuesInAll: number;
  #valuesLeft: number;

  /** @throws ERR_SHAPE, ERR_LIMIT: see `assertBoundedJson` and `proofsOf`; ERR_LIMIT over 64 contexts */
  constructor(document: object, options: CanonicalizationOptions = {}) {
    if (typeof document !== "object" || document === null || Array.isArray(document)) {
      throw new TufLdError("ERR_SHAPE", "the document is not an object", {
        path: "",
        reason: "not an object",
      });
    }
    const { proof: _, ...body } = document as JsonObject;
    this.body = body;
    this.proofs = proofsOf(document as JsonObject);
    this.loader = options.loader ?? pinnedLoader;
    this.#options = options;
    this.#maxValues = options.maxValues ?? MAX_VALUES;
    this.#maxValuesInAll = options.maxValuesInAll ?? MAX_VALUES_IN_ALL;
    this.#valuesLeft = this.#maxValuesInAll;
    assertBoundedJson(body, this.#maxValues);
    const actual = contextList(body["@context"]).length;
    if (actual > MAX_CONTEXTS) {
      const message = `the document has ${actual} contexts, and ${MAX_CONTEXTS} are allowed`;
      throw new TufLdError("ERR_LIMIT", message, { limit: "contexts", allowed: MAX_CONTEXTS, actual });
    }
  }

  /**
   * Refuses a document that proofs over RDF cannot sign as its readers read it. Proofs over JCS sign the text of
   * every member and ask for none of this (vc-di-eddsa 3.3).
   * @returns the members of which RDF keeps nothing, `null` and `[]`, as JSON Pointers
   * @throws ERR_CONTEXT, ERR_UNDEFINED_TERM, ERR_SHAPE, ERR_LIMIT: see `assertPinnedContexts`
   */
  unsignedMembers(): readonly string[] {
    if (this.#unsigned === undefined) {
      const unsigned: string[] = [];
      assertPinnedContexts(this.body, this.loader, this.#maxValues, unsigned);
      this.#unsigned = unsigned;
    }
    return this.#unsigned;
  }

  /** As `unsignedMembers`, for who signs: nothing may stay unsigned. @throws as it, and ERR_UNDEFINED_TERM */
  assertFullySigned(): void {
    assertPinnedContexts(this.body, this.loader, this.#maxValues);
  }

  /**
   * Positions of the proofs that have one of these ids, in the order of the document.
   * @throws ERR_PROOF_CHAIN if an id is nobody's, or more than one proof's (VC Data Integrity 4.3)
   */
  indexesOf(ids: readonly string[]): readonly number[] {
    const indexes = ids.map((id) => {
      const found = [...this.proofs.keys()].filter((index) => this.proofs[index]?.["id"] === id);
      const [index] = found;
      if (found.length === 1 && index !== undefined) return index;
      const reason = `previousProof names ${id}, which ${found.length === 0 ? "no proof" : "more than one proof"} has`;
      throw new TufLdError("ERR_PROOF_CHAIN", reason, { reason });
    });
    return indexes.sort((a, b) => a - b);
  }

  /**
   * The canonical N-Quads of the document with so many of its proofs; by default with none.
   * @throws as `canonizeReference`; ERR_LIMIT when the document has cost enough
   */
  canonicalDocument(previous: readonly number[] = [], digest: Digest = "sha256"): Promise<string> {
    const id = `${digest} ${previous.join()}`;
    let text = this.#canonical.get(id);
    if (text === undefined) {
      this.unsignedMembers();
      const proofs = previous.map((index) => this.#withoutContext(this.proofs[index] as JsonObject));
      // A `null` or `[]` may pass here: whoever judges the document is told of it by `unsignedMembers`.
      text = this.#canonize(withProofs(this.body, proofs), digest, []);
      this.#canonical.set(id, text);
    }
    return text;
  }

  /**
   * The contexts of the document that came after a JCS proof, and so are not part of what it signed (vc-di-eddsa
   * 3.3.2, step 4), as JSON Pointers. Like every context that nobody signs they must be pinned.
   * @throws ERR_CONTEXT
   */
  addedContexts({ "@context": own }: JsonObject): readonly string[] {
    if (own === undefined) return [];
    const signed = contextList(own).length;
    const added = contextList(this.body["@context"]).slice(signed);
    for (const entry of added) {
      if (typeof entry === "string" && this.loader.pins(entry)) continue;
      const context = typeof entry === "string" ? entry : "/@context";
      const message = `a context that the proof does not sign must be pinned, and ${context} is not`;
      throw new TufLdError("ERR_CONTEXT", message, { context });
    }
    return added.map((_, index) => `/@context/${signed + index}`);
  }

  /**
   * The canonical forms for one proof (vc-di-eddsa 3.2.3 to 3.2.5 and 3.3.3 to 3.3.5).
   * @param configuration the proof without its value
   * @param previous positions of the proofs that it names
   */
  async forms(
    configuration: JsonObject,
    previous: readonly number[],
    suite: Suite,
    digest: Digest,
  ): Promise<CanonicalForms> {
    const context = this.body["@context"];
    if (suite.canonicalization.name === "JCS") {
      // vc-di-eddsa 3.3.2, step 4.2: contexts that were added after the proof are not part of what it signed.
      const own = configuration["@context"];
      const then = own === undefined ? this.body : { ...this.body, "@context": own };
      const proofs = previous.map((index) => this.proofs[index] as JsonObject);
      return { configuration: jcs(configuration), document: jcs(withProofs(then, proofs)) };
    }
    const document = await this.canonicalDocument(previous, digest);
    const named = { "@context": configurationContext(suite, context), ...configuration } as JsonObject;
    return { configuration: await this.#canonize(named, digest), document };
  }

  /** A proof over RDF that repeats the document's contexts says the same without them. */
  #withoutContext(proof: JsonObject): JsonObject {
    const { "@context": own, ...members } = proof;
    const context = this.body["@context"];
    return own !== undefined && sameContexts(contextList(own), contextList(context)) ? members : proof;
  }

  async #canonize(document: JsonObject, digest: Digest, unsigned?: string[]): Promise<string> {
    this.#valuesLeft -= countValues(document);
    if (this.#valuesLeft < 0) {
      const message = "the proofs of the document ask for too many canonicalizations";
      throw new TufLdError("ERR_LIMIT", message, {
        limit: "valuesCanonicalized",
        allowed: this.#maxValuesInAll,
      });
    }
    const { signal, maxWorkFactor = 1, maxDeepSteps } = this.#options;
    assertPinnedContexts(document, this.loader, this.#maxValues, unsigned);
    const options = {
      loader: this.loader,
      maxQuads: this.#maxValues,
      maxWorkFactor,
      digest,
      validated: true,
      ...(maxDeepSteps === undefined ? {} : { maxDeepSteps }),
      ...(signal === undefined ? {} : { signal }),
    };
    try {
      return await canonizeReference(document, options);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
}

/** A document with proofs as they stand, values included, and not those that they name in turn (VC Data Integrity 4.3). */
function withProofs(body: JsonObject, proofs: readonly JsonObject[]): JsonObject {
  return proofs.length === 0 ? body : { ...body, proof: [...proofs] };
}

/** What a suite signs: the digest of the configuration, then that of the document. */
export function hashForms(forms: CanonicalForms, digest: Digest): Uint8Array {
  const hash = (text: string): Uint8Array => {
    const incremental = createHash(digest);
    incremental.update(text);
    return incremental.digest();
  };
  return concatBytes(hash(forms.configuration), hash(forms.document));
}

function countValues(document: unknown): number {
  const pending = [document];
  let count = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    count++;
    if (typeof next !== "object" || next === null) continue;
    for (const inner of Object.values(next)) pending.push(inner);
  }
  return count;
}
