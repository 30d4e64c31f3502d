/**
 * A second, complete strict JSON reader that builds nothing and finds the first offence and its place.
 *
 * It is written for plainness, not speed, and shares no rule with the scan: tests hold the two against each
 * other. It keeps its own stack, so depth costs no call stack.
 * @module
 */
import { decodeUtf8 } from "../encoding/utf8.ts";
import { type TextPosition, TufLdError } from "../errors.ts";
import { DEFAULT_RULES, type JsonRules } from "./jsonRules.ts";

export type JsonOffence = TufLdError<"ERR_JSON_SYNTAX"> | TufLdError<"ERR_LIMIT">;

/** The first thing wrong with `input`, or `undefined` if it is strict JSON. Its size is not looked at. */
export function findJsonOffence(
  input: Uint8Array,
  { maxDepth, numbers }: Pick<JsonRules, "maxDepth" | "numbers"> = DEFAULT_RULES,
): JsonOffence | undefined {
  try {
    new Reader(input, maxDepth, numbers).readText();
    return undefined;
  } catch (thrown) {
    return refusalOf(thrown, input, maxDepth);
  }
}

/** What departs from strict JSON in a text that readers of other languages understand alike. */
export interface Departures {
  /** The first member named `__proto__` or integer that a double cannot hold, as the strict rules refuse it. */
  readonly first: JsonOffence | undefined;
  /** Where each integer begins and ends that a double cannot hold, in the order of the text. */
  readonly integers: readonly (readonly [start: number, end: number])[];
}

/** As `findJsonOffence`, but collects departures instead of refusing them. @throws the first other offence */
export function findDepartures(
  input: Uint8Array,
  { maxDepth, numbers }: Pick<JsonRules, "maxDepth" | "numbers">,
): Departures {
  const found: Found = { first: undefined, integers: [] };
  try {
    new Reader(input, maxDepth, numbers, found).readText();
  } catch (thrown) {
    throw refusalOf(thrown, input, maxDepth);
  }
  const { first, integers } = found;
  return { first: first && refusalOf(first, input, maxDepth), integers };
}

/** Python's `int` reads no more digits than these unless told otherwise, and to read many takes quadratic time. */
const MAX_DIGITS = 4_300;

interface Found {
  first: Offence | undefined;
  readonly integers: [start: number, end: number][];
}

function refusalOf(thrown: unknown, input: Uint8Array, maxDepth: number): JsonOffence {
  if (!(thrown instanceof Offence)) throw thrown;
  const position = positionOf(input, thrown.offset);
  const message = `line ${position.line}, column ${position.column}: ${thrown.reason}`;
  return thrown.isTooDeep
    ? new TufLdError("ERR_LIMIT", message, { limit: "maxDepth", allowed: maxDepth, actual: maxDepth + 1 })
    : new TufLdError("ERR_JSON_SYNTAX", message, { ...position, reason: thrown.reason });
}

class Offence {
  readonly offset: number;
  readonly reason: string;
  readonly isTooDeep: boolean;
  constructor(offset: number, reason: string, isTooDeep = false) {
    this.offset = offset;
    this.reason = reason;
    this.isTooDeep = isTooDeep;
  }
}

