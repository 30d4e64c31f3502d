/**
 * An attacker who holds the online keys of a published repository, and its server: forges bins, snapshot and timestamp.
 * @module
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generateKey } from "../../src/key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../src/key/tufKey.ts";
import { binNameOf } from "../../src/repository/layout.ts";
import {
  beginRecovery,
  compromisedRoles,
  type RecoveryOptions,
} from "../../src/repository/recovery/recovery.ts";
import type { RecoveryState } from "../../src/repository/recovery/recoveryState.ts";
import { type MetadataSource, ownMetadata } from "../../src/repository/recovery/recoverySurvey.ts";
import type { Snapshot, Targets, Timestamp } from "../../src/vocabulary/types.ts";
import { type Publisher, sha256 } from "./publisher.ts";

/** Versions that the forged files get. Default: each one more than before. */
export interface ForgedVersions {
  readonly bin?: number;
  readonly snapshot?: number;
  readonly timestamp?: number;
}

/** Private keys as they were when the attacker took them. */
export interface Loot {
  readonly bin: ReturnType<Publisher["keys"]["of"]>;
  readonly snapshot: ReturnType<Publisher["keys"]["of"]>;
  readonly timestamp: ReturnType<Publisher["keys"]["of"]>;
}

export function loot({ keys }: Publisher): Loot {
  return { bin: keys.of("bin"), snapshot: keys.of("snapshot"), timestamp: keys.of("timestamp") };
}

/** Puts a target into the bin of its path (`null`: takes it away) and signs all that is needed for clients to take it. */
export async function forgeTarget(
  publisher: Publisher,
  stolen: Loot,
  path: string,
  text: string | null,
  versions: ForgedVersions = {},
): Promise<void> {
  const { bins } = publisher.repository.config;
  if (bins === undefined) throw new Error("the repository has no bins");
  const bin = binNameOf(bins, path);
  const { signed } = await publisher.current<Targets>(bin);
  const { [path]: _, ...targets } = signed.targets;
  const bytes = new TextEncoder().encode(text ?? "");
  const target = { length: bytes.length, hashes: { sha256: sha256(bytes) } };
  if (text !== null) {
    const name = join(
      publisher.folder,
      "public/targets",
      dirname(path),
      `${target.hashes.sha256}.${path.split("/").at(-1)}`,
    );
    await mkdir(dirname(name), { recursive: true });
    await writeFile(name, bytes);
  }
  const version = versions.bin ?? signed.version + 1;
  const forged: Targets = {
    ...signed,
    version,
    targets: text === null ? targets : { ...targets, [path]: target },
  };
  await publisher.forge(forged, bin, stolen.bin);
  await forgeOnline(publisher, stolen, { [`${bin}.json`]: { version } }, versions);
}

/** Signs a snapshot with these entries, and a timestamp for it. */
export async function forgeOnline(
  publisher: Publisher,
  stolen: Loot,
  meta: Snapshot["meta"],
  versions: ForgedVersions = {},
): Promise<void> {
  const { signed: snapshot } = await publisher.current<Snapshot>("snapshot");
  const { signed: timestamp } = await publisher.current<Timestamp>("timestamp");
  const version = versions.snapshot ?? snapshot.version + 1;
  const bytes = await publisher.forge(
    { ...snapshot, version, meta: { ...snapshot.meta, ...meta } },
    "snapshot",
    stolen.snapshot,
  );
  const entry = { version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
  const forged = {
    ...timestamp,
    version: versions.timestamp ?? timestamp.version + 1,
    meta: { "snapshot.json": entry },
  };
  await publisher.forge(forged, "timestamp", stolen.timestamp);
}

/** A folder with a copy of the metadata as a source. */
export function folderSource(folder: string, snapshotVersion: number): MetadataSource {
  const get = (name: string) => readFile(join(folder, name)).then((bytes) => new Uint8Array(bytes));
  return { snapshotVersion, get: (name) => get(name).catch(() => undefined) };
}

/** Begins a recovery with a new key for each key of every compromised role, kept at hand. */
export async function recover(
  publisher: Publisher,
  lastGood: RecoveryOptions["source"] | number,
  options: Partial<RecoveryOptions> = {},
  repository = publisher.repository,
): Promise<RecoveryState> {
  const source = typeof lastGood === "number" ? ownMetadata(repository.storage, lastGood) : lastGood;
  const newKeys = new Map<string, Awaited<ReturnType<typeof generateKey>>[]>();
  for (const { role, keys } of await compromisedRoles(repository, options.roles, source)) {
    newKeys.set(role, await Promise.all(Array.from({ length: keys }, () => generateKey("Ed25519"))));
  }
  const begin = (): Promise<RecoveryState> =>
    beginRecovery(repository, {
      ...(source === undefined ? {} : { source }),
      ...options,
      newKeys: new Map([...newKeys].map(([role, keys]) => [role, keys.map(({ publicKey }) => publicKey)])),
    });
  // As the command does: private keys are kept before anything refers to them.
  keepAll(publisher, newKeys);
  return begin();
}

function keepAll(
  { keys }: Publisher,
  made: ReadonlyMap<string, Awaited<ReturnType<typeof generateKey>>[]>,
): void {
  for (const [role, own] of made) {
    keys.byRole.delete(role);
    for (const key of own) keys.keep(role, tufKeyid(toTufKey(key.publicKey)), key);
  }
}
