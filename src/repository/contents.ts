/**
 * What a repository lists once everything that is staged is published: documents as they stand, with the changes of
 * bins that wait. For looking up and selecting; publishing verifies what it builds upon by itself.
 * @module
 */
import type { TargetFile, Targets } from "../vocabulary/types.ts";
import { readChanges, readHead } from "./changes.ts";
import type { BinLayout } from "./config.ts";
import type { Drafts } from "./drafts.ts";
import { binNames, binOf, groupsOf } from "./layout.ts";
import type { RepositoryStorage } from "./storage.ts";

/** A target and its path. */
export type Listed = readonly [path: string, target: TargetFile];

/**
 * The targets of a role; under the prefix of the bins, those of all bins, one group of bins in memory at a time.
 *
 * @param among read only the bins that would hold these paths. Default: all
 * @throws ERR_STORAGE, and what reading metadata refuses
 */
export async function* listedTargets(
  storage: RepositoryStorage,
  drafts: Drafts,
  role: string,
  among?: readonly string[],
): AsyncGenerator<Listed, void, undefined> {
  const { bins } = drafts.config;
  if (role === bins?.prefix) yield* inBins(storage, drafts, bins, among);
  else yield* Object.entries(((await drafts.current(role))?.signed as Targets | undefined)?.targets ?? {});
}

async function* inBins(
  storage: RepositoryStorage,
  drafts: Drafts,
  bins: BinLayout,
  among: readonly string[] | undefined,
): AsyncGenerator<Listed, void, undefined> {
  const { sequence } = await readHead(storage);
  const names = binNames(bins);
  const { count, size } = groupsOf(bins);
  const wanted = among && new Set(among.map((path) => binOf(bins, path)));
  for (let group = 0; group < count; group++) {
    const own = Array.from({ length: size }, (_, index) => group * size + index).filter(
      (bin) => wanted?.has(bin) ?? true,
    );
    if (own.length === 0) continue;
    const waiting = await readChanges(storage, group, sequence);
    for (const bin of own) {
      const changes = waiting.get(bin) ?? new Map<string, TargetFile | null>();
      const published = await drafts.published.targets(names[bin] as string);
      for (const [path, target] of Object.entries(published?.signed.targets ?? {})) {
        if (!changes.has(path)) yield [path, target];
      }
      for (const [path, target] of changes) if (target !== null) yield [path, target];
    }
  }
}
