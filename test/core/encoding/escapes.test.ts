import fc from "fast-check";
import { expect, test } from "vitest";
import { hasControlCharacter, hasEscapes } from "../../../src/encoding/escapes.ts";

const corners = fc.constantFrom(...'\u0000\u0001\u001f !"[\\]~\u007f\u0080\u009f\u00a0ÿ\u2028\ud83d');

test("characters are found as a look at each of them finds them", () => {
  fc.assert(
    fc.property(fc.array(corners, { maxLength: 24 }), (units) => {
      const text = units.join("");
      expect(hasControlCharacter(text)).toBe(units.some((unit) => unit < " "));
      expect(hasEscapes(text)).toBe(units.some((unit) => unit < " " || unit === "\\" || unit === "\u007f"));
    }),
    { numRuns: 2_000 },
  );
});

test("each single character in a long text of others is found", () => {
  for (const at of [0, 1, 4_999, 9_999])
    for (const [unit, isControl] of [
      ["\u001f", true],
      ["\\", false],
      ["\u007f", false],
    ] as const) {
      const text = `${"ä".repeat(at)}${unit}${"ä".repeat(9_999 - at)}`;
      expect(hasControlCharacter(text)).toBe(isControl);
      expect(hasEscapes(text)).toBe(true);
    }
});
