/**
 * The next snapshot and its digests, out of what is known of the one before: its text, and the hashes of its entries.
 *
 * Those hashes lie in `state/`, where others may write. So the digest of that file is remembered beside the private
 * keys, and with another digest it counts for nothing.
 * @module
 */
import { createHash, hashHex } from "#platform";
import { concatBytes } from "../../encoding/bytes.ts";
import { encodeHex } from "../../encoding/hex.ts";
import { DocumentDigests } from "../../proof/digests.ts";
import type { MetaFile, Snapshot } from "../../vocabulary/types.ts";
import type { KeyNotes } from "../keys/keyMemory.ts";
import { SPEC_VERSION } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";
import { type EntriesHeader, EntryText } from "./entryText.ts";
import type { Publication } from "./publication.ts";

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
  { storage, drafts, notes }: Publication,
  header: EntriesHeader,
  entries: ReadonlyMap<string, MetaFile>,
): Promise<SnapshotDraft> {
  const { snapshot, snapshotText } = drafts.published;
  const changes = new Map([...entries].map(([role, entry]) => [`${role}.json`, entry]));
  const base = snapshotText ?? (snapshot === undefined ? EntryText.empty("snapshot", header) : undefined);
  const edits = base?.editsOf(changes);
  if (base === undefined || edits === undefined) {
    const signed = merged(snapshot?.signed.meta, header, changes);
    return { signed, digests: new DocumentDigests(signed), remember: async () => {} };
  }
  const known = await readLeading(storage, notes, base.bytes);
  const text = (known === undefined ? base : base.withLeading(known)).next(header, edits);
  const { signed } = text;
  let leading: Float64Array | undefined;
  const digests = text.digestsOf(signed, (all) => {
    leading = all;
  });
  return {
    signed,
    digests,
    async remember() {
      if (!notes.isKept || leading === undefined || leading.length < MANY_ENTRIES) return;
      const hash = createHash("sha256");
      hash.update(text.bytes);
      const body = new Uint8Array(leading.buffer, leading.byteOffset, leading.byteLength);
      const note = concatBytes(hash.digest(), body);
      await storage.replace(NOTE, note);
      notes.add({ snapshotHashes: hashHex("sha256", note) });
    },
  };
}

/** The snapshot as a document: entries stay when their role is no longer delegated to. */
function merged(
  before: Snapshot["meta"] = {},
  header: EntriesHeader,
  changes: ReadonlyMap<string, MetaFile>,
): Snapshot {
  // Dropping a role looks like a rollback (TUF 5.5.5).
  const meta: Record<string, MetaFile> = { ...before };
  for (const [name, entry] of changes) meta[name] = entry;
  const sorted = Object.entries(meta).sort(([a], [b]) => (a < b ? -1 : 1));
  return { _type: "snapshot", spec_version: SPEC_VERSION, ...header, meta: Object.fromEntries(sorted) };
}

/** The noted digits, if they are those of this text. */
async function readLeading(
  storage: RepositoryStorage,
  { known }: KeyNotes,
  text: Uint8Array,
): Promise<Float64Array | undefined> {
  if (known.snapshotHashes === undefined) return undefined;
  const bytes = await storage.get(NOTE);
  if (bytes === undefined || hashHex("sha256", bytes) !== known.snapshotHashes) return undefined;
  if (bytes.length % 8 !== 0 || bytes.length <= DIGEST_BYTES) return undefined;
  if (encodeHex(bytes.subarray(0, DIGEST_BYTES)) !== hashHex("sha256", text)) return undefined;
  // A copy, since numbers must begin at a multiple of their size.
  return new Float64Array(bytes.slice(DIGEST_BYTES).buffer);
}
