import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import {
  entryOf,
  withDelegation,
  withKey,
  withoutKey,
  withTargets,
  withThreshold,
} from "../../../src/repository/edit.ts";
import { configOf, firstDocuments } from "../../../src/repository/profiles.ts";
import { projectDelegation } from "../../../src/repository/projects/project.ts";
import { describeChanges } from "../../../src/repository/signing/words.ts";
import type { DelegatedRole, Root, TargetFile, Targets } from "../../../src/vocabulary/types.ts";
import { changeOf, keyNamed, NOW } from "../../support/repositoryWorld.ts";
import { runs } from "../../support/runs.ts";

const KEYS = (await Promise.all(["1", "2", "3", "4"].map((name) => keyNamed(name)))).map(({ publicKey }) => ({
  key: publicKey,
  keyid: tufKeyid(toTufKey(publicKey)),
}));
const ROOT = firstDocuments(configOf(), NOW).get("root") as Root;
const TARGETS = firstDocuments(configOf(), NOW).get("targets") as Targets;
const ROLES = ["root", "targets", "snapshot", "timestamp"];

/** A root in which each role has those keys that the bits of a number choose, and a threshold. */
const root = fc
  .array(fc.record({ keys: fc.nat(15), threshold: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 4,
    maxLength: 4,
  })
  .map((entries) =>
    entries.reduce((document, { keys, threshold }, at) => {
      const role = ROLES[at] as string;
      const chosen = KEYS.filter((_, bit) => (keys >> bit) & 1);
      const withKeys = chosen.reduce((each, { key }) => withKey(each, role, key), document);
      return withThreshold(withKeys, role, threshold);
    }, ROOT),
  );

describe("what changes, in words", () => {
  test("names every role whose keys or threshold change, with every key and both thresholds, and no other role", () => {
    fc.assert(
      fc.property(root, root, (before, after) => {
        const lines = describeChanges("root", before, after).slice(2);
        for (const role of ROLES) {
          const was = entryOf(before, role);
          const is = entryOf(after, role);
          const text = lines.filter((line) => line.includes(role)).join("\n");
          for (const { keyid } of KEYS) {
            const had = was?.keyids.includes(keyid);
            const has = is?.keyids.includes(keyid);
            if (has && !had) expect(text).toContain(`gains key ${keyid}`);
            if (had && !has) expect(text).toContain(`loses key ${keyid}`);
          }
          if (is?.threshold !== was?.threshold) expect(text).toContain(`needed ${was?.threshold}`);
          const same =
            is?.threshold === was?.threshold &&
            `${[...(is?.keyids ?? [])].sort()}` === `${[...(was?.keyids ?? [])].sort()}`;
          if (same) expect(text).toBe("");
        }
      }),
      { numRuns: runs(100) },
    );
  });

  test("counts every target that is added, replaced or removed, and names the first of them", () => {
    const choice = fc.array(fc.nat(3), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(choice, choice, (one, other) => {
        const document = (editions: readonly number[]): Targets =>
          withTargets(
            TARGETS,
            new Map(
              editions.flatMap((edition, at) =>
                edition === 0
                  ? []
                  : [[`file-${at}`, changeOf(`f${at}`, edition).target as TargetFile] as const],
              ),
            ),
          );
        const lines = describeChanges("targets", document(one), document(other));
        const counts = { adds: 0, replaces: 0, removes: 0 };
        for (const [at, was] of one.entries()) {
          const is = other[at];
          if (was === 0 && is !== 0) counts.adds += 1;
          else if (was !== 0 && is === 0) counts.removes += 1;
          else if (was !== is) counts.replaces += 1;
        }
        for (const [verb, count] of Object.entries(counts)) {
          const line = lines.find((each) => each.startsWith(`${verb} `));
          expect(countIn(line)).toBe(count);
        }
      }),
      { numRuns: runs(50) },
    );
  });

  test("shows all patterns of a delegation, also one that stands at the end of a long list", () => {
    const [first] = KEYS as [(typeof KEYS)[0]];
    const paths = [...Array.from({ length: 12 }, (_, at) => `a-rather-long-folder-name-${at}/*`), "*"];
    const after = withDelegation(TARGETS, { name: "project", paths, keys: [first.key], terminating: true });
    const text = describeChanges("targets", TARGETS, after).join("\n");
    expect(text).toContain('"a-rather-long-folder-name-11/*","*"]');
    expect(text).toContain("terminating: true");
    expect(text).toContain(first.keyid);
    const many = withDelegation(TARGETS, {
      name: "project",
      paths: Array.from({ length: 50 }, (_, at) => `${at}/*`),
      keys: [first.key],
    });
    expect(describeChanges("targets", TARGETS, many).join("\n")).toContain('"48/*","49/*"]');
  });

  describe("among a thousand new projects", () => {
    const [first, second] = KEYS as [(typeof KEYS)[0], (typeof KEYS)[0]];
    const CLAIMED = { ...TARGETS, delegations: { keys: {}, roles: [] } };
    const names = Array.from({ length: 1_000 }, (_, at) => `p${at}`);
    const delegations = (...others: readonly DelegatedRole[]): Targets => ({
      ...CLAIMED,
      delegations: {
        keys: withKey(withKey(ROOT, "root", first.key), "root", second.key).keys,
        roles: [
          ...names.map((name) => projectDelegation(name, { keyids: [first.keyid], threshold: 1 })),
          ...others,
        ],
      },
    });
    const evil = projectDelegation("zevil", { keyids: [second.keyid], threshold: 1 });
    const said = (before: Targets, after: Targets, full = false): string =>
      describeChanges("claimed", before, after, { full }).join("\n");

    test.each<[string, DelegatedRole, string]>([
      ["may speak for more", { ...evil, paths: ["*/*/*"] }, 'paths: ["*/*/*"]'],
      ["does not end the search", { ...evil, terminating: false }, "terminating: false"],
      ["is for another project", { ...evil, paths: ["packages/p1/*", "simple/p1/*"] }, "packages/p1/*"],
      ["says something else", { ...evil, "x-note": 1 } as DelegatedRole, "x-note: 1"],
    ])("one that %s is told", (_, entry, expected) => {
      const text = said(CLAIMED, delegations(entry));
      expect(text).toContain(expected);
      expect(text).toContain(`project-zevil has key ${second.keyid}`);
      expect(text).toContain("and 980 more new projects");
      expect(text).not.toContain("p999");
    });

    test("a project that was there and gets another key, or goes, is told", () => {
      const { delegations: there } = delegations();
      const old = projectDelegation("old", { keyids: [first.keyid], threshold: 1 });
      const before: Targets = { ...CLAIMED, delegations: { keys: there?.keys ?? {}, roles: [old] } };
      const changed = said(before, delegations({ ...old, keyids: [second.keyid] }));
      expect(changed).toContain(`project-old gains key ${second.keyid}`);
      expect(said(before, delegations())).toContain("no longer delegates to project-old");
      expect(said(delegations(), before)).toContain("p999");
      const all = delegations();
      const taken: Targets = {
        ...all,
        delegations: {
          keys: all.delegations?.keys ?? {},
          roles: (all.delegations?.roles ?? []).map((each) => ({ ...each, keyids: [second.keyid] })),
        },
      };
      expect(said(all, taken)).toContain("project-p999");
    });

    test("all are named for whoever asks for the full list, and in any other role", () => {
      for (const text of [
        said(CLAIMED, delegations(), true),
        describeChanges("targets", CLAIMED, delegations()).join("\n"),
      ])
        for (const name of names) expect(text).toMatch(new RegExp(`^project-${name} has key `, "m"));
    });
  });

  test("says when the order of delegations changes, and when one goes", () => {
    const [first] = KEYS as [(typeof KEYS)[0]];
    const with_ = (document: Targets, name: string): Targets =>
      withDelegation(document, { name, paths: ["*"], keys: [first.key] });
    const ab = with_(with_(TARGETS, "a"), "b");
    const ba = with_(with_(TARGETS, "b"), "a");
    expect(describeChanges("targets", ab, ba).join("\n")).toContain("another order");
    expect(describeChanges("targets", ab, with_(TARGETS, "b")).join("\n")).toContain(
      "no longer delegates to a",
    );
  });

  test("says which role that was there a new one is asked before", () => {
    const [first] = KEYS as [(typeof KEYS)[0]];
    const there = withDelegation(TARGETS, { name: "a", paths: ["*"], keys: [first.key] });
    const added = (before?: string): string => {
      const delegation = { name: "b", paths: ["*"], keys: [first.key], ...(before && { before }) };
      return describeChanges("targets", there, withDelegation(there, delegation)).join("\n");
    };
    expect(added("a")).toContain("asks b before a");
    expect(added()).not.toContain("asks");
  });

  test("says when a key gets another value under its old keyid", () => {
    const [first, second] = KEYS as [(typeof KEYS)[0], (typeof KEYS)[0]];
    const before = withKey(ROOT, "root", first.key);
    const after = { ...before, keys: { [first.keyid]: toTufKey(second.key) } } as unknown as Root;
    expect(describeChanges("root", before, after).join("\n")).toContain("another value");
    expect(describeChanges("root", before, after).join("\n")).toContain(second.keyid);
  });

  test("tells of every other member that a signature covers", () => {
    const changes = (after: object): string[] =>
      describeChanges("targets", TARGETS, { ...TARGETS, ...after } as Targets).slice(2);
    expect(changes({})).toEqual([]);
    expect(changes({ spec_version: "1.0.99" })).toEqual(['spec_version: "1.0.99"']);
    expect(changes({ "x-note": { a: 1 } })).toEqual(['x-note: {"a":1}']);
    expect(describeChanges("targets", { ...TARGETS, "x-note": 1 } as Targets, TARGETS).slice(2)).toEqual([
      "no longer says x-note",
    ]);
  });

  test("a removed key of a role is one that it loses, also the last", () => {
    const [first] = KEYS as [(typeof KEYS)[0]];
    const before = withKey(ROOT, "timestamp", first.key);
    const after = withoutKey(before, "timestamp", first.keyid);
    expect(describeChanges("root", before, after).join("\n")).toContain(`timestamp loses key ${first.keyid}`);
  });
});

/** How many names a line speaks of: those it names, and "N more". */
function countIn(line: string | undefined): number {
  if (line === undefined) return 0;
  const [, more = "0"] = / and (\d+) more$/.exec(line) ?? [];
  return line.replace(/ and \d+ more$/, "").split(", ").length + Number(more);
}
