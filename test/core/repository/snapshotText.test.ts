/**
 * The next snapshot's text, made of the one before, against the canonical writer.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { olpcBytes } from "../../../src/classic/olpc.ts";
import type { JsonValue } from "../../../src/document/json.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { seal } from "../../../src/repository/publishing/seal.ts";
import { nextSnapshotText, readOurSnapshot } from "../../../src/repository/publishing/snapshotText.ts";
import type { Snapshot } from "../../../src/vocabulary/types.ts";
import { keyNamed, NOW } from "../../support/repositoryWorld.ts";

const versions = fc.integer({ min: 1, max: 2 ** 40 });
const names = fc.oneof(
  fc.constantFrom("targets", "bin-0000", "bin-0001", "bin-00ff", "a", "a.json", "b-1"),
  fc
    .string({ minLength: 1, unit: "grapheme" })
    .filter((name) => name.isWellFormed() && !name.startsWith("@")),
);

function snapshot(meta: Snapshot["meta"], version: number, expires = "2030-01-02T00:00:00Z"): Snapshot {
  return { _type: "snapshot", spec_version: "1.0.34", version, expires, meta };
}

const canonical = (signed: Snapshot) => olpcBytes(signed as unknown as JsonValue);

describe("the text of the next snapshot", () => {
  test("is what the canonical writer makes, or nothing is said", () => {
    let made = 0;
    fc.assert(
      fc.property(
        fc.dictionary(names, versions, { minKeys: 1 }),
        fc.array(versions),
        versions,
        (before, changes, version) => {
          const roles = Object.keys(before).slice(0, changes.length);
          const meta = Object.fromEntries(
            Object.entries(before).map(([role, each]) => [`${role}.json`, { version: each }]),
          );
          const old = snapshot(meta, version);
          const changed = Object.fromEntries(
            roles.map((role, at) => [`${role}.json`, { version: changes[at] as number }]),
          );
          const next = snapshot({ ...meta, ...changed }, version + 1, "2031-01-02T00:00:00Z");
          const entries = new Map(roles.map((role, at) => [role, { version: changes[at] as number }]));
          const text = nextSnapshotText(old, canonical(old), next, entries);
          if (text === undefined) return;
          made++;
          expect(encodeUtf8(text)).toEqual(canonical(next));
        },
      ),
    );
    expect(made).toBeGreaterThan(50);
  });

  test("is not made when a role is new, has hashes, or the text is another", () => {
    const old = snapshot({ "a.json": { version: 1 } }, 1);
    const next = snapshot({ "a.json": { version: 2 } }, 2);
    const entry = (role: string, more: object = {}) => new Map([[role, { version: 2, ...more }]]);
    const text = nextSnapshotText(old, canonical(old), next, entry("a"));
    expect(encodeUtf8(text ?? "")).toEqual(canonical(next));
    expect(nextSnapshotText(old, canonical(old), next, entry("a", { length: 1 }))).toBeUndefined();
    expect(nextSnapshotText(old, canonical(old), next, entry("b"))).toBeUndefined();
    const spaced = encodeUtf8(JSON.stringify(old, undefined, 1));
    expect(nextSnapshotText(old, spaced, next, entry("a"))).toBeUndefined();
  });
});

describe("our own snapshot", () => {
  test("is read as it was sealed, in every view", async () => {
    const signed = snapshot({ "a.json": { version: 1 }, "ü\n.json": { version: 3 } }, 7);
    const plain = snapshot({ "a.json": { version: 1 } }, 7);
    for (const view of ["classic", "linked", "both"] as const) {
      const keys = [{ keyid: "k", signer: await keyNamed("snapshot") }];
      const sealed = await seal(plain, "snapshot", keys, view, NOW);
      expect(readOurSnapshot(sealed.bytes)).toEqual({ file: sealed.file, signedText: canonical(plain) });
      // A control character makes the text differ from its canonical form, so it is read the usual way.
      const odd = await seal(signed, "snapshot", keys, view, NOW);
      const read = readOurSnapshot(odd.bytes);
      if (read !== undefined) expect(read.signedText).not.toEqual(canonical(signed));
    }
  });

  test("is not recognized in bytes of another form", () => {
    for (const text of [
      "",
      "{}",
      '{"signatures":[],"signed":',
      '{"signatures":[],"signed":{}',
      '{"signatures":7,"signed":{}}\n',
    ])
      expect(readOurSnapshot(encodeUtf8(text))).toBeUndefined();
  });
});
