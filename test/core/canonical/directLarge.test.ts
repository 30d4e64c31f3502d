import { expect, test } from "vitest";
import { createHash, hashHex } from "#platform";
import { canonizeDirect, digestDirect } from "../../../src/canonical/direct.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import type { Targets } from "../../../src/vocabulary/types.ts";
import { stockCanonize } from "../../support/stock.ts";

function targets(count: number, path: (index: number) => string): Targets {
  const entries = Array.from({ length: count }, (_, index) => [
    path(index),
    { length: index, hashes: { sha256: hashHex("sha256", String(index)) } },
  ]);
  return {
    _type: "targets",
    spec_version: "1.0.31",
    version: 1,
    expires: "2030-01-01T00:00:00Z",
    targets: Object.fromEntries(entries),
  };
}

test("a document of many chunks has the bytes of stock jsonld.js", async () => {
  const signed = targets(1_200, (index) => `packages/${index}/naïve "name" ${index}.whl`);
  expect(canonizeDirect(signed)).toBe(await stockCanonize(toLinked(signed)));
});

test("the digest is the hash of the canonical form, by either algorithm", () => {
  const signed = targets(1_200, (index) => `packages/${index}.whl`);
  for (const algorithm of ["sha256", "sha384"] as const) {
    const hash = createHash(algorithm);
    hash.update(canonizeDirect(signed, algorithm));
    expect(digestDirect(signed, algorithm)).toEqual(hash.digest());
  }
});

test("a value larger than the writer's first memory is written whole", async () => {
  const signed = targets(3, (index) => `${index}${"é\n".repeat(50_000)}`);
  expect(canonizeDirect(signed)).toBe(await stockCanonize(toLinked(signed)));
});

test("a document that is refused half-way leaves nothing behind in the next one", () => {
  const good = targets(10, (index) => `${index}`);
  const before = canonizeDirect(good);
  const bad = targets(10, (index) => (index === 9 ? "\ud800" : `bad ${index}`));
  expect(() => canonizeDirect(bad)).toThrow(expect.objectContaining({ code: "ERR_SHAPE" }));
  expect(canonizeDirect(good)).toBe(before);
});
