/**
 * Version numbers that are taken: every number under which some client or cache may have seen a file of a role.
 *
 * A file under `N.ROLE.json` may be cached for ever, so what recovery publishes gets numbers that nobody has seen. Who
 * can write files can write any number into their names, without keys; so those far above what was published are passed
 * over. Publishing never comes to them, and the numbers do not run out.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import { type MetadataFile, parseMetadata } from "../../metadata/file.ts";
import type { RoleType } from "../../vocabulary/terms.ts";
import type { MetaFile, Signed, Snapshot } from "../../vocabulary/types.ts";
import { METADATA, metadataName, TIMESTAMP } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";

/**
 * How far above what was published a number is counted on from: room for more versions than anyone has published
 * since. Beyond it recovery starts lower again than what an attacker signed, which clients accept because a root with
 * other keys makes them forget timestamp and snapshot (TUF 5.3.11), and targets roles are compared through the snapshot
 * alone (5.5.5).
 */
export const MOST_SKIPPED: number = 2 ** 32;

/** The versions of each role whose files are in the folder of metadata, in no particular order. */
export async function listedVersions(storage: RepositoryStorage): Promise<Map<string, number[]>> {
  const versions = new Map<string, number[]>();
  for (const name of await storage.list(METADATA)) {
    const [, digits, role] = /^(\d+)\.(.+)\.json$/s.exec(name.slice(METADATA.length + 1)) ?? [];
    if (digits === undefined || role === undefined || !Number.isSafeInteger(Number(digits))) continue;
    const known = versions.get(role);
    if (known === undefined) versions.set(role, [Number(digits)]);
    else known.push(Number(digits));
  }
  return versions;
}

/**
 * The highest number taken of each role. Nothing in the folder of metadata is believed.
 *
 * @param published the highest number of each role that was published as far as is known
 */
export async function takenVersions(
  storage: RepositoryStorage,
  published: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const taken = new Map(published);
  const take = (role: string, version: number): void => {
    const highest = (published.get(role) ?? 0) + MOST_SKIPPED;
    if (version <= highest && version > (taken.get(role) ?? 0)) taken.set(role, version);
  };
  for (const [role, versions] of await listedVersions(storage))
    for (const version of versions) take(role, version);
  const { timestampVersion, snapshot } = await offeredNow(storage);
  take("timestamp", timestampVersion);
  for (const [name, { version }] of Object.entries(snapshot?.signed.meta ?? {}))
    take(name.replace(/\.json$/, ""), version);
  if (snapshot !== undefined) take("snapshot", snapshot.signed.version);
  return taken;
}

/** What the folder of metadata offers now, as far as it can be read. Its signatures are not checked. */
export async function offeredNow(storage: RepositoryStorage): Promise<{
  readonly timestampVersion: number;
  readonly snapshot: MetadataFile<Snapshot> | undefined;
}> {
  const timestamp = await readable(storage, TIMESTAMP, "timestamp");
  if (timestamp === undefined) return { timestampVersion: 0, snapshot: undefined };
  const { version } = timestamp.signed.meta["snapshot.json"] as MetaFile;
  const snapshot = await readable(storage, metadataName("snapshot", version), "snapshot");
  return { timestampVersion: timestamp.signed.version, snapshot };
}

/** A file if it is metadata of this type; damage is no reason to stop a recovery. @throws ERR_STORAGE */
export async function readable<T extends RoleType>(
  storage: Pick<RepositoryStorage, "get">,
  name: string,
  type: T,
): Promise<MetadataFile<Extract<Signed, { _type: T }>> | undefined> {
  const bytes = await storage.get(name);
  if (bytes === undefined) return undefined;
  try {
    return parseMetadata(bytes, { type });
  } catch (error) {
    if (error instanceof TufLdError) return undefined;
    throw error;
  }
}
