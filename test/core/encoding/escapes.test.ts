import fc from "fast-check";
import { expect, test } from "vitest";
import { hasControlCharacter, hasEscapes } from "../../../src/encoding/escapes.ts";

const some = (bytes: Uint8Array, test: (byte: number) => boolean): boolean =>
  bytes.some((byte) => test(byte));
const corners = fc.constantFrom(0, 1, 0x1f, 0x20, 0x21, 0x5b, 0x5c, 0x5d, 0x7e, 0x7f, 0x80, 0x9f, 0xa0, 0xff);

test("bytes are found as a look at each of them finds them, wherever they lie", () => {
  fc.assert(
    fc.property(fc.array(corners, { maxLength: 24 }), fc.nat(7), (values, offset) => {
      const whole = new Uint8Array(offset + values.length + 5);
      whole.set(values, offset);
      const bytes = whole.subarray(offset, offset + values.length);
      expect(hasControlCharacter(bytes)).toBe(some(bytes, (byte) => byte < 0x20));
      expect(hasEscapes(bytes)).toBe(some(bytes, (byte) => byte < 0x20 || byte === 0x5c || byte === 0x7f));
    }),
    { numRuns: 2_000 },
  );
});

test("each single byte in a long text of others is found", () => {
  for (let at = 0; at < 40; at++)
    for (const [byte, isControl] of [
      [0x1f, true],
      [0x5c, false],
      [0x7f, false],
    ] as const) {
      const bytes = new Uint8Array(40).fill(0xe4);
      bytes[at] = byte;
      expect(hasControlCharacter(bytes)).toBe(isControl);
      expect(hasEscapes(bytes)).toBe(true);
    }
});
