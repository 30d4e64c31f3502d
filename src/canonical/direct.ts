/**
 * The direct writer: from the classic `signed` member straight to the canonical N-Quads of its linked form,
 * byte for byte what RDFC-1.0 makes of it (RDFC-1.0 4.4), in time linear in the document.
 *
 * The closed shapes are trees of blank nodes in which an index key, a position or a single parent makes every
 * node's first-degree hash (RDFC-1.0 4.6) unique, so the N-degree step never runs: hash each node once, sort,
 * label, write. Input must be validated (`validateSigned`).
 *
 * A node's lines are made twice, once to be hashed and once to be written, and kept neither time: a document of
 * 100,000 targets spends more on garbage than on text if they are held in between.
 * @module
 */
import { createHash, hashHex } from "#platform";
import { DOCUMENT_SHAPES } from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { inTextOrder, sortByHash } from "./labels.ts";
import { planOf } from "./plan.ts";
import { type Entries, type Node, nodesOf, pushLines } from "./tree.ts";

/** The hash that RDFC-1.0 labels blank nodes with. SHA-256 unless a suite says otherwise. */
export type CanonicalHash = "sha256" | "sha384";

/** The canonical N-Quads of a validated document, as one string. */
export function canonizeDirect(signed: Signed, hash: CanonicalHash = "sha256"): string {
  const chunks: string[] = [];
  writeCanonical(signed, hash, (chunk) => chunks.push(chunk));
  return chunks.join("");
}

/** The digest of the canonical N-Quads of a validated document; they are never held as a whole. */
export function digestDirect(signed: Signed, hash: CanonicalHash = "sha256"): Uint8Array {
  const digest = createHash(hash);
  writeCanonical(signed, hash, (chunk) => digest.update(chunk));
  return digest.digest();
}

/** Pieces of text that are joined into one chunk; about 64 kB. */
const CHUNK_PIECES = 2_048;

function writeCanonical(signed: Signed, hash: CanonicalHash, write: (chunk: string) => void): void {
  const nodes = nodesOf(planOf(DOCUMENT_SHAPES[signed._type]), signed as unknown as Entries);
  const labelled = sortByHash(nodes, (node) => hashHex(hash, firstDegree(node)));
  for (const [number, node] of labelled.entries()) {
    node.number = number;
    if (node.groups !== undefined) for (const group of node.groups) group.nodes = [];
  }
  // A subject's lines to its children sort by the children's labels: fill the groups in that order.
  inTextOrder(labelled.length, (number) => {
    const node = labelled[number] as Node;
    node.within?.nodes.push(node);
  });
  const pieces: string[] = [];
  inTextOrder(labelled.length, (number) => {
    pushLines(labelled[number] as Node, labelOf(number), labelOfChild, pieces);
    if (pieces.length > CHUNK_PIECES) {
      write(pieces.join(""));
      pieces.length = 0;
    }
  });
  write(pieces.join(""));
}

const labelOf = (number: number): string => `_:c14n${number}`;
const labelOfChild = (child: Node): string => labelOf(child.number);
const labelOfAnother = (): string => "_:z";

/** The text that is hashed for a node: itself as `_:a`, every other blank node as `_:z` (RDFC-1.0 4.6). */
function firstDegree(node: Node): string {
  const pieces: string[] = [];
  pushLines(node, "_:a", labelOfAnother, pieces);
  if (node.within !== undefined) pieces.push("_:z", node.within.open, "_:a", node.within.close);
  return pieces.join("");
}
