import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binDigits, binName, delegatedKeys, isBinName } from "../../../src/trust/delegation.ts";
import { binFor, covers, matchesPattern, pathHash, rolesFor } from "../../../src/trust/paths.ts";
import type { Delegations } from "../../../src/vocabulary/types.ts";
import { runs } from "../../support/runs.ts";

/** What tokens of a pattern are in a regular expression; the others are themselves. */
const SOURCES: ReadonlyMap<string, string> = new Map([
  ["*", "[^/]*"],
  ["?", "[^/]"],
  ["[!a]", "[^a/]"],
]);

describe("a pattern", () => {
  test.each([
    ["*", "file.txt", true],
    ["*", "", true],
    ["*", "dir/file.txt", false],
    ["*/*", "dir/file.txt", true],
    ["*/*", "file.txt", false],
    ["**", "dir/file.txt", false],
    ["**", "file.txt", true],
    ["dir/*", "dir/file.txt", true],
    ["dir/*", "dir/", true],
    ["dir/*", "dir", false],
    ["dir/*", "dir/sub/file.txt", false],
    ["dir/*/file", "dir/sub/file", true],
    ["dir/*/file", "dir//file", true],
    ["*.tgz", "foo.tgz", true],
    ["*.tgz", "targets/foo.tgz", false],
    ["targets/*.tgz", "targets/foo.tgz", true],
    ["targets/*.tgz", "targets/foo.txt", false],
    ["foo-version-?.tgz", "foo-version-2.tgz", true],
    ["foo-version-?.tgz", "foo-version-a.tgz", true],
    ["foo-version-?.tgz", "foo-version-alpha.tgz", false],
    ["?", "", false],
    ["?", "/", false],
    ["?", "👍", true],
    ["??", "👍", false],
    ["a?c", "a/c", false],
    ["[abc]", "b", true],
    ["[abc]", "d", false],
    ["[a-c]x", "bx", true],
    ["[a-c]x", "dx", false],
    ["[!a-c]x", "dx", true],
    ["[!a-c]x", "bx", false],
    ["[]]", "]", true],
    ["[!]]", "]", false],
    ["[!]]", "a", true],
    ["[a-]", "-", true],
    ["[-a]", "-", true],
    ["[c-a]", "b", false],
    ["[а-я]", "ж", true],
    ["[", "[", true],
    ["[abc", "[abc", true],
    ["[abc", "a", false],
    ["[!", "[!", true],
    ["[a/b]", "a", false],
    ["[a/b]", "[a/b]", true],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["*a*", "bab", true],
    ["a.c", "abc", false],
    ["a+", "aa", false],
    ["(a)", "(a)", true],
    ["^a$", "a", false],
    ["\\*", "*", false],
    ["\\*", "\\x", true],
    ["file", "FILE", false],
    ["", "", true],
    ["", "a", false],
    ["/abs", "/abs", true],
    ["abs", "/abs", false],
    ["../*", "../x", true],
    ["ö*", "öl", true],
  ])("%j on %j: %s", (pattern, path, matches) => {
    expect(matchesPattern(pattern, path)).toBe(matches);
  });

  test("without wildcards matches itself alone", () => {
    const plain = fc.string({ unit: fc.constantFrom("a", "b", "/", ".", "-") });
    fc.assert(
      fc.property(plain, plain, (pattern, path) => {
        expect(matchesPattern(pattern, path)).toBe(pattern === path);
      }),
      { numRuns: runs(300) },
    );
  });

  test("means what a regular expression for it means", () => {
    const unit = fc.constantFrom("a", "b", "/", "*", "?", "[ab]", "[!a]");
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 8 }),
        fc.string({ unit: fc.constantFrom("a", "b", "c", "/"), maxLength: 8 }),
        (parts, path) => {
          const source = parts.map((part) => SOURCES.get(part) ?? part).join("");
          expect(matchesPattern(parts.join(""), path)).toBe(new RegExp(`^${source}$`).test(path));
        },
      ),
      { numRuns: runs(2000) },
    );
  });
});

