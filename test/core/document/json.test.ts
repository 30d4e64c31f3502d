/**
 * The strict JSON parser: each refusal with its place, each accepted oddity, and the scan held against the
 * diagnosis on random texts, mutated texts and random bytes.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type JsonLimits,
  parseJson,
  parseJsonText,
  parseTufJson,
  type TufJson,
} from "../../../src/document/json.ts";
import { findJsonOffence } from "../../../src/document/jsonDiagnosis.ts";
import { scanJson } from "../../../src/document/jsonScan.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { TufLdError } from "../../../src/errors.ts";

const parse = (text: string, limits?: JsonLimits) => parseJson(encodeUtf8(text), limits);
const bytes = (...values: number[]) => Uint8Array.from(values);
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

function refusal(input: string | Uint8Array, limits?: JsonLimits): TufLdError {
  try {
    parseJson(typeof input === "string" ? encodeUtf8(input) : input, limits);
  } catch (thrown) {
    if (thrown instanceof TufLdError) return thrown;
    throw thrown;
  }
  throw new Error(`accepted: ${input}`);
}

/** [what the sentence says, the text, line, column, byte offset, part of the reason, limits] */
type Refusal = [string, string | Uint8Array, number, number, number, string, JsonLimits?];

const refusals: Refusal[] = [
  ["an empty input", "", 1, 1, 0, "the input is empty"],
  ["white space alone", " \n ", 2, 2, 3, "a value is missing"],
  ["a byte order mark", "\ufeff{}", 1, 1, 0, "byte order mark"],
  ["a UTF-16 text", bytes(0x5b, 0x00, 0x5d, 0x00), 1, 2, 1, 'found "\\u0000"'],
  ["a stray continuation byte", bytes(0x22, 0x80, 0x22), 1, 2, 1, "ill-formed UTF-8"],
  ["an overlong encoding", bytes(0x22, 0xc0, 0xaf, 0x22), 1, 2, 1, "ill-formed UTF-8"],
  ["a three-byte overlong encoding", bytes(0x22, 0xe0, 0x80, 0x80, 0x22), 1, 2, 1, "ill-formed UTF-8"],
  ["a four-byte overlong encoding", bytes(0x22, 0xf0, 0x8f, 0xbf, 0xbf, 0x22), 1, 2, 1, "ill-formed UTF-8"],
  ["a surrogate in UTF-8", bytes(0x22, 0xed, 0xa0, 0x80, 0x22), 1, 2, 1, "ill-formed UTF-8"],
  ["a code point above U+10FFFF", bytes(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22), 1, 2, 1, "ill-formed UTF-8"],
  ["a cut UTF-8 sequence", bytes(0x22, 0xf0, 0x9f, 0x92, 0x22), 1, 2, 1, "ill-formed UTF-8"],
  ["ill-formed UTF-8 between tokens", bytes(0x5b, 0xff, 0x5d), 1, 2, 1, "ill-formed UTF-8"],
  ["two members of one name", '{"a":1,\n "a":2}', 2, 2, 9, 'duplicate member name "a"'],
  ["two members of one name deep inside", '[{"b":{"a":1,"a":1}}]', 1, 14, 13, 'duplicate member name "a"'],
  ["two empty member names", '{"":1,"":2}', 1, 7, 6, 'duplicate member name ""'],
  ["one name in two spellings", '{"a":1,"\\u0061":2}', 1, 8, 7, 'duplicate member name "a"'],
  ["one name in two spellings of the solidus", '{"\\/":1,"/":2}', 1, 9, 8, 'duplicate member name "/"'],
  ["one name, raw and as a surrogate pair", '{"💡":1,"\\ud83d\\udca1":2}', 1, 9, 10, "duplicate member name"],
  ["the integer 2^53", "[9007199254740992]", 1, 2, 1, "beyond ±(2^53 - 1)"],
  ["the integer 2^53 + 1, which would round", "[9007199254740993]", 1, 2, 1, "beyond ±(2^53 - 1)"],
  ["the integer -2^53", "-9007199254740992", 1, 1, 0, "beyond ±(2^53 - 1)"],
  ["an integer of 400 digits", `[0,1${"0".repeat(400)}]`, 1, 4, 3, "beyond ±(2^53 - 1)"],
  ["an unsafe integer where any number goes", "9007199254740993", 1, 1, 0, "beyond", { numbers: "any" }],
  ["negative zero", '{"a":\n-0}', 2, 1, 6, "negative zero"],
  ["negative zero where any number goes", "[-0.0e1]", 1, 2, 1, "negative zero", { numbers: "any" }],
  ["1.0", "[1.0]", 1, 2, 1, "only integers"],
  ["1e3", "[1e3]", 1, 2, 1, "only integers"],
  ["1E+3", "[1E+3]", 1, 2, 1, "only integers"],
  ["a number that reads as infinity", "[-1e400]", 1, 2, 1, "too large", { numbers: "any" }],
  ["a leading zero", "[01]", 1, 2, 1, "leading zero"],
  ["a leading plus", "[+1]", 1, 2, 1, 'found "+"'],
  ["a lone minus", "[-]", 1, 3, 2, "expected a digit"],
  ["a fraction without digits", "[1.]", 1, 4, 3, "expected a digit", { numbers: "any" }],
  ["an exponent without digits", "[1e]", 1, 4, 3, "expected a digit", { numbers: "any" }],
  ["NaN", "[NaN]", 1, 2, 1, 'found "N"'],
  ["a lone high surrogate", '["\\ud83d"]', 1, 3, 2, "lone surrogate"],
  ["a high surrogate before another character", '["\\ud83dx"]', 1, 3, 2, "lone surrogate"],
  ["two high surrogates", '["\\ud83d\\ud83d"]', 1, 3, 2, "lone surrogate"],
  ["two low surrogates", '["\\udca1\\udca1"]', 1, 3, 2, "lone surrogate"],
  ["a high surrogate before another escape", '["\\ud83d\\ndca1"]', 1, 3, 2, "lone surrogate"],
  ["a lone low surrogate", '["ab\\uDCA1"]', 1, 5, 4, "lone surrogate"],
  ["a lone surrogate in a member name", '{"\\udca1":1}', 1, 3, 2, "lone surrogate"],
  ["the member name __proto__", '{"a":{"__proto__":1}}', 1, 7, 6, "__proto__"],
  ["the member name __proto__ in escapes", '{"\\u005f_proto\\u005F_":1}', 1, 2, 1, "__proto__"],
  ["an unknown escape", '"\\x41"', 1, 2, 1, "unknown escape"],
  ["a short unicode escape", '"\\u12"', 1, 2, 1, "four hexadecimal digits"],
  ["a raw line break in a string", '"a\nb"', 1, 3, 2, "control character"],
  ["an open string", '["abc', 1, 6, 5, "the end of a string is missing"],
  ["a single-quoted string", "['a']", 1, 2, 1, "expected a value"],
  ["a name without quotes", "{a:1}", 1, 2, 1, "expected a member name"],
  ["a name without a colon", '{"a" 1}', 1, 6, 5, 'expected ":"'],
  ["a comma before the end of an array", "[1,]", 1, 4, 3, "expected a value"],
  ["a comma before the end of an object", '{"a":1,}', 1, 8, 7, "expected a member name"],
  ["two values without a comma", "[1 2]", 1, 4, 3, 'expected "," or "]"'],
  ["crossed brackets", '{"a":[1}]', 1, 8, 7, 'expected "," or "]"'],
  ["a comment", "[1 /* one */]", 1, 4, 3, 'found "/"'],
  ["a misspelt word", "[tru]", 1, 2, 1, "expected a value"],
  ["garbage after the value", "{}\n{}", 2, 1, 3, "expected the end of the text"],
  ["a NUL after the value", "{}\0", 1, 3, 2, "expected the end of the text"],
  ["a no-break space between tokens", "[\u00a01]", 1, 2, 1, 'found "\\u00a0"'],
];

