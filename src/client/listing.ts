/**
 * The list of all targets: for each that some role lists, the search of TUF 5.6.7 decides who speaks for it.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { binName } from "../trust/delegation.ts";
import type { Delegations, Targets } from "../vocabulary/types.ts";
import type { Accepted } from "./accepted.ts";
import { type Effort, ROLE_STEPS, TARGET_STEPS } from "./effort.ts";
import type { Limits } from "./options.ts";
import { type FoundTarget, findTarget, type LoadDelegated } from "./search.ts";

/** How a list is made. */
export interface ListOptions {
  /**
   * Told of each delegated role that cannot be read, once; then the list goes on without what only a search through
   * that role would find. Without it the list ends there.
   */
  readonly onUnreadable?: (role: string, error: TufLdError) => void;
}

/** Ends one search of a list: it came to a role that cannot be read. */
class Unreadable extends Error {}

/**
 * Every target that `findTarget` would find. Roles are visited in the order of a search that finds nothing, each is
 * walked once, and a target comes where the role that speaks for it is walked.
 *
 * @throws ERR_LIMIT when there are more than `listedRoles` delegations, more than `unreadableRoles` roles that cannot
 *   be read, and when `effort` is spent; the signal's reason; what `load` throws, unless `onUnreadable` is given
 */
export async function* listTargets(
  top: Accepted<Targets>,
  load: LoadDelegated,
  limits: Pick<Limits, "listedRoles" | "unreadableRoles">,
  effort: Effort,
  { onUnreadable }: ListOptions = {},
): AsyncGenerator<FoundTarget> {
  const { listedRoles: allowed } = limits;
  const unreadable = new Set<string>();
  const loadOrTell: LoadDelegated = async (role, delegator) => {
    try {
      return await load(role, delegator);
    } catch (error) {
      effort.turn.check();
      if (onUnreadable === undefined || !(error instanceof TufLdError) || error.code === "ERR_STORAGE")
        throw error;
      if (!unreadable.has(role)) {
        unreadable.add(role);
        if (unreadable.size > limits.unreadableRoles) throw error;
        onUnreadable(role, error);
      }
      throw new Unreadable(role);
    }
  };
  const walked = new Set<string>();
  const stack: { readonly role: string; readonly delegator?: Accepted<Targets> }[] = [{ role: top.role }];
  let delegated = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { role, delegator } = next;
    await effort.take(ROLE_STEPS);
    if (walked.has(role)) continue;
    const accepted = delegator === undefined ? top : await readable(loadOrTell(role, delegator));
    if (accepted === undefined) continue;
    walked.add(role);
    const { targets, delegations } = accepted.file.signed;
    for (const path of Object.keys(targets)) {
      await effort.take(TARGET_STEPS);
      const found = await readable(findTarget(path, top, loadOrTell, { delegatedRoles: allowed }, effort));
      if (found?.chain.at(-1)?.role === role) yield found;
    }
    if (delegations === undefined) continue;
    delegated += delegationCount(delegations);
    if (delegated > allowed) {
      const message = `the list would follow more than ${allowed} delegations`;
      throw new TufLdError("ERR_LIMIT", message, { limit: "listedRoles", allowed });
    }
    const names = [...namesIn(delegations)].reverse();
    for (const name of names) stack.push({ role: name, delegator: accepted });
  }
}

/** The answer, or nothing where a role cannot be read or does not list the target that was looked for. */
async function readable<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    if (error instanceof TufLdError && error.code === "ERR_TARGET_NOT_FOUND") return undefined;
    throw error;
  }
}

function delegationCount({ roles = [], succinct_roles: bins }: Delegations): number {
  return bins === undefined ? roles.length : 2 ** bins.bit_length;
}

function* namesIn({ roles = [], succinct_roles: bins }: Delegations): Generator<string> {
  if (bins === undefined) for (const { name } of roles) yield name;
  else for (let bin = 0; bin < 2 ** bins.bit_length; bin++) yield binName(bins, bin);
}
