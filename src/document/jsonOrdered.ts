/**
 * One fast pass over JSON bytes for text that stands in canonical order already, as the common tools of TUF write it:
 * names in ascending order, no escapes, plain integers. Such text breaks none of the strict rules, and without its
 * white space it is the OLPC canonical JSON of the value that it stands for, so nobody has to write that anew.
 *
 * Like the scan (`jsonScan.ts`) it does not know the grammar: what it says holds if `JSON.parse` accepts the text.
 * @module
 */
import { decodeUtf8 } from "../encoding/utf8.ts";
import { DEFAULT_RULES, type JsonRules } from "./jsonRules.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_A = 0x61;
const LETTER_Z = 0x7a;
/** "[" and "{" differ by this bit alone, and so do "]" and "}". */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** More members of the outermost object than this are left to the scan. */
const MAX_MEMBERS = 16;

/**
 * If the text is an object whose members' values are all in canonical order: the text of each, without white space;
 * parts of the input where it has none. The members themselves, the envelope of a metadata file, may stand in any
 * order.
 *
 * `undefined`: it is not so, or not seen to be, and nothing else is said. Otherwise, if this is JSON, it keeps the
 * strict rules with integers only, and each text is the OLPC canonical JSON of its value: what has no escapes has no
 * `"` and `\` to be escaped, and the order of UTF-8 bytes is that of code points.
 */
export function orderedMembers(
  bytes: Uint8Array,
  { maxDepth }: Pick<JsonRules, "maxDepth"> = DEFAULT_RULES,
): ReadonlyMap<string, Uint8Array> | undefined {
  if (bytes[0] !== OPEN || bytes.includes(BACKSLASH)) return undefined;
  const end = bytes.length;
  const white = new Squeezer(bytes);
  // Where each member's text begins and ends once white space is left out.
  const members = new Map<string, { readonly start: number; stop: number }>();
  let member: { readonly start: number; stop: number } | undefined;
  // The latest name of the innermost object, and of those around it; -1 where there is none yet.
  let nameStart = -1;
  let nameStop = -1;
  const outer: number[] = [];
  let depth = 0;

  for (let i = 0; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) {
      const start = ++i;
      while (i < end && bytes[i] !== QUOTE) i++;
      if (i + 1 >= end || bytes[i + 1] !== COLON) continue;
      if (depth === 1) {
        const name = memberName(bytes, start, i);
        if (name === undefined || members.has(name) || members.size === MAX_MEMBERS) return undefined;
        member = { start: i + 2 - white.left, stop: 0 };
        members.set(name, member);
      } else {
        if (nameStart >= 0 && !isAscending(bytes, nameStart, nameStop, start, i)) return undefined;
        nameStart = start;
        nameStop = i;
      }
      if (isProto(bytes, start, i)) return undefined;
      i++;
    } else if (byte === COMMA) {
      if (depth === 1 && member !== undefined) member.stop = i - white.left;
    } else if ((byte | BRACE_BIT) === OPEN) {
      if (depth++ === maxDepth) return undefined;
      outer.push(nameStart, nameStop);
      nameStart = -1;
    } else if ((byte | BRACE_BIT) === CLOSE) {
      if (depth-- === 0) return undefined;
      if (depth === 0 && member !== undefined) member.stop = i - white.left;
      nameStop = outer.pop() as number;
      nameStart = outer.pop() as number;
    } else if (isWhite(byte)) {
      i = white.leaveOut(i) - 1;
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      i = endOfInteger(bytes, i);
      if (i < 0) return undefined;
    } else if (byte < LETTER_A || byte > LETTER_Z) {
      return undefined;
    }
  }
  const squeezed = white.end();
  return new Map([...members].map(([name, { start, stop }]) => [name, squeezed.subarray(start, stop)]));
}

/** Leaves runs of white space out of a copy, which is made when the first one is met. */
class Squeezer {
  /** How many bytes have been left out. */
  left = 0;
  readonly #bytes: Uint8Array;
  #copy: Uint8Array | undefined;
  /** Where in `bytes` the text begins that has not been moved to its place yet. */
  #from = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Leaves out the run that begins at `at`, and returns where it ends. */
  leaveOut(at: number): number {
    this.#move(at);
    let end = at + 1;
    while (end < this.#bytes.length && isWhite(this.#bytes[end] as number)) end++;
    this.left += end - at;
    this.#from = end;
    return end;
  }

  /** The text without what was left out. */
  end(): Uint8Array {
    if (this.#copy === undefined) return this.#bytes;
    this.#move(this.#bytes.length);
    return this.#copy;
  }

  #move(end: number): void {
    // Not `slice`, which of a Buffer makes a view of the same bytes.
    this.#copy ??= new Uint8Array(this.#bytes);
    // Byte by byte: the runs are short.
    const copy = this.#copy;
    const { left } = this;
    for (let i = this.#from; i < end; i++) copy[i - left] = this.#bytes[i] as number;
  }
}

function isWhite(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function memberName(bytes: Uint8Array, start: number, stop: number): string | undefined {
  try {
    return decodeUtf8(bytes.subarray(start, stop), true);
  } catch {
    return undefined;
  }
}

/** Whether the second name comes after the first, and is therefore another. */
function isAscending(bytes: Uint8Array, start: number, stop: number, from: number, to: number): boolean {
  const common = Math.min(stop - start, to - from);
  for (let i = 0; i < common; i++) {
    const difference = (bytes[from + i] as number) - (bytes[start + i] as number);
    if (difference !== 0) return difference > 0;
  }
  return to - from > stop - start;
}

/** The member name that the strict rules refuse. */
function isProto(bytes: Uint8Array, start: number, stop: number): boolean {
  return stop - start === 9 && bytes[start] === 0x5f && memberName(bytes, start, stop) === "__proto__";
}

/** The offset of an integer's last digit, or -1 unless it is one that JavaScript holds and writes back as it stands. */
function endOfInteger(bytes: Uint8Array, start: number): number {
  const negative = bytes[start] === MINUS;
  let magnitude = 0;
  let i = negative ? start + 1 : start;
  for (; i < bytes.length; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) break;
    // Rounds only above 2^53, and then stays above it.
    magnitude = magnitude * 10 + digit;
  }
  // A fraction is refused by the caller, who meets its dot; an exponent would look like a word there.
  if (magnitude > Number.MAX_SAFE_INTEGER || (magnitude === 0 && negative)) return -1;
  return i < bytes.length && ((bytes[i] as number) | 0x20) === 0x65 ? -1 : i - 1;
}
