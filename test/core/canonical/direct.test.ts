import fc from "fast-check";
import { expect, test } from "vitest";
import { canonizeDirect } from "../../../src/canonical/direct.ts";
import { toClassic, toLinked } from "../../../src/metadata/linkedForm.ts";
import { validateSigned } from "../../../src/metadata/validate.ts";
import { TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import { signed as anySigned } from "../../support/arbitraries.ts";
import { divergesByCodePoint } from "../../support/codePoint.ts";
import { runs } from "../../support/runs.ts";
import { stockCanonize } from "../../support/stock.ts";

test("the direct writer writes the bytes of stock jsonld.js and rdf-canonize", async () => {
  await fc.assert(
    fc.asyncProperty(anySigned, async (signed) => {
      validateSigned(signed);
      const direct = canonizeDirect(signed);
      // rdf-canonize sorts by UTF-16 unit, RDFC-1.0 by code point; the corner has a test of its own.
      fc.pre(!divergesByCodePoint(direct));
      expect(direct).toBe(await stockCanonize(toLinked(signed)));
    }),
    { numRuns: runs(1_500) },
  );
});

test("the order of the three contexts does not change the canonical form", async () => {
  await fc.assert(
    fc.asyncProperty(
      anySigned,
      fc.shuffledSubarray([...TUF_CONTEXTS], { minLength: 3 }),
      async (signed, contexts) => {
        const linked = toLinked(signed);
        expect(await stockCanonize(linked, contexts)).toBe(await stockCanonize(linked));
      },
    ),
    { numRuns: runs(150) },
  );
});

test("classic to linked to classic is the identity", () => {
  fc.assert(
    fc.property(anySigned, (signed) => {
      expect(toClassic(toLinked(signed))).toEqual(signed);
    }),
    { numRuns: runs(3_000) },
  );
});
