/**
 * The next snapshot and its digests, out of what is known of the one before: its text, and the hashes of its entries.
 *
 * Those hashes lie in `state/`, bound to the text they were made of. Whoever can write there can spoil our proof with
 * them, as they could by deleting files; they cannot make us sign anything.
 * @module
 */
import { createHash, hashHex } from "#platform";
import { digestDirect } from "../../canonical/direct.ts";
import { digestSnapshot, type EntryHashes } from "../../canonical/snapshotDigest.ts";
import { concatBytes } from "../../encoding/bytes.ts";
import { encodeHex } from "../../encoding/hex.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { DocumentDigests } from "../../proof/digests.ts";
import type { MetaFile, Snapshot } from "../../vocabulary/types.ts";
import { SPEC_VERSION } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { Publication } from "./publication.ts";
import type { SnapshotHeader } from "./snapshotText.ts";

const NOTE = "state/snapshot-hashes";
const DIGEST_BYTES = 32;
/** With fewer entries it is quicker to hash them again. */
const MANY_ENTRIES = 1_024;

/** A snapshot to be signed. */
export interface SnapshotDraft {
  readonly signed: Snapshot;
  readonly digests: DocumentDigests;
  /** Notes the hashes of the entries. Call when the snapshot has been signed. */
  remember(): Promise<void>;
}

/** @param entries what differs from what is published, by role */
export async function draftSnapshot(
  { storage, drafts }: Publication,
  header: SnapshotHeader,
  entries: ReadonlyMap<string, MetaFile>,
): Promise<SnapshotDraft> {
  const { snapshot, snapshotText } = drafts.published;
  const next = snapshotText?.next(header, entries);
  const signed = next?.signed ?? merged(snapshot?.signed.meta, header, entries);
  const known = next && snapshotText && (await readHashes(storage, encodeUtf8(snapshotText.text)));
  const changed = new Set([...entries.keys()].map((role) => `${role}.json`));
  let hashes: EntryHashes | undefined;
  const direct: typeof digestDirect = (document, hash = "sha256") => {
    const quick = next && hash === "sha256" ? digestSnapshot(next, SPEC_VERSION, known, changed) : undefined;
    hashes = quick?.hashes;
    return quick?.digest ?? digestDirect(document, hash);
  };
  const digests = new DocumentDigests(signed, next && encodeUtf8(next.text), direct);
  return {
    signed,
    digests,
    async remember() {
      if (hashes === undefined || hashes.length < MANY_ENTRIES) return;
      const hash = createHash("sha256");
      hash.update(digests.classicBytes());
      const body = new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength);
      await storage.replace(NOTE, concatBytes(hash.digest(), body));
    },
  };
}

/** The snapshot as a document: entries stay when their role is no longer delegated to. */
function merged(
  before: Snapshot["meta"] = {},
  header: SnapshotHeader,
  entries: ReadonlyMap<string, MetaFile>,
): Snapshot {
  // Dropping a role looks like a rollback (TUF 5.5.5).
  const meta: Record<string, MetaFile> = { ...before };
  for (const [role, entry] of entries) meta[`${role}.json`] = entry;
  const sorted = Object.entries(meta).sort(([a], [b]) => (a < b ? -1 : 1));
  return { _type: "snapshot", spec_version: SPEC_VERSION, ...header, meta: Object.fromEntries(sorted) };
}

/** The noted hashes, if they are those of this text. */
async function readHashes(storage: RepositoryStorage, text: Uint8Array): Promise<EntryHashes | undefined> {
  const bytes = await storage.get(NOTE);
  if (bytes === undefined || bytes.length % 8 !== 0 || bytes.length <= DIGEST_BYTES) return undefined;
  if (encodeHex(bytes.subarray(0, DIGEST_BYTES)) !== hashHex("sha256", text)) return undefined;
  // A copy, since numbers must begin at a multiple of their size.
  return new Float64Array(bytes.slice(DIGEST_BYTES).buffer);
}
