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
import { readOurSnapshot, SnapshotText } from "../../../src/repository/publishing/snapshotText.ts";
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

const read = (signed: Snapshot) => SnapshotText.read(new TextDecoder().decode(canonical(signed)));

describe("the text of a snapshot", () => {
  test("is taken apart as JSON.parse takes it, or not at all", () => {
    let made = 0;
    fc.assert(
      fc.property(fc.dictionary(names, versions), versions, (before, version) => {
        const meta = Object.fromEntries(
          Object.entries(before).map(([role, each]) => [`${role}.json`, { version: each }]),
        );
        const text = read(snapshot(meta, version));
        if (text === undefined) return;
        made++;
        expect(text.signed).toEqual(JSON.parse(text.text));
        expect(Object.keys(text.signed)).toEqual(["_type", "spec_version", "version", "expires", "meta"]);
        for (const [role, each] of Object.entries(before)) expect(text.versionOf(role)).toBe(each);
        expect(text.versionOf("nobody")).toBeUndefined();
      }),
    );
    expect(made).toBeGreaterThan(50);
  });

  test("makes the next one, which is what the canonical writer makes", () => {
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
          const entries = new Map(roles.map((role, at) => [role, { version: changes[at] as number }]));
          const changed = Object.fromEntries([...entries].map(([role, entry]) => [`${role}.json`, entry]));
          const next = snapshot({ ...meta, ...changed }, version + 1, "2031-01-02T00:00:00Z");
          const text = read(snapshot(meta, version))?.next(next, entries);
          if (text === undefined) return;
          made++;
          expect(encodeUtf8(text.text)).toEqual(canonical(next));
          expect(text.signed.meta).toEqual(next.meta);
          expect(SnapshotText.read(text.text)).toMatchObject({ names: text.names, versions: text.versions });
        },
      ),
    );
    expect(made).toBeGreaterThan(50);
  });

  test("makes no next one when a role is new or has hashes", () => {
    const text = read(snapshot({ "a.json": { version: 1 } }, 1));
    const header = snapshot({}, 2);
    expect(text?.next(header, new Map([["a", { version: 2 }]]))).toBeDefined();
    expect(text?.next(header, new Map([["a", { version: 2, length: 1 }]]))).toBeUndefined();
    expect(text?.next(header, new Map([["b", { version: 2 }]]))).toBeUndefined();
  });

  test("is not taken apart in any other form", () => {
    const good =
      '{"_type":"snapshot","expires":"2030-01-02T00:00:00Z","meta":{"a.json":{"version":1},"b.json":{"version":2}},"spec_version":"1.0.34","version":3}';
    expect(SnapshotText.read(good)?.versions).toEqual([1, 2]);
    for (const [from, to] of [
      ["1.0.34", "1.0.35"],
      [":1}", ":01}"],
      [":1}", ":1.0}"],
      [":1}", ":-1}"],
      [":1}", ':1,"x":1}'],
      [":1}", ":1 }"],
      ["a.json", "c.json"],
      ["a.json", "b.json"],
      ["a.json", "a\\u0062"],
      ["a.json", "a\nb"],
      ['},"b', '}, "b'],
      ['},"b', '}"b'],
      [":3}", ":3} "],
      [":3}", ":9007199254740993}"],
      ['"meta"', '"more":1,"meta"'],
      ['"version":2}', '"length":1,"version":2}'],
    ] as const) {
      expect(good).toContain(from);
      expect(SnapshotText.read(good.replace(from, to)), to).toBeUndefined();
    }
  });
});

describe("our own snapshot", () => {
  test("is read as it was sealed, in every view", async () => {
    const signed = snapshot({ "a.json": { version: 1 }, "ü\n.json": { version: 3 } }, 7);
    const plain = snapshot({ "a.json": { version: 1 } }, 7);
    for (const view of ["classic", "linked", "both"] as const) {
      const keys = [{ keyid: "k", signer: await keyNamed("snapshot") }];
      const sealed = await seal(plain, "snapshot", keys, view, NOW);
      const ours = readOurSnapshot(sealed.bytes);
      expect(ours?.file).toEqual(sealed.file);
      expect(ours?.signedText).toEqual(canonical(plain));
      // A control character makes the text differ from its canonical form, so it is read the usual way.
      const odd = await seal(signed, "snapshot", keys, view, NOW);
      expect(readOurSnapshot(odd.bytes)).toBeUndefined();
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
