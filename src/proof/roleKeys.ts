/**
 * The keys that may sign for a role, as trusted metadata lists them.
 * @module
 */
import type { PublicKey } from "../key/publicKey.ts";
import { fromTufKey } from "../key/tufKey.ts";
import type { Role, TufKey } from "../vocabulary/types.ts";
import { type Reason, reasonOf } from "./finding.ts";

/** One keyid of a role: its key, or why there is none that can be used. */
export type RoleKey =
  | { readonly key: PublicKey; readonly scheme: string }
  | { readonly key?: undefined; readonly reason: Reason };

/** A role's name, its threshold, and its keys by keyid. */
export interface RoleKeys {
  readonly name: string;
  /** How many distinct keys must sign; at least 1. */
  readonly threshold: number;
  readonly byKeyid: ReadonlyMap<string, RoleKey>;
}

/**
 * Resolves the keyids of a role. A keyid is a name, never assumed to be a hash; keyids that `keys` lacks, and
 * keys that no suite uses or that are malformed, stay in the map with the reason why they count for nothing.
 */
export function roleKeys(
  name: string,
  role: Pick<Role, "keyids" | "threshold">,
  keys: Readonly<Record<string, TufKey>>,
): RoleKeys {
  const byKeyid = new Map(role.keyids.map((keyid) => [keyid, resolve(keyid, keys)]));
  return { name, threshold: role.threshold, byKeyid };
}

function resolve(keyid: string, keys: Readonly<Record<string, TufKey>>): RoleKey {
  if (!Object.hasOwn(keys, keyid)) {
    return { reason: { code: "ERR_KEY", message: `the metadata has no key with the keyid ${keyid}` } };
  }
  const entry = keys[keyid] as TufKey;
  try {
    const key = fromTufKey(entry);
    if (key !== undefined) return { key, scheme: entry.scheme };
    const message = `no suite uses keytype "${entry.keytype}" with scheme "${entry.scheme}"`;
    return { reason: { code: "ERR_SUITE_UNKNOWN", message } };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

/** The keyids under which a role lists a public key; trust comes from the public value, not from a name. */
export function keyidsOf(role: RoleKeys, key: PublicKey): string[] {
  return [...role.byKeyid].filter(([, entry]) => entry.key?.id === key.id).map(([keyid]) => keyid);
}

/** How many distinct keys a role has. Two keyids may name one public key, which counts once; a keyid without a key that can be used counts as one. */
export function distinctKeys({ byKeyid }: Pick<RoleKeys, "byKeyid">): number {
  return new Set([...byKeyid].map(([keyid, { key }]) => key?.id ?? keyid)).size;
}
