/**
 * The log of changes: what is written is read again, in either form, and nothing else is taken for a log.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeUtf8, encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { readChanges, readHead, type TargetChange } from "../../../src/repository/changes.ts";
import { ChangeWriter } from "../../../src/repository/changeWriter.ts";
import { createMemoryStorage } from "../../../src/repository/index.ts";
import { inLanes } from "../../../src/repository/lanes.ts";
import { binOf } from "../../../src/repository/layout.ts";
import { checkTarget } from "../../../src/repository/target.ts";
import { TextBuffer } from "../../../src/repository/textBuffer.ts";
import type { TargetFile } from "../../../src/vocabulary/types.ts";
import { json } from "../../support/arbitraries.ts";
import { runs } from "../../support/runs.ts";

const LAYOUT = { prefix: "bin", bits: 9, delegator: "bins", succinct: false };
const SHA = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

const isTaken = (change: TargetChange) => {
  try {
    checkTarget(change);
    return true;
  } catch {
    return false;
  }
};

const path = fc.oneof(
  fc.constantFrom(
    "a",
    "b/c",
    'quo"te',
    '"',
    "ö",
    "日本/\u{1f600}",
    "\u2028",
    "\u0080",
    "constructor",
    "a,b]",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 9 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 5 }),
);
const sha256 = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });
const hashes = fc.oneof(
  { weight: 3, arbitrary: sha256.map((digest) => ({ sha256: digest })) },
  sha256.map((digest) => ({ sha512: digest + digest })),
  sha256.map((digest) => ({ sha512: digest + digest, sha256: digest })),
  sha256.map((digest) => ({ sha256: digest, other: "00" })),
);
const target = fc.record(
  {
    length: fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER)),
    hashes,
    custom: fc.dictionary(fc.constantFrom("a", 'q"'), json, { noNullPrototype: true }),
    further: json,
  },
  { requiredKeys: ["length", "hashes"], noNullPrototype: true },
) as fc.Arbitrary<TargetFile>;
const change: fc.Arbitrary<TargetChange> = fc
  .record({ path, target: fc.option(target, { freq: 4 }) }, { noNullPrototype: true })
  .filter(isTaken);

/** A path of the bin at a place within a group. */
function pathInGroup(group: number, index: number): string {
  for (let number = 0; ; number++) {
    const name = `path-${number}`;
    if (binOf(LAYOUT, name) === 2 * group + index) return name;
  }
}

/** All that waits, by path. */
async function waiting(storage: ReturnType<typeof createMemoryStorage>) {
  const found = new Map<string, TargetFile | null>();
  const { groups, sequence } = await readHead(storage);
  for (const group of groups) {
    for (const [bin, changes] of await readChanges(storage, LAYOUT, group, sequence)) {
      for (const [name, each] of changes) {
        expect(bin).toBe(binOf(LAYOUT, name));
        found.set(name, each);
      }
    }
  }
  return found;
}

/** A log of one segment with this text. */
async function logOf(text: string) {
  const storage = createMemoryStorage();
  await storage.replace("staged/changes/000/0000000001.json", encodeUtf8(text));
  const head = { sequence: 1, segments: [[1, [0]]], count: 1 };
  await storage.replace("staged/changes/head.json", encodeUtf8(JSON.stringify(head)));
  return readChanges(storage, LAYOUT, 0, 1);
}

