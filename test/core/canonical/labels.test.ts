import fc from "fast-check";
import { expect, test } from "vitest";
import { hashHex } from "#platform";
import { sortByHash, textOrder } from "../../../src/canonical/labels.ts";
import { runs } from "../../support/runs.ts";

const hashOf = (item: number): string => hashHex("sha256", String(item));
const plainSort = (items: readonly number[]): number[] =>
  [...items].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
const distinct = fc.uniqueArray(fc.integer(), { maxLength: 400 });

test("nodes sort by their hashes as strings do", () => {
  fc.assert(
    fc.property(distinct, (items) => {
      expect(sortByHash(items, hashOf)).toEqual(plainSort(items));
    }),
    { numRuns: runs(200) },
  );
});

test("hashes that agree in all leading digits are compared as a whole", () => {
  fc.assert(
    fc.property(distinct, fc.constantFrom(1, 2), (items, digits) => {
      expect(sortByHash(items, hashOf, digits)).toEqual(plainSort(items));
    }),
    { numRuns: runs(200) },
  );
});

test("100,000 hashes, more than leading digits can always tell apart, sort as strings do", () => {
  const items = Array.from({ length: 100_000 }, (_, item) => item);
  const hashes = items.map(hashOf);
  const sorted = sortByHash(items, (item) => hashes[item] as string);
  expect(sorted.map((item) => hashes[item])).toEqual([...hashes].sort());
});

test("two equal hashes are refused, wherever they are", () => {
  const hashes = ["00", "a1", "a2", "ff"].map((start) => start.padEnd(64, "0"));
  for (const twice of hashes) {
    expect(() => sortByHash([...hashes, twice], (hash) => hash)).toThrow(
      expect.objectContaining({ code: "ERR_CANONICALIZATION" }),
    );
  }
});

test("no nodes and one node are in order", () => {
  expect(sortByHash([], hashOf)).toEqual([]);
  expect(sortByHash([7], hashOf)).toEqual([7]);
});

test("the text order of numbers is the order of their labels as text", () => {
  for (const count of [0, 1, 2, 9, 10, 11, 19, 20, 99, 100, 101, 109, 110, 999, 1_000, 1_001, 12_345]) {
    const numbers = Array.from({ length: count }, (_, number) => number);
    const byText = numbers.sort((a, b) => (`_:c14n${a}` < `_:c14n${b}` ? -1 : 1));
    expect([...textOrder(count)]).toEqual(byText);
  }
});
