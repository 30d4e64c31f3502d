/**
 * The snapshot as text: 16,384 entries of which a handful change.
 *
 * The next one is the text of the one before with other versions in a few places.
 * @module
 */
import { decodeUtf8 } from "../../encoding/utf8.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import type { MetaFile, Snapshot } from "../../vocabulary/types.ts";
import { SPEC_VERSION } from "../layout.ts";
import { readOurText } from "./ourText.ts";

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

/**
 * A snapshot file in the form in which we write it; `undefined` for any other form.
 *
 * Its names are not validated. Nobody may look at them before a classic signature over the text has been checked with
 * our own keys: then it is what we had validated when we signed it.
 */
export function readOurSnapshot(bytes: Uint8Array): OurSnapshot | undefined {
  const ours = readOurText(bytes, "snapshot");
  if (ours === undefined) return undefined;
  const { envelope, signedText } = ours;
  try {
    const text = SnapshotText.read(decodeUtf8(signedText, true));
    return text && { file: { ...envelope, signed: text.signed }, signedText, text };
  } catch {
    return undefined;
  }
}
