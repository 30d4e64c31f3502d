/**
 * Control characters in UTF-8.
 * @module
 */

/** Whether a byte below 0x20 is among these: in UTF-8, a character that JSON has to escape. */
export function hasControlCharacter(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, length } = bytes;
  let index = 0;
  if (byteOffset % 4 === 0) {
    // Four at a time: taking 0x20 from each borrows into the top bit of those that are less, unless it was set.
    const words = new Int32Array(buffer, byteOffset, length >> 2);
    for (let at = 0; at < words.length; at++) {
      const word = words[at] as number;
      if (((word - 0x20202020) & ~word & 0x80808080) !== 0) return true;
    }
    index = words.length << 2;
  }
  for (; index < length; index++) if ((bytes[index] as number) < 0x20) return true;
  return false;
}
