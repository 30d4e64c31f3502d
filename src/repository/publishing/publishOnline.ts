/**
 * Snapshot and timestamp of a run of publishing: whether they are due, and the next of each.
 * @module
 */
import { hashHex } from "#platform";
import { TufLdError } from "../../errors.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import type { DocumentDigests } from "../../proof/digests.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { MetaFile, Root, Signed, Snapshot, Timestamp } from "../../vocabulary/types.ts";
import { expiryOf } from "../config.ts";
import type { EditableFile } from "../drafts.ts";
import { metadataName, SPEC_VERSION } from "../layout.ts";
import { isProjectRole } from "../projects/project.ts";
import { isSignedFor } from "../published.ts";
import { goodName } from "../recovery/recoveryState.ts";
import { assertAtHand, heldKeys, signingKeys } from "../signing/signing.ts";
import { conflict, type RepositoryStorage } from "../storage.ts";
import { MOST_LEFT, putVersion, tooManyLeft } from "./bins.ts";
import { draftSnapshot } from "./draftSnapshot.ts";
import { sameAuthority } from "./plan.ts";
import type { Publication } from "./publication.ts";
import { type Sealed, seal } from "./seal.ts";
import { isDue } from "./signDrafts.ts";
import { assertSize, sizeLimitFor } from "./sizes.ts";

/** Whether an online role needs a new version for its own sake. */
export async function isToSign(
  { drafts, options }: Publication,
  root: MetadataFile<Root>,
  role: "snapshot" | "timestamp",
  file: MetadataFile | undefined,
): Promise<boolean> {
  const { published, config } = drafts;
  if (file === undefined || isDue(config, role, file.signed, options.now)) return true;
  if (!sameAuthorityOf(published.root, root, role)) return true;
  // Killed between a new root and its timestamp, publishing leaves files that do not stand under the root.
  return !(await isSignedFor(file, role, root.signed, config.sign));
}

/** Refuses to begin what could not be signed in the end. @throws ERR_THRESHOLD_UNMET */
export async function assertOnlineKeys(
  { options }: Publication,
  { signed }: MetadataFile<Root>,
): Promise<void> {
  for (const role of ["snapshot", "timestamp"]) {
    const keys = delegatedKeys(signed, role);
    if (keys !== undefined) await assertAtHand(keys, options.keys);
  }
}

/** Signs and writes the next snapshot. @param projects new metadata of projects, whose hashes it states */
export async function nextSnapshot(
  publication: Publication,
  root: MetadataFile<Root>,
  versions: ReadonlyMap<string, number>,
  projects: ReadonlyMap<string, Uint8Array>,
): Promise<Sealed<Snapshot>> {
  const { storage, drafts, options, notes } = publication;
  const { published, config } = drafts;
  const entries = new Map<string, MetaFile>();
  for (const [role, version] of versions) {
    const bytes = projects.get(role);
    entries.set(role, bytes === undefined ? { version } : metaOf(version, bytes));
  }
  if (published.recovery !== undefined) await addProjects(publication, entries);
  const before = Math.max(published.snapshotVersion ?? 0, notes.known.snapshot ?? 0);
  const header = {
    version: await freeVersion(storage, before + 1),
    expires: expiryOf(config, "snapshot", options.now),
  };
  const { signed, digests, remember } = await draftSnapshot(publication, header, entries);
  const sealed = await signOnline(publication, signed, "snapshot", root, digests);
  if (!(await putVersion(storage, "snapshot", header.version, sealed.bytes)))
    throw conflict(metadataName("snapshot", header.version));
  await remember();
  return sealed;
}

/** The first number of which there is no snapshot: others may have been left, or be about to become current. */
async function freeVersion(storage: RepositoryStorage, from: number): Promise<number> {
  for (let version = from; version < from + MOST_LEFT; version++)
    if ((await storage.get(metadataName("snapshot", version))) === undefined) return version;
  throw tooManyLeft("snapshot", from);
}

/** What stands in for the snapshot while a recovery goes on knows no hashes: those of projects are stated anew. */
async function addProjects({ storage, drafts }: Publication, entries: Map<string, MetaFile>): Promise<void> {
  const { published, config } = drafts;
  for (const [name, { version }] of Object.entries(published.snapshot?.signed.meta ?? {})) {
    const role = name.slice(0, -".json".length);
    if (!isProjectRole(config, role) || entries.has(role)) continue;
    const bytes =
      (await storage.get(goodName(role, version))) ?? (await storage.get(metadataName(role, version)));
    if (bytes !== undefined) entries.set(role, metaOf(version, bytes));
  }
}

/** The next timestamp. @param bytes the snapshot's file if it is new */
export async function nextTimestamp(
  publication: Publication,
  root: MetadataFile<Root>,
  snapshot: MetadataFile<Snapshot>,
  bytes: Uint8Array | undefined,
): Promise<Sealed<Timestamp>> {
  const { drafts, options, notes } = publication;
  const { published, config } = drafts;
  const { version } = snapshot.signed;
  const meta: MetaFile =
    bytes === undefined
      ? (published.timestamp?.signed.meta["snapshot.json"] as MetaFile)
      : metaOf(version, bytes);
  const signed: Timestamp = {
    _type: "timestamp",
    spec_version: SPEC_VERSION,
    version: Math.max(published.numberOf("timestamp"), notes.known.timestamp ?? 0) + 1,
    expires: expiryOf(config, "timestamp", options.now),
    meta: { "snapshot.json": meta },
  };
  return signOnline(publication, signed, "timestamp", root);
}

/**
 * Signs with a threshold of the role's keys, and with those of the root before if they are at hand.
 *
 * @throws ERR_THRESHOLD_UNMET; ERR_LIMIT for a file that clients would not read
 */
async function signOnline<S extends Signed>(
  { drafts, options, sizes }: Publication,
  signed: S,
  role: string,
  root: MetadataFile<Root>,
  digests?: DocumentDigests,
): Promise<Sealed<S>> {
  const { published, config } = drafts;
  const { keys: ring, now } = options;
  const keys = delegatedKeys(root.signed, role);
  if (keys === undefined) throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
  const signing = new Map((await signingKeys(keys, ring)).map((key) => [key.keyid, key]));
  // In a recovery the old keys are in other hands. If they signed too, the new timestamp would stand under the old
  // root and go first, and until the new root stood, clients would go on taking what the attacker signs, or refuse
  // ours for a version that starts lower. Besides, from now on whatever they sign is a forgery, without exception.
  const before =
    root === published.root || published.recovery !== undefined
      ? undefined
      : published.root && delegatedKeys(published.root.signed, role);
  for (const key of before === undefined ? [] : await heldKeys(before, ring)) signing.set(key.keyid, key);
  const sealed = await seal(signed, role, signing.values(), config.sign, now, digests);
  assertSize(role, sealed.bytes.length, sizeLimitFor(sizes, config, role, signed));
  return sealed;
}

function metaOf(version: number, bytes: Uint8Array): MetaFile {
  return { version, length: bytes.length, hashes: { sha256: hashHex("sha256", bytes) } };
}

function sameAuthorityOf(before: EditableFile | undefined, after: EditableFile, role: string): boolean {
  return before !== undefined && sameAuthority(before.signed, after.signed, role);
}
