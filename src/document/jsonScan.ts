/**
 * One fast pass over JSON bytes for everything that `JSON.parse` would let pass.
 *
 * It does not know the grammar: on text that is not JSON it may answer anything, because `JSON.parse`
 * refuses that text anyway. On JSON it answers `true` only if the strict rules hold.
 * @module
 */
import { decodeUtf8, encodeUtf8 } from "../encoding/utf8.ts";
import { DEFAULT_RULES, type JsonRules } from "./jsonRules.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_U = 0x75;
/** "[" and "{" differ by this bit alone, and so do "]" and "}". */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const PROTO: Uint8Array = encodeUtf8("__proto__");
/** Up to this many names are compared in pairs; more are sorted first. */
const FEW_NAMES = 16;

/**
 * `true`: if this is JSON, it keeps the strict rules. `false`: it breaks one, or it is not JSON, or two names
 * of one object share a 53-bit hash without being equal.
 */
export function scanJson(
  bytes: Uint8Array,
  { maxDepth, numbers }: Pick<JsonRules, "maxDepth" | "numbers"> = DEFAULT_RULES,
): boolean {
  const end = bytes.length;
  let backslash = nextBackslash(bytes, 0);
  // Hashes of the names of all open objects, innermost last; `bases` says where each one's names begin.
  let names = new Float64Array(1024);
  let nameCount = 0;
  const bases: number[] = [];
  // The latest string, of which a colon makes a name.
  let start = -1;
  let stop = 0;
  let escaped = false;

  for (let i = 0; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) {
      start = ++i;
      while (i < end && bytes[i] !== QUOTE) i++;
      escaped = backslash < i;
      if (escaped) {
        i = endOfEscapedString(bytes, start);
        if (i < 0) return false;
        backslash = nextBackslash(bytes, i);
      }
      stop = i;
    } else if (byte === COLON) {
      // Not JSON; and colons alone must not make `names` grow.
      if (start < 0) return false;
      if (nameCount === names.length) {
        const larger = new Float64Array(nameCount * 2);
        larger.set(names);
        names = larger;
      }
      let hash: number;
      if (escaped) {
        const name = readEscapedName(bytes, start, stop);
        if (name === undefined || isProto(name, 0, name.length)) return false;
        hash = hashName(name, 0, name.length);
      } else {
        if (isProto(bytes, start, stop)) return false;
        hash = hashName(bytes, start, stop);
      }
      names[nameCount++] = hash;
      start = -1;
    } else if ((byte | BRACE_BIT) === OPEN) {
      if (bases.length === maxDepth) return false;
      bases.push(nameCount);
    } else if ((byte | BRACE_BIT) === CLOSE) {
      const base = bases.pop();
      if (base === undefined || !allDistinct(names, base, nameCount)) return false;
      nameCount = base;
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      const first = i;
      if (byte === MINUS) i++;
      let magnitude = 0;
      let digit = 0;
      for (; i < end; i++) {
        digit = (bytes[i] as number) - ZERO;
        if (digit < 0 || digit > 9) break;
        // Rounds only above 2^53, and then stays above it.
        magnitude = magnitude * 10 + digit;
      }
      if (i < end && isNumberTail(bytes[i] as number)) {
        if (numbers === "integers") return false;
        while (i < end && isNumberByte(bytes[i] as number)) i++;
        const value = Number(decodeUtf8(bytes.subarray(first, i), false));
        if (!Number.isFinite(value) || Object.is(value, -0)) return false;
      } else if (magnitude > Number.MAX_SAFE_INTEGER || (magnitude === 0 && byte === MINUS)) {
        return false;
      }
      i--;
    }
  }
  return true;
}

function nextBackslash(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(BACKSLASH, from);
  return at < 0 ? bytes.length : at;
}

/** The offset of the quote that ends the string, or -1 for a lone surrogate or a broken escape. */
function endOfEscapedString(bytes: Uint8Array, start: number): number {
  for (let i = start; i < bytes.length; i++) {
    if (bytes[i] === QUOTE) return i;
    if (bytes[i] !== BACKSLASH) continue;
    i++;
    if (bytes[i] !== LETTER_U) continue;
    const unit = readUnit(bytes, i);
    i += 4;
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit > 0xdbff || bytes[i + 1] !== BACKSLASH || bytes[i + 2] !== LETTER_U) return -1;
    const low = readUnit(bytes, i + 2);
    if (low < 0xdc00 || low > 0xdfff) return -1;
    i += 6;
  }
  return -1;
}

/** The four hexadecimal digits after the `u` at `at`; whether they are digits is left to `JSON.parse`. */
function readUnit(bytes: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = at + 1; i <= at + 4; i++) {
    const byte = bytes[i] ?? 0;
    unit = unit * 16 + (byte <= NINE ? byte - ZERO : (byte | 0x20) - 0x57);
  }
  return unit;
}

/** What the name is once its escapes are read, as UTF-8: two spellings of one name are one name. */
function readEscapedName(bytes: Uint8Array, start: number, stop: number): Uint8Array | undefined {
  try {
    const name: unknown = JSON.parse(decodeUtf8(bytes.subarray(start - 1, stop + 1), true));
    return typeof name === "string" ? encodeUtf8(name) : undefined;
  } catch {
    return undefined;
  }
}

function isProto(bytes: Uint8Array, start: number, stop: number): boolean {
  return stop - start === PROTO.length && PROTO.every((byte, i) => bytes[start + i] === byte);
}

/** 53 bits of two 32-bit lanes, four bytes a step. Equal names have equal hashes; nothing else is asked of it. */
function hashName(bytes: Uint8Array, start: number, stop: number): number {
  let a = stop - start;
  let b = ~a;
  let i = start;
  for (; i + 4 <= stop; i += 4) {
    const word =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    a = Math.imul(a ^ word, 0x9e3779b1);
    b = Math.imul(b ^ word, 0x85ebca6b);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  let word = 0;
  for (; i < stop; i++) word = (word << 8) | (bytes[i] as number);
  a = Math.imul(a ^ word, 0x9e3779b1);
  b = Math.imul(b ^ word, 0x85ebca6b);
  return ((a ^ (a >>> 15)) >>> 0) * 0x200000 + ((b ^ (b >>> 13)) >>> 11);
}

/** Sorting, not a hash table: nobody can choose names that make it slow. */
function allDistinct(hashes: Float64Array, from: number, to: number): boolean {
  if (to - from > FEW_NAMES) {
    hashes.subarray(from, to).sort();
    for (let i = from + 1; i < to; i++) if (hashes[i] === hashes[i - 1]) return false;
    return true;
  }
  for (let i = from + 1; i < to; i++) {
    const hash = hashes[i];
    for (let j = from; j < i; j++) if (hashes[j] === hash) return false;
  }
  return true;
}

/** `.`, `e`, `E`. */
function isNumberTail(byte: number): boolean {
  return byte === 0x2e || (byte | 0x20) === 0x65;
}

/** A digit, or one of `.eE+-`. */
function isNumberByte(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || isNumberTail(byte) || byte === MINUS || byte === 0x2b;
}
