/**
 * CSV: what is read, from chunks of any size, and what is refused, with its line.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/document/json.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import type { TargetChange } from "../../../src/repository/changes.ts";
import { CsvReader, readCsv } from "../../../src/repository/imports/csv.ts";
import { checkTarget } from "../../../src/repository/target.ts";
import { json } from "../../support/arbitraries.ts";
import { runs } from "../../support/runs.ts";

const SHA = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

function read(text: string | Uint8Array, size = Number.POSITIVE_INFINITY): TargetChange[] {
  const bytes = typeof text === "string" ? encodeUtf8(text) : text;
  const reader = new CsvReader("t.csv");
  const changes: TargetChange[] = [];
  for (let at = 0; at < bytes.length; at += size)
    changes.push(...reader.read(bytes.slice(at, Math.min(bytes.length, at + size))));
  changes.push(...reader.end());
  expect(reader.position).toBe(bytes.length);
  return changes;
}

/** What a careful writer makes of a field. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function lineOf({ path, target }: TargetChange, always: boolean): string {
  const fields = [path, String(target?.length), target?.hashes.sha256 ?? ""];
  if (target?.custom !== undefined) fields.push(JSON.stringify(target.custom));
  return fields.map((field) => (always ? `"${field.replaceAll('"', '""')}"` : quoted(field))).join(",");
}

const custom = fc.dictionary(fc.constantFrom("a", "b", 'quo"te', "ö,\n"), json, {
  noNullPrototype: true,
}) as fc.Arbitrary<Record<string, JsonValue>>;

const change: fc.Arbitrary<TargetChange> = fc
  .record({
    path: fc.oneof(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
      fc.constantFrom("a/b.txt", 'a"b', "a,b", "日本\u{1f600}", "line\nfeed", "cr\r\nlf", "ö"),
    ),
    length: fc.nat(),
    custom: fc.option(custom, { nil: undefined }),
  })
  .map(({ path, length, custom: said }) => ({
    path,
    target: { length, hashes: { sha256: SHA }, ...(said === undefined ? {} : { custom: said }) },
  }));

describe("reading", () => {
  test("what is written is read again, whatever is quoted and wherever chunks end", () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 8 }),
        fc.integer({ min: 1, max: 64 }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.boolean(),
        (changes, size, always, header, end, last, mark) => {
          const lines = changes.map((each) => lineOf(each, always));
          if (header) lines.unshift("path,length,sha256,custom");
          const body = lines.join(end) + (last && lines.length > 0 ? end : "");
          expect(read((mark ? "\ufeff" : "") + body, size)).toEqual(changes);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test("every position that is told is one at which reading goes on with the next line", () => {
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        (changes, size) => {
          const bytes = encodeUtf8(
            `path,length,sha256\n${changes.map((each) => `${lineOf(each, false)}\r\n`).join("")}`,
          );
          const reader = new CsvReader("t.csv");
          let taken = 0;
          for (let at = 0; at < bytes.length; at += size) {
            for (const _ of reader.read(bytes.slice(at, at + size))) {
              taken++;
              const again = new CsvReader("t.csv", { position: reader.position, line: 99 });
              expect([...again.read(bytes.slice(reader.position)), ...again.end()]).toEqual(
                changes.slice(taken),
              );
            }
          }
          expect(taken).toBe(changes.length);
        },
      ),
      { numRuns: runs(100) },
    );
  });

  test("chunks are read in turn from an async source, and a header alone is nothing", async () => {
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (const part of ["path,length,sha", `256\na,1,${SHA}\nb,`, `2,${SHA}`]) yield encodeUtf8(part);
    };
    const paths: string[] = [];
    for await (const { path } of readCsv(chunks(), new CsvReader("x"))) paths.push(path);
    expect(paths).toEqual(["a", "b"]);
    expect(read("path,length,sha256\n")).toEqual([]);
    expect(read("")).toEqual([]);
  });

  test("a header is one on the first line only", () => {
    expect(() => read(`a,1,${SHA}\npath,length,sha256\n`)).toThrow(/line 2: its length "length"/);
    const later = new CsvReader("x", { position: 100, line: 5 });
    expect(() => [...later.read(encodeUtf8("path,length,sha256\n"))]).toThrow(/line 5: /);
  });

  test("an empty fourth field says nothing", () => {
    expect(read(`a,1,${SHA},\n`)).toEqual([{ path: "a", target: { length: 1, hashes: { sha256: SHA } } }]);
  });
});

describe("refusals", () => {
  test.each<[string, string, RegExp]>([
    ["an empty line", `a,1,${SHA}\n\n`, /line 2: it is empty/],
    ["a line of a carriage return", `a,1,${SHA}\n\r\n`, /line 2: it is empty/],
    ["too few fields", `a,1,${SHA}\nb,2\n`, /line 2: it has fewer fields/],
    ["too many fields", `a,1,${SHA},{},x\n`, /line 1: it has more fields/],
    ["too many fields with quotes", `"a",1,${SHA},{},x\n`, /line 1: it has more fields/],
    ["a length that is none", `a,1k,${SHA}\n`, /line 1: its length "1k"/],
    ["a length with a sign", `a,-1,${SHA}\n`, /its length "-1"/],
    ["a length with a leading zero", `a,01,${SHA}\n`, /its length "01"/],
    ["a length with a space", `a, 1,${SHA}\n`, /its length " 1"/],
    ["an empty length", `a,,${SHA}\n`, /its length ""/],
    ["a length that no double holds", `a,9007199254740993,${SHA}\n`, /its length/],
    ["a quote in an unquoted field", `a"b,1,${SHA}\n`, /line 1: a quote stands/],
    ["text after a quoted field", `"a"b,1,${SHA}\n`, /line 1: something follows/],
    ["a quote without end", `a,1,${SHA}\n"b,1,${SHA}\n`, /line 2: a quoted field has no end/],
    ["custom that is not JSON", `a,1,${SHA},{x}\n`, /line 1: its custom JSON "\{x\}"/],
    ["custom that is not an object", `a,1,${SHA},[]\n`, /is not an object/],
    ["custom with a member twice", `a,1,${SHA},"{""x"":1,""x"":2}"\n`, /line 1: its custom JSON/],
    ["custom with a fraction", `a,1,${SHA},"{""x"":1.5}"\n`, /line 1: its custom JSON/],
    ["a line after a quoted field of three lines", `"a\n\nb",1,${SHA}\nc\n`, /line 4: it has fewer/],
  ])("%s is refused with its line", (_, text, message) => {
    for (const size of [1, 7, Number.POSITIVE_INFINITY]) {
      expect(() => read(text, size)).toThrow(
        expect.objectContaining({ code: "ERR_INPUT", message: expect.stringMatching(message) }),
      );
    }
  });

  test("ill-formed UTF-8 is refused with its line, after the lines before it were given", () => {
    const reader = new CsvReader("t.csv");
    const bytes = new Uint8Array([...encodeUtf8(`a,1,${SHA}\nb`), 0xff, ...encodeUtf8(`,1,${SHA}\n`)]);
    const given: string[] = [];
    expect(() => {
      for (const { path } of reader.read(bytes)) given.push(path);
    }).toThrow(/t\.csv: line 2: it is not UTF-8/);
    expect(given).toEqual(["a"]);
  });

  test("a quote that is never closed does not gather the rest of a large file", () => {
    const reader = new CsvReader("t.csv");
    const chunk = encodeUtf8("x,1\n".repeat(65_536));
    expect(() => {
      for (const _ of reader.read(encodeUtf8('"'))) expect.unreachable();
      for (let n = 0; n < 20; n++) for (const _ of reader.read(chunk)) expect.unreachable();
    }).toThrow(/line 1: it is longer than/);
  });

  test("what the repository refuses of a target is told with the line of the target", () => {
    const reader = new CsvReader("t.csv");
    const errors: unknown[] = [];
    for (const each of reader.read(encodeUtf8(`a,1,${SHA}\n../b,1,${SHA}\nc,1,abc\n`))) {
      try {
        checkTarget(each);
      } catch (error) {
        errors.push(reader.located(error));
      }
    }
    expect(errors).toMatchObject([
      { code: "ERR_INPUT", message: expect.stringMatching(/^t\.csv: line 2: "\.\.\/b": /) },
      { code: "ERR_INPUT", message: expect.stringMatching(/^t\.csv: line 3: "c": its sha256/) },
    ]);
    expect(reader.located(new RangeError("x"))).toEqual(new RangeError("x"));
  });
});
