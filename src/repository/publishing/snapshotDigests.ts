/**
 * The digests of the next snapshot, out of what is known of the one before: its text, and the hashes of its entries.
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
import { DocumentDigests } from "../../proof/digests.ts";
import type { Snapshot } from "../../vocabulary/types.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { Publication } from "./publication.ts";
import { nextSnapshotText } from "./snapshotText.ts";

const NOTE = "state/snapshot-hashes";
const DIGEST_BYTES = 32;
/** With fewer entries it is quicker to hash them again. */
const MANY_ENTRIES = 1_024;

/** Digests, and what of them helps with the snapshot after this one. */
export interface SnapshotDigests {
  readonly digests: DocumentDigests;
  /** Notes the hashes of the entries. Call when the snapshot has been signed. */
  remember(): Promise<void>;
}

/** @param changed the roles whose entries differ from those that are published */
export async function createSnapshotDigests(
  { storage, drafts }: Publication,
  signed: Snapshot,
  changed: Iterable<string>,
): Promise<SnapshotDigests> {
  const { snapshot, snapshotText } = drafts.published;
  const roles = [...changed];
  const text =
    snapshot === undefined || snapshotText === undefined
      ? undefined
      : nextSnapshotText(snapshot.signed, snapshotText, signed, roles);
  // Without the text of the one before, names may have come or gone.
  const known =
    text === undefined || snapshotText === undefined ? undefined : await readHashes(storage, snapshotText);
  let hashes: EntryHashes | undefined;
  const direct: typeof digestDirect = (document, hash = "sha256") => {
    const quick =
      hash === "sha256"
        ? digestSnapshot(signed, known, new Set(roles.map((role) => `${role}.json`)))
        : undefined;
    hashes = quick?.hashes;
    return quick?.digest ?? digestDirect(document, hash);
  };
  const digests = new DocumentDigests(signed, text, direct);
  return {
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

/** The noted hashes, if they are those of this text. */
async function readHashes(storage: RepositoryStorage, text: Uint8Array): Promise<EntryHashes | undefined> {
  const bytes = await storage.get(NOTE);
  if (bytes === undefined || bytes.length % 8 !== 0 || bytes.length <= DIGEST_BYTES) return undefined;
  if (encodeHex(bytes.subarray(0, DIGEST_BYTES)) !== hashHex("sha256", text)) return undefined;
  // A copy, since numbers must begin at a multiple of their size.
  return new Float64Array(bytes.slice(DIGEST_BYTES).buffer);
}
