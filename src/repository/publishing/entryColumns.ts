/**
 * Where the entries of a document lie in its OLPC canonical JSON, as columns: found, copied, moved.
 * @module
 */
import { type EntriesType, type EntryColumns, PLAIN } from "../../canonical/entriesDigest.ts";

/** See {@link EntryColumns}. */
export type Columns = Pick<EntryColumns, "starts" | "nameEnds" | "ends" | "plain" | "leading">;

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** What an entry with more than a version, or a length and a hash, is reckoned to take, in bytes. */
const LONG_ENTRY = 300;
const SPARE_ENTRIES = 64;

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

/** Copies the columns of a run of entries, which lies `by` bytes further on. */
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

/** Finds the entries between two places; `undefined` if there is something else. */
export function locate(type: EntriesType, bytes: Uint8Array, from: number, end: number): Columns | undefined {
  // Entries are about as long as the first one.
  const sample = endOfPlain(type, bytes, endOfString(bytes, from)) ?? from + LONG_ENTRY;
  let columns = columnsOf(Math.ceil((end - from) / (sample + 1 - from)) + SPARE_ENTRIES);
  let count = 0;
  for (let at = from; at < end; count++) {
    if (bytes[at] !== QUOTE) return undefined;
    const nameEnd = endOfString(bytes, at);
    const plainEnd = endOfPlain(type, bytes, nameEnd);
    const stop = plainEnd ?? endOfObject(bytes, nameEnd + 2);
    if (stop === undefined || stop > end) return undefined;
    if (count === columns.starts.length) columns = lengthened(columns);
    columns.starts[count] = at;
    columns.nameEnds[count] = nameEnd;
    columns.ends[count] = stop;
    columns.plain[count] = plainEnd === undefined ? 0 : 1;
    at = stop;
    if (at < end && (bytes[at++] !== COMMA || at === end)) return undefined;
  }
  const found = shortened(columns, count);
  found.leading.fill(Number.NaN);
  return found;
}

/** Where a string that begins at `at` is closed. */
function endOfString(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== QUOTE) end++;
  return end;
}

/** Behind a plain entry whose name is closed at `nameEnd`; `undefined` if it is not plain. */
function endOfPlain(type: EntriesType, bytes: Uint8Array, nameEnd: number): number | undefined {
  let at = nameEnd;
  for (const { before, length } of PLAIN[type]) {
    for (let index = 0; index < before.length; index++)
      if (bytes[at + index] !== before[index]) return undefined;
    const from = at + before.length;
    if (length === undefined) {
      at = from;
      while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
      if (at === from) return undefined;
    } else {
      at = endOfString(bytes, from - 1);
      if (at - from !== length) return undefined;
    }
  }
  return bytes[at] === CLOSE ? at + 1 : undefined;
}

/** Behind an object that begins at `at`; `undefined` if none does or it has no end. */
function endOfObject(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== OPEN) return undefined;
  let depth = 0;
  for (let end = at; end < bytes.length; end++) {
    const byte = bytes[end];
    if (byte === QUOTE) end = endOfString(bytes, end);
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return end + 1;
  }
  return undefined;
}
