/**
 * UTF-8 written piece by piece into one growing array.
 *
 * Nearly all text in metadata is short and ASCII. For such text a loop over its units is as fast as an encoder
 * with its call and its view, finds what must be escaped on the way, and leaves nothing to collect.
 * @module
 */
import { encodeUtf8 } from "../encoding/utf8.ts";
import { escapeLiteral } from "./nquads.ts";

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/** A growing array of bytes. */
export class Utf8Writer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 65_536) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** How many bytes are written. */
  get length(): number {
    return this.#length;
  }

  /** Takes back everything after the first `length` bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** A view of the bytes from `start` on, good until the next write. */
  view(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** ASCII without anything to escape, such as a label. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#length++] = text.charCodeAt(index);
  }

  /** A literal's value as it stands between the quotes. @throws ERR_SHAPE on a lone surrogate */
  literal(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < 0x20 || unit >= DELETE || unit === QUOTE || unit === BACKSLASH) {
        this.bytes(encodeUtf8(escapeLiteral(text)));
        return;
      }
      bytes[at++] = unit;
    }
    this.#length = at;
  }

  /** The whole lines of `source` from `start` to `end`, each with `label` in place of its first `skip` bytes. */
  relabelled(source: Uint8Array, start: number, end: number, skip: number, label: string): void {
    for (let at = start; at < end; ) {
      const next = source.indexOf(LINE_FEED, at) + 1;
      this.ascii(label);
      this.bytes(source.subarray(at + skip, next));
      at = next;
    }
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.view());
    this.#bytes = larger;
  }
}