describe("a text is refused for", () => {
  test.each(refusals)("%s", (_name, input, line, column, offset, reason, limits) => {
    const error = refusal(input, limits);
    expect(error).toMatchObject({ code: "ERR_JSON_SYNTAX", details: { line, column, offset } });
    expect(error.message).toContain(reason);
    expect(error.message).toContain(`line ${line}, column ${column}: `);
    expect(error.details).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  test("the first of several offences, in the order of the text", () => {
    expect(refusal('{"a":1,"a":2,"b":1.0,')).toMatchObject({ details: { column: 8 } });
    expect(refusal('{"b":1.0,"a":1,"a":2,')).toMatchObject({ details: { column: 6 } });
  });
});

describe("places", () => {
  test("a column counts UTF-16 units while the offset counts bytes", () => {
    expect(refusal('{\r\n\t"é💡": x}')).toMatchObject({ details: { line: 2, column: 9, offset: 14 } });
  });

  test("a hostile name cannot put control characters or a whole novel into the message", () => {
    const name = `\u001b[31m\u202e${"x".repeat(10_000)}`;
    const text = JSON.stringify(name);
    const { message } = refusal(`{${text}:1,${text}:2}`);
    expect(message.length).toBeLessThan(200);
    expect(message).toMatch(/^[ -~…]+$/);
  });
});

describe("limits", () => {
  test("a text of one byte more than maxBytes is refused", () => {
    expect(parse("[  ]", { maxBytes: 4 })).toEqual([]);
    expect(refusal("[  ] ", { maxBytes: 4 })).toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "maxBytes", allowed: 4, actual: 5 },
    });
  });

  test("the size is looked at before any byte is", () => {
    expect(refusal("\ufeff[[[[", { maxBytes: 4, maxDepth: 1 })).toMatchObject({
      details: { limit: "maxBytes" },
    });
    // Nothing is as large as it says it is: only its length is read.
    const input = Object.defineProperty(encodeUtf8("[]"), "length", { value: 2 ** 30 });
    for (const [maxBytes, allowed] of [
      [undefined, 2 ** 26],
      [2 ** 31, 536_870_888],
    ] as const) {
      const limits = maxBytes === undefined ? {} : { maxBytes };
      expect(() => parseJson(input, limits)).toThrow(
        expect.objectContaining({
          code: "ERR_LIMIT",
          details: { limit: "maxBytes", allowed, actual: 2 ** 30 },
        }),
      );
    }
  });

  test("a caller who allows more levels gets them, and the place of what is wrong below them", () => {
    const text = nested(300);
    expect(parse(text, { maxDepth: 300 })).toHaveLength(1);
    expect(refusal(text.slice(0, -1), { maxDepth: 300 })).toMatchObject({ details: { offset: 599 } });
  });

  test.each(["[1,2,{}]", '["x,[{",2,{}]', "[9007199254740993,2,{}]"])(
    "of the values in %s none is made over maxValues",
    (text) => {
      for (const parse of [parseJson, parseTufJson, parseJsonText]) {
        expect(() => parse(encodeUtf8(text), { maxValues: 3 })).toThrow(
          expect.objectContaining({
            code: "ERR_LIMIT",
            details: { limit: "maxValues", allowed: 3, actual: 5 },
          }),
        );
      }
      expect(parseTufJson(encodeUtf8(text), { maxValues: 5 }).value).toHaveLength(3);
    },
  );

  test("64 levels are allowed by default and the 65th is refused with its place", () => {
    expect(parse(nested(64))).toBeInstanceOf(Array);
    const error = refusal(`\n${nested(65)}`);
    expect(error).toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "maxDepth", allowed: 64, actual: 65 },
    });
    expect(error.message).toContain("line 2, column 65");
  });

  test("objects count toward the depth as arrays do", () => {
    expect(parse('{"a":[1]}', { maxDepth: 2 })).toEqual({ a: [1] });
    expect(refusal('{"a":[{}]}', { maxDepth: 2 })).toMatchObject({ code: "ERR_LIMIT" });
  });

  test("siblings do not add up to depth", () => {
    expect(parse(`[${"[],{},".repeat(500)}0]`, { maxDepth: 2 })).toHaveLength(1001);
  });

  test("a depth of 0 allows scalars only", () => {
    expect(parse("7", { maxDepth: 0 })).toBe(7);
    expect(refusal("[]", { maxDepth: 0 })).toMatchObject({ code: "ERR_LIMIT" });
  });

  test("brackets inside strings are not depth", () => {
    expect(parse(`"${"[".repeat(100)}"`)).toHaveLength(100);
  });

  test("wrong arguments are a TypeError", () => {
    // @ts-expect-error a string is no Uint8Array
    expect(() => parseJson("{}")).toThrow(TypeError);
    expect(() => parse("{}", { maxDepth: -1 })).toThrow(TypeError);
    expect(() => parse("{}", { maxBytes: 1.5 })).toThrow(TypeError);
    // @ts-expect-error no such kind of numbers
    expect(() => parse("{}", { numbers: "floats" })).toThrow(TypeError);
  });
});

