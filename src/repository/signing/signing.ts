/**
 * Signing for a role in the views that the repository promises, and who has signed.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { Signer } from "../../key/signer.ts";
import { toTufKey } from "../../key/tufKey.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import { addSignature } from "../../proof/classicSignature.ts";
import { DocumentDigests } from "../../proof/digests.ts";
import { addProof } from "../../proof/linkedProof.ts";
import { keyidsOf, type RoleKeys } from "../../proof/roleKeys.ts";
import type { Signed, TufKey } from "../../vocabulary/types.ts";
import type { SignedView } from "../config.ts";
import type { RoleEntry } from "../edit.ts";
import type { KeyMemory } from "../keys/keyMemory.ts";

/** The private keys at hand. */
export interface KeyRing {
  /** Whether the key is at hand, without opening it. */
  has(keyid: string): Promise<boolean>;
  /** The key; it may ask for a passphrase. */
  signer(keyid: string): Promise<Signer | undefined>;
  /**
   * A place beside the keys where publishing notes how far it has come. Without one, an older copy of the whole
   * storage passes for the current one, and the keys of 16,384 bins are read and verified in each run. Default: none.
   */
  readonly memory?: KeyMemory;
}

/** A key ring without keys. */
export const noKeys: KeyRing = { has: async () => false, signer: async () => undefined };

/** A key that signs, and its name in metadata. */
export interface SigningKey {
  readonly keyid: string;
  readonly signer: Signer;
}

/** Keys and threshold of a role as metadata lists them. Plain data. */
export interface Authority {
  readonly entry: RoleEntry;
  readonly keys: Readonly<Record<string, TufKey>>;
}

/** An authority that all of these keys, and no other, make up. */
export function authorityOf(signing: readonly SigningKey[]): Authority {
  const keyids = signing.map(({ keyid }) => keyid);
  const keys = signing.map(({ keyid, signer }) => [keyid, toTufKey(signer.publicKey) as unknown as TufKey]);
  return { entry: { keyids, threshold: keyids.length }, keys: Object.fromEntries(keys) };
}

/** Who has signed for a role, and who may still. */
export interface Signatures {
  /** The keys of which role, and where they are listed. */
  readonly role: string;
  readonly threshold: number;
  /** Keyids whose signatures count. */
  readonly signed: readonly string[];
  /** Keyids that have not signed, or not in every view. */
  readonly missing: readonly string[];
  readonly met: boolean;
}

/** Signs a file with one key. @throws ERR_KEY */
export async function signWith<S extends Signed>(
  file: MetadataFile<S>,
  role: string,
  { keyid, signer }: SigningKey,
  view: SignedView,
  now: Date,
  digests: DocumentDigests = new DocumentDigests(file.signed),
): Promise<MetadataFile<S>> {
  const classic = view === "linked" ? file : await addSignature(file, signer, { keyid, digests });
  return view === "classic" ? classic : addProof(classic, signer, role, { created: now, digests });
}

/** Counts who has signed a file for a role, in every view that the repository promises. */
export async function signaturesOf(
  file: MetadataFile,
  keys: RoleKeys,
  view: SignedView,
): Promise<Signatures> {
  const { count } = await checkFile(file, keys, view);
  const signed: string[] = [];
  const missing: string[] = [];
  for (const [keyid, { key }] of keys.byKeyid) {
    (key !== undefined && count.keys.includes(key.id) ? signed : missing).push(keyid);
  }
  return { role: keys.name, threshold: keys.threshold, signed, missing, met: count.met };
}

/**
 * The keys of a role that are at hand, at least its threshold of them.
 *
 * @throws ERR_THRESHOLD_UNMET when there are too few
 */
export async function signingKeys(keys: RoleKeys, ring: KeyRing): Promise<SigningKey[]> {
  const found = await heldKeys(keys, ring);
  if (found.length < keys.threshold) throw tooFew(keys, found.length);
  return found;
}

/** As `signingKeys`, without opening any. @throws ERR_THRESHOLD_UNMET */
export async function assertAtHand(keys: RoleKeys, ring: KeyRing): Promise<void> {
  let held = 0;
  for (const keyid of keys.byKeyid.keys()) if (await ring.has(keyid)) held++;
  if (held < keys.threshold) throw tooFew(keys, held);
}

function tooFew({ name: role, threshold }: RoleKeys, held: number): TufLdError<"ERR_THRESHOLD_UNMET"> {
  const message = `"${role}" needs ${threshold} of its keys to sign and ${held} ${held === 1 ? "is" : "are"} at hand`;
  return new TufLdError("ERR_THRESHOLD_UNMET", message, { role, valid: held, threshold });
}

/** Those of a role's keys that are at hand. */
export async function heldKeys(keys: RoleKeys, ring: KeyRing): Promise<SigningKey[]> {
  const found: SigningKey[] = [];
  for (const keyid of keys.byKeyid.keys()) {
    const signer = (await ring.has(keyid)) ? await ring.signer(keyid) : undefined;
    // A name proves nothing: only a key that the role lists under it can sign.
    if (signer !== undefined && keyidsOf(keys, signer.publicKey).includes(keyid))
      found.push({ keyid, signer });
  }
  return found;
}
