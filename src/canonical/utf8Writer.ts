/**
 * UTF-8 written piece by piece into one growing array.
 *
 * Nearly all text in metadata is short and ASCII. For such text a loop over its units is as fast as an encoder
 * with its call and its view, finds what must be escaped on the way, and leaves nothing to collect.
 * @module
 */
import { encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import { escapeLiteral } from "./nquads.ts";

const FIRST_BYTES = 65_536;
const KEPT_BYTES = 16 * 1_048_576;
/** Far more than real metadata comes to. */
const MAX_BYTES = 1_073_741_824;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/** What stands between a subject and an object, and after the object. */
export interface Frame {
  readonly open: Uint8Array;
  readonly close: Uint8Array;
}

/** A growing array of bytes. */
export class Utf8Writer {
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #spare: WeakRef<Uint8Array> | undefined;

  /** How many bytes are written. */
  get length(): number {
    return this.#length;
  }

  /** Takes back everything after the first `length` bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  /**
   * Empties the array. Beyond 16 MiB its memory is left to the garbage collector, or to the next large document
   * if that comes first.
   */
  reset(): void {
    this.#length = 0;
    if (this.#bytes.length <= KEPT_BYTES) return;
    this.#spare = new WeakRef(this.#bytes);
    this.#bytes = new Uint8Array(FIRST_BYTES);
  }

  /** A view of the bytes from `start` to `end`, good until the next write. */
  view(start: number, end: number = this.#length): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  /**
   * Makes room for this many bytes more, at once; writing makes room by itself, but step by step.
   * @throws ERR_LIMIT beyond 1 GiB
   */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_BYTES) {
      const message = `the canonical form takes more than ${MAX_BYTES} bytes`;
      throw new TufLdError("ERR_LIMIT", message, {
        limit: "canonicalBytes",
        allowed: MAX_BYTES,
        actual: needed,
      });
    }
    const spare = this.#spare?.deref();
    const larger =
      spare !== undefined && spare.length >= needed
        ? spare
        : new Uint8Array(Math.max(needed, Math.min(4 * this.#bytes.length, MAX_BYTES)));
    larger.set(this.view(0));
    this.#bytes = larger;
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** ASCII without anything to escape, such as a label. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#length++] = text.charCodeAt(index);
  }

  /** A literal's value as it stands between the quotes. @throws ERR_SHAPE on a lone surrogate */
  literal(text: string): void {
    this.reserve(text.length);
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

  /** A line with a literal: `label`, what opens it, its value, what closes it. */
  line(label: string, { open, close }: Frame, value: string): void {
    this.ascii(label);
    this.bytes(open);
    this.literal(value);
    this.bytes(close);
  }

  /** A line from the blank node `label` to the blank node `object`. */
  link(label: string, { open, close }: Frame, object: string): void {
    this.ascii(label);
    this.bytes(open);
    this.ascii(object);
    this.bytes(close);
  }

  /**
   * Again the whole lines that were written from `start` to `end`, each with `label` in place of its first
   * `skip` bytes.
   */
  relabel(start: number, end: number, skip: number, label: string): void {
    for (let line = start; line < end; ) {
      const next = this.#bytes.indexOf(LINE_FEED, line) + 1;
      this.ascii(label);
      this.reserve(next - line);
      this.#bytes.copyWithin(this.#length, line + skip, next);
      this.#length += next - line - skip;
      line = next;
    }
  }
}
