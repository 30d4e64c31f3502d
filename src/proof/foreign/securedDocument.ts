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
import { assertPinnedContexts } from "../../document/pinned.ts";
import { concatBytes } from "../../encoding/bytes.ts";
import { TufLdError } from "../../errors.ts";
import type { JsonObject } from "../../metadata/file.ts";
import type { Suite } from "../../suite/suite.ts";
import { proofsOf } from "./proofShape.ts";
import { configurationContext } from "./suiteContexts.ts";

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
  readonly #loader: ContextLoader;
  readonly #options: CanonicalizationOptions;
  readonly #canonical = new Map<string, Promise<string>>();
  readonly #maxValues: number;
  readonly #maxValuesInAll: number;
  #valuesLeft: number;

  /** @throws ERR_CONTEXT, ERR_UNDEFINED_TERM, ERR_SHAPE, ERR_LIMIT: see `assertPinnedContexts` and `proofsOf` */
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
    this.#loader = options.loader ?? pinnedLoader;
    this.#options = options;
    this.#maxValues = options.maxValues ?? MAX_VALUES;
    this.#maxValuesInAll = options.maxValuesInAll ?? MAX_VALUES_IN_ALL;
    this.#valuesLeft = this.#maxValuesInAll;
    assertPinnedContexts(body, this.#loader, this.#maxValues);
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
      text = this.#canonize(this.#with(previous, this.body), digest);
      this.#canonical.set(id, text);
    }
    return text;
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
      const then = { ...this.body, "@context": configuration["@context"] ?? context } as JsonObject;
      return { configuration: jcs(configuration), document: jcs(this.#with(previous, then)) };
    }
    const document = await this.canonicalDocument(previous, digest);
    const named = { "@context": configurationContext(suite, context), ...configuration } as JsonObject;
    return { configuration: await this.#canonize(named, digest), document };
  }

  #with(previous: readonly number[], body: JsonObject): JsonObject {
    if (previous.length === 0) return body;
    // The proofs as they stand, values included, and not those that they name in turn (VC Data Integrity 4.3).
    return { ...body, proof: previous.map((index) => this.proofs[index] as JsonObject) };
  }

  async #canonize(document: JsonObject, digest: Digest): Promise<string> {
    this.#valuesLeft -= countValues(document);
    if (this.#valuesLeft < 0) {
      const message = "the proofs of the document ask for too many canonicalizations";
      throw new TufLdError("ERR_LIMIT", message, {
        limit: "valuesCanonicalized",
        allowed: this.#maxValuesInAll,
      });
    }
    const { signal, maxWorkFactor = 1, maxDeepSteps } = this.#options;
    const options = {
      loader: this.#loader,
      maxQuads: this.#maxValues,
      maxWorkFactor,
      digest,
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
    if (typeof next === "object" && next !== null) pending.push(...Object.values(next));
  }
  return count;
}
