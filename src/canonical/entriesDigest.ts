/**
 * The digest of a snapshot or of targets metadata out of its OLPC canonical JSON: the same bytes as the direct
 * writer's, which tests hold it to.
 *
 * A publisher changes a few entries of thousands. What the lines of the others say stands in the text already, so it
 * is copied from there and nobody makes values of it. What RDFC-1.0 hashes of an entry (4.6) depends on the entry
 * alone, so whoever knows these hashes can bring them along; what remains is to write lines under other labels.
 * @module
 */
import { createHash, hashHex } from "#platform";
import { concatBytes } from "../encoding/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../encoding/utf8.ts";
import { DOCUMENT_SHAPES } from "../vocabulary/terms.ts";
import type { Snapshot } from "../vocabulary/types.ts";
import { leadingDigits, orderByLeading, textOrder } from "./labels.ts";
import { type Entries, type Subject, writeLines } from "./lines.ts";
import { escapeLiteral } from "./nquads.ts";
import { type ChildStep, type Plan, planOf, type Step } from "./plan.ts";
import { OTHER, SELF, writeAnonymousChildren } from "./tree.ts";
import { type Frame, Utf8Writer } from "./utf8Writer.ts";

/** Documents that are a map of entries and a header. */
export type EntriesType = "snapshot" | "targets";

/** The text of such a document, and where its entries lie in it. Columns are as long as there are entries. */
export interface EntryColumns {
  readonly type: EntriesType;
  readonly header: Pick<Snapshot, "spec_version" | "version" | "expires">;
  /** OLPC canonical JSON without a backslash or DEL, so that strings stand in it as they stand in N-Quads. */
  readonly bytes: Uint8Array;
  /** Where an entry begins, in bytes: the quotation mark that opens its name. */
  readonly starts: Uint32Array;
  /** The quotation mark that closes its name. */
  readonly nameEnds: Uint32Array;
  /** Behind the brace that closes it. */
  readonly ends: Uint32Array;
  /** 1 for an entry that consists of the values in {@link PLAIN} and nothing else. */
  readonly plain: Uint8Array;
  /** The leading {@link DIGITS} digits of its hash, as a number; NaN where they are not known. */
  readonly leading: Float64Array;
}

/** A value of a plain entry. The last one is a number, and a closing brace follows it. */
export interface PlainValue {
  /** What stands before it, beginning where the value before or the name ends. */
  readonly before: Uint8Array;
  /** The length of a string, in bytes; `undefined` for a number. */
  readonly length?: number;
  /** Whether a predicate is the one of this value. */
  readonly isOf: (step: Step) => boolean;
}

/** What plain entries consist of, behind their names. */
export const PLAIN: Readonly<Record<EntriesType, readonly PlainValue[]>> = {
  snapshot: [{ before: encodeUtf8('":{"version":'), isOf: literalOf("version") }],
  targets: [
    {
      before: encodeUtf8('":{"hashes":{"sha256":"'),
      length: 64,
      isOf: (step) => step.from === "nest" && step.inner === "sha256",
    },
    { before: encodeUtf8('"},"length":'), isOf: literalOf("length") },
  ],
};

/** So many hexadecimal digits fit in a number beside the index of one of {@link MOST_ENTRIES}. */
export const DIGITS = 9;
const MOST_ENTRIES = 2 ** 17 - 1;
const CHUNK_BYTES = 65_536;
const ZERO = 0x30;

/** A digest, and all leading digits of hashes. */
export interface EntriesDigest {
  readonly digest: Uint8Array;
  readonly leading: Float64Array;
}

/** The SHA-256 digest of the canonical N-Quads; `undefined` for a very large document, which `digestDirect` digests. */
export function digestEntries(columns: EntryColumns): EntriesDigest | undefined {
  const count = columns.starts.length;
  if (count > MOST_ENTRIES) return undefined;
  const frames = framesOf(columns);
  // Last comes the document itself.
  const leading = new Float64Array(count + 1);
  leading.set(columns.leading);
  leading[count] = Number.NaN;
  const hashOf = (index: number): string =>
    index === count ? hashOfDocument(frames, count) : hashOfEntry(frames, columns, index);
  for (let index = 0; index <= count; index++) {
    if (Number.isNaN(leading[index])) leading[index] = leadingDigits(hashOf(index), DIGITS);
  }
  const labelled = orderByLeading(leading, hashOf);
  return { digest: digestOf(labelled, columns, frames), leading: leading.subarray(0, count) };
}

