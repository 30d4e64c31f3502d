/**
 * A run of publishing that writes. What it does in which order is told in `publish.ts`.
 * @module
 */
import { append } from "../../encoding/lists.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import type { Root, Snapshot } from "../../vocabulary/types.ts";
import { removeChanges } from "../changes.ts";
import { metadataName } from "../layout.ts";
import { isProjectRole } from "../projects/project.ts";
import type { Published } from "../published.ts";
import { finishRecovery } from "../recovery/recoveryState.ts";
import { removeShown, showTargets } from "../stagedFiles.ts";
import { cleanExpired, recordSuperseded } from "./clean.ts";
import { assertWritten, type Moved, move, writeRoles } from "./moving.ts";
import { noteNewest } from "./newest.ts";
import { describeRoles, type Publication, rootOf } from "./publication.ts";
import type { PublicationDone, PublishedRole } from "./publish.ts";
import { publishBins, rememberBins, rememberBinsBefore } from "./publishBins.ts";
import { assertOnlineKeys, isToSign, nextSnapshot, nextTimestamp } from "./publishOnline.ts";
import { cannotBegin, nothingReady } from "./publishRefusals.ts";

/** Writes the new state and makes it current. @throws ERR_THRESHOLD_UNMET, and what reading and writing refuse */
export async function runPublication(publication: Publication): Promise<PublicationDone> {
  const { storage, drafts, plan, head, options } = publication;
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
  const shown = await showTargets(storage, drafts, { files: ready.values(), head });
  const { snapshot, timestamp } = published;
  const newSnapshot = versions.size > 0 || (await isToSign(publication, root, "snapshot", snapshot));
  const newTimestamp = newSnapshot || (await isToSign(publication, root, "timestamp", timestamp));
  if (!newTimestamp && !ready.has("root")) {
    // Nothing is new, so nothing that was staged matters any more. What was killed right after it moved is tidied up.
    await noteNewest(storage, { timestamp: timestamp?.signed.version, root: root.signed.version }, false);
    if (shown.length > 0) await storage.settle();
    if (head.count > 0) await removeChanges(storage, head);
    await removeShown(storage, drafts, shown);
    rememberBins(publication, built);
    await remember(publication, root, undefined);
    // What a renewal has staged for others to sign is told as overdue.
    if (waiting.length > 0 && !options.renew) throw nothingReady(waiting);
    return { roles: [], bins: 0, changes: 0, waiting, ...warningsOf(publication) };
  }
  const files = await writeRoles(publication);
  const superseded = [...ready.keys()].flatMap((role) =>
    role === "root" ? [] : nameBefore(published, role),
  );
  append(superseded, built.superseded);
  let moved: Moved | undefined;
  if (newTimestamp) {
    // The snapshot states the hashes of projects' metadata: the index does not hold these keys, and whoever stole one
    // and controls a mirror could otherwise serve another file of the same version.
    const projects = new Map([...files].filter(([role]) => isProjectRole(config, role)));
    const sealed = newSnapshot ? await nextSnapshot(publication, root, versions, projects) : undefined;
    options.onProgress?.({ step: "snapshot", done: 1, total: 1 });
    if (sealed !== undefined) {
      const { version } = sealed.file.signed;
      if (snapshot !== undefined) superseded.push(metadataName("snapshot", snapshot.signed.version));
      roles.push({ role: "snapshot", version, changes: [] });
    }
    const newest = sealed?.file ?? (snapshot as MetadataFile<Snapshot>);
    moved = { snapshot: newest, timestamp: await nextTimestamp(publication, root, newest, sealed?.bytes) };
    roles.push({ role: "timestamp", version: moved.timestamp.file.signed.version, changes: [] });
  }
  await recordSuperseded(storage, superseded, moved?.timestamp.file.signed.version ?? 0, now);
  await rememberBinsBefore(publication, built);
  await storage.settle();
  await assertWritten(publication, files);
  await move(publication, root, moved);
  const newest = { timestamp: moved?.timestamp.file.signed.version, root: root.signed.version };
  await noteNewest(storage, newest, published.recovery !== undefined);
  if (published.recovery !== undefined) await finishRecovery(storage, published.recovery.state);
  options.onProgress?.({ step: "timestamp", done: 1, total: 1 });
  if (head.count > 0) await removeChanges(storage, head);
  rememberBins(publication, built);
  await remember(publication, root, moved);
  for (const role of ready.keys()) await drafts.forget(role);
  await removeShown(storage, drafts, shown);
  const current = {
    versionOf: (role: string) => versions.get(role) ?? published.versionOf(role),
    snapshotVersion: (moved?.snapshot ?? snapshot)?.signed.version,
  };
  await cleanExpired(storage, config, current, now);
  return { roles, bins: built.versions.length, changes: built.changes, waiting, ...warningsOf(publication) };
}

/** Remembers beside the keys what stands now. */
async function remember(
  { storage, drafts, notes }: Publication,
  root: MetadataFile<Root>,
  moved: Moved | undefined,
): Promise<void> {
  const { published } = drafts;
  const timestamp = (moved?.timestamp.file ?? published.timestamp)?.signed.version;
  const snapshot = moved?.snapshot.signed.version ?? published.snapshotVersion;
  notes.add({
    root: root.signed.version,
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(snapshot === undefined ? {} : { snapshot }),
  });
  await notes.write(storage, drafts.config);
}

function warningsOf({ notes }: Publication): Pick<PublicationDone, "warnings"> {
  return notes.failure === undefined ? {} : { warnings: [notes.failure] };
}

function nameBefore(published: Published, role: string): string[] {
  const version = published.versionOf(role);
  return version === undefined ? [] : [metadataName(role, version)];
}
