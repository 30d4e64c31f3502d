/**
 * The quick digest of a snapshot against the direct writer's.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestDirect } from "../../../src/canonical/direct.ts";
import { digestSnapshot, type EntryHashes } from "../../../src/canonical/snapshotDigest.ts";
import type { Snapshot } from "../../../src/vocabulary/types.ts";

function snapshot(meta: Snapshot["meta"], version = 3): Snapshot {
  return { _type: "snapshot", spec_version: "1.0.34", version, expires: "2030-01-01T00:00:00Z", meta };
}

const names = fc.oneof(
  fc
    .string({ minLength: 1, unit: "grapheme" })
    .filter((name) => name.isWellFormed() && !name.startsWith("@") && name !== "__proto__"),
  fc.integer({ min: 0, max: 9_999 }).map((bin) => `bin-${bin}.json`),
);
const metas = fc.dictionary(
  names,
  fc.integer({ min: 1, max: 2 ** 40 }).map((version) => ({ version })),
  { minKeys: 1, maxKeys: 40 },
);

function bins(count: number, version = 1): Snapshot["meta"] {
  return Object.fromEntries(Array.from({ length: count }, (_, bin) => [`bin-${bin}.json`, { version }]));
}

/** The quick digest of such a document. */
function quick(signed: Snapshot, ...more: [EntryHashes?, ReadonlySet<string>?]) {
  const versions = Object.values(signed.meta).map(({ version }) => version);
  return digestSnapshot({ header: signed, names: Object.keys(signed.meta), versions }, "1.0.34", ...more);
}

describe("the quick digest of a snapshot", () => {
  test("is that of the direct writer, whatever the names and versions", () => {
    fc.assert(
      fc.property(metas, fc.integer({ min: 1 }), (meta, version) => {
        const signed = snapshot(meta, version);
        expect(quick(signed)?.digest).toEqual(digestDirect(signed));
      }),
    );
  });

  test("is the same with the hashes of the snapshot before, of which some entries changed", () => {
    fc.assert(
      fc.property(metas, fc.nat(), (meta, seed) => {
        const before = quick(snapshot(meta));
        const changed = Object.keys(meta).filter((_, at) => (at + seed) % 3 === 0);
        const next = snapshot(
          { ...meta, ...Object.fromEntries(changed.map((name) => [name, { version: 2 ** 41 }])) },
          4,
        );
        const made = quick(next, before?.hashes, new Set(changed));
        expect(made?.digest).toEqual(digestDirect(next));
        expect(made?.hashes).toEqual(quick(next)?.hashes);
      }),
    );
  });

  test("is the same with thousands of entries", () => {
    const signed = snapshot(bins(5_000));
    const first = quick(signed);
    expect(first?.digest).toEqual(digestDirect(signed));
    const next = snapshot({ ...signed.meta, "bin-77.json": { version: 2 } }, 4);
    expect(quick(next, first?.hashes, new Set(["bin-77.json"]))?.digest).toEqual(digestDirect(next));
  });

  test("goes wrong if a change is kept from it, so the test above can fail", () => {
    const first = quick(snapshot(bins(50)));
    const next = snapshot({ ...bins(50), "bin-7.json": { version: 2 } }, 4);
    expect(quick(next, first?.hashes)?.digest).not.toEqual(digestDirect(next));
  });

  test("does not take hashes of another number of entries", () => {
    const { hashes } = quick(snapshot(bins(10))) ?? {};
    const signed = snapshot(bins(11));
    expect(quick(signed, hashes)?.digest).toEqual(digestDirect(signed));
  });

  test("is not given for a snapshot without entries", () => {
    expect(quick(snapshot({}))).toBeUndefined();
  });
});
