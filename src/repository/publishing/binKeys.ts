/**
 * The keys of bins when publishing: which sign, and which signed what is published.
 *
 * The role that lists 16,384 bins has some megabytes, and nothing in it changes when a file is added. So the names of
 * its bins' keys are remembered beside its version. Nobody has to trust that note: only private keys at hand are found
 * by those names, and what they have signed is our own work.
 * @module
 */
import { type JsonValue, parseJson } from "../../document/json.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { BinLayout } from "../config.ts";
import type { Drafts, EditableFile } from "../drafts.ts";
import { entryOf, keysOf } from "../edit.ts";
import { nameOfBin } from "../layout.ts";
import { authorityOf, type KeyRing, type SigningKey, signingKeys } from "../signing/signing.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { BinsJob } from "./bins.ts";
import { sameAuthority } from "./plan.ts";

/** Who signs bins. */
export interface BinKeys {
  readonly signing: readonly SigningKey[];
  readonly signedBy: BinsJob["signedBy"];
  /** Whether bins are published under other keys than those that sign now. */
  readonly changed: boolean;
}

const NOTE = "state/bin-keys.json";

/** The keys, or `undefined` if nothing delegates to bins yet. @throws ERR_THRESHOLD_UNMET if keys are missing */
export async function binKeysFor(
  storage: RepositoryStorage,
  layout: BinLayout,
  drafts: Drafts,
  ready: ReadonlyMap<string, EditableFile>,
  ring: KeyRing,
): Promise<BinKeys | undefined> {
  const { delegator, prefix } = layout;
  const noted = ready.has(delegator) ? undefined : await fromNote(storage, drafts, layout, ring);
  if (noted !== undefined) return noted;
  const before = await drafts.publishedFile(delegator);
  const after = ready.get(delegator) ?? before;
  if (after === undefined) return undefined;
  const first = nameOfBin(layout, 0);
  const role = layout.succinct ? prefix : first;
  const keys = delegatedKeys(after.signed, first);
  if (keys === undefined) return undefined;
  const signing = await signingKeys({ ...keys, name: prefix }, ring);
  const earlier = (before ?? after).signed;
  const entry = entryOf(earlier, role) ?? { keyids: [], threshold: 1 };
  const changed = before === undefined || !sameAuthority(before.signed, after.signed, role);
  return { signing, signedBy: { entry, keys: keysOf(earlier) }, changed };
}

/** Remembers the keys of the bins that are published now. */
export async function noteBinKeys(
  storage: RepositoryStorage,
  delegatorVersion: number,
  { signing }: BinKeys,
): Promise<void> {
  const note = { delegatorVersion, keyids: signing.map(({ keyid }) => keyid) };
  await storage.replace(NOTE, encodeUtf8(JSON.stringify(note)));
}

async function fromNote(
  storage: RepositoryStorage,
  { published }: Drafts,
  { delegator, succinct }: BinLayout,
  ring: KeyRing,
): Promise<BinKeys | undefined> {
  const bytes = succinct ? undefined : await storage.get(NOTE);
  if (bytes === undefined) return undefined;
  const { delegatorVersion, keyids } = noteIn(bytes);
  if (delegatorVersion !== published.versionOf(delegator) || !Array.isArray(keyids)) return undefined;
  const signing: SigningKey[] = [];
  for (const keyid of keyids) {
    const signer = typeof keyid === "string" ? await ring.signer(keyid) : undefined;
    if (signer === undefined) return undefined;
    signing.push({ keyid: keyid as string, signer });
  }
  if (signing.length === 0) return undefined;
  return { signing, signedBy: authorityOf(signing), changed: false };
}

/** A damaged note is as good as none. */
function noteIn(bytes: Uint8Array): Readonly<Record<string, JsonValue>> {
  try {
    const note = parseJson(bytes);
    return typeof note === "object" && note !== null && !Array.isArray(note) ? note : {};
  } catch {
    return {};
  }
}
