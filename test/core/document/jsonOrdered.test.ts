/**
 * Text that is in canonical order already: what is recognized, and that it is then what the OLPC writer would write.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { olpc, olpcBytes } from "../../../src/classic/olpc.ts";
import { type JsonValue, parseJsonText } from "../../../src/document/json.ts";
import { findJsonOffence } from "../../../src/document/jsonDiagnosis.ts";
import { orderedMembers } from "../../../src/document/jsonOrdered.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/encoding/utf8.ts";

const ordered = (text: string, maxDepth = 64) => orderedMembers(encodeUtf8(text), { maxDepth });
const texts = (text: string, maxDepth?: number) =>
  [...(ordered(text, maxDepth) ?? [])].map(([name, bytes]) => [name, decodeUtf8(bytes, true)]);

describe("text in canonical order is", () => {
  test.each<[string, string, [string, string][]]>([
    ["an empty object", "{}", []],
    [
      "members of every kind",
      '{"a":1,"b":-7,"c":true,"d":null,"e":"x","f":[],"g":{}}',
      [
        ["a", "1"],
        ["b", "-7"],
        ["c", "true"],
        ["d", "null"],
        ["e", '"x"'],
        ["f", "[]"],
        ["g", "{}"],
      ],
    ],
    [
      "an envelope in any order",
      '{"signed":{"a":1},"signatures":[]}',
      [
        ["signed", '{"a":1}'],
        ["signatures", "[]"],
      ],
    ],
    [
      "names in the order of code points, not of UTF-16 units",
      '{"a":{"\uffff":1,"💡":2}}',
      [["a", '{"\uffff":1,"💡":2}']],
    ],
    [
      "a name and a longer one that begins with it",
      '{"a":{"":0,"x":1,"x ":2}}',
      [["a", '{"":0,"x":1,"x ":2}']],
    ],
    [
      "a name behind an object, and a longer one that begins with it",
      '{"a":{"x":{"y":1},"x ":2}}',
      [["a", '{"x":{"y":1},"x ":2}']],
    ],
    ["one name at several levels", '{"a":{"a":{"a":1},"b":{"a":2}}}', [["a", '{"a":{"a":1},"b":{"a":2}}']]],
    [
      "objects side by side, each with its own order",
      '{"a":[{"y":1},{"x":2},[{"b":0}],{"a":0}]}',
      [["a", '[{"y":1},{"x":2},[{"b":0}],{"a":0}]']],
    ],
    ["signs of JSON in strings", '{"a":{"[{,:":"]} -0 1.0"}}', [["a", '{"[{,:":"]} -0 1.0"}']]],
    [
      "the largest and smallest safe integers",
      '{"a":[9007199254740991,-9007199254740991,0]}',
      [["a", "[9007199254740991,-9007199254740991,0]"]],
    ],
    [
      "white space of all four kinds, which is left out",
      '{\n "a":\t[ 1,\r\n  " x ", {} , { "b": -2 } ] , "c": 0\n}\n',
      [
        ["a", '[1," x ",{},{"b":-2}]'],
        ["c", "0"],
      ],
    ],
  ])("%s", (_name, text, expected) => {
    expect(parseJsonText(encodeUtf8(text)).value).toEqual(JSON.parse(text));
    expect(texts(text)).toEqual(expected);
  });

  test("as deep as is allowed, and no deeper", () => {
    expect(texts('{"a":[{"b":[]}]}', 4)).toEqual([["a", '[{"b":[]}]']]);
    expect(ordered('{"a":[{"b":[]}]}', 3)).toBeUndefined();
  });
});

describe("not in canonical order is a text with", () => {
  test.each([
    ["names in descending order", '{"a":{"c":1,"b":2}}'],
    ["names in descending order behind an inner object", '{"a":{"b":{"z":1},"a":2}}'],
    ["names in descending order behind an inner array", '{"a":{"b":[{"a":1}],"a":2}}'],
    ["names in the order of UTF-16 units", '{"a":{"💡":1,"\uffff":2}}'],
    ["a name and then its beginning", '{"a":{"xx":1,"x":2}}'],
    ["two members of one name", '{"a":{"b":1,"b":2}}'],
    ["two empty names", '{"a":{"":1,"":2}}'],
    ["two members of one name in the envelope", '{"a":1,"b":2,"a":3}'],
    [
      "more members in the envelope than are looked at",
      `{${Array.from({ length: 17 }, (_, i) => `"${i}":0`)}}`,
    ],
    ["the name __proto__", '{"a":{"__proto__":1}}'],
    ["the name __proto__ in the envelope", '{"__proto__":1}'],
    ["a space before a colon", '{"a":{"b" :1}}'],
    ["white space that JSON does not know", '{"a":\u000b1}'],
    ["white space before everything", ' {"a":1}'],
    ["an escape that OLPC writes too", '{"a":"\\\\"}'],
    ["an escape that OLPC does not know", '{"a":"\\u0061"}'],
    ["an escape in a name", '{"a":{"\\u0062":1}}'],
    ["negative zero", '{"a":[-0]}'],
    ["a fraction", '{"a":1.0}'],
    ["a small exponent", '{"a":1e3}'],
    ["a capital exponent", '{"a":1E3}'],
    ["the integer 2^53", '{"a":9007199254740992}'],
    ["no object around it", '[{"a":1}]'],
    ["nothing in it", ""],
  ])("%s", (_name, text) => {
    expect(ordered(text)).toBeUndefined();
  });
});

describe("text that is recognized is, white space left out, the OLPC canonical JSON of its value", () => {
  /** What can be written without escapes. */
  const plain = fc.string({ unit: "binary" }).map((text) => JSON.stringify(text).replace(/["\\]/g, "-"));
  const name = fc.oneof(
    plain,
    fc.constantFrom("", "a", "aa", "b", "10", "9", "é", "\uffff", "💡", "_proto__"),
  );
  const data = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(plain, fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(
        name.filter((each) => each !== "__proto__"),
        tie("value"),
        { maxKeys: 6 },
      ) as fc.Arbitrary<JsonValue>,
    ),
  })).value;
  const space = fc.constantFrom("", " ", "\n\t", "\r\n    ");
  /** The text with this white space wherever a pretty printer puts some: around everything but before a colon. */
  const spaced = (text: string, white: string): string =>
    text.replace(/"[^"]*"|[^"]/g, (token) =>
      "{[,:".includes(token) ? token + white : "]}".includes(token) ? white + token : token,
    ) + white;
  const envelope = fc
    .tuple(
      fc.uniqueArray(fc.tuple(fc.constantFrom("signed", "signatures", "proof", "x"), data), {
        selector: ([key]) => key,
      }),
      space,
    )
    .map(([members, white]) => ({
      members,
      bytes: encodeUtf8(spaced(`{${members.map(([key, value]) => `"${key}":${olpc(value)}`)}}`, white)),
    }));

  test("and all text without escapes whose names ascend is recognized", () => {
    fc.assert(
      fc.property(envelope, ({ members, bytes }) => {
        const { value, ordered: found } = parseJsonText(bytes);
        expect([...(found ?? [])].map(([key, part]) => [key, decodeUtf8(part, true)])).toEqual(
          members.map(([key, each]) => [key, olpc(each)]),
        );
        expect(value).toEqual(JSON.parse(decodeUtf8(bytes, true)));
      }),
      { numRuns: 2000 },
    );
  });

  test("also after a few bytes were changed, cut out or put in", () => {
    const byte = fc.oneof(fc.constantFrom(...encodeUtf8('"\\{}[]:,-0159.eEu _adtn\n')), fc.nat(255));
    const edit = fc.record({ at: fc.nat(), remove: fc.nat(2), insert: fc.array(byte, { maxLength: 2 }) });
    let recognized = 0;
    fc.assert(
      fc.property(envelope, fc.array(edit, { minLength: 1, maxLength: 3 }), ({ bytes }, edits) => {
        const mutated = [...bytes];
        for (const { at, remove, insert } of edits)
          mutated.splice(at % (mutated.length + 1), remove, ...insert);
        const input = Uint8Array.from(mutated);
        const found = orderedMembers(input);
        if (found === undefined) return;
        const offence = findJsonOffence(input);
        if (offence !== undefined) {
          // Nothing that JSON.parse would let pass.
          expect(() => JSON.parse(decodeUtf8(input, true))).toThrow();
          expect(() => parseJsonText(input)).toThrow(offence);
          return;
        }
        const value = JSON.parse(decodeUtf8(input, true)) as Record<string, JsonValue>;
        expect([...found.keys()].sort()).toEqual(Object.keys(value).sort());
        for (const [key, part] of found) expect(part).toEqual(olpcBytes(value[key] as JsonValue));
        recognized++;
      }),
      { numRuns: 4_000 },
    );
    expect(recognized).toBeGreaterThan(200);
  });
});
