/**
 * The digest of a snapshot or of targets metadata out of its OLPC canonical JSON: the same bytes as the direct
 * writer's, which tests hold it to.
 *
 * A publisher changes a few entries of thousands. What the lines of the others say stands in the text already, so it
 * is cut out of there and nobody makes values of it. Engines cut and join strings at full speed from the first one on;
 * a loop over bytes is slow until it is compiled, which in a command is most of its time.
 *
 * What RDFC-1.0 hashes of an entry (4.6) depends on the entry alone, so whoever knows these hashes can bring them
 * along; what remains is to write lines under other labels.
 * @module
 */
import { createHash, hashHex } from "#platform";
import { decodeUtf8 } from "../encoding/utf8.ts";
import { DOCUMENT_SHAPES } from "../vocabulary/terms.ts";
import type { Snapshot } from "../vocabulary/types.ts";
import { leadingDigits, orderByLeading, textOrder } from "./labels.ts";
import { type Entries, type Subject, writeLines } from "./lines.ts";
import { escapeLiteral } from "./nquads.ts";
import { type ChildStep, type Plan, planOf, type Step } from "./plan.ts";
import { OTHER, SELF, writeAnonymousChildren } from "./tree.ts";
import { Utf8Writer } from "./utf8Writer.ts";

/** Documents that are a map of entries and a header. */
export type EntriesType = "snapshot" | "targets";

/** The member that is the map. */
export const ENTRIES_MEMBER = { snapshot: "meta", targets: "targets" } as const;

/** The text of such a document, and where its entries lie in it. Columns are as long as there are entries. */
export interface EntryColumns {
  readonly type: EntriesType;
  readonly header: Pick<Snapshot, "spec_version" | "version" | "expires">;
  /** OLPC canonical JSON without a backslash or DEL, so that strings stand in it as they stand in N-Quads. */
  readonly text: string;
  /** Where an entry begins, in UTF-16 units: the quotation mark that opens its name. */
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
  readonly before: string;
  /** The length of a string, in UTF-16 units; `undefined` for a number. */
  readonly length?: number;
  /** Whether a predicate is the one of this value. */
  readonly isOf: (step: Step) => boolean;
}

/** What plain entries consist of, behind their names. */
export const PLAIN: Readonly<Record<EntriesType, readonly PlainValue[]>> = {
  snapshot: [{ before: '":{"version":', isOf: literalOf("version") }],
  targets: [
    {
      before: '":{"hashes":{"sha256":"',
      length: 64,
      isOf: (step) => step.from === "nest" && step.inner === "sha256",
    },
    { before: '"},"length":', isOf: literalOf("length") },
  ],
};

/** So many hexadecimal digits fit in a number beside the index of one of {@link MOST_ENTRIES}. */
export const DIGITS = 9;
const MOST_ENTRIES = 2 ** 17 - 1;
/** Lines that are hashed at once, in UTF-16 units. */
const CHUNK_UNITS = 16_384;

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

/** For entries that are not plain. One for all documents: what is written is taken from it before anything else is. */
const out = new Utf8Writer();

function hashOfEntry(frames: Frames, columns: EntryColumns, index: number): string {
  if (columns.plain[index] === 1)
    return hashHex("sha256", plainLines(frames, columns, index, SELF) + frames.toSelf);
  writeOdd(frames, columns, index, SELF);
  out.link(OTHER, frames.toEntries, SELF);
  return hashHex("sha256", out.view(0));
}

function hashOfDocument(frames: Frames, count: number): string {
  const links = `${SELF}${frames.link}${OTHER}${frames.linkEnd}`.repeat(count);
  return hashHex("sha256", linesOf(frames.before, SELF) + links + linesOf(frames.after, SELF));
}

