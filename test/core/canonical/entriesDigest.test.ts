/**
 * The digest out of the text of a document against the direct writer's, at sizes that publishers have.
 * @module
 */
import { describe, expect, test } from "vitest";
import { digestDirect } from "../../../src/canonical/direct.ts";
import { digestEntries, type EntriesDigest } from "../../../src/canonical/entriesDigest.ts";
import { olpcBytes } from "../../../src/classic/olpc.ts";
import type { JsonValue } from "../../../src/document/json.ts";
import { EntryText } from "../../../src/repository/publishing/entryText.ts";
import type { Snapshot, Targets } from "../../../src/vocabulary/types.ts";

const HEADER = { spec_version: "1.0.34", version: 3, expires: "2030-01-01T00:00:00Z" };

function snapshot(count: number, version = 1): Snapshot {
  const names = Array.from({ length: count }, (_, bin) => [`bin-${bin}.json`, { version }]);
  return { _type: "snapshot", ...HEADER, meta: Object.fromEntries(names) };
}

function targets(count: number): Targets {
  const names = Array.from({ length: count }, (_, at) => [
    `f/${at}`,
    { length: at, hashes: { sha256: at.toString(16).padStart(64, "0") } },
  ]);
  return { _type: "targets", ...HEADER, targets: Object.fromEntries(names) };
}

function textOf<S extends Snapshot | Targets>(signed: S): EntryText<S["_type"]> {
  return EntryText.read<S["_type"]>(signed._type, olpcBytes(signed as unknown as JsonValue)) as EntryText<
    S["_type"]
  >;
}

describe("the digest of entries", () => {
  test.each([0, 1, 2, 10, 11, 101, 5_000])("is that of the direct writer with %i entries", (count) => {
    for (const signed of [snapshot(count), targets(count)])
      expect(digestEntries(textOf(signed))?.digest).toEqual(digestDirect(signed));
  });

  test("is the same with hashes brought along, of which some are not known", () => {
    const text = textOf(snapshot(5_000));
    const { leading, digest } = digestEntries(text) as EntriesDigest;
    const known = leading.map((each, index) => (index % 3 === 0 ? Number.NaN : each));
    const again = digestEntries(text.withLeading(known));
    expect(again?.digest).toEqual(digest);
    expect(again?.leading).toEqual(leading);
  });

  test("goes wrong with the hashes of other entries, so the test above can fail", () => {
    const { leading } = digestEntries(textOf(snapshot(50))) as EntriesDigest;
    const other = snapshot(50, 2);
    expect(digestEntries(textOf(other).withLeading(leading))?.digest).not.toEqual(digestDirect(other));
  });

  test("is left to the direct writer where there are more entries than numbers have room for", () => {
    const text = textOf(snapshot(2 ** 17));
    expect(digestEntries(text)).toBeUndefined();
  });
});
