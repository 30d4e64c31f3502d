/**
 * Edits of documents: a document in, a document out. Pure. Versions and dates are the draft's business.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { PublicKey } from "../key/publicKey.ts";
import { fromTufKey, toTufKey, tufKeyid } from "../key/tufKey.ts";
import type { DelegatedRole, Root, TargetFile, Targets, TufKey } from "../vocabulary/types.ts";

/** A document that gives keys to roles. */
export type Delegator = Root | Targets;

/** Keys and threshold of a role. */
export interface RoleEntry {
  readonly keyids: readonly string[];
  readonly threshold: number;
}

/**
 * What a delegator says of a role; all bins of succinct delegations and all roles of `among` share one entry.
 *
 * @param among whether a role's name belongs to what is asked about. Default: it is `role`
 */
export function entryOf(
  document: Delegator,
  role: string,
  among: (name: string) => boolean = (name) => name === role,
): RoleEntry | undefined {
  if (document._type === "root") {
    return Object.hasOwn(document.roles, role) ? document.roles[role] : undefined;
  }
  const { roles, succinct_roles: bins } = document.delegations ?? {};
  if (bins !== undefined) return bins.name_prefix === role ? bins : undefined;
  return roles?.find(({ name }) => among(name));
}

/** Adds a key to a role. Adding it twice changes nothing. @throws ERR_EDIT */
export function withKey<D extends Delegator>(document: D, role: string, key: PublicKey, among?: Among): D {
  const tufKey = toTufKey(key) as unknown as TufKey;
  const keyid = listedKeyid(keysOf(document), key) ?? tufKeyid(toTufKey(key));
  return withEntry(
    { ...document, ...keysMember(document, { ...keysOf(document), [keyid]: tufKey }) },
    role,
    among,
    (entry) => (entry.keyids.includes(keyid) ? entry : { ...entry, keyids: [...entry.keyids, keyid] }),
  );
}

/** Takes a key from a role, and from the document if no role has it any more. @throws ERR_EDIT */
export function withoutKey<D extends Delegator>(document: D, role: string, keyid: string, among?: Among): D {
  const edited = withEntry(document, role, among, (entry) => {
    if (!entry.keyids.includes(keyid)) refuse(role, `it has no key ${keyid}`);
    return { ...entry, keyids: entry.keyids.filter((each) => each !== keyid) };
  });
  return withoutUnusedKeys(edited);
}

/** Sets how many keys must sign. @throws ERR_EDIT */
export function withThreshold<D extends Delegator>(
  document: D,
  role: string,
  threshold: number,
  among?: Among,
): D {
  return withEntry(document, role, among, (entry) => ({ ...entry, threshold }));
}

/** Where a new delegation goes, and what it may speak for. */
export interface NewDelegation {
  readonly name: string;
  readonly paths: readonly string[];
  readonly terminating?: boolean;
  readonly threshold?: number;
  readonly keys: readonly PublicKey[];
  /** Asked before this role. Default: after all others. */
  readonly before?: string;
}

/** Delegates to one more role. @throws ERR_EDIT */
export function withDelegation(document: Targets, delegation: NewDelegation): Targets {
  const { name, paths, keys, before, terminating = false, threshold = 1 } = delegation;
  const { delegations = { keys: {}, roles: [] } } = document;
  const { roles } = delegations;
  if (roles === undefined)
    return refuse(name, "its delegator delegates to succinct bins and to nothing else");
  if (roles.some((role) => role.name === name)) refuse(name, "it is delegated to already");
  const at = before === undefined ? roles.length : roles.findIndex((role) => role.name === before);
  if (at < 0) refuse(name, `there is no role "${before}" to stand before`);
  const entry: DelegatedRole = { name, keyids: [], threshold, terminating, paths: [...new Set(paths)] };
  const listed = { ...delegations, roles: [...roles.slice(0, at), entry, ...roles.slice(at)] };
  return keys.reduce<Targets>((edited, key) => withKey(edited, name, key), {
    ...document,
    delegations: listed,
  });
}

/** Takes a delegation away. @throws ERR_EDIT */
export function withoutDelegation(document: Targets, role: string): Targets {
  const { delegations } = document;
  const roles = delegations?.roles?.filter(({ name }) => name !== role);
  if (delegations === undefined || roles === undefined || roles.length === delegations.roles?.length)
    return refuse(role, "it is not delegated to");
  return withoutUnusedKeys({ ...document, delegations: { ...delegations, roles } });
}

