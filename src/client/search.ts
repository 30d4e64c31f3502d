/**
 * The search for a target through delegations (TUF 5.6.7).
 * @module
 */
import { TufLdError } from "../errors.ts";
import { indexedCandidates } from "../trust/delegationIndex.ts";
import { assertComparable, pathHash } from "../trust/paths.ts";
import type { TargetFile, Targets } from "../vocabulary/types.ts";
import type { Accepted } from "./accepted.ts";
import { type Effort, ROLE_STEPS } from "./effort.ts";
import type { Limits } from "./options.ts";

/** A target and who speaks for it. */
export interface FoundTarget {
  readonly path: string;
  readonly target: TargetFile;
  /** The targets roles from the top level down to the one that lists the target. */
  readonly chain: readonly Accepted<Targets>[];
}

/** Loads a delegated role under the keys that its delegator names. */
export type LoadDelegated = (role: string, delegator: Accepted<Targets>) => Promise<Accepted<Targets>>;

interface Visit {
  readonly role: string;
  readonly chain: readonly Accepted<Targets>[];
}

/**
 * Pre-order, depth-first, in order of priority (TUF 5.6.7.1 to 5.6.7.2). A role that cannot be loaded ends the
 * search: going on to one of lower priority would let whoever withholds a file choose who speaks. So does a limit: a
 * pattern that is passed over might have been that of a terminating role.
 *
 * @throws ERR_TARGET_NOT_FOUND; ERR_LIMIT after `delegatedRoles` roles, for a path or a pattern that is longer than
 *   `comparedLength`, and when `effort` is spent; the signal's reason
 */
export async function findTarget(
  path: string,
  top: Accepted<Targets>,
  load: LoadDelegated,
  { delegatedRoles }: Pick<Limits, "delegatedRoles">,
  effort: Effort,
): Promise<FoundTarget> {
  const { targets } = top.file.signed;
  if (Object.hasOwn(targets, path)) return { path, target: targets[path] as TargetFile, chain: [top] };
  effort.turn.check();
  assertComparable(path, effort);
  let known: string | undefined;
  const hash = (): string => {
    known ??= pathHash(path);
    return known;
  };
  const stack: Visit[] = [{ role: top.role, chain: [] }];
  const visited = new Set<string>();
  while (stack.length > 0) {
    const { role, chain } = stack.pop() as Visit;
    if (visited.has(role)) continue; // A cycle, or two ways to one role: TUF 5.6.7.1.
    if (visited.size > delegatedRoles) {
      const message = `the search for ${path} visited more than ${delegatedRoles} delegated roles`;
      throw new TufLdError("ERR_LIMIT", message, { limit: "delegatedRoles", allowed: delegatedRoles });
    }
    visited.add(role);
    await effort.take(ROLE_STEPS + chain.length);
    const delegator = chain.at(-1);
    const accepted = delegator === undefined ? top : await load(role, delegator);
    const here = [...chain, accepted];
    const { targets, delegations } = accepted.file.signed;
    if (Object.hasOwn(targets, path)) return { path, target: targets[path] as TargetFile, chain: here };
    if (delegations === undefined) continue;
    const next: Visit[] = [];
    for (const candidate of indexedCandidates(delegations, path, hash, effort)) {
      if (candidate === undefined) {
        await effort.turn.pause();
        continue;
      }
      next.push({ role: candidate.name, chain: here });
      if (candidate.terminating) {
        stack.length = 0; // TUF 5.6.7.2.1: nothing after a terminating role is asked.
        break;
      }
    }
    for (const visit of next.reverse()) stack.push(visit);
  }
  throw new TufLdError("ERR_TARGET_NOT_FOUND", `no role that may speak for it lists ${path}`, { path });
}
