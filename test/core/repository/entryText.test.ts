/**
 * The next version of a bin or a snapshot, made of the text of the one before, against the canonical writer and the
 * direct one.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestDirect } from "../../../src/canonical/direct.ts";
import { olpcBytes } from "../../../src/classic/olpc.ts";
import type { JsonValue } from "../../../src/document/json.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { withTargets } from "../../../src/repository/edit.ts";
import { draftBin } from "../../../src/repository/publishing/draftBin.ts";
import { EntryText, readOurEntries } from "../../../src/repository/publishing/entryText.ts";
import { seal } from "../../../src/repository/publishing/seal.ts";
import type { Snapshot, TargetFile, Targets } from "../../../src/vocabulary/types.ts";
import { targetFile } from "../../support/arbitraries.ts";
import { keyNamed, NOW } from "../../support/repositoryWorld.ts";

const HASH = "5a".repeat(32);
const HEADER = { version: 8, expires: "2031-01-02T00:00:00Z" };
const NEXT = { version: 9, expires: "2032-01-02T00:00:00Z" };

const paths = fc.oneof(
  fc.constantFrom(
    "a",
    "a.b",
    "a/b",
    "b",
    "ö",
    "\uffee",
    "\u{1f600}",
    "1",
    "10",
    "2",
    'quo"te',
    "line\nfeed",
    "\u007f",
  ),
  fc
    .string({ minLength: 1, unit: "grapheme" })
    .filter((path) => path.isWellFormed() && !path.startsWith("@") && path !== "__proto__"),
);
const plain = fc.nat().map((length) => ({ length, hashes: { sha256: HASH } }));
const files = fc.oneof({ weight: 2, arbitrary: plain }, targetFile) as fc.Arbitrary<TargetFile>;
const listed = fc.dictionary(paths, files, { maxKeys: 12 });
const changes = fc.array(fc.tuple(paths, fc.option(files)), { maxLength: 6 }).map((each) => new Map(each));

function bin(targets: Targets["targets"], header = HEADER): Targets {
  return { _type: "targets", spec_version: "1.0.34", ...header, targets };
}

const canonical = (signed: Targets) => olpcBytes(signed as unknown as JsonValue);
const read = (signed: Targets) => EntryText.read("targets", canonical(signed));

describe("the text of a bin", () => {
  test("is taken apart as JSON.parse takes it and digested as the direct writer does it, or neither", () => {
    let made = 0;
    fc.assert(
      fc.property(listed, (targets) => {
        const signed = bin(targets);
        const text = read(signed);
        const isEscaped = /[\\\u007f]|\n/.test(JSON.stringify(targets));
        expect(text === undefined).toBe(isEscaped);
        if (text === undefined) return;
        made++;
        expect(text.signed).toEqual(signed);
        expect(text.starts.length).toBe(Object.keys(targets).length);
        const digests = text.digestsOf(text.signed);
        expect(digests.linkedDigest("RDFC-1.0", "sha256")).toEqual(digestDirect(signed));
        expect(digests.linkedDigest("RDFC-1.0", "sha384")).toEqual(digestDirect(signed, "sha384"));
        expect(digests.classicBytes()).toEqual(canonical(signed));
      }),
      { numRuns: 300 },
    );
    expect(made).toBeGreaterThan(30);
  });

  test("makes the next one, which is what edits of the document come to", () => {
    let made = 0;
    fc.assert(
      fc.property(listed, changes, (targets, wanted) => {
        const before = bin(targets);
        const text = read(before);
        const edits = text?.editsOf(wanted);
        if (text === undefined || edits === undefined) return;
        made++;
        const after = withTargets(before, wanted);
        expect(edits.length === 0).toBe(after === before);
        const next = text.next(NEXT, edits);
        expect(next.bytes).toEqual(canonical({ ...after, ...NEXT }));
        expect(EntryText.read("targets", next.bytes)).toEqual(next);
      }),
      { numRuns: 300 },
    );
    expect(made).toBeGreaterThan(30);
  });

  test("is drafted to the same bytes and digest whether it is had as text or as values", () => {
    fc.assert(
      fc.property(listed, changes, fc.boolean(), (targets, wanted, isRenewed) => {
        const before = bin(targets);
        const values = draftBin(before, wanted, NEXT, isRenewed);
        const text = draftBin(read(before) ?? before, wanted, NEXT, isRenewed);
        expect(text?.digests.classicBytes()).toEqual(values?.digests.classicBytes());
        expect(text?.digests.linkedDigest("RDFC-1.0", "sha256")).toEqual(
          values?.digests.linkedDigest("RDFC-1.0", "sha256"),
        );
        expect(text?.signed).toEqual(values?.signed);
      }),
      { numRuns: 300 },
    );
  });

  test("begins without entries and takes many at once", () => {
    const targets = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`f/${at}`, { length: at, hashes: { sha256: HASH } }]),
    );
    const draft = draftBin(undefined, new Map(Object.entries(targets)), NEXT, false);
    expect(draft?.digests.classicBytes()).toEqual(canonical(bin(targets, NEXT)));
    expect(draft?.digests.linkedDigest("RDFC-1.0", "sha256")).toEqual(digestDirect(bin(targets, NEXT)));
    const empty = draftBin(undefined, new Map(), NEXT, false);
    expect(empty?.digests.classicBytes()).toEqual(canonical(bin({}, NEXT)));
    expect(empty?.digests.linkedDigest("RDFC-1.0", "sha256")).toEqual(digestDirect(bin({}, NEXT)));
  });

  test("refuses what is added and has a wrong shape, and says where", () => {
    const wrong = { length: -1, hashes: { sha256: HASH } };
    for (const before of [undefined, read(bin({})), bin({})])
      expect(() => draftBin(before, new Map([["a", wrong]]), NEXT, false)).toThrowError(
        expect.objectContaining({
          code: "ERR_SHAPE",
          message: expect.stringContaining("/signed/targets/a/length"),
        }),
      );
  });

  test("a hash of another length, or one that hides another, makes no plain entry", () => {
    const odd = { sha256: "aa", x: "b".repeat(64 - 'aa","x":"'.length) };
    const signed = bin({
      a: { length: 1, hashes: { sha256: "aa" } },
      b: { length: 2, hashes: odd },
      c: { length: 3, hashes: { sha256: HASH } },
    });
    const text = read(signed) as EntryText<"targets">;
    expect([...text.plain]).toEqual([0, 0, 1]);
    expect(text.digestsOf(text.signed).linkedDigest("RDFC-1.0", "sha256")).toEqual(digestDirect(signed));
  });

  test("is not taken apart in any other form", () => {
    const good = new TextDecoder().decode(canonical(bin({ a: { length: 1, hashes: { sha256: HASH } } })));
    expect(EntryText.read("targets", encodeUtf8(good))?.header).toEqual({
      ...HEADER,
      spec_version: "1.0.34",
    });
    for (const [from, to] of [
      ["1.0.34", "1.0.35"],
      [":8}", ":08}"],
      [":8}", ":8.0}"],
      [":8}", ":-8}"],
      [":8}", ":8} "],
      [":8}", ":9007199254740993}"],
      ['"targets":{', '"more":1,"targets":{'],
      ['"a"', '"a\\u0062"'],
      ['"a"', ' "a"'],
      [":1}}", ":1},}"],
      [":1}}", ":1}"],
      [":1}", ":1"],
    ] as const) {
      expect(good).toContain(from);
      expect(EntryText.read("targets", encodeUtf8(good.replace(from, to))), to).toBeUndefined();
    }
  });
});

const versions = fc.integer({ min: 1, max: 2 ** 40 });
const metaFiles = fc.oneof(
  { weight: 3, arbitrary: versions.map((version) => ({ version })) },
  fc.record({ version: versions, length: fc.nat(), hashes: fc.constant({ sha256: HASH }) }),
);
const metas = fc.dictionary(
  fc
    .oneof(
      paths,
      fc.nat(9_999).map((bin) => `bin-${bin}`),
    )
    .map((role) => `${role}.json`),
  metaFiles,
  { maxKeys: 20 },
);

describe("the text of a snapshot", () => {
  const snapshot = (meta: Snapshot["meta"], header = HEADER): Snapshot => ({
    _type: "snapshot",
    spec_version: "1.0.34",
    ...header,
    meta,
  });
  const canonicalOf = (signed: Snapshot) => olpcBytes(signed as unknown as JsonValue);

  test("makes the next one, whose entries are found, digested and written as those of the document", () => {
    let made = 0;
    fc.assert(
      fc.property(metas, metas, (before, changed) => {
        const text = EntryText.read("snapshot", canonicalOf(snapshot(before)));
        const edits = text?.editsOf(new Map(Object.entries(changed)));
        if (text === undefined || edits === undefined) return;
        made++;
        const first = leadingOf(text);
        const after = snapshot({ ...before, ...changed }, NEXT);
        const next = text.withLeading(first).next(NEXT, edits);
        expect(next.bytes).toEqual(canonicalOf(after));
        expect(next.signed).toEqual(after);
        for (const [name, entry] of Object.entries(after.meta)) expect(next.entry(name)).toEqual(entry);
        expect(next.entry("nobody.json")).toBeUndefined();
        expect(next.digestsOf(next.signed).linkedDigest("RDFC-1.0", "sha256")).toEqual(digestDirect(after));
        // What is known of the hashes goes along with the entries.
        expect([...next.leading].filter(Number.isNaN)).toHaveLength(edits.length);
        expect(leadingOf(next)).toEqual(leadingOf(EntryText.read("snapshot", next.bytes) as typeof next));
      }),
      { numRuns: 300 },
    );
    expect(made).toBeGreaterThan(100);
  });

  test("takes no hashes that cannot be ones, and none of another number of entries", () => {
    const meta = Object.fromEntries(["a", "b", "c"].map((role) => [`${role}.json`, { version: 1 }]));
    const text = EntryText.read("snapshot", canonicalOf(snapshot(meta))) as EntryText<"snapshot">;
    const expected = digestDirect(snapshot(meta));
    for (const leading of [
      [Number.NaN, -1, 0.5],
      [Number.POSITIVE_INFINITY, 16 ** 9, 2 ** 60],
      [1, 2],
      [1, 2, 3, 4],
    ]) {
      const told = text.withLeading(Float64Array.from(leading));
      expect(told.digestsOf(told.signed).linkedDigest("RDFC-1.0", "sha256"), `${leading}`).toEqual(expected);
    }
  });
});

/** What is noted of a text when it is digested. */
function leadingOf(text: EntryText): Float64Array {
  let leading: Float64Array = new Float64Array();
  text
    .digestsOf(text.signed as never, (all) => {
      leading = all;
    })
    .linkedDigest("RDFC-1.0", "sha256");
  return leading;
}

describe("our own bin", () => {
  test("is read as it was sealed, in every view", async () => {
    const signed = bin({ a: { length: 1, hashes: { sha256: HASH }, custom: { b: [1, "{"] } } });
    const keys = [{ keyid: "k", signer: await keyNamed("bin") }];
    for (const view of ["classic", "linked", "both"] as const) {
      const sealed = await seal(signed, "bin-0", keys, view, NOW);
      const ours = readOurEntries("targets", sealed.bytes);
      expect(ours?.file).toEqual(sealed.file);
      expect(ours?.signedText).toEqual(canonical(signed));
    }
  });

  test("is not recognized in bytes of another form, however they were cut", async () => {
    const signed = bin({ a: { length: 1, hashes: { sha256: HASH } } });
    const { bytes } = await seal(
      signed,
      "bin-0",
      [{ keyid: "k", signer: await keyNamed("bin") }],
      "both",
      NOW,
    );
    for (let end = 0; end < bytes.length; end++)
      expect(readOurEntries("targets", bytes.subarray(0, end)), `${end} bytes`).toBeUndefined();
  });
});
