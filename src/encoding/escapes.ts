/**
 * Bytes of UTF-8 that have to be escaped in JSON or in N-Quads, looked for four at a time.
 * @module
 */

const BLANKS = 0x20202020;
const ONES = 0x01010101;
const TOPS = 0x80808080;
const BACKSLASHES = 0x5c5c5c5c;
const DELETES = 0x7f7f7f7f;
const NO_WORDS = new Int32Array();

/** Whether a byte below 0x20 is among these: a character that JSON has to escape. */
export function hasControlCharacter(bytes: Uint8Array): boolean {
  // Taking 0x20 from each byte borrows into the top bit of those that are less, unless that was set.
  return someWord(bytes, (word) => (word - BLANKS) & ~word & TOPS);
}

/** Whether a control character, a backslash or DEL is among these. */
export function hasEscapes(bytes: Uint8Array): boolean {
  return someWord(bytes, (word) => {
    const slash = word ^ BACKSLASHES;
    const del = word ^ DELETES;
    return ((word - BLANKS) & ~word & TOPS) | ((slash - ONES) & ~slash & TOPS) | ((del - ONES) & ~del & TOPS);
  });
}

/** Whether `test` gives anything but 0 for some four bytes. Where there are fewer, spaces take the others' places. */
function someWord({ buffer, byteOffset, length }: Uint8Array, test: (word: number) => number): boolean {
  const lead = Math.min(length, (4 - (byteOffset % 4)) % 4);
  const count = (length - lead) >> 2;
  const words = count === 0 ? NO_WORDS : new Int32Array(buffer, byteOffset + lead, count);
  for (let at = 0; at < count; at++) if (test(words[at] as number) !== 0) return true;
  const rest = new Uint8Array(8).fill(0x20);
  const bytes = new Uint8Array(buffer, byteOffset, length);
  rest.set(bytes.subarray(0, lead));
  rest.set(bytes.subarray(lead + 4 * count), 4);
  return [...new Int32Array(rest.buffer)].some((word) => test(word) !== 0);
}
