/**
 * OLPC canonical JSON, the bytes that classic TUF signatures cover (TUF 4.2.1).
 *
 * Members sorted by code point, no white space, integers only; strings escape nothing but `"` and `\`, so the
 * result need not be valid JSON: a line feed stands as itself.
 *
 * The bytes are written one after another and no text is built: a targets file has a million short strings, and
 * joining and encoding them costs more than reading them.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { concatBytes } from "../encoding/bytes.ts";
import { byCodePoint, sortByCodePoint } from "../encoding/codePoint.ts";
import { decodeUtf8, encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";

/** The OLPC canonical JSON of a value, as text. @throws ERR_SHAPE */
export function olpc(value: JsonValue): string {
  return decodeUtf8(olpcBytes(value), true);
}

/** The OLPC canonical JSON of a value, in UTF-8: what is signed. @throws ERR_SHAPE */
export function olpcBytes(value: JsonValue): Uint8Array {
  const writer = new Writer();
  writer.value(value);
  return writer.result();
}

const FIRST_BYTES = 16_384;
const LARGEST_BYTES = 1_048_576;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Writes into blocks, so that what is written is copied once, however much it becomes. */
class Writer {
  readonly #full: Uint8Array[] = [];
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  result(): Uint8Array {
    return concatBytes(...this.#full, this.#bytes.subarray(0, this.#length));
  }

  value(value: JsonValue): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "bigint") this.#ascii(String(value));
    else if (typeof value === "boolean") this.#ascii(value ? "true" : "false");
    else if (value === null) this.#ascii("null");
    else if (Array.isArray(value)) this.#array(value);
    else if (typeof value === "object") this.#object(value);
    else refuse(`a value of type ${typeof value}`);
  }

  #array(values: readonly JsonValue[]): void {
    this.#ascii("[");
    for (let index = 0; index < values.length; index++) {
      if (index > 0) this.#byte(COMMA);
      this.value(values[index] as JsonValue);
    }
    this.#ascii("]");
  }

  #object(entries: Readonly<Record<string, JsonValue>>): void {
    const names = sorted(Object.keys(entries));
    this.#ascii("{");
    for (let index = 0; index < names.length; index++) {
      if (index > 0) this.#byte(COMMA);
      const name = names[index] as string;
      this.#text(name);
      this.#byte(COLON);
      this.value(entries[name] as JsonValue);
    }
    this.#ascii("}");
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) refuse(`the number ${value}`);
    this.#ascii(String(value));
  }

  #text(text: string): void {
    this.#reserve(2 * text.length + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = QUOTE;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) {
        this.#encoded(text);
        return;
      }
      if (unit === QUOTE || unit === BACKSLASH) bytes[at++] = BACKSLASH;
      bytes[at++] = unit;
    }
    bytes[at++] = QUOTE;
    this.#length = at;
  }

  /** Text beyond ASCII, in place of what `#text` has begun to write. */
  #encoded(text: string): void {
    if (!text.isWellFormed()) refuse("a string with a lone surrogate");
    const encoded = encodeUtf8(`"${text.replace(/["\\]/g, "\\$&")}"`);
    this.#reserve(encoded.length);
    this.#bytes.set(encoded, this.#length);
    this.#length += encoded.length;
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#length++] = text.charCodeAt(index);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  /** Makes sure that the block has room for so many bytes more, or begins another. */
  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    this.#full.push(this.#bytes.subarray(0, this.#length));
    this.#bytes = new Uint8Array(Math.max(more, Math.min(2 * this.#bytes.length, LARGEST_BYTES)));
    this.#length = 0;
  }
}

/** Up to this many names are put in order by insertion, which for so few is quicker than `sort`. */
const FEW = 8;

function sorted(names: string[]): string[] {
  if (isSorted(names)) return names;
  if (names.length > FEW) return sortByCodePoint(names);
  for (let index = 1; index < names.length; index++) {
    const name = names[index] as string;
    let at = index;
    for (; at > 0 && byCodePoint(names[at - 1] as string, name) > 0; at--)
      names[at] = names[at - 1] as string;
    names[at] = name;
  }
  return names;
}

function isSorted(names: readonly string[]): boolean {
  for (let index = 1; index < names.length; index++) {
    if (byCodePoint(names[index - 1] as string, names[index] as string) > 0) return false;
  }
  return true;
}

function refuse(what: string): never {
  const reason = `${what} has no OLPC canonical form`;
  throw new TufLdError("ERR_SHAPE", reason, { path: "", reason });
}
