/**
 * The files of a run of publishing that others may want to move as well: metadata under numbers that people have signed,
 * and the two files that clients read first.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { Root, Snapshot, Timestamp } from "../../vocabulary/types.ts";
import { metadataName, TIMESTAMP } from "../layout.ts";
import { type Published, readableRoots } from "../published.ts";
import { conflict, isSame, type RepositoryStorage, swapRead } from "../storage.ts";
import { putVersion } from "./bins.ts";
import type { Publication } from "./publication.ts";
import { fileBytes, type Sealed } from "./seal.ts";

/** What makes the new state current. */
export interface Moved {
  readonly snapshot: MetadataFile<Snapshot>;
  readonly timestamp: Sealed<Timestamp>;
}

/** Writes what people have signed, under numbers that they have signed too. @returns the files, by role */
export async function writeRoles({ storage, drafts, plan }: Publication): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [role, file] of plan.ready) {
    if (role === "root") continue;
    const { version } = file.signed;
    const bytes = fileBytes(file);
    files.set(role, bytes);
    if (await putVersion(storage, role, version, bytes)) continue;
    // Left of publishing that was killed, before the draft was edited or signed by more people.
    const name = metadataName(role, version);
    const left = await storage.get(name);
    await assertNotMoved(storage, drafts.published);
    await swapRead(storage, name, left, bytes);
  }
  return files;
}

/** Refuses to go on where somebody else has published meanwhile. @throws ERR_CONFLICT */
async function assertNotMoved(storage: RepositoryStorage, { timestampBytes }: Published): Promise<void> {
  if (!isSame(await storage.get(TIMESTAMP), timestampBytes)) throw conflict(TIMESTAMP);
}

/** Refuses to name files that somebody else has put another in the place of. @throws ERR_CONFLICT */
export async function assertWritten(
  { storage, plan }: Publication,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [role, bytes] of files) {
    const name = metadataName(role, plan.ready.get(role)?.signed.version ?? 0);
    if (!isSame(await storage.get(name), bytes)) throw conflict(name);
  }
}

/** The two files that clients read first, in the order that no client can fail in, if there is one. */
export async function move(
  publication: Publication,
  root: MetadataFile<Root>,
  moved: Moved | undefined,
): Promise<void> {
  const { storage, drafts } = publication;
  const moveTimestamp = async (): Promise<void> => {
    // The one step that makes all of it current, if the timestamp is the one that all of it was made upon.
    if (moved !== undefined)
      await swapRead(storage, TIMESTAMP, drafts.published.timestampBytes, moved.timestamp.bytes);
  };
  const before = drafts.published.root;
  const moveRoot = async (): Promise<void> => {
    if (root === before) return;
    // Durable at once: clients ask for it without being told of it, so half of it must never be there.
    const name = metadataName("root", root.signed.version);
    const bytes = fileBytes(root);
    const there = await storage.get(name);
    if (isSame(there, bytes)) return;
    await swapRead(storage, name, (await isNoRoot(publication, root)) ? there : undefined, bytes);
  };
  if (before !== undefined && root !== before && (await standsUnder(publication, before, moved))) {
    await moveTimestamp();
    await moveRoot();
  } else {
    await moveRoot();
    await moveTimestamp();
  }
}

/**
 * Whether what lies under the number of the new root is none that clients accept. In a recovery somebody may have put
 * it there, and it gives way; else reading what is published has refused it.
 */
async function isNoRoot({ storage, drafts }: Publication, { signed }: MetadataFile<Root>): Promise<boolean> {
  const { recovery, view } = drafts.published;
  return recovery !== undefined && (await readableRoots(storage, view)).length < signed.version;
}

/** Whether clients that stop at this root can use the new files. */
async function standsUnder(
  { plan, drafts }: Publication,
  root: MetadataFile<Root>,
  moved: Moved | undefined,
): Promise<boolean> {
  const targets = plan.ready.get("targets") ?? (await drafts.publishedFile("targets"));
  for (const [role, file] of [
    ["timestamp", moved?.timestamp.file],
    ["snapshot", moved?.snapshot],
    ["targets", targets],
  ] as const) {
    const keys = delegatedKeys(root.signed, role);
    if (file === undefined || keys === undefined) continue;
    if (!(await checkFile(file, keys, drafts.config.sign)).count.met) return false;
  }
  return true;
}
