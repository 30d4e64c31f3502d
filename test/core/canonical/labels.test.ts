import fc from "fast-check";
import { expect, test } from "vitest";
import { hashHex } from "#platform";
import { orderByHash, textOrder } from "../../../src/canonical/labels.ts";
import { runs } from "../../support/runs.ts";

/** Distinct hashes, as many as a document has nodes. */
const distinctHashes = fc
  .uniqueArray(fc.integer(), { maxLength: 400 })
  .map((items) => items.map((item) => hashHex("sha256", String(item))));
const inOrder = (hashes: readonly string[], digits?: number): (string | undefined)[] =>
  Array.from(
    orderByHash(hashes.length, (index) => hashes[index] as string, digits),
    (index) => hashes[index],
  );

test("nodes sort by their hashes as strings do", () => {
  fc.assert(
    fc.property(distinctHashes, (hashes) => {
      expect(inOrder(hashes)).toEqual([...hashes].sort());
    }),
    { numRuns: runs(200) },
  );
});

test("hashes that agree in all leading digits are compared as a whole", () => {
  fc.assert(
    fc.property(distinctHashes, fc.constantFrom(1, 2), (hashes, digits) => {
      expect(inOrder(hashes, digits)).toEqual([...hashes].sort());
    }),
    { numRuns: runs(200) },
  );
});

test("100,000 hashes, more than leading digits can always tell apart, sort as strings do", () => {
  const hashes = Array.from({ length: 100_000 }, (_, index) => hashHex("sha256", String(index)));
  expect(inOrder(hashes)).toEqual([...hashes].sort());
});

test("two equal hashes are refused, wherever they are", () => {
  const hashes = ["00", "a1", "a2", "ff"].map((start) => start.padEnd(64, "0"));
  for (const twice of hashes) {
    expect(() => inOrder([...hashes, twice])).toThrow(
      expect.objectContaining({ code: "ERR_CANONICALIZATION" }),
    );
  }
});

test("no nodes and one node are in order", () => {
  expect(inOrder([])).toEqual([]);
  expect(inOrder(["ab".repeat(32)])).toEqual(["ab".repeat(32)]);
});

test("the text order of numbers is the order of their labels as text", () => {
  for (const count of [0, 1, 2, 9, 10, 11, 19, 20, 99, 100, 101, 109, 110, 999, 1_000, 1_001, 12_345]) {
    const numbers = Array.from({ length: count }, (_, number) => number);
    const byText = numbers.sort((a, b) => (`_:c14n${a}` < `_:c14n${b}` ? -1 : 1));
    expect([...textOrder(count)]).toEqual(byText);
  }
});
