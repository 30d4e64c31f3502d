/**
 * RDFC-1.0 by rdf-canonize, with the work bounded and the order of lines checked.
 *
 * Not implemented: RDF-star, generalized RDF.
 * @module
 */

import { hashHex } from "#platform";
import { sortByCodePoint } from "../encoding/codePoint.ts";
import { TufLdError } from "../errors.ts";
import { escapeNoncharacters, NONCHARACTERS } from "./nquads.ts";
import type { Quad } from "./quad.ts";

/** Most quads that are canonicalized unless the caller allows more. */
export const MAX_QUADS = 10_000;

/**
 * The hardest solvable case of the W3C suite takes about 3,200. A count and not a clock, so that every machine
 * refuses the same documents.
 */
const MAX_DEEP_STEPS = 20_000;

/** Each level of recursion keeps a copy of all labels given so far. */
const MAX_DEEP_LEVELS = 200;

/** How an RDF dataset is canonicalized. */
export interface DatasetOptions {
  /** The hash that labels blank nodes. Default `sha256`. */
  readonly digest?: "sha256" | "sha384";
  /**
   * The N-degree step runs at most n^maxWorkFactor times for n blank nodes that look alike. 0 refuses them,
   * 1 and 2 serve most documents, 3 all of the W3C suite that can be solved. Default 0.
   */
  readonly maxWorkFactor?: number;
  /**
   * Most hashes and permutations of the N-degree step (RDFC-1.0 4.8), whatever the factor; fewer for hundreds of
   * alike nodes. Default 20,000.
   */
  readonly maxDeepSteps?: number;
  /** Most alike nodes that the N-degree step goes through in a row. Default 200. */
  readonly maxDeepLevels?: number;
  /** Most quads, and most JSON values of a document. Default 10,000. */
  readonly maxQuads?: number;
  /** Ends the work with ERR_CANONICALIZATION; the signal's reason is the cause. */
  readonly signal?: AbortSignal;
  /**
   * Where rdf-canonize departs from RDFC-1.0. It sorts by UTF-16 unit and not by code point, which differ only where
   * a character above U+FFFF is compared with one from U+E000 to U+FFFF; and it leaves U+FFFE and U+FFFF unescaped
   * (RDFC-1.0, appendix A). `refuse` ends with ERR_CANONICALIZATION when the result depends on either, so that what
   * we sign verifies everywhere; `specification` follows RDFC-1.0. Default `refuse`.
   */
  readonly departures?: "refuse" | "specification";
  /** Is filled with the canonical label of each blank node, both without `_:`. */
  readonly labels?: Map<string, string>;
}

type Digest = NonNullable<DatasetOptions["digest"]>;
type Departures = NonNullable<DatasetOptions["departures"]>;

/** Canonicalizes quads. Labels of blank nodes must not start with `c14n`, which rdf-canonize would keep. */
export async function canonizeQuads(quads: readonly Quad[], options: DatasetOptions): Promise<string> {
  const { digest = "sha256", maxWorkFactor = 0, departures = "refuse", labels = new Map() } = options;
  const work = new Work(options);
  const { default: rdfCanonize } = await import("rdf-canonize");
  work.assertGoing();
  const canonical = await rdfCanonize
    .canonize(quads, {
      algorithm: "RDFC-1.0",
      maxWorkFactor,
      canonicalIdMap: labels,
      createMessageDigest: () => new CountedDigest(digest, departures, work),
      signal: work,
    })
    .catch((error: unknown) => {
      throw error instanceof TufLdError ? error : refusal("blank nodes look too much alike", error);
    });
  const lines = canonical.split(/(?<=\n)/);
  return asSpecified(lines, departures).join("");
}

/** Counts what the N-degree step does. rdf-canonize polls `aborted` once in three permutations. */
class Work {
  readonly #signal: AbortSignal | undefined;
  readonly #maxSteps: number;
  readonly #maxLevels: number;
  /** The hashes of the first-degree step, and how many nodes have one that another node has. */
  readonly #hashes = new Set<string>();
  #alike = 0;
  #steps = 0;
  #open = 0;

  constructor({
    signal,
    maxDeepSteps = MAX_DEEP_STEPS,
    maxDeepLevels = MAX_DEEP_LEVELS,
  }: Pick<DatasetOptions, "signal" | "maxDeepSteps" | "maxDeepLevels">) {
    this.#signal = signal;
    this.#maxSteps = maxDeepSteps;
    this.#maxLevels = maxDeepLevels;
  }

  get aborted(): boolean {
    this.step(3);
    this.assertGoing();
    return false;
  }

  /** The price of a step grows with the number of labels that it may copy. */
  step(steps: number): void {
    this.#steps += steps * (1 + this.#alike / 256);
    if (this.#steps > this.#maxSteps) {
      throw refusal(`more than ${this.#maxSteps} steps to tell blank nodes apart`);
    }
  }

  /** A digest begins: those of the N-degree step stay open through its recursion, all others end at once. */
  open(): void {
    if (++this.#open > this.#maxLevels)
      throw refusal(`more than ${this.#maxLevels} alike blank nodes in a row`);
  }

  /** A digest ends: of a node of the first-degree step if `firstDegree`, of the N-degree step otherwise. */
  close(hash: string, firstDegree: boolean): void {
    this.#open--;
    if (!firstDegree) this.step(1);
    else if (this.#hashes.has(hash)) this.#alike++;
    else this.#hashes.add(hash);
    this.assertGoing();
  }

  assertGoing(): void {
    if (this.#signal?.aborted) throw refusal("aborted", this.#signal.reason);
  }
}

/** A hash whose input is known in pieces: a piece is a line exactly in the first-degree step (RDFC-1.0 4.6). */
class CountedDigest {
  readonly #digest: Digest;
  readonly #departures: Departures;
  readonly #work: Work;
  readonly #pieces: string[] = [];

  constructor(digest: Digest, departures: Departures, work: Work) {
    this.#digest = digest;
    this.#departures = departures;
    this.#work = work;
    work.open();
  }

  update(piece: string): void {
    this.#pieces.push(piece);
  }

  digest(): string {
    const firstDegree = this.#pieces.length > 0 && this.#pieces.every((piece) => piece.endsWith(" .\n"));
    const pieces = firstDegree ? asSpecified(this.#pieces, this.#departures) : this.#pieces;
    const hash = hashHex(this.#digest, pieces.join(""));
    this.#work.close(hash, firstDegree);
    return hash;
  }
}

/** Lines of rdf-canonize, as RDFC-1.0 has them. @throws ERR_CANONICALIZATION where they differ, under `refuse` */
function asSpecified(lines: readonly string[], departures: Departures): readonly string[] {
  const sorted = sortByCodePoint(lines.map(escapeNoncharacters));
  if (departures === "specification") return sorted;
  if (lines.some((line) => NONCHARACTERS.test(line))) {
    throw refusal("RDFC-1.0 escapes U+FFFE and U+FFFF, which rdf-canonize does not");
  }
  if (sorted.some((line, index) => line !== lines[index])) {
    throw refusal("RDFC-1.0 and rdf-canonize sort characters above U+FFFF differently here");
  }
  return sorted;
}

function refusal(reason: string, cause?: unknown): TufLdError {
  return new TufLdError("ERR_CANONICALIZATION", `not canonicalized: ${reason}`, { reason }, { cause });
}
