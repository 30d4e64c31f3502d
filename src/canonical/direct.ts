/**
 * The direct writer: from the classic `signed` member straight to the canonical N-Quads of its linked form,
 * byte for byte what RDFC-1.0 makes of it (RDFC-1.0 4.4), in time linear in the document.
 *
 * The closed shapes are trees of blank nodes in which an index key, a position or a single parent makes every
 * node's first-degree hash (RDFC-1.0 4.6) unique, so the N-degree step never runs: hash each node once, sort,
 * label, write. Input must be validated (`validateSigned`).
 *
 * The text that is hashed for a leaf is kept, so that its lines are copied under their label and not made anew.
 * @module
 */
import { createHash, hashHex } from "#platform";
import { decodeUtf8 } from "../encoding/utf8.ts";
import { DOCUMENT_SHAPES } from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { orderByHash, textOrder } from "./labels.ts";
import { type Entries, type Group, writeLines } from "./lines.ts";
import { planOf } from "./plan.ts";
import { draftNodes, type Nodes, SELF } from "./tree.ts";
import { Utf8Writer } from "./utf8Writer.ts";

/** The hash that RDFC-1.0 labels blank nodes with. SHA-256 unless a suite says otherwise. */
export type CanonicalHash = "sha256" | "sha384";

/** The canonical N-Quads of a validated document, as one string. @throws ERR_LIMIT beyond 1 GiB of text */
export function canonizeDirect(signed: Signed, hash: CanonicalHash = "sha256"): string {
  const chunks: string[] = [];
  writeCanonical(signed, hash, (chunk) => chunks.push(decodeUtf8(chunk, true)));
  return chunks.join("");
}

/** The digest of the canonical N-Quads of a validated document. @throws ERR_LIMIT beyond 1 GiB of text */
export function digestDirect(signed: Signed, hash: CanonicalHash = "sha256"): Uint8Array {
  const digest = createHash(hash);
  writeCanonical(signed, hash, (chunk) => digest.update(chunk));
  return digest.digest();
}

/** Bytes after which a chunk is handed on. */
const CHUNK_BYTES = 65_536;

/** Takes whole lines, which are good until it returns. */
type Write = (chunk: Uint8Array) => void;

/**
 * One for all documents, which are written without a pause: fresh memory is slow at first touch, and the engine
 * throws away the code it has compiled for a class once garbage collection has left no instance.
 */
const text = new Utf8Writer();

function writeCanonical(signed: Signed, hash: CanonicalHash, write: Write): void {
  const plan = planOf(DOCUMENT_SHAPES[signed._type]);
  try {
    writeLabelled(draftNodes(plan, signed as unknown as Entries, text), hash, write);
  } finally {
    text.reset();
  }
}

function writeLabelled(nodes: Nodes, hash: CanonicalHash, write: Write): void {
  const { ends, ownEnds, within, subjects } = nodes;
  const count = ends.length;
  const startOf = (node: number): number => ends[node - 1] ?? 0;
  /** Nodes in the order of their labels' numbers. */
  const labelled = orderByHash(count, (node) => hashHex(hash, text.view(startOf(node), ends[node])));
  const order = textOrder(count);
  // A subject's lines to its children sort by the children's labels.
  for (const number of order) within[labelled[number] as number]?.numbers.push(number);
  const drafted = text.length;
  for (const number of order) {
    const node = labelled[number] as number;
    const subject = subjects[node];
    const label = labelOf(number);
    if (subject !== undefined) writeLines(subject, label, writeChildren, text);
    else text.relabel(startOf(node), ownEnds[node] as number, SELF.length, label);
    if (text.length - drafted > CHUNK_BYTES) {
      write(text.view(drafted));
      text.truncate(drafted);
    }
  }
  write(text.view(drafted));
}

const labelOf = (number: number): string => `_:c14n${number}`;

function writeChildren({ step, numbers }: Group, label: string, out: Utf8Writer): void {
  for (const number of numbers) out.link(label, step, labelOf(number));
}