describe("changes that are logged", () => {
  test("come back as they were, the last of each path, from any number of segments", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 3 }), async (segments) => {
        const storage = createMemoryStorage();
        const writer = new ChangeWriter(storage, LAYOUT);
        for (const changes of segments) {
          for (const each of changes) writer.add(each);
          await writer.flush();
        }
        const last = new Map(segments.flat().map((each) => [each.path, each.target]));
        expect(await waiting(storage)).toEqual(last);
        expect((await readHead(storage)).count).toBe(segments.flat().length);
      }),
      { numRuns: runs(300) },
    );
  });

  test("are given up where they are gone, and only there", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(change, { selector: (each) => each.path }), async (changes) => {
        const storage = createMemoryStorage();
        const writer = new ChangeWriter(storage, LAYOUT);
        for (const each of changes) writer.add(each);
        const isGone = ({ path: name }: TargetChange) => name.length % 2 === 0;
        const kept = changes.filter((each) => !isGone(each));
        expect(writer.drop(isGone)).toBe(changes.length - kept.length);
        await writer.flush();
        expect(await waiting(storage)).toEqual(new Map(kept.map((each) => [each.path, each.target])));
      }),
      { numRuns: runs(100) },
    );
  });

  test("are in the bins of their paths, whatever else a segment may say", async () => {
    const long = { length: 1, hashes: { sha256: SHA } };
    const [one, two, other] = [pathInGroup(0, 0), pathInGroup(0, 1), pathInGroup(1, 0)] as const;
    const text = JSON.stringify([
      [one, long],
      [two, null],
      // As earlier versions wrote it, with a number that somebody has changed.
      [binOf(LAYOUT, one) + 1, one, 2, SHA],
    ]);
    const read = [...(await logOf(text))].map(([bin, changes]) => [bin, [...changes]]);
    expect(read).toEqual([
      [binOf(LAYOUT, one), [[one, { ...long, length: 2 }]]],
      [binOf(LAYOUT, two), [[two, null]]],
    ]);
    const moved = logOf(JSON.stringify([[other, 1, SHA]]));
    await expect(moved).rejects.toMatchObject({
      code: "ERR_SHAPE",
      message: expect.stringContaining("whose bin, 2, is in another group"),
    });
  });

  test("of two writers at once are all in the log, and no segment is written over", async () => {
    const storage = createMemoryStorage();
    const [first, second] = [new ChangeWriter(storage, LAYOUT), new ChangeWriter(storage, LAYOUT)];
    const target = { length: 1, hashes: { sha256: SHA } };
    first.add({ path: "first", target });
    first.add({ path: "shared", target });
    second.add({ path: "second", target });
    second.add({ path: "shared", target: null });
    // The first is stopped before it moves the head; the second, who took its lock for dead, is through by then.
    const stopped = new ChangeWriter(
      {
        ...storage,
        async swap(name, before, after) {
          await second.flush();
          return storage.swap(name, before, after);
        },
      },
      LAYOUT,
    );
    stopped.add({ path: "first", target });
    stopped.add({ path: "shared", target });
    await expect(stopped.flush()).rejects.toMatchObject({ code: "ERR_CONFLICT" });
    expect(Object.fromEntries(await waiting(storage))).toEqual({ second: target, shared: null });
    await first.flush();
    expect(Object.fromEntries(await waiting(storage))).toEqual({
      first: target,
      second: target,
      shared: target,
    });
    expect((await readHead(storage)).count).toBe(4);
  });

  test.each([
    "",
    "[",
    "{}",
    "null",
    "[1]",
    "[null]",
    "[[]]",
    "[[1,null]]",
    '[["a"]]',
    '[["a",1]]',
    '[["a","x"]]',
    '[["a",1,1]]',
    '[["a",null,"x"]]',
    '[["a","1","x"]]',
    '[["a",1,"x",null]]',
    '[[0,"a"]]',
    '[[0,1,"a",1,"x"]]',
    '[{"0":"a","1":null,"length":2}]',
  ])("are none in a segment that holds %j", async (text) => {
    await expect(logOf(text)).rejects.toMatchObject({ code: "ERR_SHAPE" });
  });

  test.each([
    ["__proto__", "1", `"${SHA}"`],
    ["@id", "1", `"${SHA}"`],
    ["../a", "1", `"${SHA}"`],
    ["\\ud800", "1", `"${SHA}"`],
    ["a", "1", '"5891"'],
    ["a", "1.5", `"${SHA}"`],
    ["a", "[]"],
    ["a", "{}"],
    ["a", '{"length":1,"hashes":null}'],
    ["a", '{"length":1,"hashes":["00"]}'],
    ["a", '{"length":1,"hashes":{"toString":"00"}}'],
    ["a", `{"length":1,"hashes":{"sha256":"${SHA}"},"custom":{"a":{"__proto__":1}}}`],
    ["a", `{"length":1,"hashes":{"sha256":"${SHA}"},"custom":${"[".repeat(33)}${"]".repeat(33)}}`],
  ])(
    "that `add` refuses are refused when somebody has written them into a segment: %s %s %s",
    async (path, ...rest) => {
      await expect(logOf(`[["${path}",${rest.join()}]]`)).rejects.toMatchObject({
        code: "ERR_SHAPE",
        message: expect.stringMatching(
          /^staged\/changes\/000\/0000000001\.json holds a change of .* that is refused: .*tuf-ld discard/,
        ),
      });
    },
  );
});

test("a text buffer holds all that was added, however long the pieces are", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc
      .tuple(fc.constantFrom("x", "ö", "日", "\u{1f600}"), fc.nat(9_000))
      .map(([unit, count]) => unit.repeat(count)),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const buffer = new TextBuffer("");
      for (const each of pieces) buffer.add(each);
      expect(decodeUtf8(buffer.bytes(), true) === pieces.join("")).toBe(true);
    }),
    { numRuns: runs(100) },
  );
});

describe("work in lanes", () => {
  test("does each thing once, and no more at a time than there are lanes", async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await inLanes([1, 2, 3, 4, 5], 2, async (each) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      done.push(each);
    });
    expect([done.sort(), most]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  test("begins nothing after a failure, and is over when what was begun is", async () => {
    const begun: number[] = [];
    let ended = 0;
    const all = inLanes([1, 2, 3, 4], 2, async (each) => {
      begun.push(each);
      if (each === 1) throw new RangeError("no");
      await new Promise((resolve) => setTimeout(resolve, 10));
      ended++;
    });
    await expect(all).rejects.toThrow(RangeError);
    expect([begun, ended]).toEqual([[1, 2], 1]);
  });
});
