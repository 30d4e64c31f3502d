/// <reference types="node" />
/**
 * A verified copy of a repository: target files first, then what signs for them, timestamp.json last.
 * @module
 */
import { join } from "node:path";
import type { FoundTarget } from "../../client/search.ts";
import type { Store } from "../../client/store.ts";
import type { Updater } from "../../client/updater.ts";
import { TufLdError } from "../../errors.ts";
import { createFileStore } from "../../node/fileStore.ts";
import { ensureFolder, onStorage } from "../../node/files.ts";
import type { ClientOptions } from "../clientOptions.ts";
import { writeOutput } from "../io.ts";
import { type MirrorMetadata, publishMetadata } from "../mirrorMetadata.ts";
import { assertDistinct, foldsNames } from "../mirrorNames.ts";
import { createMirrorTargets } from "../mirrorTargets.ts";
import { toJson } from "../output.ts";
import { isLiteral, selects } from "../patterns.ts";
import { inBytes } from "../progress.ts";
import { homeFolder, type OpenRepository, openRepository } from "../repositories.ts";
import { createUpdater, type Session, withSession } from "../session.ts";
import { downloadFrom } from "../targetSource.ts";

/** Downloads at a time. */
const WORKERS = 4;

export async function mirror(
  dir: string,
  patterns: readonly string[],
  options: ClientOptions,
): Promise<void> {
  const repository = await openRepository(homeFolder(options.home), options.repo);
  await withSession(options, async (session) => {
    const roots = new Map<number, Uint8Array>([[repository.root.version, repository.trustedRoot]]);
    const store = rememberRoots(createFileStore(repository.storeFolder), roots);
    const updater = createUpdater(repository, options, session, store);
    const targets = await select(updater, patterns);
    const received = await copyTargets(dir, targets, updater, options, repository, session);
    const metadata = await metadataOf(updater, roots);
    const written = await publishMetadata(join(dir, "metadata"), metadata, session.signal);
    const bytes = targets.reduce((sum, { target }) => sum + target.length, 0);
    const result = {
      ok: true,
      repository: repository.name,
      directory: dir,
      targets: targets.length,
      bytes,
      received,
      metadataFiles: written,
      failedMirrors: session.failedMirrors,
    };
    session.progress.stop();
    const text = `${repository.name}: ${targets.length} targets, ${inBytes(bytes)} (${inBytes(received)} of them new), are in ${dir}\n`;
    await writeOutput(undefined, options.json ? toJson(result) : text);
  });
}

/** The targets to copy. Without wildcards nobody is asked but the roles that speak for them. */
async function select(updater: Updater, patterns: readonly string[]): Promise<FoundTarget[]> {
  const found: FoundTarget[] = [];
  if (patterns.length > 0 && patterns.every(isLiteral)) {
    for (const path of new Set(patterns)) found.push(await updater.find(path));
    return found;
  }
  for await (const each of updater.list()) if (selects(patterns, each.path)) found.push(each);
  const idle = patterns.find((pattern) => !found.some(({ path }) => selects([pattern], path)));
  if (idle === undefined) return found;
  throw new TufLdError("ERR_TARGET_NOT_FOUND", `no target matches ${idle}`, { path: idle });
}

/** @returns bytes that came over the network */
async function copyTargets(
  dir: string,
  targets: readonly FoundTarget[],
  updater: Updater,
  options: ClientOptions,
  { prefixTargetsWithHash }: OpenRepository,
  { progress, signal }: Session,
): Promise<number> {
  const { root } = await updater.refresh();
  const prefix = prefixTargetsWithHash && root.file.signed.consistent_snapshot === true;
  await checkNames(join(dir, "targets"), prefix ? [] : targets);
  const folder = createMirrorTargets(join(dir, "targets"), prefix, new Set(targets.map(({ path }) => path)));
  for (const { target } of targets) progress.expect(target.length);
  let received = 0;
  let failed = false;
  const queue = targets.values();
  const work = async (): Promise<void> => {
    for (const found of queue) {
      if (failed) return;
      signal.throwIfAborted();
      try {
        const bytes = await downloadFrom(updater, found, folder.sinkFor(found), options);
        received += bytes;
        await folder.addNames(found);
      } catch (error) {
        failed = true;
        throw error;
      }
      progress.finish(found.target.length);
    }
  };
  // All of them end before this does: nobody writes when the command is over.
  const ends = await Promise.allSettled(Array.from({ length: WORKERS }, work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return received;
}

/** Names that carry hashes are of the same content if they are alike; plain ones need a place each. @throws ERR_STORAGE */
async function checkNames(folder: string, targets: readonly FoundTarget[]): Promise<void> {
  if (targets.length === 0) return;
  await onStorage(folder, () => ensureFolder(folder));
  const folds = await onStorage(folder, () => foldsNames(folder));
  assertDistinct(
    targets.map(({ path }) => path),
    folds,
  );
}

async function metadataOf(
  updater: Updater,
  remembered: ReadonlyMap<number, Uint8Array>,
): Promise<MirrorMetadata> {
  const { root, timestamp, snapshot, targets } = await updater.refresh();
  const delegated = updater.accepted.filter(
    ({ role, file }) => file.signed._type === "targets" && role !== targets.role,
  );
  const roots = new Map<number, Uint8Array>();
  for (const [version, bytes] of remembered)
    if (version <= root.file.signed.version) roots.set(version, bytes);
  return { roots, root, timestamp, snapshot, targets: [targets, ...delegated] };
}

/** A store that notes every root that goes in or out: those up to the newest trusted one are the way to it. */
function rememberRoots(store: Store, roots: Map<number, Uint8Array>): Store {
  const note = (name: string, bytes: Uint8Array | undefined): void => {
    // The store keeps roots in a folder of their own: beside it, `2.root.json` is a delegated role called `2.root`.
    const version = /^root_history\/(\d+)\.root\.json$/.exec(name)?.[1];
    if (version !== undefined && bytes !== undefined) roots.set(Number(version), bytes);
  };
  return {
    ...store,
    async read(name) {
      const bytes = await store.read(name);
      note(name, bytes);
      return bytes;
    },
    async write(name, bytes) {
      note(name, bytes);
      await store.write(name, bytes);
    },
  };
}
