/**
 * The snapshot as text: 16,384 entries of which a handful change.
 *
 * What we publish ends with `"signed":` and the OLPC canonical JSON of the snapshot. So it can be verified as it
 * stands, and the next one is the same text with other versions in a few places.
 * @module
 */
import { concatBytes } from "../../encoding/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../../encoding/utf8.ts";
import { type MetadataFile, parseMetadata } from "../../metadata/file.ts";
import type { MetaFile, Snapshot } from "../../vocabulary/types.ts";
import { SPEC_VERSION } from "../layout.ts";

/** Version and expiry of a snapshot. */
export type SnapshotHeader = Pick<Snapshot, "version" | "expires">;

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has escapes for these
const ESCAPED = /[\u0000-\u001f\\]/;
const ENTRY = '":{"version":';
const ZERO = 0x30;
const MOST_DIGITS = 15;

/** The OLPC canonical JSON of a snapshot whose entries say a version and nothing else, and its entries as columns. */
export class SnapshotText {
  readonly text: string;
  readonly header: SnapshotHeader;
  /** The members of `meta`, ascending. */
  readonly names: readonly string[];
  readonly versions: readonly number[];
  #meta: Snapshot["meta"] | undefined;

  private constructor(
    text: string,
    header: SnapshotHeader,
    names: readonly string[],
    versions: readonly number[],
  ) {
    this.text = text;
    this.header = header;
    this.names = names;
    this.versions = versions;
  }

  /** Reads such a text; `undefined` if it is another, canonical or not. */
  static read(text: string): SnapshotText | undefined {
    const [head = "", expires = ""] =
      /^\{"_type":"snapshot","expires":"([0-9TZ:.+-]+)","meta":\{/.exec(text) ?? [];
    const [tail = "", version = ""] = TAIL.exec(text.slice(-100)) ?? [];
    // Without escapes every quotation mark begins or ends a string.
    if (head === "" || tail === "" || ESCAPED.test(text)) return undefined;
    const names: string[] = [];
    const versions: number[] = [];
    const end = text.length - tail.length;
    let last = "";
    for (let at = head.length; at < end; at++) {
      const close = text.indexOf('"', at + 1);
      const name = text.slice(at + 1, close);
      if (text.charAt(at) !== '"' || !text.startsWith(ENTRY, close) || (names.length > 0 && name <= last))
        return undefined;
      const from = close + ENTRY.length;
      const stop = text.indexOf("}", from);
      const number = integer(text, from, stop);
      if (number === undefined) return undefined;
      names.push(name);
      versions.push(number);
      last = name;
      at = stop + 1;
      if (at < end && text.charAt(at) !== ",") return undefined;
    }
    return new SnapshotText(text, { version: Number(version), expires }, names, versions);
  }

  /** The version of a targets role, or `undefined`. */
  versionOf(role: string): number | undefined {
    return this.versions[this.#indexOf(`${role}.json`)];
  }

  /** The next snapshot; `undefined` if it cannot be had by exchanging numbers. @param entries what is new, by role */
  next(header: SnapshotHeader, entries: ReadonlyMap<string, MetaFile>): SnapshotText | undefined {
    const versions = [...this.versions];
    const parts = [`{"_type":"snapshot","expires":"${header.expires}","meta":{`];
    let from = this.text.indexOf('"meta":{') + '"meta":{'.length;
    for (const role of [...entries.keys()].sort()) {
      const name = `${role}.json`;
      const index = this.#indexOf(name);
      const { version, ...more } = entries.get(role) as MetaFile;
      if (index < 0 || Object.keys(more).length > 0) return undefined;
      const digits = this.text.indexOf(`"${name}${ENTRY}`, from) + name.length + ENTRY.length + 1;
      parts.push(this.text.slice(from, digits), String(version));
      from = digits + String(this.versions[index]).length;
      versions[index] = version;
    }
    const tail = `},"spec_version":"${SPEC_VERSION}","version":`;
    parts.push(this.text.slice(from, this.text.lastIndexOf(tail)), `${tail}${header.version}}`);
    return new SnapshotText(parts.join(""), header, this.names, versions);
  }

  /** As a document, whose entries are made when somebody asks for them. */
  get signed(): Snapshot {
    const entries = (): Snapshot["meta"] => {
      this.#meta ??= (JSON.parse(this.text) as Snapshot).meta;
      return this.#meta;
    };
    return {
      _type: "snapshot",
      spec_version: SPEC_VERSION,
      ...this.header,
      get meta() {
        return entries();
      },
    };
  }

  #indexOf(name: string): number {
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.names[middle] as string) < name) low = middle + 1;
      else high = middle;
    }
    return this.names[low] === name ? low : -1;
  }
}

const TAIL = new RegExp(
  `\\},"spec_version":"${SPEC_VERSION.replaceAll(".", "\\.")}","version":([1-9]\\d{0,14})\\}$`,
);

/** A positive integer as canonical JSON writes it. */
function integer(text: string, from: number, stop: number): number | undefined {
  let value = 0;
  if (stop - from < 1 || stop - from > MOST_DIGITS || text.charCodeAt(from) === ZERO) return undefined;
  for (let at = from; at < stop; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return value;
}

/** A snapshot file of ours, and its text twice: as bytes for signatures, and taken apart. */
export interface OurSnapshot {
  readonly file: MetadataFile<Snapshot>;
  readonly signedText: Uint8Array;
  readonly text: SnapshotText;
}

const MARK = encodeUtf8(',"signed":');
const END = encodeUtf8("}\n");
/** Signatures and proofs end before this; a longer envelope is read the usual way. */
const ENVELOPE_MAX_BYTES = 65_536;
const PLACEHOLDER = encodeUtf8(
  JSON.stringify({
    _type: "snapshot",
    spec_version: "1.0",
    version: 1,
    expires: "2000-01-01T00:00:00Z",
    meta: {},
  }),
);

/**
 * A snapshot file in the form in which we write it; `undefined` for any other form.
 *
 * Its names are not validated. Nobody may look at them before a classic signature over the text has been checked with
 * our own keys: then it is what we had validated when we signed it.
 */
export function readOurSnapshot(bytes: Uint8Array): OurSnapshot | undefined {
  const at = indexOf(bytes, MARK, Math.min(bytes.length, ENVELOPE_MAX_BYTES));
  if (at < 0 || indexOf(bytes.subarray(-END.length), END, END.length) !== 0) return undefined;
  const signedText = bytes.slice(at + MARK.length, -END.length);
  try {
    // The envelope is checked as part of a file whose `signed` is the smallest that there can be.
    const envelope = concatBytes(bytes.subarray(0, at + MARK.length), PLACEHOLDER, END);
    const file = parseMetadata(envelope, { type: "snapshot" });
    const text = SnapshotText.read(decodeUtf8(signedText, true));
    return text && { file: { ...file, signed: text.signed }, signedText, text };
  } catch {
    return undefined;
  }
}

/** Where a short sequence of bytes begins within the first `end` bytes, or -1. */
function indexOf(bytes: Uint8Array, sought: Uint8Array, end: number): number {
  for (let at = bytes.indexOf(sought[0] as number); at >= 0 && at + sought.length <= end; ) {
    if (sought.every((byte, index) => bytes[at + index] === byte)) return at;
    at = bytes.indexOf(sought[0] as number, at + 1);
  }
  return -1;
}
