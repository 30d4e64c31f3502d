/**
 * What reading CSV does with text, character by character: it runs once for each of millions of lines.
 * @module
 */
import { decodeUtf8 } from "../../encoding/utf8.ts";

/** The columns, in order; the last one may be missing. */
export const COLUMNS: readonly string[] = ["path", "length", "sha256", "custom"];
export const LF = 10;
const CR = 13;
const ZERO = 48;
const NINE = 57;
const UPPER_F = 70;

/** The fields of a record without quotes. */
export function plainFields(text: string, start: number, next: number): readonly string[] {
  let end = next;
  if (text.charCodeAt(end - 1) === LF) end--;
  if (end < next && end > start && text.charCodeAt(end - 1) === CR) end--;
  const first = text.indexOf(",", start);
  const second = first < 0 ? -1 : text.indexOf(",", first + 1);
  // Nearly all have three. An array that grows is larger, and there are millions.
  if (second > 0 && second < end) {
    const third = text.indexOf(",", second + 1);
    if (third < 0 || third >= end)
      return [text.slice(start, first), text.slice(first + 1, second), text.slice(second + 1, end)];
  }
  const fields: string[] = [];
  for (let at = start; fields.length <= COLUMNS.length; ) {
    const comma = text.indexOf(",", at);
    if (comma < 0 || comma >= end) {
      fields.push(text.slice(at, end));
      break;
    }
    fields.push(text.slice(at, comma));
    at = comma + 1;
  }
  return fields;
}

/** Whether a record is the optional first line. */
export function isHeaderLine(fields: readonly string[]): boolean {
  return fields.length >= 3 && fields.every((field, column) => field === COLUMNS[column]);
}

/** A decimal number without sign or leading zeros, or `undefined`. */
export function wholeNumber(text: string): number | undefined {
  if (text.length === 0 || text.length > 16 || (text.length > 1 && text.charCodeAt(0) === ZERO))
    return undefined;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * Hexadecimal digits in lower case. Tools write one case throughout, so the first letter tells which: nearly always it
 * is among the first digits, and no more are looked at.
 */
export function oneCase(digits: string): string {
  for (let at = 0; at < digits.length; at++) {
    const unit = digits.charCodeAt(at);
    if (unit <= NINE) continue;
    return unit <= UPPER_F ? digits.toLowerCase() : digits;
  }
  return digits;
}

/** How many line ends there are in a part of the text, at least one. */
export function countLines(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++;
  return Math.max(1, lines);
}

/** The length in UTF-8 of a part of well-formed text. */
export function utf8Length(text: string, start: number, end: number): number {
  let bytes = end - start;
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Both halves of a surrogate pair count two: four bytes together.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** Where the first line begins that is not well-formed UTF-8. */
export function wellFormedLines(bytes: Uint8Array): number {
  let good = 0;
  for (;;) {
    const end = bytes.indexOf(LF, good);
    try {
      decodeUtf8(bytes.subarray(good, end < 0 ? bytes.length : end + 1), true);
    } catch {
      return good;
    }
    good = end + 1;
    if (end < 0) return bytes.length;
  }
}