function digestOf(labelled: Uint32Array, columns: EntryColumns, frames: Frames): Uint8Array {
  const digest = createHash("sha256");
  const order = textOrder(labelled.length);
  let lines = "";
  for (let at = 0; at < order.length; at++) {
    const number = order[at] as number;
    const index = labelled[number] as number;
    if (index === columns.starts.length) lines += documentLines(frames, number, order, at);
    else if (columns.plain[index] === 1) lines += plainLines(frames, columns, index, labelOf(number));
    else {
      digest.update(lines);
      lines = "";
      writeOdd(frames, columns, index, labelOf(number));
      digest.update(out.view(0));
    }
    if (lines.length < CHUNK_UNITS) continue;
    digest.update(lines);
    lines = "";
  }
  digest.update(lines);
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

/** A line of a plain entry, and where its value begins behind the end of the name; -1 if it is the name. */
interface PlainLine {
  readonly open: string;
  readonly close: string;
  readonly offset: number;
  readonly length: number | undefined;
}

/** What stands around values and labels in the lines of a document. */
interface Frames {
  readonly entryPlan: Plan;
  readonly plainLines: readonly PlainLine[];
  readonly toEntries: ChildStep;
  /** The line that leads to an entry, where that is what is hashed. */
  readonly toSelf: string;
  /** What stands between a label and the label that it leads to, and after that. */
  readonly link: string;
  readonly linkEnd: string;
  /** The document's own lines, without labels, that sort before and after those to its entries. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function framesOf({ type, header }: EntryColumns): Frames {
  const plan = planOf(DOCUMENT_SHAPES[type]);
  const toEntries = plan.childSteps.find(({ name }) => name === ENTRIES_MEMBER[type]) as ChildStep;
  const entryPlan = toEntries.plan();
  const [link, linkEnd] = [decodeUtf8(toEntries.open, true), decodeUtf8(toEntries.close, true)];
  const at = plan.steps.indexOf(toEntries);
  const own = plan.steps.map((step) => ownLine(step, header));
  const isLine = (line: string | undefined): line is string => line !== undefined;
  return {
    entryPlan,
    plainLines: plainLinesOf(type, entryPlan),
    toEntries,
    toSelf: `${OTHER}${link}${SELF}${linkEnd}`,
    link,
    linkEnd,
    before: own.slice(0, at).filter(isLine),
    after: own.slice(at + 1).filter(isLine),
  };
}

function plainLinesOf(type: EntriesType, { steps }: Plan): PlainLine[] {
  return steps.flatMap((step) => {
    const [open, close] = [decodeUtf8(step.open, true), decodeUtf8(step.close, true)];
    if (step.from === "key") return [{ open, close, offset: -1, length: undefined }];
    let offset = 0;
    for (const { before, length, isOf } of PLAIN[type]) {
      offset += before.length;
      if (isOf(step)) return [{ open, close, offset, length }];
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

/** The lines of a plain entry. */
function plainLines(
  { plainLines }: Frames,
  { text, starts, nameEnds, ends }: EntryColumns,
  index: number,
  label: string,
): string {
  const nameEnd = nameEnds[index] as number;
  let lines = "";
  for (let at = 0; at < plainLines.length; at++) {
    const { open, close, offset, length } = plainLines[at] as PlainLine;
    const from = offset < 0 ? (starts[index] as number) + 1 : nameEnd + offset;
    const to = offset < 0 ? nameEnd : length === undefined ? (ends[index] as number) - 1 : from + length;
    lines += label + open + text.slice(from, to) + close;
  }
  return lines;
}

/** Writes the lines of an entry with custom data, other hashes, or members without a term, and nothing else, to `out`. */
function writeOdd(
  { entryPlan: plan }: Frames,
  { text, starts, nameEnds, ends }: EntryColumns,
  index: number,
  label: string,
): void {
  out.truncate(0);
  const nameEnd = nameEnds[index] as number;
  const key = text.slice((starts[index] as number) + 1, nameEnd);
  const entries = JSON.parse(text.slice(nameEnd + 2, ends[index])) as Entries;
  const subject: Subject = { plan, entries, key, position: 0, groups: undefined };
  writeLines(subject, label, writeAnonymousChildren, out);
}

function literalOf(name: string): (step: Step) => boolean {
  return (step) => step.from === "literal" && step.name === name;
}
