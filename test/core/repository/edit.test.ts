import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PublicKey } from "../../../src/key/publicKey.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import {
  entriesOf,
  entryOf,
  keysOf,
  sameJson,
  withDelegation,
  withKey,
  withoutDelegation,
  withoutKey,
  withTargets,
  withThreshold,
} from "../../../src/repository/edit.ts";
import { configOf, firstDocuments } from "../../../src/repository/profiles.ts";
import type { Root, TargetFile, Targets } from "../../../src/vocabulary/types.ts";
import { keyNamed, NOW } from "../../support/repositoryWorld.ts";
import { runs } from "../../support/runs.ts";

const KEYS: readonly PublicKey[] = (
  await Promise.all(["1", "2", "3", "4", "5"].map((name) => keyNamed(name)))
).map(({ publicKey }) => publicKey);
const keyidOf = (key: PublicKey): string => tufKeyid(toTufKey(key));
const ROOT = firstDocuments(configOf(), NOW).get("root") as Root;
const TARGETS = firstDocuments(configOf(), NOW).get("targets") as Targets;
const ROLES = ["root", "targets", "snapshot", "timestamp"] as const;

const key = fc.constantFrom(...KEYS);
const role = fc.constantFrom(...ROLES);
const edits = fc.array(fc.record({ role, key, add: fc.boolean() }), { maxLength: 25 });
const refusal = expect.objectContaining({ code: "ERR_EDIT" });

/** Applies edits of keys, as a user would: what cannot be removed is left alone. */
function edited(list: readonly { role: string; key: PublicKey; add: boolean }[]): Root {
  return list.reduce((document, { role, key, add }) => {
    if (add) return withKey(document, role, key);
    const has = entryOf(document, role)?.keyids.includes(keyidOf(key));
    return has ? withoutKey(document, role, keyidOf(key)) : document;
  }, ROOT);
}

describe("keys of roles", () => {
  test("after any edits roles have the keys that a model has, and the document no key that no role has", () => {
    fc.assert(
      fc.property(edits, (list) => {
        const model = new Map<string, Set<string>>(ROLES.map((name) => [name, new Set()]));
        for (const { role, key, add } of list) {
          if (add) model.get(role)?.add(keyidOf(key));
          else model.get(role)?.delete(keyidOf(key));
        }
        const document = edited(list);
        for (const [name, keyids] of model) expect(new Set(entryOf(document, name)?.keyids)).toEqual(keyids);
        const used = new Set([...model.values()].flatMap((keyids) => [...keyids]));
        expect(new Set(Object.keys(keysOf(document)))).toEqual(used);
      }),
      { numRuns: runs(100) },
    );
  });

  test("removing a key that was just added gives the document of before", () => {
    fc.assert(
      fc.property(edits, role, key, (list, name, added) => {
        const before = edited(list);
        if (entryOf(before, name)?.keyids.includes(keyidOf(added))) return;
        const after = withoutKey(withKey(before, name, added), name, keyidOf(added));
        expect(sameJson(after, before)).toBe(true);
      }),
      { numRuns: runs(100) },
    );
  });

  test("adding a key twice is adding it once, and no edit touches the document it was given", () => {
    fc.assert(
      fc.property(edits, role, key, (list, name, added) => {
        const before = edited(list);
        const text = JSON.stringify(before);
        const once = withKey(before, name, added);
        expect(sameJson(withKey(once, name, added), once)).toBe(true);
        expect(JSON.stringify(before)).toBe(text);
      }),
      { numRuns: runs(50) },
    );
  });

  test("a key that is listed under another keyid keeps that keyid", () => {
    const [first] = KEYS as [PublicKey];
    const document = {
      ...ROOT,
      keys: { other: toTufKey(first) },
      roles: { ...ROOT.roles, root: { keyids: ["other"], threshold: 1 } },
    } as unknown as Root;
    expect(entryOf(withKey(document, "targets", first), "targets")?.keyids).toEqual(["other"]);
  });

  test("a key that a role has not, and a role that is not there, are refused", () => {
    const [first] = KEYS as [PublicKey];
    expect(() => withoutKey(ROOT, "root", keyidOf(first))).toThrow(refusal);
    for (const name of ["nobody", "toString", "__proto__", ""]) {
      expect(() => withKey(ROOT, name, first), name).toThrow(refusal);
      expect(() => withThreshold(ROOT, name, 1), name).toThrow(refusal);
      expect(() => withKey(TARGETS, name, first), name).toThrow(refusal);
    }
  });

  test("a threshold is set for one role and changes nothing else", () => {
    fc.assert(
      fc.property(edits, role, fc.integer({ min: 1, max: 9 }), (list, name, threshold) => {
        const before = edited(list);
        const after = withThreshold(before, name, threshold);
        expect(entryOf(after, name)?.threshold).toBe(threshold);
        const back = withThreshold(after, name, entryOf(before, name)?.threshold ?? 0);
        expect(sameJson(back, before)).toBe(true);
      }),
      { numRuns: runs(50) },
    );
  });
});

