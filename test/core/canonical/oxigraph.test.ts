import fc from "fast-check";
import { expect, test } from "vitest";
import { canonizeDirect } from "../../../src/canonical/direct.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import { signed as anySigned } from "../../support/arbitraries.ts";
import { divergesByCodePoint, membersDiverge } from "../../support/codePoint.ts";
import { oxigraphCanonize, oxigraphQuads } from "../../support/oxigraph.ts";
import { runs } from "../../support/runs.ts";
import { stockCanonize } from "../../support/stock.ts";

const minimal = {
  _type: "targets",
  spec_version: "1.0",
  version: 1,
  expires: "2030-01-01T00:00:00Z",
} as const;

test("the direct writer writes the graph that Oxigraph's own JSON-LD parser reads", async () => {
  await fc.assert(
    fc.asyncProperty(anySigned, async (signed) => {
      const direct = canonizeDirect(signed);
      // rdf-canonize sorts by UTF-16 unit, RDFC-1.0 by code point; the corner has a test of its own.
      fc.pre(!divergesByCodePoint(direct) && !membersDiverge(signed));
      expect(await oxigraphCanonize(toLinked(signed))).toBe(direct);
    }),
    { numRuns: runs(1_500) },
  );
});

test("Oxigraph sorts the members of a JSON literal by code point, and RFC 8785 by UTF-16 unit", async () => {
  const signed = { ...minimal, targets: {}, extra: { "\uffee": 1, "\u{10000}": 2 } } as const;
  const before = '{\\"extra\\":{\\"\u{10000}\\":2,\\"\uffee\\":1}}';
  // RFC 8785 3.2.3: names are sorted as arrays of UTF-16 units, and a surrogate is below U+FFEE.
  expect(canonizeDirect(signed)).toContain(before);
  expect(await oxigraphCanonize(toLinked(signed))).not.toContain(before);
  expect(await stockCanonize(toLinked(signed))).toContain(before);
});

test("a document of a thousand targets has as many quads for Oxigraph as for the direct writer", () => {
  const entry = { length: 1, hashes: { sha256: "00" } };
  const targets = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`file ${index}`, entry]));
  const signed = { ...minimal, targets };
  // Type, version, spec_version, expires; a link, path, length and hash for each target.
  expect(oxigraphQuads(toLinked(signed))).toHaveLength(4 + 4 * 1_000);
  expect(canonizeDirect(signed).match(/\n/g)).toHaveLength(4 + 4 * 1_000);
});