/** One for all documents: what is written is taken from it before anything else is. */
const out = new Utf8Writer();

function hashOfEntry(frames: Frames, columns: EntryColumns, index: number): string {
  out.truncate(0);
  if (columns.plain[index] === 1) writePlain(frames, columns, index, frames.own);
  else {
    writeOdd(frames, columns, index, SELF);
    out.link(OTHER, frames.toEntries, SELF);
  }
  return hashHex("sha256", out.view(0));
}

function hashOfDocument(frames: Frames, count: number): string {
  const links = `${SELF}${frames.link}${OTHER}${frames.linkEnd}`.repeat(count);
  return hashHex("sha256", linesOf(frames.before, SELF) + links + linesOf(frames.after, SELF));
}

function digestOf(labelled: Uint32Array, columns: EntryColumns, frames: Frames): Uint8Array {
  const digest = createHash("sha256");
  const order = textOrder(labelled.length);
  const numbered = new Numbered(frames.plainLines);
  out.truncate(0);
  for (let at = 0; at < order.length; at++) {
    const number = order[at] as number;
    const index = labelled[number] as number;
    const isDocument = index === columns.starts.length;
    if (!isDocument) {
      if (columns.plain[index] === 1) writePlain(frames, columns, index, numbered.of(number));
      else writeOdd(frames, columns, index, labelOf(number));
      if (out.length < CHUNK_BYTES) continue;
    }
    digest.update(out.view(0));
    out.truncate(0);
    if (isDocument) digest.update(documentLines(frames, number, order, at));
  }
  digest.update(out.view(0));
  return digest.digest();
}

/** The lines of the document itself, which has this label; those to the entries sort as their labels do. */
function documentLines(frames: Frames, number: number, order: Uint32Array, at: number): string {
  const label = labelOf(number);
  const link = `${label}${frames.link}${labelOf("")}`;
  const links = [order.subarray(0, at), order.subarray(at + 1)].map((others) =>
    others.length === 0 ? "" : `${link}${others.join(`${frames.linkEnd}${link}`)}${frames.linkEnd}`,
  );
  return linesOf(frames.before, label) + links.join("") + linesOf(frames.after, label);
}

function labelOf(number: number | string): string {
  return `_:c14n${number}`;
}

/**
 * What stands before, between and behind the values of a plain entry: in every other line the label, so that it takes
 * few copies to write one.
 */
function partsOf(lines: readonly PlainLine[], label: string, end = ""): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let before = new Uint8Array();
  for (const { open, close } of lines) {
    parts.push(concatBytes(before, encodeUtf8(label), open));
    before = close.slice();
  }
  return [...parts, concatBytes(before, encodeUtf8(end))];
}

/** The parts under labels with numbers, each good until the next ones are asked for. */
class Numbered {
  readonly #lines: readonly PlainLine[];
  /** By the number of digits. */
  readonly #parts: Uint8Array[][] = [];
  /** How many bytes stand behind the number in each part but the last. */
  readonly #afterNumber: readonly number[];

  constructor(lines: readonly PlainLine[]) {
    this.#lines = lines;
    this.#afterNumber = lines.map(({ open }) => open.length);
  }

