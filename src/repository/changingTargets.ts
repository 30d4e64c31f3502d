/**
 * Adding, replacing and removing targets: what `Repository.changeTargets` does with a stream of changes.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { TargetFile, Targets } from "../vocabulary/types.ts";
import type { ImportMark, TargetChange } from "./changes.ts";
import { ChangeWriter } from "./changeWriter.ts";
import type { ClaimWatch } from "./claimWatch.ts";
import type { BinLayout, RepositoryConfig } from "./config.ts";
import { Drafts } from "./drafts.ts";
import { withTargets } from "./edit.ts";
import { Published } from "./published.ts";
import type { EditOptions } from "./repository.ts";
import type { RepositoryStorage } from "./storage.ts";
import { checkDepth, checkTarget } from "./target.ts";

/** Options of `Repository.changeTargets`. */
export interface AddTargetsOptions extends EditOptions {
  /** The role that lists them. Default: the bins if there are any, else the top-level targets role. */
  readonly role?: string;
  /** Called after so many changes, to show how far it is. */
  readonly onProgress?: (count: number) => void;
  /** Where `changes` come from, if an interrupted import is to go on; the position is asked for each segment. */
  readonly mark?: () => ImportMark;
  /**
   * Called with a target that belongs to a project (PEP 480) and is left out: while it is being given, or, if its project
   * was claimed after that, when it would be staged. Default: it is refused, with all others.
   */
  readonly onClaimed?: (change: TargetChange, role: string) => void;
}

/**
 * Changes as they come. A source that has many at a time does well to give them so: to wait for each of millions costs
 * as much as to check it.
 */
export type Changes = Iterable<TargetChange> | AsyncIterable<TargetChange | Iterable<TargetChange>>;

/** How often a stream tries for its turn; each attempt waits as long as the storage lets it. */
const MOST_ATTEMPTS = 60;

/** How often what was lost to another writer is written again. */
const MOST_CONFLICTS = 3;

/** A repository's settings, and where it lies. */
interface RepositoryPlace {
  readonly storage: RepositoryStorage;
  readonly config: RepositoryConfig;
}

/** Changes of targets in bins, which wait in a log. */
export async function logChanges(
  { storage }: RepositoryPlace,
  bins: BinLayout,
  changes: Changes,
  claims: ClaimWatch | undefined,
  { onProgress, mark, onClaimed }: AddTargetsOptions,
): Promise<number> {
  const writer = new ChangeWriter(storage, bins);
  let count = 0;
  const flush = async (): Promise<void> => {
    const at = mark?.();
    // What the source has stored meanwhile may be much, and needs no lock.
    await storage.settle();
    const once = (): Promise<void> =>
      exclusiveFor(storage, changes, async () => {
        if (await claims?.renew())
          count -= writer.drop((change) => claims?.isLeftOut(change, onClaimed) === true);
        await writer.flush(at);
      });
    for (let attempt = 1; ; attempt++) {
      try {
        return await once();
      } catch (error) {
        // This process was taken for dead and others wrote meanwhile. What it has goes behind what they wrote.
        const isConflict = error instanceof TufLdError && error.code === "ERR_CONFLICT";
        if (!isConflict || attempt === MOST_CONFLICTS) throw error;
      }
    }
  };
  for await (const batch of batchesOf(changes)) {
    for (const change of batch) {
      checkTarget(change);
      checkDepth(change, bins);
      if (claims?.isLeftOut(change, onClaimed)) continue;
      count++;
      if (writer.add(change)) await flush();
      if (count % 10_000 === 0) onProgress?.(count);
    }
  }
  await flush();
  onProgress?.(count);
  return count;
}

/** Changes of targets of another role, which go into its draft. */
export async function draftChanges(
  { storage, config }: RepositoryPlace,
  role: string,
  changes: Changes,
  claims: ClaimWatch | undefined,
  { onProgress, onClaimed, now = new Date() }: AddTargetsOptions,
): Promise<number> {
  const byPath = new Map<string, TargetFile | null>();
  let count = 0;
  for await (const batch of batchesOf(changes)) {
    for (const change of batch) {
      checkTarget(change);
      if (claims?.isLeftOut(change, onClaimed)) continue;
      byPath.set(change.path, change.target);
      if (++count % 10_000 === 0) onProgress?.(count);
    }
  }
  // The files themselves were stored by this process; the next one knows nothing of what it has to settle.
  await storage.settle();
  await exclusiveFor(storage, changes, async () => {
    if (await claims?.renew()) {
      for (const [path, target] of byPath)
        if (claims?.isLeftOut({ path, target }, onClaimed) && byPath.delete(path)) count--;
    }
    const published = await Published.load(storage, config.sign);
    const drafts = await Drafts.load(storage, config, published);
    await drafts.assertCovers(role, byPath.keys());
    await drafts.edit<Targets>(role, now, (document) => withTargets(document, byPath));
  });
  onProgress?.(count);
  return count;
}

async function* batchesOf(changes: Changes): AsyncGenerator<Iterable<TargetChange>, void, undefined> {
  if (!(Symbol.asyncIterator in changes)) yield changes;
  else for await (const next of changes) yield Symbol.iterator in next ? next : [next];
}

/**
 * As `exclusive`. What came of a stream may be the work of hours and cannot always be asked for again, so it waits
 * longer for its turn than a person would: some other process may be publishing millions of targets.
 */
async function exclusiveFor(
  storage: RepositoryStorage,
  changes: Changes,
  work: () => Promise<void>,
): Promise<void> {
  const attempts = Symbol.asyncIterator in changes ? MOST_ATTEMPTS : 1;
  for (let attempt = 1; ; attempt++) {
    let begun = false;
    try {
      return await storage.exclusive(() => {
        begun = true;
        return work();
      });
    } catch (error) {
      if (begun || attempt === attempts) throw error;
    }
  }
}
