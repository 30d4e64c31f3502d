/**
 * Where keys are listed: every role of a repository by the document that gives it keys, all bins as one.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import { isBinName } from "../../trust/delegation.ts";
import type { RepositoryConfig } from "../config.ts";
import {
  type Delegator,
  entriesOf,
  keysOf,
  publicKeyOf,
  type RoleEntry,
  withKey,
  withoutKey,
} from "../edit.ts";
import { isProjectRole, projectOfRole } from "../projects/project.ts";

/** Keys and threshold of a role. */
export interface RoleListing extends RoleEntry {
  /** Bins under their prefix. */
  readonly role: string;
}

/** Tells the bins among the roles that a document lists, if `role` means them; else `undefined`. */
export function amongOf(
  { bins }: Pick<RepositoryConfig, "bins">,
  role: string,
): ((name: string) => boolean) | undefined {
  if (bins === undefined || bins.succinct || role !== bins.prefix) return undefined;
  return (name) => isBin({ bins }, name);
}

/** Whether this is the name of a single bin. */
export function isBin({ bins }: Pick<RepositoryConfig, "bins">, role: string): boolean {
  return bins !== undefined && isBinName({ name_prefix: bins.prefix, bit_length: bins.bits }, role);
}

/**
 * Refuses a project: whatever the index lists must have signed its metadata, which its developers alone can make.
 *
 * @throws ERR_EDIT
 */
export function assertOwnKeys(config: Pick<RepositoryConfig, "profile">, role: string): void {
  if (!isProjectRole(config, role)) return;
  const project = projectOfRole(role);
  const reason = `it is a project, and its developers sign for it; \`tuf-ld project keys ${project}\` changes who may`;
  throw new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}

/** The roles that a document gives keys to. All bins share one entry. */
export function listingsOf(document: Delegator, config: Pick<RepositoryConfig, "bins">): RoleListing[] {
  const found = new Map<string, RoleListing>();
  for (const [name, { keyids, threshold }] of entriesOf(document)) {
    const role = isBin(config, name) ? (config.bins?.prefix ?? name) : name;
    if (!found.has(role)) found.set(role, { role, keyids, threshold });
  }
  return [...found.values()];
}

/** The public key that a document lists under a keyid, or `undefined` if no suite here can use it. */
export function listedKey(document: Delegator, keyid: string): PublicKey | undefined {
  const keys = keysOf(document);
  const key = Object.hasOwn(keys, keyid) ? keys[keyid] : undefined;
  return key === undefined ? undefined : publicKeyOf(key);
}

/** How many distinct keys of an entry can sign at all. */
export function usableKeys(document: Delegator, keyids: readonly string[]): number {
  return new Set(keyids.map((keyid) => listedKey(document, keyid)?.id).filter((id) => id !== undefined)).size;
}

/** Puts keys in the place of others in one role's entry. @throws ERR_EDIT */
export function withKeysReplaced<D extends Delegator>(
  document: D,
  role: string,
  gone: readonly string[],
  fresh: readonly PublicKey[],
  config: Pick<RepositoryConfig, "bins">,
): D {
  const among = amongOf(config, role);
  const added = fresh.reduce((edited, key) => withKey(edited, role, key, among), document);
  return gone.reduce((edited, keyid) => withoutKey(edited, role, keyid, among), added);
}