  of(number: number): readonly Uint8Array[] {
    let digits = 1;
    for (let rest = number; rest >= 10; rest = Math.trunc(rest / 10)) digits++;
    this.#parts[digits] ??= partsOf(this.#lines, labelOf("0".repeat(digits)));
    const parts = this.#parts[digits] as Uint8Array[];
    for (let line = 0; line < this.#afterNumber.length; line++) {
      const part = parts[line] as Uint8Array;
      let at = part.length - (this.#afterNumber[line] as number);
      let rest = number;
      for (let digit = 0; digit < digits; digit++) {
        part[--at] = ZERO + (rest % 10);
        rest = Math.trunc(rest / 10);
      }
    }
    return parts;
  }
}

/** A line of a plain entry, and where its value begins behind the end of the name; -1 if it is the name. */
interface PlainLine extends Frame {
  readonly offset: number;
  readonly length: number | undefined;
}

/** What stands around values and labels in the lines of a document. */
interface Frames {
  readonly entryPlan: Plan;
  readonly plainLines: readonly PlainLine[];
  /** The parts of what is hashed for a plain entry. */
  readonly own: readonly Uint8Array[];
  readonly toEntries: ChildStep;
  /** What stands between a label and the label that it leads to, and after that. */
  readonly link: string;
  readonly linkEnd: string;
  /** The document's own lines, without labels, that sort before and after those to its entries. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function framesOf({ type, header }: EntryColumns): Frames {
  const plan = planOf(DOCUMENT_SHAPES[type]);
  const map = type === "snapshot" ? "meta" : "targets";
  const toEntries = plan.childSteps.find(({ name }) => name === map) as ChildStep;
  const entryPlan = toEntries.plan();
  const plainLines = plainLinesOf(type, entryPlan);
  const [link, linkEnd] = [decodeUtf8(toEntries.open, true), decodeUtf8(toEntries.close, true)];
  const at = plan.steps.indexOf(toEntries);
  const own = plan.steps.map((step) => ownLine(step, header));
  const isLine = (line: string | undefined): line is string => line !== undefined;
  return {
    entryPlan,
    plainLines,
    own: partsOf(plainLines, SELF, `${OTHER}${link}${SELF}${linkEnd}`),
    toEntries,
    link,
    linkEnd,
    before: own.slice(0, at).filter(isLine),
    after: own.slice(at + 1).filter(isLine),
  };
}

function plainLinesOf(type: EntriesType, { steps }: Plan): PlainLine[] {
  return steps.flatMap((step) => {
    if (step.from === "key") return [{ ...step, offset: -1, length: undefined }];
    let offset = 0;
    for (const { before, length, isOf } of PLAIN[type]) {
      offset += before.length;
      if (isOf(step)) return [{ ...step, offset, length }];
      offset += length ?? 0;
    }
    return [];
  });
}

/** A line of the document without its label. */
function ownLine(step: Step, header: Entries): string | undefined {
  const value = step.from === "type" ? "" : step.from === "literal" ? header[step.name] : undefined;
  if (value === undefined) return undefined;
  return decodeUtf8(step.open, true) + escapeLiteral(String(value)) + decodeUtf8(step.close, true);
}

function linesOf(lines: readonly string[], label: string): string {
  return lines.map((line) => label + line).join("");
}

/** Where the values of a plain entry lie, in the order of its lines. */
const froms: number[] = [];
const tos: number[] = [];

/** Writes the lines of a plain entry. */
function writePlain(
  { plainLines }: Frames,
  { bytes, starts, nameEnds, ends }: EntryColumns,
  index: number,
  parts: readonly Uint8Array[],
): void {
  const nameEnd = nameEnds[index] as number;
  for (let line = 0; line < plainLines.length; line++) {
    const { offset, length } = plainLines[line] as PlainLine;
    const from = offset < 0 ? (starts[index] as number) + 1 : nameEnd + offset;
    froms[line] = from;
    tos[line] = offset < 0 ? nameEnd : length === undefined ? (ends[index] as number) - 1 : from + length;
  }
  out.between(parts, bytes, froms, tos);
}

/** Writes the lines of an entry with custom data, other hashes, or members without a term. */
function writeOdd(
  { entryPlan: plan }: Frames,
  { bytes, starts, nameEnds, ends }: EntryColumns,
  index: number,
  label: string,
): void {
  const nameEnd = nameEnds[index] as number;
  const key = decodeUtf8(bytes.subarray((starts[index] as number) + 1, nameEnd), true);
  const entries = JSON.parse(decodeUtf8(bytes.subarray(nameEnd + 2, ends[index]), true)) as Entries;
  const subject: Subject = { plan, entries, key, position: 0, groups: undefined };
  writeLines(subject, label, writeAnonymousChildren, out);
}

function literalOf(name: string): (step: Step) => boolean {
  return (step) => step.from === "literal" && step.name === name;
}
