/// <reference types="node" />
/**
 * The metadata files of a mirror, named as TUF 3.2 and 6 name them, byte for byte as they were received.
 * @module
 */
import { join } from "node:path";
import type { Accepted } from "../client/updater.ts";
import { equalBytes } from "../encoding/bytes.ts";
import { TufLdError } from "../errors.ts";
import { parseMetadata } from "../metadata/file.ts";
import { ensureFolder, onStorage, readWhole, sweep, unless, writeDurably } from "../node/files.ts";
import { takeLock } from "../node/lock.ts";
import { checkFile } from "../proof/checkFile.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import type { Root, Snapshot, Timestamp } from "../vocabulary/types.ts";
import { INPUT_MAX_BYTES } from "./io.ts";
import { foldsNames, metadataNames } from "./mirrorNames.ts";

/** What a mirror consists of, beside target files. All of it has been verified. */
export interface MirrorMetadata {
  /** By version, from the pinned root to the newest. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  readonly root: Accepted<Root>;
  readonly timestamp: Accepted<Timestamp>;
  readonly snapshot: Accepted<Snapshot>;
  /** The top level and delegated ones. */
  readonly targets: readonly Accepted[];
}

/** Longest wait for another `tuf-ld mirror` to write the same folder, in milliseconds. */
const WAIT_MS = 60_000;

/**
 * Writes metadata into a folder. What nobody asks for yet comes first and timestamp.json last, so that readers see
 * the old state until they see the new one.
 *
 * @returns how many files there are
 * @throws ERR_ROLLBACK if the folder has newer metadata, ERR_STORAGE
 */
export async function publishMetadata(
  folder: string,
  metadata: MirrorMetadata,
  signal: AbortSignal,
): Promise<number> {
  await onStorage(folder, () => ensureFolder(folder));
  const release = await takeLock(join(folder, ".#lock"), WAIT_MS);
  try {
    await sweep(folder);
    await assertNotNewer(folder, metadata);
    const files = filesOf(metadata, await foldsNames(folder));
    for (const [name, bytes] of files) {
      signal.throwIfAborted();
      await onStorage(join(folder, name), () => writeIfOther(join(folder, name), bytes));
    }
    return files.length;
  } finally {
    await release();
  }
}

/** In the order in which they are written. @throws ERR_STORAGE */
function filesOf(metadata: MirrorMetadata, folds: boolean): [string, Uint8Array][] {
  const { roots, root, timestamp, snapshot, targets } = metadata;
  const consistent = root.file.signed.consistent_snapshot === true;
  const named = [...targets, snapshot].map(({ role, file, bytes }) => ({
    role,
    version: consistent ? file.signed.version : undefined,
    bytes,
  }));
  const names = metadataNames(named, folds);
  return [
    ...named.flatMap((each) =>
      (names.get(each) ?? []).map((name): [string, Uint8Array] => [name, each.bytes]),
    ),
    ...[...roots].map(([version, bytes]): [string, Uint8Array] => [`${version}.root.json`, bytes]),
    ["root.json", root.bytes],
    ["timestamp.json", timestamp.bytes],
  ];
}

async function writeIfOther(path: string, bytes: Uint8Array): Promise<void> {
  const before = await unless(["ENOTDIR"], readWhole(path, INPUT_MAX_BYTES));
  if (before === undefined || !equalBytes(before, bytes)) await writeDurably(path, bytes);
}

/** A second mirror with a state of its own may have been here: a valid newer timestamp is not replaced. */
async function assertNotNewer(folder: string, { root, timestamp }: MirrorMetadata): Promise<void> {
  const path = join(folder, "timestamp.json");
  const bytes = await onStorage(path, () => readWhole(path, INPUT_MAX_BYTES));
  const keys = delegatedKeys(root.file.signed, "timestamp");
  if (bytes === undefined || keys === undefined) return;
  try {
    const there = parseMetadata(bytes, { type: "timestamp" });
    const { version } = timestamp.file.signed;
    const { policy } = timestamp.check.count;
    if (there.signed.version <= version || !(await checkFile(there, keys, policy)).count.met) return;
    const facts = { role: "timestamp", trusted: there.signed.version, offered: version };
    const message = `${folder} has a newer timestamp, version ${facts.trusted}, than the one to write, version ${version}`;
    throw new TufLdError("ERR_ROLLBACK", message, facts);
  } catch (error) {
    // Damaged files are replaced.
    if (!(error instanceof TufLdError) || error.code === "ERR_ROLLBACK") throw error;
  }
}
