/**
 * Where the entries of a document lie in its OLPC canonical JSON, as columns: found, copied, moved.
 * @module
 */
import {
  type EntriesType,
  type EntryColumns,
  PLAIN,
  type PlainValue,
} from "../../canonical/entriesDigest.ts";
import { hasEscapes } from "../../encoding/escapes.ts";

/** See {@link EntryColumns}. */
export type Columns = Pick<EntryColumns, "starts" | "nameEnds" | "ends" | "plain" | "leading">;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** What an entry with more than a version, or a length and a hash, is reckoned to take, in UTF-16 units. */
const LONG_ENTRY = 300;
const SPARE_ENTRIES = 64;
/** A character that stands for itself in JSON and in N-Quads, and ends no string. */
const UNESCAPED = '[^"\\\\\\u0000-\\u001f\\u007f\\ufffe\\uffff]';
/** A plain entry at `lastIndex`, and then what follows it. */
const PLAIN_ENTRY: Readonly<Record<EntriesType, RegExp>> = {
  snapshot: plainEntry(PLAIN.snapshot),
  targets: plainEntry(PLAIN.targets),
};

/** Columns for so many entries. */
export function columnsOf(count: number): Columns {
  return {
    starts: new Uint32Array(count),
    nameEnds: new Uint32Array(count),
    ends: new Uint32Array(count),
    plain: new Uint8Array(count),
    leading: new Float64Array(count),
  };
}

/** The columns alone. */
export function columnsIn({ starts, nameEnds, ends, plain, leading }: Columns): Columns {
  return { starts, nameEnds, ends, plain, leading };
}

/** The first so many entries. */
export function shortened({ starts, nameEnds, ends, plain, leading }: Columns, count: number): Columns {
  return {
    starts: starts.subarray(0, count),
    nameEnds: nameEnds.subarray(0, count),
    ends: ends.subarray(0, count),
    plain: plain.subarray(0, count),
    leading: leading.subarray(0, count),
  };
}

function lengthened(columns: Columns): Columns {
  const { length } = columns.starts;
  const longer = columnsOf(2 * length);
  copyColumns(columns, 0, length, longer, 0, 0);
  return longer;
}

/** Copies the columns of a run of entries, which lies `by` units further on. */
export function copyColumns(
  source: Columns,
  from: number,
  to: number,
  target: Columns,
  at: number,
  by: number,
): void {
  target.plain.set(source.plain.subarray(from, to), at);
  target.leading.set(source.leading.subarray(from, to), at);
  for (const column of ["starts", "nameEnds", "ends"] as const) {
    const copied = target[column];
    copied.set(source[column].subarray(from, to), at);
    if (by !== 0)
      for (let index = at; index < at + to - from; index++) copied[index] = (copied[index] as number) + by;
  }
}

/** Finds the entries between two places; `undefined` if there is something else, or something escaped. */
export function locate(type: EntriesType, text: string, from: number, end: number): Columns | undefined {
  const plain = PLAIN_ENTRY[type];
  // Entries are about as long as the first one.
  plain.lastIndex = from;
  const sample = plain.test(text) ? plain.lastIndex : from + LONG_ENTRY;
  let columns = columnsOf(Math.ceil((end - from) / (sample + 1 - from)) + SPARE_ENTRIES);
  let count = 0;
  for (let at = from; at < end; count++) {
    if (text.charCodeAt(at) !== QUOTE) return undefined;
    const nameEnd = text.indexOf('"', at + 1);
    if (nameEnd < 0) return undefined;
    plain.lastIndex = at;
    const isPlain = plain.test(text);
    const stop = isPlain ? plain.lastIndex : endOfObject(text, nameEnd + 2);
    if (stop === undefined || stop > end) return undefined;
    if (!isPlain && hasEscapes(text.slice(at, stop))) return undefined;
    if (count === columns.starts.length) columns = lengthened(columns);
    columns.starts[count] = at;
    columns.nameEnds[count] = nameEnd;
    columns.ends[count] = stop;
    columns.plain[count] = isPlain ? 1 : 0;
    at = stop;
    if (at < end && (text.charCodeAt(at++) !== COMMA || at === end)) return undefined;
  }
  const found = shortened(columns, count);
  found.leading.fill(Number.NaN);
  return found;
}

/** Behind an object that begins at `at`; `undefined` if none does or it has no end. */
function endOfObject(text: string, at: number): number | undefined {
  if (text.charCodeAt(at) !== OPEN) return undefined;
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === QUOTE) {
      end = text.indexOf('"', end + 1);
      if (end < 0) return undefined;
    } else if (unit === OPEN) depth++;
    else if (unit === CLOSE && --depth === 0) return end + 1;
  }
  return undefined;
}

function plainEntry(values: readonly PlainValue[]): RegExp {
  const parts = values.map(({ before, length }) => {
    const value = length === undefined ? "[0-9]+" : `${UNESCAPED}{${length}}`;
    return before.replace(/[{}]/g, "\\$&") + value;
  });
  return new RegExp(`"${UNESCAPED}*${parts.join("")}\\}`, "y");
}
