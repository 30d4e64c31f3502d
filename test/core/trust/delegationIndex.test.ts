import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexedCandidates } from "../../../src/trust/delegationIndex.ts";
import { type Bounds, type Candidate, candidates, pathHash } from "../../../src/trust/paths.ts";
import type { DelegatedRole, Delegations } from "../../../src/vocabulary/types.ts";
import { runs } from "../../support/runs.ts";

const part = fc.stringMatching(/^[ab*?[\]!]{0,4}$/);
const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const path = fc
  .array(fc.stringMatching(/^[ab[]{0,3}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"));
const prefix = fc.stringMatching(/^[0-9a-fA-F]{0,2}$/);
const role = fc.oneof(
  fc.record({ paths: fc.array(pattern, { maxLength: 3 }) }),
  fc.record({ path_hash_prefixes: fc.array(prefix, { maxLength: 3 }) }),
);

function delegationsOf(
  some: readonly Partial<Pick<DelegatedRole, "paths" | "path_hash_prefixes">>[],
): Delegations {
  const roles = some.map((each, index) => ({
    name: `role-${index}`,
    keyids: [],
    threshold: 1,
    terminating: index % 3 === 0,
    ...each,
  }));
  return { keys: {}, roles } as unknown as Delegations;
}

/** What was asked for, and the code of the refusal that ended it. */
function answer(
  ask: typeof candidates,
  delegations: Delegations,
  about: string,
  comparedLength: number,
): { readonly roles: Candidate[]; readonly code: unknown } {
  const bounds: Bounds = { comparedLength, spend: () => true };
  const roles: Candidate[] = [];
  try {
    for (const each of ask(delegations, about, () => pathHash(about), bounds)) if (each) roles.push(each);
    return { roles, code: undefined };
  } catch (error) {
    return { roles, code: (error as { code?: unknown }).code };
  }
}

describe("delegations that are asked about many paths", () => {
  test("the index names the same roles in the same order, and refuses where asking one by one does", () => {
    fc.assert(
      fc.property(
        fc.array(role, { minLength: 32, maxLength: 40 }),
        fc.array(path, { minLength: 5, maxLength: 8 }),
        fc.constantFrom(6, 12, 100),
        (some, paths, comparedLength) => {
          const delegations = delegationsOf(some);
          for (const about of paths) {
            const expected = answer(candidates, delegations, about, comparedLength);
            expect(answer(indexedCandidates, delegations, about, comparedLength)).toEqual(expected);
          }
        },
      ),
      { numRuns: runs(100) },
    );
  });

  test("a path among 4,096 bins is found without asking each of them", () => {
    const bins = Array.from({ length: 4_096 }, (_, bin) => ({
      path_hash_prefixes: [bin.toString(16).padStart(3, "0")],
    }));
    const delegations = delegationsOf(bins);
    let steps = 0;
    const spend = (more: number): boolean => {
      steps += more;
      return false;
    };
    for (let question = 1; question <= 10; question++) {
      steps = 0;
      const found = [
        ...indexedCandidates(delegations, "a", () => pathHash("a"), { comparedLength: 10, spend }),
      ];
      expect(found).toHaveLength(1);
    }
    expect(steps).toBeLessThan(10);
  });

  test("a path among 1,000 projects is compared with the patterns that begin as it does", () => {
    const delegations = delegationsOf(
      Array.from({ length: 1_000 }, (_, project) => ({
        paths: [`simple/p${project}/*`, `packages/p${project}/*/*`],
      })),
    );
    let steps = 0;
    const bounds: Bounds = {
      comparedLength: 100,
      spend: (more) => {
        steps += more;
        return false;
      },
    };
    for (let question = 1; question <= 10; question++) {
      steps = 0;
      const about = "packages/p77/a/b";
      const found = [...indexedCandidates(delegations, about, () => pathHash(about), bounds)];
      expect(found.map((each) => each?.name)).toEqual(["role-77"]);
    }
    expect(steps).toBeLessThan(300);
  });
});
