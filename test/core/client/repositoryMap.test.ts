import { describe, expect, test } from "vitest";
import { type Finder, findAgreed, parseRepositoryMap } from "../../../src/client/repositoryMap.ts";
import type { FoundTarget } from "../../../src/client/search.ts";
import { TufLdError } from "../../../src/errors.ts";

const shared = import.meta.glob<string>(
  "../../../../shared/data/go-tuf-multirepo/repository/targets/map.json",
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);
const [example] = Object.values(shared);
const parse = (value: unknown) => parseRepositoryMap(new TextEncoder().encode(JSON.stringify(value)));
const refused = (code: string) => expect.objectContaining({ code });

function finder(targets: Record<string, string>): Finder {
  return {
    async find(path) {
      const sha256 = targets[path];
      if (sha256 === undefined) throw new TufLdError("ERR_TARGET_NOT_FOUND", `no ${path}`, { path });
      return { path, target: { length: 1, hashes: { sha256 } }, chain: [] } satisfies FoundTarget;
    },
  };
}

const two = (threshold: number, terminating: boolean) => [
  { paths: ["*.pub"], repositories: ["a", "b"], threshold, terminating },
  { paths: ["*"], repositories: ["c"], threshold: 1, terminating: true },
];
const repositories = { a: ["https://a.example"], b: ["https://b.example"], c: ["https://c.example"] };

function search(mapping: unknown, finders: Record<string, Finder>, path = "key.pub") {
  return findAgreed(parse({ repositories, mapping }), path, async (name) => finders[name] as Finder);
}

test.skipIf(example === undefined)("go-tuf's example map is read (skipped without ../shared/data)", () => {
  const map = parseRepositoryMap(new TextEncoder().encode(example));
  expect([...map.repositories.keys()]).toEqual(["sigstore-tuf-root", "staging"]);
  expect(map.mapping.map(({ threshold, terminating }) => [threshold, terminating])).toEqual([
    [1, true],
    [2, false],
    [1, true],
  ]);
});

test("two repositories that state the same hash satisfy a threshold of two", async () => {
  const same = finder({ "key.pub": "aa" });
  const agreed = await search(two(2, true), { a: same, b: same });
  expect(agreed.by.map(({ repository }) => repository)).toEqual(["a", "b"]);
  expect(agreed.dissenting).toEqual([]);
});

test("two repositories that state different hashes do not satisfy a threshold of two", async () => {
  const finders = { a: finder({ "key.pub": "aa" }), b: finder({ "key.pub": "bb" }) };
  await expect(search(two(2, true), finders)).rejects.toEqual(refused("ERR_TARGET_NOT_FOUND"));
});

test("after a terminating entry that did not agree no other entry is asked", async () => {
  const finders = { a: finder({ "key.pub": "aa" }), b: finder({}), c: finder({ "key.pub": "cc" }) };
  await expect(search(two(2, true), finders)).rejects.toEqual(refused("ERR_TARGET_NOT_FOUND"));
});

test("after an entry that is not terminating the next one that matches is asked", async () => {
  const finders = { a: finder({ "key.pub": "aa" }), b: finder({}), c: finder({ "key.pub": "cc" }) };
  const agreed = await search(two(2, false), finders);
  expect(agreed.by.map(({ repository }) => repository)).toEqual(["c"]);
});

test("a repository that fails is named among those that did not agree", async () => {
  const finders = { a: finder({ "key.pub": "aa" }), b: finder({}) };
  const agreed = await search(two(1, true), finders);
  expect(agreed.dissenting).toEqual([
    { repository: "b", reason: expect.objectContaining({ code: "ERR_TARGET_NOT_FOUND" }) },
  ]);
});

const failing = (code: "ERR_NETWORK" | "ERR_EXPIRED" | "ERR_SHAPE" | "ERR_LIMIT"): Finder => ({
  async find() {
    throw new TufLdError(code, code, {} as never);
  },
});

describe.each(["ERR_NETWORK", "ERR_EXPIRED", "ERR_SHAPE", "ERR_LIMIT"] as const)(
  "a repository that fails with %s",
  (code) => {
    test.each([
      ["which is terminating", true, "the other one knows the target", { "key.pub": "aa" }],
      ["which is not terminating", false, "the other one knows the target", { "key.pub": "aa" }],
      ["which is not terminating", false, "the other one does not know the target", {}],
    ])("ends the search at an entry %s that needs it (%s, %s)", async (_, terminating, __, other) => {
      const asked: string[] = [];
      const finders: Record<string, Finder> = {
        a: failing(code),
        b: finder(other),
        c: {
          find(path) {
            asked.push("c");
            return finder({ "key.pub": "cc" }).find(path);
          },
        },
      };
      await expect(search(two(2, terminating), finders)).rejects.toEqual(refused(code));
      expect(asked).toEqual([]);
    });

    test("is not needed where enough of the others agree", async () => {
      const same = finder({ "key.pub": "aa" });
      const mapping = [{ paths: ["*"], repositories: ["a", "b", "c"], threshold: 2, terminating: true }];
      const agreed = await search(mapping, { a: failing(code), b: same, c: same });
      expect(agreed.by.map(({ repository }) => repository)).toEqual(["b", "c"]);
      expect(agreed.dissenting).toEqual([{ repository: "a", reason: expect.objectContaining({ code }) }]);
    });
  },
);

test("a failure that is none of ours ends the search at once", async () => {
  const reason = new Error("interrupted");
  const finders = { a: finder({ "key.pub": "aa" }), b: { find: () => Promise.reject(reason) } };
  await expect(search(two(1, false), finders)).rejects.toBe(reason);
});

test("an entry whose patterns do not match is not asked", async () => {
  await expect(search(two(1, true), { c: finder({}) }, "key.txt")).rejects.toEqual(
    refused("ERR_TARGET_NOT_FOUND"),
  );
});

test.each([
  ["an unknown member", { repositories, mapping: two(1, true), extra: 1 }],
  [
    "a repository that is not listed",
    { repositories, mapping: [{ paths: ["*"], repositories: ["x"], threshold: 1, terminating: true }] },
  ],
  ["a threshold over the number of repositories", { repositories, mapping: two(3, true) }],
  ["a threshold of zero", { repositories, mapping: two(0, true) }],
  [
    "a repository named twice in an entry",
    { repositories, mapping: [{ paths: ["*"], repositories: ["a", "a"], threshold: 2, terminating: true }] },
  ],
  ["a name that leaves its folder", { repositories: { "..": ["https://a.example"] }, mapping: two(1, true) }],
  ["no mapping", { repositories, mapping: [] }],
])("a map with %s is refused", (_, value) => {
  expect(() => parse(value)).toThrow(refused("ERR_SHAPE"));
});
