/// <reference types="node" />
/**
 * The roles and keys that a person names on the command line.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { Repository } from "../repository/repository.ts";
import type { RoleStatus } from "../repository/status.ts";

/** Refuses a role that keys cannot be given to. @throws ERR_ROLE_UNKNOWN, ERR_EDIT */
export async function assertRoles(repository: Repository, roles: readonly string[]): Promise<void> {
  // To add no key is to ask whether one could be added.
  for (const role of new Set(roles)) await repository.addKeys(role, []);
}

/** A role above projects, or all bins under their prefix. */
export async function roleIn(repository: Repository, role: string): Promise<RoleStatus | undefined> {
  const { roles, bins } = await repository.status();
  return role === bins?.role ? bins : roles.find((each) => each.role === role);
}

/** The keyid of a role that begins with `given`. @throws ERR_EDIT unless there is exactly one */
export async function keyidIn(repository: Repository, role: string, given: string): Promise<string> {
  const keyids = ((await roleIn(repository, role))?.keys ?? []).map(({ keyid }) => keyid);
  const matches = keyids.includes(given)
    ? [given]
    : keyids.filter((keyid) => given !== "" && keyid.startsWith(given));
  const [keyid] = matches;
  if (keyid !== undefined && matches.length === 1) return keyid;
  const reason =
    matches.length > 1 ? `${matches.length} of its keys begin with ${given}` : `it has no key ${given}`;
  throw new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}
