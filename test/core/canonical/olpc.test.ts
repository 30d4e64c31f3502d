/**
 * OLPC canonical JSON: the writer of bytes against the rule as one writes it on a page.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { olpc, olpcBytes } from "../../../src/classic/olpc.ts";
import type { JsonValue } from "../../../src/document/json.ts";
import { byCodePoint } from "../../../src/encoding/codePoint.ts";
import { runs } from "../../support/runs.ts";

function plain(value: JsonValue): string {
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(plain).join(",")}]`;
  const entries = value as Readonly<Record<string, JsonValue>>;
  const names = Object.keys(entries).sort(byCodePoint);
  return `{${names.map((name) => `${plain(name)}:${plain(entries[name] as JsonValue)}`).join(",")}}`;
}

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom('"', "\\", "a", "\n", "é", "\uffff", "\u{10000}") }),
);
const { value: values } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value")),
    fc.dictionary(text, tie("value"), { maxKeys: 20 }),
  ),
}));
const utf8 = (canonical: string): Uint8Array => new TextEncoder().encode(canonical);

describe("OLPC canonical JSON", () => {
  test("the bytes are those of the rule, for values of any shape", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(olpcBytes(value)).toEqual(utf8(plain(value)));
        expect(olpc(value)).toBe(plain(value));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test("names are in the order of code points, few of them or many", () => {
    for (const count of [2, 8, 9, 300]) {
      const names = Array.from(
        { length: count },
        (_, index) => `${["\uffff", "\u{10000}", "a"][index % 3]}${index}`,
      );
      const value = Object.fromEntries(names.map((name) => [name, 0]));
      expect(olpc(value)).toBe(plain(value));
    }
    expect(olpc({ "\u{10000}": 1, "\uffff": 2 })).toBe('{"\uffff":2,"\u{10000}":1}');
  });

  test("strings that end at, before and after the end of a block lose nothing", () => {
    for (const length of [16_381, 16_382, 16_383, 16_384, 1_048_576, 3_000_000]) {
      for (const letter of ["a", '"', "é"]) {
        const value = ["x", letter.repeat(length), { y: letter.repeat(length / 2) }];
        expect(olpcBytes(value).length).toBe(utf8(plain(value)).length);
        expect(olpc(value) === plain(value)).toBe(true);
      }
    }
  });

  test("what has no canonical form is refused", () => {
    for (const value of [1.5, -0, 2 ** 53, Number.NaN, "\ud800", ["a\udc00"], { "\ud800": 1 }]) {
      expect(() => olpcBytes(value)).toThrow(expect.objectContaining({ code: "ERR_SHAPE" }));
    }
  });
});
