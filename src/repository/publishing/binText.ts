/**
 * A bin as text: a thousand entries of which one changes.
 *
 * The next version is the text of the one before with an entry put in, exchanged or left out, and another version and
 * expiry. What does not change is copied, and no values are made of it.
 * @module
 */
import { digestDirect } from "../../canonical/direct.ts";
import { digestTargets, PLAIN, type TargetsColumns } from "../../canonical/targetsDigest.ts";
import { olpcBytes } from "../../classic/olpc.ts";
import { sortByCodePoint } from "../../encoding/codePoint.ts";
import { hasControlCharacter } from "../../encoding/controlCharacter.ts";
import { decodeUtf8, encodeUtf8 } from "../../encoding/utf8.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import { DocumentDigests } from "../../proof/digests.ts";
import type { TargetFile, Targets } from "../../vocabulary/types.ts";
import { SPEC_VERSION } from "../layout.ts";
import { readOurText } from "./ourText.ts";

/** What a bin says beside its targets. */
export type BinHeader = Pick<Targets, "version" | "expires">;

/** The entries from one index up to another give way to the text of one, or to nothing. */
export interface BinEdit {
  readonly from: number;
  readonly to: number;
  readonly entry: EntryText | undefined;
}

/** An entry, from the quotation mark that opens its name to its closing brace. */
interface EntryText {
  readonly bytes: Uint8Array;
  readonly nameEnd: number;
  readonly isPlain: boolean;
}

type Columns = Record<"starts" | "nameEnds" | "ends", number[]> & { readonly plain: boolean[] };

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const DELETE = 0x7f;
const HEAD = /^\{"_type":"targets","expires":"([0-9TZ:.+-]+)","spec_version":"([0-9.]+)","targets":\{/;
const TAIL = /\},"version":([1-9]\d{0,14})\}$/;
const LONGEST_HEAD = 150;
const LONGEST_TAIL = 40;
const BEFORE_HASH = encodeUtf8(PLAIN.beforeHash);
const BEFORE_LENGTH = encodeUtf8(PLAIN.beforeLength);
/** What a string cannot hold if it stands alike in JSON and in N-Quads. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has escapes for these
const ESCAPED = /[\u0000-\u001f"\\\u007f]/;
const HASH = /^[0-9a-f]{64}$/;

/** The OLPC canonical JSON of a bin in which nothing has to be escaped, and where its entries lie. */
export class BinText implements TargetsColumns {
  readonly bytes: Uint8Array;
  readonly header: TargetsColumns["header"];
  readonly starts: readonly number[];
  readonly nameEnds: readonly number[];
  readonly ends: readonly number[];
  readonly plain: readonly boolean[];
  #targets: Targets["targets"] | undefined;

  private constructor(bytes: Uint8Array, header: TargetsColumns["header"], columns: Columns) {
    this.bytes = bytes;
    this.header = header;
    this.starts = columns.starts;
    this.nameEnds = columns.nameEnds;
    this.ends = columns.ends;
    this.plain = columns.plain;
  }

  /** A bin without entries. */
  static empty(header: BinHeader): BinText {
    const bytes = encodeUtf8(`${headOf(header.expires)}${tailOf(header.version)}`);
    return new BinText(bytes, { ...header, spec_version: SPEC_VERSION }, noColumns());
  }

  /**
   * Takes such a text apart; `undefined` if it is seen to be another.
   *
   * That it is canonical, and that its names and values are good, is not checked. Nobody may look at them before a
   * signature over the text has been checked with our own keys: then it is what we had validated when we signed it.
   */
  static read(bytes: Uint8Array): BinText | undefined {
    if (isEscaped(bytes)) return undefined;
    const [head = "", expires = "", spec] = HEAD.exec(latin(bytes.subarray(0, LONGEST_HEAD))) ?? [];
    const [tail = "", version = ""] = TAIL.exec(latin(bytes.subarray(-LONGEST_TAIL))) ?? [];
    const end = bytes.length - tail.length;
    if (spec !== SPEC_VERSION || tail === "" || head.length > end) return undefined;
    const columns = noColumns();
    for (let at = head.length; at < end; ) {
      if (bytes[at] !== QUOTE) return undefined;
      const nameEnd = endOfString(bytes, at);
      const plainEnd = endOfPlain(bytes, nameEnd);
      const stop = plainEnd ?? endOfObject(bytes, nameEnd + 2);
      if (stop === undefined || stop > end) return undefined;
      columns.starts.push(at);
      columns.nameEnds.push(nameEnd);
      columns.ends.push(stop);
      columns.plain.push(plainEnd !== undefined);
      at = stop;
      if (at < end && (bytes[at++] !== COMMA || at === end)) return undefined;
    }
    return new BinText(bytes, { version: Number(version), expires, spec_version: spec }, columns);
  }

