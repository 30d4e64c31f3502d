/**
 * Which targets a repository takes: the quick checks of millions of targets, against the rules as they are told.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nameProblem } from "../../../src/client/storeName.ts";
import { binNameOf, binOf, nameOfBin } from "../../../src/repository/layout.ts";
import { checkDepth, checkTarget } from "../../../src/repository/target.ts";
import { runs } from "../../support/runs.ts";

const SHA = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/** Parts that are near to what is refused, and units that are. */
const part = fc.oneof(
  fc.constantFrom("", ".", "..", "...", ".#", ".#x", "x.#", ".hidden", "#", "a", "__proto__", "@id", "a.b"),
  fc.string({ unit: "grapheme-ascii", maxLength: 4 }),
  fc.string({ unit: "binary", maxLength: 3 }),
  fc.constantFrom(
    "\ud800",
    "\udc00",
    "\ud83d\ude00",
    "a\ud800b",
    "\u0000",
    "\u001f",
    "\u007f",
    "\u0080",
    "\\",
    "ö",
  ),
);
const path = fc.array(part, { minLength: 1, maxLength: 10 }).map((parts) => parts.join("/"));

/** A path as the rules have it, part by part. */
function mayBeName(name: string): boolean {
  const units = [...name].map((character) => character.codePointAt(0) as number);
  const isOdd = (unit: number) =>
    unit < 0x20 || unit === 0x7f || unit === 0x5c || (unit >= 0xd800 && unit < 0xe000);
  const isPart = (each: string) => !["", ".", ".."].includes(each) && each.slice(0, 2) !== ".#";
  return !units.some(isOdd) && name.split("/").every(isPart);
}

describe("a path", () => {
  test("is refused just if a rule refuses it, whatever way it is looked at", () => {
    fc.assert(
      fc.property(path, (name) => {
        expect(nameProblem(name) === undefined, JSON.stringify(name)).toBe(mayBeName(name));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test("is refused for each control character of ASCII, a backslash and an empty part, and for no other unit", () => {
    const refused = Array.from({ length: 0x100 }, (_, unit) => unit).filter(
      (unit) => nameProblem(`a${String.fromCharCode(unit)}`) !== undefined,
    );
    expect(refused).toEqual([...Array.from({ length: 32 }, (_, unit) => unit), 0x2f, 0x5c, 0x7f]);
  });

  test("has as many parts as bins are delegated, and not one more", () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const change = { path: parts.join("/"), target: { length: 1, hashes: { sha256: SHA } } };
        const check = () => checkDepth(change, { delegator: "bins" });
        if (change.path.split("/").length > 8) {
          expect(check).toThrow(expect.objectContaining({ code: "ERR_INPUT" }));
        } else check();
        checkDepth(change, { delegator: "targets" });
        checkDepth({ ...change, target: null }, { delegator: "bins" });
      }),
      { numRuns: runs(200) },
    );
  });

  test("has its bin by as many leading bits of its hash as there are, and under the same name as for clients", () => {
    fc.assert(
      fc.property(path, fc.integer({ min: 1, max: 32 }), (name, bits) => {
        const layout = { prefix: "bin", bits, delegator: "bins", succinct: false };
        expect(nameOfBin(layout, binOf(layout, name))).toBe(binNameOf(layout, name));
      }),
      { numRuns: runs(300) },
    );
  });
});

describe("digests", () => {
  test.each<[string, Record<string, string>]>([
    ["none", {}],
    ["none that files are named by", { blake2b: SHA }],
    ["one in upper case", { sha256: SHA.toUpperCase() }],
    ["a short one", { sha256: SHA.slice(2) }],
    ["an unknown one that is not hexadecimal beside a good one", { sha256: SHA, other: "xy" }],
    ["an empty one", { sha256: "" }],
    ["one that is inherited", Object.create({ sha256: SHA })],
  ])("are refused: %s", (_, hashes) => {
    const check = () => checkTarget({ path: "a", target: { length: 1, hashes } });
    expect(check).toThrow(expect.objectContaining({ code: "ERR_INPUT" }));
  });
});
