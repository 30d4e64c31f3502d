import { describe, expect, test } from "vitest";
import * as rules from "../../../src/trust/rules.ts";
import type { Root, Snapshot, Timestamp } from "../../../src/vocabulary/types.ts";

const header = { spec_version: "1.0.34", expires: "2030-01-01T00:00:00Z" } as const;
const refused = (code: string) => expect.objectContaining({ code });

function timestamp(version: number, snapshot: number): Timestamp {
  return { _type: "timestamp", ...header, version, meta: { "snapshot.json": { version: snapshot } } };
}

function snapshot(version: number, meta: Record<string, number>): Snapshot {
  const entries = Object.entries(meta).map(([name, of]) => [name, { version: of }] as const);
  return { _type: "snapshot", ...header, version, meta: Object.fromEntries(entries) };
}

function root(
  version: number,
  keys: Record<string, string>,
  roles: Record<string, string[]>,
  threshold = 1,
): Root {
  const role = (name: string) => ({ keyids: roles[name] ?? [], threshold });
  return {
    _type: "root",
    ...header,
    version,
    keys: Object.fromEntries(
      Object.entries(keys).map(([id, value]) => [
        id,
        { keytype: "ed25519", scheme: "ed25519", keyval: { public: value } },
      ]),
    ),
    roles: {
      root: role("root"),
      timestamp: role("timestamp"),
      snapshot: role("snapshot"),
      targets: role("targets"),
    },
  };
}

describe("expiry", () => {
  const at = new Date("2030-01-01T00:00:00Z");
  test.each([
    ["2030-01-01T00:00:00Z", true],
    ["2029-12-31T23:59:59Z", true],
    ["2030-01-01T00:00:01Z", false],
    ["2030-01-01T00:00:00.5Z", false],
    ["2030-01-01T01:00:00+02:00", true],
    ["2030-01-01T00:00:00-01:00", false],
    ["2016-12-31T23:59:60Z", true],
    ["not a date", true],
  ])("%s has passed at %s: %s", (expires, passed) => {
    const check = () => rules.assertCurrent("role", { expires }, at);
    if (passed) expect(check).toThrow(refused("ERR_EXPIRED"));
    else check();
  });
});

describe("the next root", () => {
  const at = (version: number) => root(version, {}, {});
  test("has the next number", () => {
    rules.assertNextRoot(at(3), at(4));
  });
  test.each([
    [3, "ERR_VERSION_MISMATCH"],
    [5, "ERR_VERSION_MISMATCH"],
    [2, "ERR_ROLLBACK"],
  ])("is not version %i after 3", (version, code) => {
    expect(() => rules.assertNextRoot(at(3), at(version))).toThrow(refused(code));
  });
});

describe("a timestamp", () => {
  test("is newer than none", () => {
    expect(rules.isNewerTimestamp(undefined, timestamp(1, 1))).toBe(true);
  });
  test("with a higher version is newer, even if the snapshot is the same", () => {
    expect(rules.isNewerTimestamp(timestamp(1, 5), timestamp(2, 5))).toBe(true);
  });
  test("with the same version is not newer, whatever else it says", () => {
    expect(rules.isNewerTimestamp(timestamp(2, 5), timestamp(2, 1))).toBe(false);
    expect(rules.isNewerTimestamp(timestamp(2, 5), timestamp(2, 9))).toBe(false);
  });
  test("with a lower version, or a lower snapshot, is a rollback", () => {
    expect(() => rules.isNewerTimestamp(timestamp(2, 5), timestamp(1, 6))).toThrow(refused("ERR_ROLLBACK"));
    expect(() => rules.isNewerTimestamp(timestamp(2, 5), timestamp(3, 4))).toThrow(refused("ERR_ROLLBACK"));
  });
});

describe("a snapshot", () => {
  test("has the version that the timestamp names", () => {
    rules.assertNamedSnapshot(timestamp(1, 5), snapshot(5, {}));
    for (const version of [4, 6]) {
      expect(() => rules.assertNamedSnapshot(timestamp(1, 5), snapshot(version, {}))).toThrow(
        refused("ERR_VERSION_MISMATCH"),
      );
    }
  });
  test("may add roles and raise versions", () => {
    rules.assertNoRollback(snapshot(1, { "a.json": 1 }), snapshot(2, { "a.json": 2, "b.json": 1 }));
    rules.assertNoRollback(undefined, snapshot(2, {}));
  });
  test.each(["a.json", "constructor", "toString"])("may neither drop %s nor lower its version", (name) => {
    expect(() => rules.assertNoRollback(snapshot(1, { [name]: 2 }), snapshot(2, {}))).toThrow(
      refused("ERR_ROLLBACK"),
    );
    expect(() => rules.assertNoRollback(snapshot(1, { [name]: 2 }), snapshot(2, { [name]: 1 }))).toThrow(
      refused("ERR_ROLLBACK"),
    );
  });
  test("says nothing of a role that it does not list, not even one with the name of a method", () => {
    expect(rules.targetsEntry(snapshot(1, { "a.json": 7 }), "a").version).toBe(7);
    for (const role of ["b", "constructor"]) {
      expect(() => rules.targetsEntry(snapshot(1, {}), role)).toThrow(refused("ERR_VERSION_MISMATCH"));
    }
  });
});

describe("the keys of timestamp and snapshot", () => {
  const base = root(1, { a: "aa", b: "bb" }, { timestamp: ["a"], snapshot: ["b"] });
  test.each([
    [
      "are the same: not rotated",
      root(2, { a: "aa", b: "bb" }, { timestamp: ["a"], snapshot: ["b"] }),
      false,
    ],
    [
      "have other names: not rotated",
      root(2, { x: "aa", y: "bb" }, { timestamp: ["x"], snapshot: ["y"] }),
      false,
    ],
    [
      "are other keys of the same name: rotated",
      root(2, { a: "cc", b: "bb" }, { timestamp: ["a"], snapshot: ["b"] }),
      true,
    ],
    [
      "are other keys for snapshot alone: rotated",
      root(2, { a: "aa", c: "cc" }, { timestamp: ["a"], snapshot: ["c"] }),
      true,
    ],
    [
      "are one more: rotated",
      root(2, { a: "aa", b: "bb" }, { timestamp: ["a", "b"], snapshot: ["b"] }),
      true,
    ],
    [
      "change for root and targets only: not rotated",
      root(2, { a: "aa", b: "bb" }, { root: ["b"], targets: ["a"], timestamp: ["a"], snapshot: ["b"] }),
      false,
    ],
  ])("%s", (_, after, rotated) => {
    expect(rules.rotatesOnlineKeys(base, after)).toBe(rotated);
  });
  test("in another order are not rotated", () => {
    const one = root(1, { a: "aa", b: "bb" }, { timestamp: ["a", "b"], snapshot: ["b"] });
    const other = root(2, { a: "aa", b: "bb" }, { timestamp: ["b", "a"], snapshot: ["b"] });
    expect(rules.rotatesOnlineKeys(one, other)).toBe(false);
  });
  test("with another threshold are rotated", () => {
    const keys = { a: "aa" };
    const roles = { timestamp: ["a"], snapshot: ["a"] };
    expect(rules.rotatesOnlineKeys(root(1, keys, roles), root(2, keys, roles, 2))).toBe(true);
  });
});