/** The names seen so far in an open object; `null` for an open array. */
type Frame = Set<string> | null;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  readonly #numbers: "integers" | "any";
  readonly #found: Found | undefined;
  readonly #frames: Frame[] = [];
  #at = 0;

  /** @param found is given the departures; without it they are offences */
  constructor(bytes: Uint8Array, maxDepth: number, numbers: "integers" | "any", found?: Found) {
    this.#bytes = bytes;
    this.#found = found;
    this.#maxDepth = maxDepth;
    this.#numbers = numbers;
  }

  readText(): void {
    if (this.#bytes.length === 0) throw new Offence(0, "the input is empty");
    if (this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb && this.#bytes[2] === 0xbf) {
      throw new Offence(0, "the text begins with a byte order mark");
    }
    do {
      if (this.#readValueStart()) while (this.#closesOrEnds());
    } while (this.#frames.length > 0);
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#unexpected("the end of the text");
  }

  /** Reads a scalar, an empty container, or the opening of one. `true` when a value is complete. */
  #readValueStart(): boolean {
    this.#skipSpace();
    const char = this.#peek();
    if (char === "{" || char === "[") {
      if (this.#frames.length >= this.#maxDepth) {
        throw new Offence(this.#at, `nested deeper than ${this.#maxDepth} levels`, true);
      }
      this.#at++;
      const frame: Frame = char === "{" ? new Set() : null;
      this.#frames.push(frame);
      this.#skipSpace();
      if (this.#peek() === (frame ? "}" : "]")) return true;
      if (frame) this.#readName(frame, 'a member name or "}"');
      return false;
    }
    if (char === '"') this.#readString();
    else if (char === "-" || isDigit(char)) this.#readNumber();
    else if (!["true", "false", "null"].some((word) => this.#readWord(word)))
      throw this.#unexpected("a value");
    return true;
  }

  /** After a value: `true` when its container closes too, `false` when a further value, or nothing, follows. */
  #closesOrEnds(): boolean {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return false;
    this.#skipSpace();
    const char = this.#peek();
    if (char === (frame ? "}" : "]")) {
      this.#at++;
      this.#frames.pop();
      return true;
    }
    if (char !== ",") throw this.#unexpected(frame ? '"," or "}"' : '"," or "]"');
    this.#at++;
    if (frame) {
      this.#skipSpace();
      this.#readName(frame, "a member name");
    }
    return false;
  }

  #readName(names: Set<string>, expected: string): void {
    const start = this.#at;
    if (this.#peek() !== '"') throw this.#unexpected(expected);
    this.#readString();
    // The slice is a well-formed string by now, so that reading its escapes cannot fail.
    const name = JSON.parse(decodeUtf8(this.#bytes.subarray(start, this.#at), true)) as string;
    if (name === "__proto__") this.#depart(new Offence(start, 'the member name "__proto__" is not allowed'));
    if (names.has(name)) throw new Offence(start, `duplicate member name ${quote(name)}`);
    names.add(name);
    this.#skipSpace();
    if (this.#peek() !== ":") throw this.#unexpected('":"');
    this.#at++;
  }

  #readString(): void {
    this.#at++;
    for (;;) {
      const char = this.#peek();
      if (char === undefined) throw this.#unexpected("the end of a string");
      if (char < " ") throw new Offence(this.#at, "a control character in a string must be escaped");
      if (char === "\\") this.#readEscape();
      else this.#at += this.#characterLength();
      if (char === '"') return;
    }
  }

  #readEscape(): void {
    const start = this.#at;
    const kind = this.#textAt(start + 1, 1);
    if (kind !== "u") {
      if (kind === "" || !'"\\/bfnrt'.includes(kind))
        throw new Offence(start, "an unknown escape in a string");
      this.#at += 2;
      return;
    }
    const unit = this.#escapedUnit(start);
    if (unit === undefined) throw new Offence(start, "\\u needs four hexadecimal digits");
    this.#at += 6;
    if (unit >= 0xdc00 && unit <= 0xdfff) throw new Offence(start, "a lone surrogate in a string");
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const low = this.#escapedUnit(this.#at);
      if (low === undefined || low < 0xdc00 || low > 0xdfff) {
        throw new Offence(start, "a lone surrogate in a string");
      }
      this.#at += 6;
    }
  }

  #escapedUnit(at: number): number | undefined {
    const match = /^\\u([0-9a-fA-F]{4})$/.exec(this.#textAt(at, 6));
    return match ? Number.parseInt(match[1] as string, 16) : undefined;
  }

  #readNumber(): void {
    const start = this.#at;
    if (this.#peek() === "-") this.#at++;
    if (this.#peek() === "0") {
      this.#at++;
      if (isDigit(this.#peek())) throw new Offence(start, "a number with a leading zero");
    } else this.#readDigits();
    const integerEnd = this.#at;
    if (this.#peek() === ".") {
      this.#at++;
      this.#readDigits();
    }
    if (this.#peek() === "e" || this.#peek() === "E") {
      this.#at++;
      if (this.#peek() === "+" || this.#peek() === "-") this.#at++;
      this.#readDigits();
    }
    const isInteger = this.#at === integerEnd;
    if (!isInteger && this.#numbers === "integers") {
      throw new Offence(start, "only integers are allowed, without a fraction or an exponent");
    }
    const value = Number(this.#textAt(start, this.#at - start));
    if (Object.is(value, -0)) throw new Offence(start, "negative zero");
    if (isInteger && !Number.isSafeInteger(value)) {
      this.#depart(new Offence(start, "an integer beyond ±(2^53 - 1)"));
      if (this.#at - start > MAX_DIGITS)
        throw new Offence(start, `an integer of more than ${MAX_DIGITS} digits`);
      this.#found?.integers.push([start, this.#at]);
      return;
    }
    if (!Number.isFinite(value)) throw new Offence(start, "a number too large for a double");
  }

  #depart(departure: Offence): void {
    if (this.#found === undefined) throw departure;
    this.#found.first ??= departure;
  }

  #readDigits(): void {
    if (!isDigit(this.#peek())) throw this.#unexpected("a digit");
    while (isDigit(this.#peek())) this.#at++;
  }

  #readWord(word: string): boolean {
    if (this.#textAt(this.#at, word.length) !== word) return false;
    this.#at += word.length;
    return true;
  }

  #skipSpace(): void {
    for (let char = this.#peek(); char === " " || char === "\t" || char === "\n" || char === "\r"; ) {
      this.#at++;
      char = this.#peek();
    }
  }

  /** The byte here as a character: right for ASCII, and never mistaken for ASCII otherwise. */
  #peek(): string | undefined {
    const byte = this.#bytes[this.#at];
    return byte === undefined ? undefined : String.fromCharCode(byte);
  }

  #textAt(at: number, length: number): string {
    return decodeUtf8(this.#bytes.subarray(at, at + length), false);
  }

  #characterLength(): number {
    const length = utf8Length(this.#bytes, this.#at);
    if (length === 0) throw new Offence(this.#at, "ill-formed UTF-8");
    return length;
  }

  #unexpected(expected: string): Offence {
    if (this.#at >= this.#bytes.length)
      return new Offence(this.#at, `the text ends, but ${expected} is missing`);
    const character = this.#textAt(this.#at, this.#characterLength());
    return new Offence(this.#at, `expected ${expected}, found ${quote(character)}`);
  }
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

/** Bytes of the well-formed sequence at `at` (Unicode 3.9, table 3-7), or 0 if it is ill-formed. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0xff;
  const second = bytes[at + 1] ?? 0;
  const isTail = (offset: number): boolean => ((bytes[at + offset] ?? 0) & 0xc0) === 0x80;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4 || !isTail(1)) return 0;
  if (lead < 0xe0) return 2;
  if (!isTail(2) || (lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return 0;
  if (lead < 0xf0) return 3;
  if (!isTail(3) || (lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return 0;
  return 4;
}

/** Lines end at U+000A; columns count UTF-16 code units, as editors and JavaScript do. */
function positionOf(bytes: Uint8Array, offset: number): TextPosition {
  let line = 1;
  let lineStart = 0;
  for (let i = bytes.indexOf(0x0a); i >= 0 && i < offset; i = bytes.indexOf(0x0a, i + 1)) {
    line++;
    lineStart = i + 1;
  }
  return { line, column: decodeUtf8(bytes.subarray(lineStart, offset), false).length + 1, offset };
}

/** Names are hostile: short, and nothing in them that a terminal would obey. */
function quote(text: string): string {
  const shown = text.length > 64 ? `${text.slice(0, 64)}…` : text;
  return JSON.stringify(shown).replace(
    /[^ -~\u2026]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
