/**
 * N-Quads to quads, strictly enough to be canonicalized.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { Quad, Term } from "./quad.ts";
import { type DatasetOptions, MAX_QUADS } from "./rdfc.ts";

/** What {@link parseDataset} puts before each label of a blank node. */
export const LABEL_PREFIX = "x";

/**
 * Parses N-Quads strictly enough to be canonicalized: absolute IRIs, no repeated quads, and {@link LABEL_PREFIX}
 * before each label of a blank node, since rdf-canonize takes a label `c14n0` of the input for its own.
 * @throws ERR_SHAPE with the number of the line, ERR_LIMIT
 */
export async function parseDataset(nquads: string, options: DatasetOptions): Promise<Quad[]> {
  const { maxQuads = MAX_QUADS } = options;
  const { NQuads } = (await import("rdf-canonize")).default;
  // rdf-canonize compares each line with all before it: one line at a time keeps this linear.
  const quads = new Map<string, Quad>();
  for (const [index, line] of nquads.split(/\r\n|\n|\r/).entries()) {
    let parsed: Quad[];
    try {
      parsed = NQuads.parse(line);
      for (const quad of parsed) assertAbsolute(quad);
    } catch (cause) {
      const reason = `line ${index + 1} is not an N-Quad`;
      throw new TufLdError("ERR_SHAPE", reason, { path: "", reason }, { cause });
    }
    for (const quad of parsed) quads.set(NQuads.serializeQuad(quad), relabel(quad));
    if (quads.size > maxQuads) throw overQuads(maxQuads, quads.size);
  }
  return [...quads.values()];
}

/** ERR_LIMIT for too many quads. */
export function overQuads(allowed: number, actual: number): TufLdError {
  const message = `more than ${allowed} quads`;
  return new TufLdError("ERR_LIMIT", message, { limit: "maxQuads", allowed, actual });
}

function relabel({ subject, predicate, object, graph }: Quad): Quad {
  const prefixed = (term: Term): Term =>
    term.termType === "BlankNode" ? { ...term, value: LABEL_PREFIX + term.value } : term;
  return { subject: prefixed(subject), predicate, object: prefixed(object), graph: prefixed(graph) };
}

function assertAbsolute(quad: Quad): void {
  const terms: (Term | undefined)[] = [
    quad.subject,
    quad.predicate,
    quad.object,
    quad.graph,
    quad.object.datatype,
  ];
  for (const term of terms) {
    if (term?.termType === "NamedNode" && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(term.value)) {
      throw new SyntaxError(`<${term.value}> is not absolute`);
    }
  }
}
