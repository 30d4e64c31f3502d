/**
 * A snapshot or a bin as text: thousands of entries of which a few change.
 *
 * The next version is the text of the one before with entries put in, exchanged or left out, and another version and
 * expiry. What does not change is copied, and no values are made of it.
 * @module
 */
import { digestDirect } from "../../canonical/direct.ts";
import {
  DIGITS,
  digestEntries,
  ENTRIES_MEMBER,
  type EntriesType,
  type EntryColumns,
} from "../../canonical/entriesDigest.ts";
import { byCodePoint, sortByCodePoint } from "../../encoding/codePoint.ts";
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
  head(expires: string): string;
  tail(version: number | string): string;
}

const FORMS: Readonly<Record<EntriesType, Form>> = {
  snapshot: {
    head: (expires) => `{"_type":"snapshot","expires":"${expires}","meta":{`,
    tail: (version) => `},"spec_version":"${SPEC_VERSION}","version":${version}}`,
  },
  targets: {
    head: (expires) =>
      `{"_type":"targets","expires":"${expires}","spec_version":"${SPEC_VERSION}","targets":{`,
    tail: (version) => `},"version":${version}}`,
  },
};

const EXPIRES = /^\{"_type":"[a-z]+","expires":"([0-9TZ:.+-]+)"/;
const VERSION = /"version":([1-9]\d{0,14})\}$/;
const LONGEST_HEAD = 150;
const LONGEST_TAIL = 80;
const MOST_LEADING = 16 ** DIGITS;

/** The OLPC canonical JSON of a document in which nothing has to be escaped, and where its entries lie. */
export class EntryText<T extends EntriesType = EntriesType> implements EntryColumns {
  readonly type: T;
  readonly header: EntryColumns["header"];
  readonly text: string;
  readonly starts: Uint32Array;
  readonly nameEnds: Uint32Array;
  readonly ends: Uint32Array;
  readonly plain: Uint8Array;
  readonly leading: Float64Array;
  #bytes: Uint8Array | undefined;
  #entries: Readonly<Record<string, unknown>> | undefined;

  private constructor(type: T, header: EntriesHeader, text: string, columns: Columns, bytes?: Uint8Array) {
    this.type = type;
    this.header = { spec_version: SPEC_VERSION, version: header.version, expires: header.expires };
    this.text = text;
    this.#bytes = bytes;
    this.starts = columns.starts;
    this.nameEnds = columns.nameEnds;
    this.ends = columns.ends;
    this.plain = columns.plain;
    this.leading = columns.leading;
  }

  /** A document without entries. */
  static empty<T extends EntriesType>(type: T, header: EntriesHeader): EntryText<T> {
    const { head, tail } = FORMS[type];
    return new EntryText(type, header, head(header.expires) + tail(header.version), columnsOf(0));
  }

  /**
   * Takes such a text apart; `undefined` if it is seen to be another.
   *
   * That it is canonical, and that its names and values are good, is not checked. Nobody may look at them before a
   * signature over the text has been checked with our own keys: then it is what we had validated when we signed it.
   */
  static read<T extends EntriesType>(type: T, bytes: Uint8Array): EntryText<T> | undefined {
    const text = textOf(bytes);
    if (text === undefined) return undefined;
    const [front, back] = [text.slice(0, LONGEST_HEAD), text.slice(-LONGEST_TAIL)];
    const [, expires = ""] = EXPIRES.exec(front) ?? [];
    const [, version = ""] = VERSION.exec(back) ?? [];
    const { head, tail } = FORMS[type];
    if (!front.startsWith(head(expires)) || !back.endsWith(tail(version))) return undefined;
    const columns = locate(type, text, head(expires).length, text.length - tail(version).length);
    return columns && new EntryText(type, { version: Number(version), expires }, text, columns, bytes);
  }

  /** The text in UTF-8: what is signed. */
  get bytes(): Uint8Array {
    this.#bytes ??= encodeUtf8(this.text);
    return this.#bytes;
  }

