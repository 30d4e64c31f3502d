/**
 * Counting distinct keys under each policy.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MetadataFile } from "../../../src/metadata/file.ts";
import { checkFile } from "../../../src/proof/checkFile.ts";
import type { Finding } from "../../../src/proof/finding.ts";
import { roleKeys } from "../../../src/proof/roleKeys.ts";
import { countKeys, POLICIES, type Policy } from "../../../src/proof/threshold.ts";
import { allSuites } from "../../../src/suite/registry.ts";
import { runs } from "../../support/runs.ts";
import { AT, signed, targetsDocument } from "../../support/signedFiles.ts";
import { testKeys, trusted } from "../../support/testKeys.ts";

const document = targetsDocument();
const { alice, bob, carol } = testKeys;

const count = async (
  file: MetadataFile,
  policy: Policy,
  role = trusted("targets", ["alice", "bob", "carol"], 2),
) => (await checkFile(file, role, policy, { at: AT })).count;

describe("checkFile", () => {
  test("counts by classic, by linked, by either and by both", async () => {
    let file = await signed(document, "targets", ["alice"], "both");
    file = await signed(file, "targets", ["bob"], "classic");
    file = await signed(file, "targets", ["carol"], "linked");
    expect(await count(file, "classic")).toEqual({
      policy: "classic",
      threshold: 2,
      keys: [alice.id, bob.id],
      met: true,
    });
    expect(await count(file, "linked")).toEqual({
      policy: "linked",
      threshold: 2,
      keys: [alice.id, carol.id],
      met: true,
    });
    expect(await count(file, "either")).toMatchObject({ keys: [alice.id, bob.id, carol.id], met: true });
    expect(await count(file, "both")).toEqual({ policy: "both", threshold: 2, keys: [alice.id], met: false });
  });

  test("counts a key with proofs of two suites once", async () => {
    let file = await signed(document, "targets", ["alice"], "linked");
    file = await signed(file, "targets", ["alice"], "linked", { suite: allSuites.get("eddsa-rdfc-2022") });
    expect(await count(file, "linked")).toMatchObject({ keys: [alice.id], met: false });
    file = await signed(file, "targets", ["bob"], "linked", { suite: allSuites.get("eddsa-jcs-2022") });
    expect(await count(file, "linked")).toMatchObject({ keys: [alice.id, bob.id], met: true });
  });

  test("counts a key that is listed under two keyids once, in every view", async () => {
    const keys = { one: alice.tufKey, two: alice.tufKey };
    const role = roleKeys("targets", { keyids: ["one", "two"], threshold: 2 }, keys);
    const file = await signed(document, "targets", ["alice"], "linked");
    const { signatures } = await signed(document, "targets", ["alice"], "classic");
    const { sig = "" } = signatures[0] ?? {};
    const twice = {
      ...file,
      signatures: [
        { keyid: "one", sig },
        { keyid: "two", sig },
      ],
    };
    for (const policy of POLICIES)
      expect(await count(twice, policy, role)).toMatchObject({ keys: [alice.id], met: false });
  });

  test("a good entry counts though a bad one by the same key stands beside it", async () => {
    const file = await signed(document, "targets", ["alice", "bob"], "linked");
    const bad = { ...file.proof[0], created: "2026-01-02T00:00:00Z" };
    expect(await count({ ...file, proof: [bad, ...file.proof, bad] }, "linked")).toMatchObject({ met: true });
  });

  test("has no findings for the view that the policy does not ask about", async () => {
    const file = await signed(document, "targets", ["alice", "bob"]);
    const role = trusted("targets", ["alice", "bob"]);
    const views = async (policy: Policy) =>
      (await checkFile(file, role, policy, { at: AT })).findings.map(({ view }) => view);
    expect(await views("classic")).toEqual(["classic", "classic"]);
    expect(await views("linked")).toEqual(["linked", "linked"]);
    expect(await views("either")).toEqual(["classic", "classic", "linked", "linked"]);
    expect(await views("both")).toEqual(await views("either"));
  });

  test("takes `either` for granted, as the first of the policies", async () => {
    expect(POLICIES).toEqual(["either", "classic", "linked", "both"]);
    const file = await signed(document, "targets", ["alice"], "linked");
    expect((await checkFile(file, trusted("targets", ["alice"]))).count).toMatchObject({
      policy: "either",
      met: true,
    });
  });
});

const KEYS = ["a", "b", "c", "d"];
const finding: fc.Arbitrary<Finding> = fc
  .record({
    view: fc.constantFrom("classic" as const, "linked" as const),
    index: fc.nat(9),
    outcome: fc.constantFrom("valid" as const, "invalid" as const, "ignored" as const),
    keyName: fc.string(),
    key: fc.option(fc.constantFrom(...KEYS), { nil: undefined }),
  })
  .map(({ key, ...rest }) => (key === undefined ? rest : { ...rest, key }));
const findingsOf = fc.array(finding, { maxLength: 12 });
const thresholds = fc.integer({ min: 1, max: 5 });

const roleWith = (threshold: number) => ({ name: "r", threshold, byKeyid: new Map() });
const keysOf = (findings: readonly Finding[], policy: Policy, threshold = 1) =>
  new Set(countKeys(findings, roleWith(threshold), policy).keys);

function check(property: (findings: Finding[], threshold: number) => void): void {
  fc.assert(fc.property(findingsOf, thresholds, property), { numRuns: runs(1_000) });
}

describe("countKeys, for any findings", () => {
  test("counts no key twice, and none without a valid finding", () => {
    check((findings) => {
      const valid = new Set(findings.filter(({ outcome }) => outcome === "valid").map(({ key }) => key));
      for (const policy of POLICIES) {
        const { keys } = countKeys(findings, roleWith(1), policy);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.every((key) => valid.has(key))).toBe(true);
      }
    });
  });

  test("`either` is the union of the two views, `both` their intersection", () => {
    check((findings) => {
      const [classic, linked] = [keysOf(findings, "classic"), keysOf(findings, "linked")];
      expect(keysOf(findings, "either")).toEqual(new Set([...classic, ...linked]));
      expect(keysOf(findings, "both")).toEqual(new Set([...classic].filter((key) => linked.has(key))));
    });
  });

  test("is met exactly when as many keys count as the threshold asks for", () => {
    check((findings, threshold) => {
      for (const policy of POLICIES) {
        const { keys, met, threshold: stated } = countKeys(findings, roleWith(threshold), policy);
        expect(stated).toBe(threshold);
        expect(met).toBe(keys.length >= threshold);
      }
    });
  });

  test("does not depend on the order of the findings, nor on repeating them", () => {
    check((findings) => {
      for (const policy of POLICIES) {
        const expected = keysOf(findings, policy);
        expect(keysOf([...findings].reverse(), policy)).toEqual(expected);
        expect(keysOf([...findings, ...findings], policy)).toEqual(expected);
      }
    });
  });

  test("one more valid finding adds at most one key, and one more that is not valid adds none", () => {
    fc.assert(
      fc.property(findingsOf, finding, (findings, one) => {
        for (const policy of POLICIES) {
          const before = keysOf(findings, policy).size;
          const after = keysOf([...findings, one], policy).size;
          expect(after - before).toBeGreaterThanOrEqual(0);
          expect(after - before).toBeLessThanOrEqual(one.outcome === "valid" ? 1 : 0);
        }
      }),
      { numRuns: runs(1_000) },
    );
  });
});