describe("a text is accepted with", () => {
  test.each<[string, string, unknown, JsonLimits?]>([
    ["every short escape", '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ["unicode escapes in either case", '"\\u00e9\\u00E9\\u0000"', "éé\0"],
    ["an escaped surrogate pair", '"\\ud83d\\uDCA1"', "💡"],
    ["raw characters beyond the BMP", '"💡\uffff\u2028\u007f"', "💡\uffff\u2028\u007f"],
    ["an escaped backslash before a u", '"\\\\ud83d"', "\\ud83d"],
    ["an escaped backslash before the closing quote", '["\\\\","a"]', ["\\", "a"]],
    ["a byte order mark inside a string", '"\ufeff"', "\ufeff"],
    ["all four kinds of white space", ' \t\r\n{ "a" :\n[ 1 , 2 ] } \n', { a: [1, 2] }],
    ["an empty member name", '{"":0}', { "": 0 }],
    ["one name at several levels and in siblings", '[{"a":{"a":1}},{"a":2}]', [{ a: { a: 1 } }, { a: 2 }]],
    ["names that differ only in normalization", '{"\u00e9":1,"e\u0301":2}', { "\u00e9": 1, "e\u0301": 2 }],
    ["__proto__ as a value", '["__proto__",{"a":"__proto__"}]', ["__proto__", { a: "__proto__" }]],
    [
      "names near __proto__",
      '{"__proto_":1,"_proto__":2,"__proto__ ":3}',
      { __proto_: 1, _proto__: 2, "__proto__ ": 3 },
    ],
    ["names of Object.prototype", '{"constructor":1,"toString":2}', { constructor: 1, toString: 2 }],
    [
      "the largest and smallest safe integers",
      "[9007199254740991,-9007199254740991]",
      [2 ** 53 - 1, 1 - 2 ** 53],
    ],
    ["any finite number where asked for", "[1.5,-2e3,1E-2,0.0]", [1.5, -2000, 0.01, 0], { numbers: "any" }],
    ["numbers, brackets and colons in strings", '{"-0":"1.0:[{","1e3":":"}', { "-0": "1.0:[{", "1e3": ":" }],
    ["a scalar at the top", "null", null],
  ])("%s", (_name, text, value, limits) => {
    expect(parse(text, limits)).toEqual(value);
  });

  test("100,000 names in one object, and refused once one of them repeats", () => {
    const members = Array.from({ length: 100_000 }, (_, i) => `"path/${i}":${i}`);
    expect(Object.keys(parse(`{${members}}`) as object)).toHaveLength(100_000);
    expect(scanJson(encodeUtf8(`{${members}}`))).toBe(true);
    members[99_999] = '"path/7":0';
    expect(refusal(`{${members}}`).message).toContain('duplicate member name "path/7"');
  });

  test("of many escaped names the one that repeats another is found", () => {
    const names = Array.from({ length: 300 }, (_, i) => `"\\u0061${i}":0`).join(",");
    expect(refusal(`{${names},"a299":1}`).message).toContain('duplicate member name "a299"');
  });

  test("two names that share the scan's hash and are not equal", () => {
    const text = '{"iSKoFILd":1,"daRl9--Z":2}';
    expect(scanJson(encodeUtf8(text))).toBe(false);
    expect(parse(text)).toEqual({ iSKoFILd: 1, "daRl9--Z": 2 });
  });

  test("a view into a larger buffer is read within its bounds", () => {
    expect(parseJson(encodeUtf8('xx{"a":1}}}').subarray(2, 9))).toEqual({ a: 1 });
  });
});

describe("the scan and the diagnosis agree", () => {
  type Node = { text: string };
  const space = fc.constantFrom("", "", "", " ", "\n", "\t\r\n ");
  const characters = fc.constantFrom(
    ..."ab_01.-:,[]{} é💡\uffff",
    ...'\\n|\\/|\\\\|\\"|\\u0061|\\u005f|\\u00e9|\\ud83d\\udca1|__proto__|\\u000a'.split("|"),
  );
  const rareOffences = fc.constantFrom("\\ud83d", "\\udca1", "\\x", "\n", "\\u12");
  const string = fc
    .array(fc.oneof({ weight: 60, arbitrary: characters }, { weight: 1, arbitrary: rareOffences }), {
      maxLength: 5,
    })
    .map((parts) => `"${parts.join("")}"`);
  const scalar = fc.oneof(
    { weight: 3, arbitrary: string },
    { weight: 3, arbitrary: fc.maxSafeInteger().map(String) },
    { weight: 2, arbitrary: fc.constantFrom("true", "false", "null", "0") },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "-0",
        "1.0",
        "1e3",
        "-0.0",
        "1e400",
        "01",
        "9007199254740992",
        "9007199254740991",
        "-",
        "1.",
      ),
    },
    { weight: 1, arbitrary: fc.double().map(String) },
  );
  const { value } = fc.letrec<{ value: Node }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.tuple(space, scalar, space).map(([before, text, after]) => ({ text: before + text + after })),
      fc
        .array(tie("value"), { maxLength: 4 })
        .map((items) => ({ text: `[${items.map((item) => item.text)}]` })),
      fc.array(fc.tuple(space, string, space, tie("value")), { maxLength: 5 }).map((members) => ({
        text: `{${members.map(([before, name, after, item]) => `${before}${name}${after}:${item.text}`)}}`,
      })),
    ),
  }));
  const limits = fc.record({ maxDepth: fc.constantFrom(3, 64), numbers: fc.constantFrom("integers", "any") });
  type Limits = { maxDepth: number; numbers: "integers" | "any" };
  let accepted = 0;

  function read(parse: () => TufJson): { departure?: Error | undefined; thrown?: unknown } {
    try {
      return { departure: parse().departure };
    } catch (thrown) {
      return { thrown };
    }
  }

  function agree(input: Uint8Array, { maxDepth, numbers }: Limits): void {
    const offence = findJsonOffence(input, { maxDepth, numbers });
    if (offence) {
      expect(() => parseJson(input, { maxDepth, numbers })).toThrow(offence);
      if (numbers === "integers") {
        for (const parse of [parseTufJson, parseJsonText]) {
          const { departure, thrown } = read(() => parse(input, { maxDepth }));
          // What TUF allows is told; whatever comes after it is refused.
          if (departure) expect(departure.message).toBe(offence.message);
          else expect(thrown).toBeInstanceOf(TufLdError);
        }
      }
      return;
    }
    // Both fast steps must accept by themselves: no detour through the diagnosis.
    expect(scanJson(input, { maxDepth, numbers })).toBe(true);
    const value = JSON.parse(decodeUtf8(input, true));
    expect(parseJson(input, { maxDepth, numbers })).toEqual(value);
    if (numbers === "integers")
      expect(parseJsonText(input, { maxDepth })).toMatchObject({ value, departure: undefined });
    accepted++;
  }

  test("on random JSON texts, of which many are accepted and many refused", () => {
    accepted = 0;
    const runs = 5000;
    fc.assert(
      fc.property(value, limits, ({ text }, rules) => agree(encodeUtf8(text), rules as Limits)),
      { numRuns: runs },
    );
    expect(accepted).toBeGreaterThan(runs / 10);
    expect(accepted).toBeLessThan((runs * 9) / 10);
  });

  test("on texts with a few bytes changed, cut out or put in", () => {
    const byte = fc.oneof(fc.constantFrom(...encodeUtf8('"\\{}[]:,-0159.eEu _adtn\n')), fc.nat(255));
    const edit = fc.record({ at: fc.nat(), remove: fc.nat(2), insert: fc.array(byte, { maxLength: 2 }) });
    fc.assert(
      fc.property(value, fc.array(edit, { minLength: 1, maxLength: 3 }), limits, ({ text }, edits, rules) => {
        const mutated = [...encodeUtf8(text)];
        for (const { at, remove, insert } of edits)
          mutated.splice(at % (mutated.length + 1), remove, ...insert);
        agree(Uint8Array.from(mutated), rules as Limits);
      }),
      { numRuns: 5000 },
    );
  });

  test("on random bytes", () => {
    const tokens = fc.array(fc.constantFrom(...encodeUtf8('""\\{}[]:,-019.eu a\n\u00e9')), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 24 }),
          tokens.map((list) => Uint8Array.from(list)),
        ),
        limits,
        (input, rules) => agree(input, rules as Limits),
      ),
      { numRuns: 5000 },
    );
  });

  test("on whatever JSON.stringify writes for random data", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        const input = encodeUtf8(JSON.stringify(data));
        agree(input, { maxDepth: 64, numbers: "any" });
        agree(input, { maxDepth: 64, numbers: "integers" });
      }),
    );
  });
});

