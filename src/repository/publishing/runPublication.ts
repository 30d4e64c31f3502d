/**
 * A run of publishing that writes. What it does in which order is told in `publish.ts`.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { Root, Snapshot, Timestamp } from "../../vocabulary/types.ts";
import { removeChanges } from "../changes.ts";
import { metadataName, TIMESTAMP } from "../layout.ts";
import { isProjectRole } from "../projects/project.ts";
import type { Published } from "../published.ts";
import { finishRecovery } from "../recovery/recoveryState.ts";
import { putVersion } from "./bins.ts";
import { cleanExpired, recordSuperseded } from "./clean.ts";
import { noteNewest } from "./newest.ts";
import { describeRoles, type Publication, rootOf } from "./publication.ts";
import type { PublicationDone, PublishedRole } from "./publish.ts";
import { noteBinsBefore, publishBins, rememberBins } from "./publishBins.ts";
import { assertOnlineKeys, isToSign, nextSnapshot, nextTimestamp } from "./publishOnline.ts";
import { cannotBegin, nothingReady } from "./publishRefusals.ts";
import { fileBytes, type Sealed } from "./seal.ts";

/** What makes the new state current. */
interface Moved {
  readonly snapshot: MetadataFile<Snapshot>;
  readonly timestamp: Sealed<Timestamp>;
}

/** Writes the new state and makes it current. @throws ERR_THRESHOLD_UNMET, and what reading and writing refuse */
export async function runPublication(publication: Publication): Promise<PublicationDone> {
  const { storage, drafts, plan, head, options } = publication;
  // New metadata of projects. The snapshot states its hashes: the index does not hold these keys, and whoever stole one
  // and controls a mirror could otherwise serve another file of the same version.
  const projects = new Map<string, Uint8Array>();
  const { ready, waiting } = plan;
  const { published, config } = drafts;
  const { now } = options;
  const roles: PublishedRole[] = await describeRoles(publication);
  const root = rootOf(publication);
  if (root === undefined) throw cannotBegin(plan);
  // Before anything is written: nobody waits for 16,384 bins to hear that the timestamp cannot be signed.
  if (ready.size > 0 || head.count > 0 || options.renew) await assertOnlineKeys(publication, root);
  const built = await publishBins(publication);
  const versions = new Map<string, number>(built.versions);
  for (const [role, file] of ready) if (role !== "root") versions.set(role, file.signed.version);
  const { snapshot, timestamp } = published;
  const newSnapshot = versions.size > 0 || (await isToSign(publication, root, "snapshot", snapshot));
  const newTimestamp = newSnapshot || (await isToSign(publication, root, "timestamp", timestamp));
  if (!newTimestamp && !ready.has("root")) {
    // Nothing is new, so nothing that was staged matters any more. What was killed right after it moved is tidied up.
    await noteNewest(storage, {
      timestamp: timestamp?.signed.version,
      root: root.signed.version,
      log: head.sequence,
    });
    if (head.count > 0) await removeChanges(storage, head);
    await rememberBins(publication, versions, built);
    // What a renewal has staged for others to sign is told as overdue.
    if (waiting.length > 0 && !options.renew) throw nothingReady(waiting);
    return { roles: [], bins: 0, changes: 0, waiting };
  }
  let superseded: string[] = [];
  for (const [role, file] of ready) {
    if (role === "root") continue;
    const bytes = fileBytes(file);
    await putVersion(storage, role, file.signed.version, bytes);
    if (isProjectRole(config, role)) projects.set(role, bytes);
    superseded.push(...nameBefore(published, role));
  }
  superseded = [...superseded, ...built.superseded];
  let moved: Moved | undefined;
  if (newTimestamp) {
    const sealed = newSnapshot ? await nextSnapshot(publication, root, versions, projects) : undefined;
    options.onProgress?.({ step: "snapshot", done: 1, total: 1 });
    if (sealed !== undefined) {
      const { version } = sealed.file.signed;
      await putVersion(storage, "snapshot", version, sealed.bytes);
      if (snapshot !== undefined) superseded.push(metadataName("snapshot", snapshot.signed.version));
      roles.push({ role: "snapshot", version, changes: [] });
    }
    const newest = sealed?.file ?? (snapshot as MetadataFile<Snapshot>);
    moved = { snapshot: newest, timestamp: await nextTimestamp(publication, root, newest, sealed?.bytes) };
    roles.push({ role: "timestamp", version: moved.timestamp.file.signed.version, changes: [] });
  }
  await recordSuperseded(storage, superseded, moved?.timestamp.file.signed.version ?? 0, now);
  await noteBinsBefore(publication, built);
  await storage.settle();
  await move(publication, root, moved);
  await noteNewest(storage, {
    timestamp: moved?.timestamp.file.signed.version,
    root: root.signed.version,
    log: head.sequence,
  });
  if (published.recovery !== undefined) await finishRecovery(storage, published.recovery.state);
  options.onProgress?.({ step: "timestamp", done: 1, total: 1 });
  if (head.count > 0) await removeChanges(storage, head);
  await rememberBins(publication, versions, built);
  for (const role of ready.keys()) await drafts.discard(role);
  const current = {
    versionOf: (role: string) => versions.get(role) ?? published.versionOf(role),
    snapshotVersion: (moved?.snapshot ?? snapshot)?.signed.version,
  };
  await cleanExpired(storage, config, current, now);
  return { roles, bins: built.versions.length, changes: built.changes, waiting };
}

/** The two files that clients read first, in the order that no client can fail in, if there is one. */
async function move(
  publication: Publication,
  root: MetadataFile<Root>,
  moved: Moved | undefined,
): Promise<void> {
  const { storage, drafts } = publication;
  const moveTimestamp = async (): Promise<void> => {
    if (moved !== undefined) await storage.replace(TIMESTAMP, moved.timestamp.bytes);
  };
  const before = drafts.published.root;
  const moveRoot = async (): Promise<void> => {
    if (root === before) return;
    // Durable at once: clients ask for it without being told of it, so half of it must never be there.
    await storage.replace(metadataName("root", root.signed.version), fileBytes(root));
  };
  if (before !== undefined && root !== before && (await standsUnder(publication, before, moved))) {
    await moveTimestamp();
    await moveRoot();
  } else {
    await moveRoot();
    await moveTimestamp();
  }
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

function nameBefore(published: Published, role: string): string[] {
  const version = published.versionOf(role);
  return version === undefined ? [] : [metadataName(role, version)];
}