  /**
   * What changes of targets come to; none if all is so already. `undefined` if it cannot be said in such a text.
   *
   * @param changes by path; `null` removes
   */
  editsOf(changes: ReadonlyMap<string, TargetFile | null>): BinEdit[] | undefined {
    const edits: BinEdit[] = [];
    for (const path of sortByCodePoint([...changes.keys()])) {
      const target = changes.get(path) as TargetFile | null;
      const entry = target === null ? undefined : entryText(path, target);
      if (target !== null && entry === undefined) return undefined;
      const from = this.#indexOf(encodeUtf8(path));
      const to = this.#isNamed(from, path) ? from + 1 : from;
      if (entry === undefined ? to > from : to === from || !this.#isEntry(from, entry.bytes))
        edits.push({ from, to, entry });
    }
    return edits;
  }

  /** The next version. @param edits of this text, in the order in which `editsOf` tells them */
  next(header: BinHeader, edits: readonly BinEdit[]): BinText {
    const head = encodeUtf8(headOf(header.expires));
    const tail = encodeUtf8(tailOf(header.version));
    const added = edits.reduce(
      (sum, { entry }) => sum + (entry === undefined ? 0 : entry.bytes.length + 1),
      0,
    );
    const bytes = new Uint8Array(head.length + this.bytes.length + added + tail.length);
    const columns = noColumns();
    bytes.set(head);
    let at = head.length;
    const comma = (): void => {
      if (columns.starts.length > 0) bytes[at++] = COMMA;
    };
    const keep = (from: number, to: number): void => {
      if (from === to) return;
      comma();
      const start = this.starts[from] as number;
      const by = at - start;
      bytes.set(this.bytes.subarray(start, this.ends[to - 1]), at);
      for (let index = from; index < to; index++) {
        columns.starts.push((this.starts[index] as number) + by);
        columns.nameEnds.push((this.nameEnds[index] as number) + by);
        columns.ends.push((this.ends[index] as number) + by);
        columns.plain.push(this.plain[index] as boolean);
      }
      at = columns.ends.at(-1) as number;
    };
    let kept = 0;
    for (const { from, to, entry } of edits) {
      keep(kept, from);
      kept = to;
      if (entry === undefined) continue;
      comma();
      bytes.set(entry.bytes, at);
      columns.starts.push(at);
      columns.nameEnds.push(at + entry.nameEnd);
      at += entry.bytes.length;
      columns.ends.push(at);
      columns.plain.push(entry.isPlain);
    }
    keep(kept, this.starts.length);
    bytes.set(tail, at);
    const text = bytes.subarray(0, at + tail.length);
    return new BinText(text, { ...header, spec_version: SPEC_VERSION }, columns);
  }

  /** The path of the first entry, or `undefined` if there is none. */
  firstPath(): string | undefined {
    const [start] = this.starts;
    return start === undefined
      ? undefined
      : decodeUtf8(this.bytes.subarray(start + 1, this.nameEnds[0]), true);
  }

  /** As a document, whose entries are made when somebody asks for them. */
  get signed(): Targets {
    const targets = (): Targets["targets"] => {
      this.#targets ??= (JSON.parse(decodeUtf8(this.bytes, true)) as Targets).targets;
      return this.#targets;
    };
    return {
      _type: "targets",
      ...this.header,
      get targets() {
        return targets();
      },
    };
  }

  /** The digests of `signed`. */
  digestsOf(signed: Targets): DocumentDigests {
    return new DocumentDigests(signed, this.bytes, (document, hash = "sha256") =>
      hash === "sha256" ? digestTargets(this) : digestDirect(document, hash),
    );
  }

  /** Where an entry of this name is, or would be. */
  #indexOf(name: Uint8Array): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = (this.starts[middle] as number) + 1;
      if (compare(this.bytes.subarray(at, this.nameEnds[middle]), name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isNamed(index: number, path: string): boolean {
    if (index >= this.starts.length) return false;
    const name = this.bytes.subarray((this.starts[index] as number) + 1, this.nameEnds[index]);
    return compare(name, encodeUtf8(path)) === 0;
  }

  #isEntry(index: number, entry: Uint8Array): boolean {
    return compare(this.bytes.subarray(this.starts[index], this.ends[index]), entry) === 0;
  }
}

/** A bin's file of ours, and its text twice: as bytes for signatures, and taken apart. */
export interface OurBin {
  readonly file: MetadataFile<Targets>;
  readonly signedText: Uint8Array;
  readonly text: BinText;
}

/** A bin's file in the form in which we write it; `undefined` for any other form. See {@link BinText.read}. */
export function readOurBin(bytes: Uint8Array): OurBin | undefined {
  const ours = readOurText(bytes, "targets");
  const text = ours && BinText.read(ours.signedText);
  return text && { file: { ...ours.envelope, signed: text.signed }, signedText: ours.signedText, text };
}

/** The text of an entry; `undefined` if something in it is escaped. */
function entryText(path: string, target: TargetFile): EntryText | undefined {
  if (ESCAPED.test(path)) return undefined;
  const { length, hashes } = target;
  const sha256 = hashes.sha256;
  const isPlain =
    Object.keys(target).length === 2 &&
    Object.keys(hashes).length === 1 &&
    typeof sha256 === "string" &&
    HASH.test(sha256) &&
    Number.isSafeInteger(length) &&
    !Object.is(length, -0);
  const name = encodeUtf8(`"${path}`);
  const bytes = isPlain
    ? encodeUtf8(`"${path}${PLAIN.beforeHash}${sha256}${PLAIN.beforeLength}${length}}`)
    : olpcBytes({ [path]: target as never }).slice(1, -1);
  return !isPlain && isEscaped(bytes) ? undefined : { bytes, nameEnd: name.length, isPlain };
}

/** Whether something in the text stands otherwise in JSON or in N-Quads. */
function isEscaped(bytes: Uint8Array): boolean {
  return bytes.includes(BACKSLASH) || bytes.includes(DELETE) || hasControlCharacter(bytes);
}

function headOf(expires: string): string {
  return `{"_type":"targets","expires":"${expires}","spec_version":"${SPEC_VERSION}","targets":{`;
}

function tailOf(version: number): string {
  return `},"version":${version}}`;
}

function noColumns(): Columns {
  return { starts: [], nameEnds: [], ends: [], plain: [] };
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

/** Where a string that begins at `at` is closed. */
function endOfString(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== QUOTE) end++;
  return end;
}

/** Behind a plain entry whose name is closed at `nameEnd`; `undefined` if it is not plain. */
function endOfPlain(bytes: Uint8Array, nameEnd: number): number | undefined {
  if (!isAt(bytes, nameEnd, BEFORE_HASH)) return undefined;
  const hashEnd = endOfString(bytes, nameEnd + BEFORE_HASH.length - 1);
  if (hashEnd - nameEnd - BEFORE_HASH.length !== PLAIN.hashLength) return undefined;
  if (!isAt(bytes, hashEnd, BEFORE_LENGTH)) return undefined;
  let at = hashEnd + BEFORE_LENGTH.length;
  while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
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

function isAt(bytes: Uint8Array, at: number, sought: Uint8Array): boolean {
  for (let index = 0; index < sought.length; index++) if (bytes[at + index] !== sought[index]) return false;
  return true;
}
