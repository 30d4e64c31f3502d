import fc from "fast-check";
import { expect, test } from "vitest";
import { canonizeDirect } from "../../../src/canonical/direct.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import { signed as anySigned } from "../../support/arbitraries.ts";
import { divergesByCodePoint } from "../../support/codePoint.ts";
import { oxigraphCanonize, oxigraphQuads } from "../../support/oxigraph.ts";
import { runs } from "../../support/runs.ts";

test("the direct writer writes the graph that Oxigraph's own JSON-LD parser reads", async () => {
  await fc.assert(
    fc.asyncProperty(anySigned, async (signed) => {
      const direct = canonizeDirect(signed);
      // rdf-canonize sorts by UTF-16 unit, RDFC-1.0 by code point; the corner has a test of its own.
      fc.pre(!divergesByCodePoint(direct));
      expect(await oxigraphCanonize(toLinked(signed))).toBe(direct);
    }),
    { numRuns: runs(1_500) },
  );
});

test("a document of a thousand targets has as many quads for Oxigraph as for the direct writer", () => {
  const entry = { length: 1, hashes: { sha256: "00" } };
  const targets = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`file ${index}`, entry]));
  const signed = {
    _type: "targets",
    spec_version: "1.0",
    version: 1,
    expires: "2030-01-01T00:00:00Z",
    targets,
  } as const;
  // Type, version, spec_version, expires; a link, path, length and hash for each target.
  expect(oxigraphQuads(toLinked(signed))).toHaveLength(4 + 4 * 1_000);
  expect(canonizeDirect(signed).match(/\n/g)).toHaveLength(4 + 4 * 1_000);
});