  /** The same with what is known of the hashes of its entries, if that is of as many. */
  withLeading(leading: Float64Array): EntryText<T> {
    if (leading.length !== this.leading.length) return this;
    // Nobody has to trust it, but numbers that are no digits would come to no order at all.
    const known = leading.map((each) =>
      Number.isInteger(each) && each >= 0 && each < MOST_LEADING ? each : Number.NaN,
    );
    const columns = { ...columnsIn(this), leading: known };
    return new EntryText(this.type, this.header, this.text, columns, this.#bytes);
  }

  /**
   * What changes come to; none if all is so already. `undefined` if it cannot be said in such a text.
   *
   * @param changes by name; `null` removes
   * @throws ERR_SHAPE if what is added has a wrong shape
   */
  editsOf(changes: ReadonlyMap<string, Documents[T]["entry"] | null>): EntryEdit[] | undefined {
    const names = sortByCodePoint([...changes.keys()]);
    const added = entriesOf(this.type, names, changes);
    if (added === undefined) return undefined;
    const edits: EntryEdit[] = [];
    let next = 0;
    for (const name of names) {
      const entry = changes.get(name) === null ? undefined : added[next++];
      const from = this.#indexOf(name);
      const to = this.#isNamed(from, name) ? from + 1 : from;
      if (entry === undefined ? to > from : to === from || !this.#isEntry(from, entry.text))
        edits.push({ from, to, entry });
    }
    return edits;
  }

  /** The next version. @param edits of this text, in the order in which `editsOf` tells them */
  next(header: EntriesHeader, edits: readonly EntryEdit[]): EntryText<T> {
    const { head, tail } = FORMS[this.type];
    const added = edits.filter(({ entry }) => entry !== undefined);
    const columns = columnsOf(this.starts.length + added.length);
    const opening = head(header.expires);
    const parts: string[] = [];
    let at = opening.length;
    let count = 0;
    const put = (part: string): void => {
      parts.push(part);
      // And the comma before the next one.
      at += part.length + 1;
    };
    const keep = (from: number, to: number): void => {
      if (from === to) return;
      const start = this.starts[from] as number;
      copyColumns(this, from, to, columns, count, at - start);
      count += to - from;
      put(this.text.slice(start, this.ends[to - 1]));
    };
    let kept = 0;
    for (const { from, to, entry } of edits) {
      keep(kept, from);
      kept = to;
      if (entry === undefined) continue;
      columns.starts[count] = at;
      columns.nameEnds[count] = at + entry.nameEnd;
      columns.ends[count] = at + entry.text.length;
      columns.plain[count] = entry.isPlain ? 1 : 0;
      columns.leading[count] = Number.NaN;
      count++;
      put(entry.text);
    }
    keep(kept, this.starts.length);
    const text = opening + parts.join(",") + tail(header.version);
    return new EntryText(this.type, header, text, shortened(columns, count));
  }

  /** As a document, whose entries are made when somebody asks for them. */
  get signed(): Documents[T]["document"] {
    const member = ENTRIES_MEMBER[this.type];
    const entries = (): Readonly<Record<string, unknown>> => {
      this.#entries ??= JSON.parse(this.text)[member] as Record<string, unknown>;
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
    return new DocumentDigests(signed, {
      classic: this.bytes,
      isJson: true,
      direct: (document, hash = "sha256") => {
        const quick = hash === "sha256" ? digestEntries(this) : undefined;
        if (quick !== undefined) onLeading?.(quick.leading);
        return quick?.digest ?? digestDirect(document, hash);
      },
    });
  }

  /** The names of all entries, in order. */
  *names(): Generator<string, void, undefined> {
    for (let index = 0; index < this.starts.length; index++) yield this.#name(index);
  }

  /** An entry, or `undefined`. */
  entry(name: string): Documents[T]["entry"] | undefined {
    const index = this.#indexOf(name);
    if (!this.#isNamed(index, name)) return undefined;
    const text = this.text.slice((this.nameEnds[index] as number) + 2, this.ends[index]);
    return JSON.parse(text) as Documents[T]["entry"];
  }

  /** Where an entry of this name is, or would be. */
  #indexOf(name: string): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byCodePoint(this.#name(middle), name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isNamed(index: number, name: string): boolean {
    return index < this.starts.length && this.#name(index) === name;
  }

  #isEntry(index: number, entry: string): boolean {
    return this.text.slice(this.starts[index], this.ends[index]) === entry;
  }

  #name(index: number): string {
    return this.text.slice((this.starts[index] as number) + 1, this.nameEnds[index]);
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

/** `undefined` if it is not well-formed. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes, true);
  } catch {
    return undefined;
  }
}