const sharedRoots = import.meta.glob<string>(
  "../../../../shared/data/sigstore-repository/metadata/1.root.json",
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);
const [sigstoreRoot] = Object.values(sharedRoots);

describe("a real root, Sigstore's first (needs ../shared/data)", () => {
  const root = encodeUtf8(sigstoreRoot?.trimEnd() ?? "");

  test.skipIf(!sigstoreRoot)("parses to what JSON.parse gives", () => {
    expect(parseJson(root)).toEqual(JSON.parse(decodeUtf8(root, true)));
  });

  test.skipIf(!sigstoreRoot)("cut anywhere, is refused by our error class", () => {
    for (let end = 0; end < root.length; end++) {
      expect(refusal(root.subarray(0, end)).code).toBe("ERR_JSON_SYNTAX");
    }
  });

  test.skipIf(!sigstoreRoot)("with any one bit flipped, parses or is refused by our error class", () => {
    let refused = 0;
    for (let i = 0; i < root.length * 8; i++) {
      const flipped = root.slice();
      flipped[i >> 3] = (flipped[i >> 3] as number) ^ (1 << (i & 7));
      try {
        parseJson(flipped);
      } catch (thrown) {
        if (!(thrown instanceof TufLdError)) throw thrown;
        refused++;
      }
    }
    // Every flip of a top bit alone makes the UTF-8 ill-formed.
    expect(refused).toBeGreaterThanOrEqual(root.length);
  });
});