describe("a delegated role", () => {
  test("covers a path that any of its patterns matches", () => {
    expect(covers({ paths: ["a", "b/*"] }, "b/c")).toBe(true);
    expect(covers({ paths: ["a", "b/*"] }, "c")).toBe(false);
  });

  test("with no patterns, or no prefixes, covers nothing", () => {
    expect(covers({ paths: [] }, "a")).toBe(false);
    expect(covers({ path_hash_prefixes: [] }, "a")).toBe(false);
  });

  test("with hash prefixes covers the paths whose SHA-256 begins so, in either case of letters", () => {
    const hash = pathHash("file.txt");
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    for (const length of [1, 2, 5, 64]) {
      expect(covers({ path_hash_prefixes: [hash.slice(0, length).toUpperCase()] }, "file.txt")).toBe(true);
    }
    expect(covers({ path_hash_prefixes: [`${hash}0`] }, "file.txt")).toBe(false);
    expect(covers({ path_hash_prefixes: [hash.slice(1, 9)] }, "file.txt")).toBe(false);
  });

  test("is asked in the order of its delegation, and is told of as terminating or not", () => {
    const role = { keyids: ["k"], threshold: 1 };
    const delegations: Delegations = {
      keys: {},
      roles: [
        { ...role, name: "z", terminating: false, paths: ["*"] },
        { ...role, name: "no", terminating: true, paths: ["other"] },
        { ...role, name: "a", terminating: true, paths: ["file"] },
      ],
    };
    expect(rolesFor(delegations, "file")).toEqual([
      { name: "z", terminating: false },
      { name: "a", terminating: true },
    ]);
  });
});

describe("succinct roles", () => {
  test.each([
    [1, 1, "bins-0", "bins-1"],
    [2, 1, "bins-0", "bins-3"],
    [4, 1, "bins-0", "bins-f"],
    [5, 2, "bins-00", "bins-1f"],
    [8, 2, "bins-00", "bins-ff"],
    [14, 4, "bins-0000", "bins-3fff"],
    [16, 4, "bins-0000", "bins-ffff"],
    [32, 8, "bins-00000000", "bins-ffffffff"],
  ])("of %i bits have names of %i digits, from %s to %s", (bit_length, digits, first, last) => {
    const bins = { bit_length, name_prefix: "bins" };
    expect(binDigits(bins)).toBe(digits);
    expect(binName(bins, 0)).toBe(first);
    expect(binName(bins, 2 ** bit_length - 1)).toBe(last);
    expect(binFor(bins, "0".repeat(64))).toBe(first);
    expect(binFor(bins, "f".repeat(64))).toBe(last);
    expect(isBinName(bins, first)).toBe(true);
    expect(isBinName(bins, last)).toBe(true);
    expect(isBinName(bins, binName(bins, 2 ** bit_length))).toBe(false);
  });

  test("have no bin of another prefix, length, or spelling", () => {
    const bins = { bit_length: 8, name_prefix: "bins" };
    for (const name of [
      "bins-0",
      "bins-000",
      "bins-FF",
      "bins-0g",
      "bin-00",
      "bins00",
      "bins-",
      "bins--1",
      "x",
    ]) {
      expect(isBinName(bins, name)).toBe(false);
    }
  });

  test("put a path into the bin of its leading bits", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 32 }), (path, bit_length) => {
        const bins = { bit_length, name_prefix: "b" };
        const bits = [...pathHash(path).slice(0, 8)]
          .map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"))
          .join("")
          .slice(0, bit_length);
        expect(binFor(bins, pathHash(path))).toBe(binName(bins, Number.parseInt(bits, 2)));
      }),
      { numRuns: runs(300) },
    );
  });

  test("give every bin the keys that they name, and no other role any", () => {
    const bins = { keyids: ["k"], threshold: 2, bit_length: 4, name_prefix: "b" };
    const targets = {
      _type: "targets",
      spec_version: "1.0.34",
      version: 1,
      expires: "2030-01-01T00:00:00Z",
      targets: {},
      delegations: { keys: {}, succinct_roles: bins },
    } as const;
    expect(delegatedKeys(targets, "b-a")).toMatchObject({ name: "b-a", threshold: 2 });
    expect(delegatedKeys(targets, "b-10")).toBeUndefined();
    expect(delegatedKeys(targets, "other")).toBeUndefined();
    const { delegations: _, ...without } = targets;
    expect(delegatedKeys(without, "b-a")).toBeUndefined();
  });
});
