/**
 * A snapshot or a bin as text: thousands of entries of which a few change.
 *
 * The next version is the text of the one before with entries put in, exchanged or left out, and another version and
 * expiry. What does not change is copied, and no values are made of it.
 * @module
 */
import { digestDirect } from "../../canonical/direct.ts";
import { DIGITS, digestEntries, type EntriesType, type EntryColumns } from "../../canonical/entriesDigest.ts";
import { sortByCodePoint } from "../../encoding/codePoint.ts";
import { hasEscapes } from "../../encoding/escapes.ts";
import { decodeUtf8, encodeUtf8 } from "../../encoding/utf8.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import { DocumentDigests } from "../../proof/digests.ts";
import type { MetaFile, Snapshot, TargetFile, Targets } from "../../vocabulary/types.ts";
import { SPEC_VERSION } from "../layout.ts";
import { type Columns, columnsIn, columnsOf, copyColumns, locate, shortened } from "./entryColumns.ts";
import { type Entry, entriesOf } from "./newEntries.ts";
import { readOurText } from "./ourText.ts";

/** What a document says beside its entries. */
export type EntriesHeader = Pick<Snapshot, "version" | "expires">;

/** The document and the entries of each type. */
export interface Documents {
  readonly snapshot: { readonly document: Snapshot; readonly entry: MetaFile };
  readonly targets: { readonly document: Targets; readonly entry: TargetFile };
}

/** The entries from one index up to another give way to the text of one, or to nothing. */
export interface EntryEdit {
  readonly from: number;
  readonly to: number;
  readonly entry: Entry | undefined;
}

/** What stands around the entries in canonical JSON. */
interface Form {
  readonly member: "meta" | "targets";
  head(expires: string): string;
  tail(version: number | string): string;
}

const FORMS: Readonly<Record<EntriesType, Form>> = {
  snapshot: {
    member: "meta",
    head: (expires) => `{"_type":"snapshot","expires":"${expires}","meta":{`,
    tail: (version) => `},"spec_version":"${SPEC_VERSION}","version":${version}}`,
  },
  targets: {
    member: "targets",
    head: (expires) =>
      `{"_type":"targets","expires":"${expires}","spec_version":"${SPEC_VERSION}","targets":{`,
    tail: (version) => `},"version":${version}}`,
  },
};

const COMMA = 0x2c;
const EXPIRES = /^\{"_type":"[a-z]+","expires":"([0-9TZ:.+-]+)"/;
const VERSION = /"version":([1-9]\d{0,14})\}$/;
const LONGEST_HEAD = 150;
const LONGEST_TAIL = 80;
const MOST_LEADING = 16 ** DIGITS;

/** The OLPC canonical JSON of a document in which nothing has to be escaped, and where its entries lie. */
export class EntryText<T extends EntriesType = EntriesType> implements EntryColumns {
  readonly type: T;
  readonly header: EntryColumns["header"];
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly nameEnds: Uint32Array;
  readonly ends: Uint32Array;
  readonly plain: Uint8Array;
  readonly leading: Float64Array;
  #entries: Readonly<Record<string, unknown>> | undefined;

  private constructor(type: T, header: EntriesHeader, bytes: Uint8Array, columns: Columns) {
    this.type = type;
    this.header = { spec_version: SPEC_VERSION, version: header.version, expires: header.expires };
    this.bytes = bytes;
    this.starts = columns.starts;
    this.nameEnds = columns.nameEnds;
    this.ends = columns.ends;
    this.plain = columns.plain;
    this.leading = columns.leading;
  }

  /** A document without entries. */
  static empty<T extends EntriesType>(type: T, header: EntriesHeader): EntryText<T> {
    const { head, tail } = FORMS[type];
    const bytes = encodeUtf8(head(header.expires) + tail(header.version));
    return new EntryText(type, header, bytes, columnsOf(0));
  }

  /**
   * Takes such a text apart; `undefined` if it is seen to be another.
   *
   * That it is canonical, and that its names and values are good, is not checked. Nobody may look at them before a
   * signature over the text has been checked with our own keys: then it is what we had validated when we signed it.
   */
  static read<T extends EntriesType>(type: T, bytes: Uint8Array): EntryText<T> | undefined {
    if (hasEscapes(bytes)) return undefined;
    const front = latin(bytes.subarray(0, LONGEST_HEAD));
    const back = latin(bytes.subarray(-LONGEST_TAIL));
    const [, expires = ""] = EXPIRES.exec(front) ?? [];
    const [, version = ""] = VERSION.exec(back) ?? [];
    const { head, tail } = FORMS[type];
    if (!front.startsWith(head(expires)) || !back.endsWith(tail(version))) return undefined;
    const columns = locate(type, bytes, head(expires).length, bytes.length - tail(version).length);
    return columns && new EntryText(type, { version: Number(version), expires }, bytes, columns);
  }

  /** The same with what is known of the hashes of its entries, if that is of as many. */
  withLeading(leading: Float64Array): EntryText<T> {
    if (leading.length !== this.leading.length) return this;
    // Nobody has to trust it, but numbers that are no digits would come to no order at all.
    const known = leading.map((each) =>
      Number.isInteger(each) && each >= 0 && each < MOST_LEADING ? each : Number.NaN,
    );
    return new EntryText(this.type, this.header, this.bytes, { ...columnsIn(this), leading: known });
  }