/** Adds, replaces and removes targets. `null` removes. The document stays the same one if nothing changes. */
export function withTargets(document: Targets, changes: ReadonlyMap<string, TargetFile | null>): Targets {
  const before = document.targets;
  const of = (path: string): TargetFile | undefined =>
    Object.hasOwn(before, path) ? before[path] : undefined;
  const added: string[] = [];
  let changed = false;
  for (const [path, target] of changes) {
    const was = of(path);
    if (was === undefined && target !== null) added.push(path);
    changed ||= was === undefined ? target !== null : target === null || !sameJson(was, target);
  }
  if (!changed) return document;
  // A bin has a thousand targets of which one is new: names and few entries are all that is gone through.
  const names = Object.keys(before).filter((path) => changes.get(path) !== null);
  // Without a prototype an object is a hash table from the start, and not first a record of a thousand shapes.
  const targets = Object.create(null) as Record<string, TargetFile>;
  for (const path of inOrder(names, added)) targets[path] = (changes.get(path) ?? before[path]) as TargetFile;
  return { ...document, targets };
}

/** All names, ascending; those of a document of ours are so already. */
function inOrder(names: readonly string[], added: readonly string[]): string[] {
  if (added.length === 0 && isAscending(names)) return [...names];
  if (added.length > 8 || !isAscending(names)) return [...names, ...added].sort();
  const all = [...names];
  for (const name of added) {
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as string) < name) low = middle + 1;
      else high = middle;
    }
    all.splice(low, 0, name);
  }
  return all;
}

function isAscending(names: readonly string[]): boolean {
  for (let at = 1; at < names.length; at++)
    if ((names[at - 1] as string) >= (names[at] as string)) return false;
  return true;
}

/** Whether two JSON values are equal, whatever the order of their members. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(b, name) &&
      sameJson((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}

/** The keyid under which keys list a public key, whatever that keyid is. */
export function listedKeyid(keys: Readonly<Record<string, TufKey>>, key: PublicKey): string | undefined {
  return Object.keys(keys).find((keyid) => publicKeyOf(keys[keyid] as TufKey)?.id === key.id);
}

/** The public key of a TUF key object, or `undefined` if no suite here can use it. */
export function publicKeyOf(key: TufKey): PublicKey | undefined {
  try {
    return fromTufKey(key);
  } catch {
    return undefined;
  }
}

/** The keys of a delegator, by keyid. */
export function keysOf(document: Delegator): Readonly<Record<string, TufKey>> {
  return document._type === "root" ? document.keys : (document.delegations?.keys ?? {});
}

/** Every role that a delegator names, with its entry; succinct bins under their prefix. */
export function entriesOf(document: Delegator): [string, RoleEntry][] {
  if (document._type === "root") return Object.entries(document.roles);
  const { roles = [], succinct_roles: bins } = document.delegations ?? {};
  if (bins !== undefined) return [[bins.name_prefix, bins]];
  return roles.map((role) => [role.name, role]);
}

type Among = (name: string) => boolean;

function withEntry<D extends Delegator>(
  document: D,
  role: string,
  among: Among = (name) => name === role,
  edit: (entry: RoleEntry) => RoleEntry,
): D {
  if (entryOf(document, role, among) === undefined) refuse(role, "no such role is delegated to there");
  if (document._type === "root") {
    const entry = document.roles[role] as RoleEntry;
    return { ...document, roles: { ...document.roles, [role]: edit(entry) } };
  }
  const delegations = document.delegations as NonNullable<Targets["delegations"]>;
  const { roles, succinct_roles: bins } = delegations;
  const edited =
    bins === undefined
      ? { roles: roles?.map((each) => (among(each.name) ? { ...each, ...edit(each) } : each)) }
      : { succinct_roles: { ...bins, ...edit(bins) } };
  return { ...document, delegations: { ...delegations, ...edited } };
}

function withoutUnusedKeys<D extends Delegator>(document: D): D {
  const used = new Set(entriesOf(document).flatMap(([, { keyids }]) => keyids));
  const keys = Object.fromEntries(Object.entries(keysOf(document)).filter(([keyid]) => used.has(keyid)));
  return { ...document, ...keysMember(document, keys) };
}

function keysMember(document: Delegator, keys: Readonly<Record<string, TufKey>>): object {
  if (document._type === "root") return { keys };
  return { delegations: { ...(document.delegations ?? { roles: [] }), keys } };
}

function refuse(role: string, reason: string): never {
  throw new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}
