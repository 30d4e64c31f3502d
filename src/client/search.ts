/**
 * The search for a target through delegations (TUF 5.6.7), and the list of all that it would find.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { binName } from "../trust/delegation.ts";
import { binFor, covers, pathHash, rolesFor } from "../trust/paths.ts";
import type { Delegations, TargetFile, Targets } from "../vocabulary/types.ts";
import type { Accepted } from "./accepted.ts";
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

/**
 * Pre-order, depth-first, in order of priority (TUF 5.6.7.1 to 5.6.7.2). A role that cannot be loaded ends the
 * search: going on to one of lower priority would let whoever withholds a file choose who speaks.
 *
 * @throws ERR_TARGET_NOT_FOUND; ERR_LIMIT after `delegatedRoles` roles
 */
export async function findTarget(
  path: string,
  top: Accepted<Targets>,
  load: LoadDelegated,
  { delegatedRoles }: Pick<Limits, "delegatedRoles">,
): Promise<FoundTarget> {
  interface Visit {
    readonly role: string;
    readonly chain: readonly Accepted<Targets>[];
  }
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
    const delegator = chain.at(-1);
    const accepted = delegator === undefined ? top : await load(role, delegator);
    const here = [...chain, accepted];
    const { targets, delegations } = accepted.file.signed;
    if (Object.hasOwn(targets, path)) return { path, target: targets[path] as TargetFile, chain: here };
    if (delegations === undefined) continue;
    const next: Visit[] = [];
    for (const candidate of rolesFor(delegations, path)) {
      next.push({ role: candidate.name, chain: here });
      if (candidate.terminating) {
        stack.length = 0; // TUF 5.6.7.2.1: nothing after a terminating role is asked.
        break;
      }
    }
    stack.push(...next.reverse());
  }
  throw new TufLdError("ERR_TARGET_NOT_FOUND", `no role that may speak for it lists ${path}`, { path });
}

/** Says of a path whether something is true. */
type PathTest = (path: string) => boolean;

/**
 * Every target that `findTarget` would find, by walking all delegations in the same order. A role that is reached in
 * several ways is walked once for each, because each lets it speak for other paths.
 *
 * @throws ERR_LIMIT when there are more than `listedRoles` ways to roles
 */
export async function* listTargets(
  top: Accepted<Targets>,
  load: LoadDelegated,
  { listedRoles }: Pick<Limits, "listedRoles">,
): AsyncGenerator<FoundTarget> {
  interface Visit {
    readonly role: string;
    readonly chain: readonly Accepted<Targets>[];
    /** The paths whose search comes this way. */
    readonly allowed: PathTest;
    /** Whether it goes no further. */
    readonly terminating: boolean;
  }
  const seen = new Set<string>();
  /** The paths whose search has ended with a terminating role and those below it. */
  const ended: PathTest[] = [];
  const stack: (Visit | { readonly ends: PathTest })[] = [
    { role: top.role, chain: [], allowed: () => true, terminating: false },
  ];
  let branches = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if ("ends" in next) {
      ended.push(next.ends);
      continue;
    }
    const { role, chain, allowed } = next;
    if (next.terminating) stack.push({ ends: allowed });
    if (chain.some((link) => link.role === role)) continue; // A cycle: TUF 5.6.7.1.
    const delegator = chain.at(-1);
    const accepted = delegator === undefined ? top : await load(role, delegator);
    const here = [...chain, accepted];
    const { targets, delegations } = accepted.file.signed;
    for (const path of Object.keys(targets)) {
      if (seen.has(path) || !allowed(path) || ended.some((test) => test(path))) continue;
      seen.add(path);
      yield { path, target: targets[path] as TargetFile, chain: here };
    }
    if (delegations === undefined) continue;
    branches += branchCount(delegations);
    if (branches > listedRoles) {
      const message = `the list would visit more than ${listedRoles} delegated roles`;
      throw new TufLdError("ERR_LIMIT", message, { limit: "listedRoles", allowed: listedRoles });
    }
    // Together the bins have every path: one test stands for all of them (TAP 15).
    if (delegations.succinct_roles !== undefined) stack.push({ ends: allowed });
    for (const { name, terminating, test } of [...branchesOf(delegations)].reverse()) {
      stack.push({ role: name, chain: here, allowed: (path) => allowed(path) && test(path), terminating });
    }
  }
}

interface Branch {
  readonly name: string;
  readonly terminating: boolean;
  readonly test: PathTest;
}

function branchCount({ roles = [], succinct_roles: bins }: Delegations): number {
  return bins === undefined ? roles.length : 2 ** bins.bit_length;
}

function* branchesOf(delegations: Delegations): Generator<Branch> {
  const bins = delegations.succinct_roles;
  if (bins === undefined) {
    for (const role of delegations.roles ?? []) {
      yield { name: role.name, terminating: role.terminating, test: (path) => covers(role, path) };
    }
    return;
  }
  for (let bin = 0; bin < 2 ** bins.bit_length; bin++) {
    const name = binName(bins, bin);
    yield { name, terminating: false, test: (path) => binFor(bins, pathHash(path)) === name };
  }
}
