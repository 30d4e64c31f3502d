/**
 * Drafts and the keys at hand: signing what they can, renewing what is due.
 * @module
 */
import { TufLdError } from "../../errors.ts";
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
  /** Whether its next version is staged and waits for signatures. */
  readonly staged?: boolean;
  /** Its keys that are here and could not be opened. */
  readonly locked?: readonly string[];
}

/** A key ring that goes on without the keys that cannot be opened. */
export interface PatientRing extends KeyRing {
  /** Keyids of those that could not be opened. */
  readonly locked: ReadonlySet<string>;
}

/**
 * A key whose passphrase nobody gives, or whose file cannot be read, counts as not at hand: publishing that runs by
 * itself must not let the timestamp expire for the sake of a key that lies there by chance.
 */
export function patientRing(ring: KeyRing): PatientRing {
  const locked = new Set<string>();
  return {
    locked,
    has: async (keyid) => !locked.has(keyid) && (await ring.has(keyid)),
    async signer(keyid) {
      try {
        return await ring.signer(keyid);
      } catch (error) {
        if (!(error instanceof TufLdError)) throw error;
        locked.add(keyid);
        return undefined;
      }
    },
  };
}

/**
 * Stages the next version of every role that is due, for whoever has its keys to sign. A draft that somebody has
 * signed stays as long as it can still be published.
 */
export async function renewRoles(drafts: Drafts, now: Date): Promise<void> {
  const { config } = drafts;
  for (const role of await drafts.roles()) {
    if (isProjectRole(config, role)) continue;
    const before = (await drafts.publishedFile(role))?.signed;
    const file = drafts.all.get(role);
    const draft = file?.signed;
    const header = await drafts.header(role, now);
    const isSigned = file !== undefined && file.signatures.length + file.proof.length > 0;
    const isUsable =
      draft?.version === header.version &&
      (isSigned ? Date.parse(draft.expires) > now.getTime() : !isDue(config, role, draft, now));
    // What was never published has no expiry that a client could have met.
    const current = draft ?? before;
    const due = [before, draft].some((each) => each !== undefined && isDue(config, role, each, now));
    if (current !== undefined && due && !isUsable) await drafts.put(role, { ...current, ...header });
  }
}

/** The roles whose published version is due and that are not published now. */
export async function overdueRoles(
  drafts: Drafts,
  ready: ReadonlyMap<string, unknown>,
  locked: ReadonlySet<string>,
  now: Date,
): Promise<Overdue[]> {
  const left: Overdue[] = [];
  for (const role of await drafts.roles()) {
    if (ready.has(role) || isProjectRole(drafts.config, role)) continue;
    const before = (await drafts.publishedFile(role))?.signed;
    if (before === undefined || !isDue(drafts.config, role, before, now)) continue;
    const keyids = (await drafts.keysFor(role)).flatMap(({ byKeyid }) => [...byKeyid.keys()]);
    const own = [...new Set(keyids)].filter((keyid) => locked.has(keyid));
    left.push({
      ...overdueOf(role, before, now),
      staged: drafts.all.has(role),
      ...(own.length === 0 ? {} : { locked: own }),
    });
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
