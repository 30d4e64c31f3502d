/**
 * Text that grows by many short pieces, and is wanted as UTF-8.
 * @module
 */
import { encodeUtf8Into } from "../encoding/utf8.ts";

/** Units that are encoded at once: a call costs as much as some hundred units, and what waits is copied by each collection. */
const ENOUGH_UNITS = 1_024;
/** UTF-8 takes no more bytes than this for a UTF-16 unit. */
const UNIT_BYTES = 3;

/** Keeps bytes, so that text of many megabytes does not keep millions of strings alive. */
export class TextBuffer {
  #text: string;
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param expectedBytes for how much to make room from the beginning */
  constructor(text: string, expectedBytes = 0) {
    this.#text = text;
    this.#bytes = new Uint8Array(expectedBytes);
  }

  /** Pieces do not split surrogate pairs. */
  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= ENOUGH_UNITS) this.#encode();
  }

  /** All there is; the bytes are valid until more is added. */
  bytes(): Uint8Array<ArrayBuffer> {
    this.#encode();
    return this.#bytes.subarray(0, this.#length);
  }

  #encode(): void {
    const needed = this.#length + UNIT_BYTES * this.#text.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, Math.ceil(1.5 * this.#bytes.length)));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#length += encodeUtf8Into(this.#text, this.#bytes.subarray(this.#length));
    this.#text = "";
  }
}
