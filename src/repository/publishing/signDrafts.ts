/**
 * Drafts and the keys at hand: signing what they can, renewing what is due.
 * @module
 */
import { checkFile } from "../../proof/checkFile.ts";
import type { RoleKeys } from "../../proof/roleKeys.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { Signed } from "../../vocabulary/types.ts";
import { periodOf, type RepositoryConfig } from "../config.ts";
import type { Drafts } from "../drafts.ts";
import { isProjectRole } from "../projects/project.ts";
import { heldKeys, type KeyRing, signWith } from "../signing/signing.ts";

/** Adds the signatures of all keys at hand that a draft still needs. @returns whether there were any */
export async function signDraft(drafts: Drafts, role: string, ring: KeyRing, now: Date): Promise<boolean> {
  let file = drafts.all.get(role);
  // Whatever keys are at hand: for a project its developers sign, and the index never does.
  if (file === undefined || isProjectRole(drafts.config, role)) return false;
  // No key counts for what nobody delegates to, and it must not keep anything else from being published.
  if ((await drafts.delegatorOf(role)) === undefined) return false;
  const before = file;
  const { sign } = drafts.config;
  for (const keys of [...(await drafts.keysFor(role)), ...targetsKeysBefore(drafts, role)]) {
    const { count } = await checkFile(file, keys, sign);
    const open = new Map([...keys.byKeyid].filter(([, { key }]) => key && !count.keys.includes(key.id)));
    for (const key of await heldKeys({ ...keys, byKeyid: open }, ring))
      file = await signWith(file, role, key, sign, now);
  }
  if (file === before) return false;
  await drafts.putFile(role, file);
  return true;
}

/**
 * The keys that the published root gives to targets. A client between the new timestamp and the new root still counts
 * these. Not in a recovery: there the root comes first, whatever waits.
 */
function targetsKeysBefore({ published }: Drafts, role: string): RoleKeys[] {
  if (role !== "targets" || published.root === undefined || published.recovery !== undefined) return [];
  const keys = delegatedKeys(published.root.signed, role);
  return keys === undefined ? [] : [keys];
}

/** A role that is due, or expired, and that publishing could not renew. */
export interface Overdue {
  readonly role: string;
  readonly expires: string;
  readonly expired: boolean;
}

/** Stages the next version of every role that is due and whose keys are at hand. @returns those whose keys are not */
export async function renewRoles(drafts: Drafts, ring: KeyRing, now: Date): Promise<Overdue[]> {
  const left: Overdue[] = [];
  for (const role of await drafts.roles()) {
    if (isProjectRole(drafts.config, role)) continue;
    const file = await drafts.current(role);
    if (file === undefined || !isDue(drafts.config, role, file.signed, now)) continue;
    let able = true;
    for (const keys of await drafts.keysFor(role)) {
      let held = 0;
      for (const keyid of keys.byKeyid.keys()) if (await ring.has(keyid)) held++;
      able &&= held >= keys.threshold;
    }
    if (able) await drafts.put(role, { ...file.signed, ...(await drafts.header(role, now)) });
    else left.push(overdueOf(role, file.signed, now));
  }
  return left;
}

/** A role that is due, as it is told. */
export function overdueOf(role: string, { expires }: Pick<Signed, "expires">, now: Date): Overdue {
  return { role, expires, expired: Date.parse(expires) <= now.getTime() };
}

/** Whether half of a document's period or more is over. */
export function isDue(
  config: RepositoryConfig,
  role: string,
  { expires }: Pick<Signed, "expires">,
  now: Date,
): boolean {
  return Date.parse(expires) - now.getTime() <= periodOf(config, role) / 2;
}
