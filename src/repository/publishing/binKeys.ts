/**
 * The keys of bins when publishing: which sign, and which signed what is published.
 *
 * They come from the role that delegates to bins, verified from root down to it. That role has some megabytes where it
 * lists 16,384 bins, and nothing in it changes when a file is added; so what a version of it says of bins is remembered
 * beside the private keys, where nobody can write who could not use them (`keys/keyMemory.ts`). Without such a memory
 * the role is read and verified each time.
 * @module
 */
import { roleKeys } from "../../proof/roleKeys.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { BinLayout } from "../config.ts";
import type { Drafts, EditableFile } from "../drafts.ts";
import { entryOf, keysOf } from "../edit.ts";
import type { KeyNotes } from "../keys/keyMemory.ts";
import { nameOfBin } from "../layout.ts";
import { type Authority, type KeyRing, type SigningKey, signingKeys } from "../signing/signing.ts";
import type { BinsJob } from "./bins.ts";
import { sameAuthority } from "./plan.ts";

/** Who signs bins. */
export interface BinKeys {
  readonly signing: readonly SigningKey[];
  readonly signedBy: BinsJob["signedBy"];
  /** Whether bins are published under other keys than those that sign now. */
  readonly changed: boolean;
  /** Who may sign them from now on, and which version of the delegating role says so. */
  readonly authority: Authority;
  readonly delegatorVersion: number;
}

/** The keys, or `undefined` if nothing delegates to bins yet. @throws ERR_THRESHOLD_UNMET if keys are missing */
export async function binKeysFor(
  layout: BinLayout,
  drafts: Drafts,
  ready: ReadonlyMap<string, EditableFile>,
  ring: KeyRing,
  notes: KeyNotes,
): Promise<BinKeys | undefined> {
  const { delegator, prefix } = layout;
  const remembered = ready.has(delegator) ? undefined : await rememberedKeys(layout, drafts, ring, notes);
  if (remembered !== undefined) return remembered;
  const before = await drafts.publishedFile(delegator);
  const after = ready.get(delegator) ?? before;
  if (after === undefined) return undefined;
  const first = nameOfBin(layout, 0);
  const role = layout.succinct ? prefix : first;
  const keys = delegatedKeys(after.signed, first);
  if (keys === undefined) return undefined;
  const signing = await signingKeys({ ...keys, name: prefix }, ring);
  const earlier = (before ?? after).signed;
  const changed = before === undefined || !sameAuthority(before.signed, after.signed, role);
  return {
    signing,
    signedBy: authorityIn(earlier, role),
    changed,
    authority: authorityIn(after.signed, role),
    delegatorVersion: after.signed.version,
  };
}

/** Remembers the keys of the bins that are published now. */
export function rememberBinKeys(
  notes: KeyNotes,
  { delegator }: BinLayout,
  { authority, delegatorVersion: version }: BinKeys,
): void {
  notes.add({ binKeys: { delegator, version, ...authority } });
}

async function rememberedKeys(
  { delegator, prefix }: BinLayout,
  { published }: Drafts,
  ring: KeyRing,
  { known }: KeyNotes,
): Promise<BinKeys | undefined> {
  const { binKeys } = known;
  // In a recovery what stands in for the published role has its number too.
  if (binKeys === undefined || published.recovery !== undefined) return undefined;
  const { version, entry, keys } = binKeys;
  if (binKeys.delegator !== delegator || published.versionOf(delegator) !== version) return undefined;
  const authority = { entry, keys };
  const signing = await signingKeys(roleKeys(prefix, entry, keys), ring);
  return { signing, signedBy: authority, changed: false, authority, delegatorVersion: version };
}

/** What a document says of a role, without the keys of other roles. */
function authorityIn(document: EditableFile["signed"], role: string): Authority {
  const { keyids, threshold } = entryOf(document, role) ?? { keyids: [], threshold: 1 };
  const all = keysOf(document);
  const own = keyids.flatMap((keyid) => {
    const key = Object.hasOwn(all, keyid) ? all[keyid] : undefined;
    return key === undefined ? [] : [[keyid, key] as const];
  });
  return { entry: { keyids, threshold }, keys: Object.fromEntries(own) };
}