  /**
   * What changes come to; none if all is so already. `undefined` if it cannot be said in such a text.
   *
   * @param changes by name; `null` removes
   */
  editsOf(changes: ReadonlyMap<string, Documents[T]["entry"] | null>): EntryEdit[] | undefined {
    const names = sortByCodePoint([...changes.keys()]);
    const added = entriesOf(this.type, names, changes);
    if (added === undefined) return undefined;
    const edits: EntryEdit[] = [];
    let next = 0;
    for (const name of names) {
      const entry = changes.get(name) === null ? undefined : added[next++];
      const sought = entry?.bytes.subarray(1, entry.nameEnd) ?? encodeUtf8(name);
      const from = this.#indexOf(sought);
      const to = this.#isNamed(from, sought) ? from + 1 : from;
      if (entry === undefined ? to > from : to === from || !this.#isEntry(from, entry.bytes))
        edits.push({ from, to, entry });
    }
    return edits;
  }

  /** The next version. @param edits of this text, in the order in which `editsOf` tells them */
  next(header: EntriesHeader, edits: readonly EntryEdit[]): EntryText<T> {
    const { head, tail } = FORMS[this.type];
    const [opening, closing] = [encodeUtf8(head(header.expires)), encodeUtf8(tail(header.version))];
    const added = edits.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
    const room = added.reduce((sum, { bytes }) => sum + bytes.length + 1, opening.length + closing.length);
    const bytes = new Uint8Array(this.bytes.length + room);
    const columns = columnsOf(this.starts.length + added.length);
    bytes.set(opening);
    let at = opening.length;
    let count = 0;
    const comma = (): void => {
      if (count > 0) bytes[at++] = COMMA;
    };
    const keep = (from: number, to: number): void => {
      if (from === to) return;
      comma();
      const start = this.starts[from] as number;
      bytes.set(this.bytes.subarray(start, this.ends[to - 1]), at);
      copyColumns(this, from, to, columns, count, at - start);
      count += to - from;
      at = columns.ends[count - 1] as number;
    };
    let kept = 0;
    for (const { from, to, entry } of edits) {
      keep(kept, from);
      kept = to;
      if (entry === undefined) continue;
      comma();
      bytes.set(entry.bytes, at);
      columns.starts[count] = at;
      columns.nameEnds[count] = at + entry.nameEnd;
      at += entry.bytes.length;
      columns.ends[count] = at;
      columns.plain[count] = entry.isPlain ? 1 : 0;
      columns.leading[count] = Number.NaN;
      count++;
    }
    keep(kept, this.starts.length);
    bytes.set(closing, at);
    return new EntryText(
      this.type,
      header,
      bytes.subarray(0, at + closing.length),
      shortened(columns, count),
    );
  }

  /** As a document, whose entries are made when somebody asks for them. */
  get signed(): Documents[T]["document"] {
    const { member } = FORMS[this.type];
    const entries = (): Readonly<Record<string, unknown>> => {
      this.#entries ??= JSON.parse(decodeUtf8(this.bytes, true))[member] as Record<string, unknown>;
      return this.#entries;
    };
    const document = {
      _type: this.type,
      ...this.header,
      get [member]() {
        return entries();
      },
    };
    return document as unknown as Documents[T]["document"];
  }

  /**
   * The digests of `signed`.
   *
   * @param onLeading takes the leading digits of the hashes of all entries, once they are known
   */
  digestsOf(signed: Documents[T]["document"], onLeading?: (leading: Float64Array) => void): DocumentDigests {
    return new DocumentDigests(signed, this.bytes, (document, hash = "sha256") => {
      const quick = hash === "sha256" ? digestEntries(this) : undefined;
      if (quick !== undefined) onLeading?.(quick.leading);
      return quick?.digest ?? digestDirect(document, hash);
    });
  }

  /** The name of the first entry, or `undefined` if there is none. */
  firstName(): string | undefined {
    const [start] = this.starts;
    return start === undefined
      ? undefined
      : decodeUtf8(this.bytes.subarray(start + 1, this.nameEnds[0]), true);
  }

  /** An entry, or `undefined`. */
  entry(name: string): Documents[T]["entry"] | undefined {
    const sought = encodeUtf8(name);
    const index = this.#indexOf(sought);
    if (!this.#isNamed(index, sought)) return undefined;
    const text = this.bytes.subarray((this.nameEnds[index] as number) + 2, this.ends[index]);
    return JSON.parse(decodeUtf8(text, true)) as Documents[T]["entry"];
  }

  /** Where an entry of this name is, or would be. */
  #indexOf(name: Uint8Array): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#name(middle), name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isNamed(index: number, name: Uint8Array): boolean {
    return index < this.starts.length && compare(this.#name(index), name) === 0;
  }

  #isEntry(index: number, entry: Uint8Array): boolean {
    return compare(this.bytes.subarray(this.starts[index], this.ends[index]), entry) === 0;
  }

  #name(index: number): Uint8Array {
    return this.bytes.subarray((this.starts[index] as number) + 1, this.nameEnds[index]);
  }
}

/** A file of ours, and its text twice: as bytes for signatures, and taken apart. */
export interface OurEntries<T extends EntriesType> {
  readonly file: MetadataFile<Documents[T]["document"]>;
  readonly signedText: Uint8Array;
  readonly text: EntryText<T>;
}

/** A file in the form in which we write it; `undefined` for any other form. See {@link EntryText.read}. */
export function readOurEntries<T extends EntriesType>(type: T, bytes: Uint8Array): OurEntries<T> | undefined {
  const ours = readOurText(bytes, type);
  const text = ours && EntryText.read(type, ours.signedText);
  return text && { file: { ...ours.envelope, signed: text.signed }, signedText: ours.signedText, text };
}

/** Bytes as text of as many characters, for expressions that look for ASCII. */
function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The order of UTF-8 is that of code points, in which canonical JSON has its names. */
function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