describe("delegations", () => {
  const names = fc.constantFrom("a", "b", "c", "d", "toString", "é");
  const steps = fc.array(
    fc.record({
      name: names,
      before: fc.option(names, { nil: undefined }),
      add: fc.boolean(),
      keys: fc.subarray([...KEYS], { minLength: 1 }),
    }),
    { maxLength: 20 },
  );

  test("stand in the order that a list has, whatever is added and taken away", () => {
    fc.assert(
      fc.property(steps, (list) => {
        let document = TARGETS;
        let model: { name: string; keyids: string[] }[] = [];
        for (const { name, before, add, keys } of list) {
          const there = model.some((each) => each.name === name);
          const at = before === undefined ? model.length : model.findIndex((each) => each.name === before);
          const edit = (): Targets =>
            add
              ? withDelegation(document, {
                  name,
                  paths: ["x/*"],
                  keys,
                  ...(before === undefined ? {} : { before }),
                })
              : withoutDelegation(document, name);
          if (add ? there || at < 0 : !there) {
            expect(edit).toThrow(refusal);
            continue;
          }
          document = edit();
          if (add) model.splice(at, 0, { name, keyids: keys.map(keyidOf) });
          else model = model.filter((each) => each.name !== name);
        }
        expect(entriesOf(document).map(([name, { keyids }]) => ({ name, keyids: [...keyids] }))).toEqual(
          model,
        );
        expect(new Set(Object.keys(keysOf(document)))).toEqual(
          new Set(model.flatMap(({ keyids }) => keyids)),
        );
      }),
      { numRuns: runs(100) },
    );
  });

  test("undelegating what was just delegated gives back the roles and keys of before", () => {
    fc.assert(
      fc.property(fc.subarray([...KEYS], { minLength: 1 }), fc.boolean(), (keys, terminating) => {
        const before = withDelegation(TARGETS, { name: "a", paths: ["*"], keys: KEYS.slice(0, 1) });
        const delegation = { name: "b", paths: ["b/*"], keys, terminating, before: "a" };
        expect(sameJson(withoutDelegation(withDelegation(before, delegation), "b"), before)).toBe(true);
      }),
      { numRuns: runs(20) },
    );
  });

  test("beside succinct bins nothing can be delegated to", () => {
    const bins = firstDocuments(configOf({ bins: 4, succinct: true }), NOW).get("targets") as Targets;
    expect(() => withDelegation(bins, { name: "a", paths: ["*"], keys: KEYS })).toThrow(refusal);
    expect(() => withoutDelegation(bins, "bin")).toThrow(refusal);
  });
});

describe("targets", () => {
  const path = fc.oneof(fc.constantFrom("a", "b", "c/d", "10", "9", "constructor", "é"), fc.string());
  const target: fc.Arbitrary<TargetFile> = fc.record({
    length: fc.nat(3),
    hashes: fc.constantFrom({ sha256: "00" }, { sha256: "01" }),
  }) as fc.Arbitrary<TargetFile>;
  const changes = fc.array(
    fc.tuple(
      path.filter((each) => each !== "__proto__"),
      fc.option(target),
    ),
    { maxLength: 12 },
  );

  test("are those of a Map with the same changes; without a change the document is the same one", () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 6 }), (rounds) => {
        const model = new Map<string, TargetFile>();
        let document = TARGETS;
        for (const round of rounds) {
          const before = textOf(model);
          for (const [path, target] of new Map(round)) {
            if (target === null) model.delete(path);
            else model.set(path, target);
          }
          const after = withTargets(document, new Map(round));
          expect(after === document).toBe(before === textOf(model));
          document = after;
          expect(sameJson(document.targets, Object.fromEntries(model))).toBe(true);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

function textOf(model: ReadonlyMap<string, TargetFile>): string {
  return JSON.stringify([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
}
