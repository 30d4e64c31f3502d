/**
 * What a repository lists once everything that is staged is published: documents as they stand, with the changes of
 * bins that wait. For looking up and selecting; publishing verifies what it builds upon by itself.
 * @module
 */
import { ownMember } from "../encoding/ownMember.ts";
import type { MetadataFile } from "../metadata/file.ts";
import type { TargetFile, Targets } from "../vocabulary/types.ts";
import { readChanges, readHead } from "./changes.ts";
import type { BinLayout } from "./config.ts";
import type { Drafts } from "./drafts.ts";
import { sameJson } from "./edit.ts";
import { binNames, binOf, groupsOf } from "./layout.ts";
import { holdsProjects, isProjectRole } from "./projects/project.ts";
import type { RepositoryStorage } from "./storage.ts";

/** A target and its path; `staged` if it is not published, or otherwise. */
export type Listed = readonly [path: string, target: TargetFile, staged: boolean];

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
  else yield* compared(await drafts.current(role), await drafts.publishedFile(role));
}

/**
 * The targets of every role, those of all bins under the prefix of the bins, each project read and forgotten again.
 *
 * @param among read only the bins that would hold these paths. Default: all
 * @throws as `listedTargets`
 */
export async function* everyTarget(
  storage: RepositoryStorage,
  drafts: Drafts,
  among?: readonly string[],
): AsyncGenerator<readonly [role: string, ...listed: Listed], void, undefined> {
  const { config, published, index, all } = drafts;
  const roles = new Set(await drafts.roles());
  for (const role of roles) {
    const document = holdsProjects(config, role) ? (await drafts.current(role))?.signed : undefined;
    // A set is walked in the order in which it grows.
    for (const name of document === undefined ? [] : index.roles(document).keys()) roles.add(name);
  }
  roles.delete("root");
  for (const role of roles) {
    const isForgotten = isProjectRole(config, role) && !all.has(role);
    const file = isForgotten ? await published.targets(role) : undefined;
    const listed = isForgotten ? compared(file, file) : listedTargets(storage, drafts, role);
    for await (const each of listed) yield [role, ...each];
  }
  if (config.bins === undefined) return;
  for await (const each of inBins(storage, drafts, config.bins, among)) yield [config.bins.prefix, ...each];
}

/**
 * The targets of a role, or under the prefix of the bins those of all bins, as clients find them now.
 *
 * @param among read only the bins that would hold these paths. Default: all
 * @throws as `listedTargets`
 */
export async function* publishedTargets(
  drafts: Drafts,
  role: string,
  among?: readonly string[],
): AsyncGenerator<readonly [path: string, target: TargetFile], void, undefined> {
  const { bins } = drafts.config;
  const targetsOf = (file: MetadataFile | undefined): [string, TargetFile][] =>
    Object.entries((file?.signed as Targets | undefined)?.targets ?? {});
  if (role !== bins?.prefix) {
    yield* targetsOf(await drafts.publishedFile(role));
    return;
  }
  const wanted = among && new Set(among.map((path) => binOf(bins, path)));
  for (const [bin, name] of binNames(bins).entries()) {
    if (wanted?.has(bin) === false) continue;
    yield* targetsOf(await drafts.published.targets(name));
  }
}

/** The targets of a file, and whether the one before lists them otherwise or not at all. */
function* compared(
  file: MetadataFile | undefined,
  before: MetadataFile | undefined,
): Generator<Listed, void, undefined> {
  const [now, then] = [file, before].map((each) => (each?.signed as Targets | undefined)?.targets ?? {});
  for (const [path, target] of Object.entries(now ?? {}))
    yield [path, target, file !== before && !sameJson(ownMember(then ?? {}, path), target)];
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
    const waiting = await readChanges(storage, bins, group, sequence);
    for (const bin of own) {
      const changes = waiting.get(bin) ?? new Map<string, TargetFile | null>();
      const published = await drafts.published.targets(names[bin] as string);
      const before = published?.signed.targets ?? {};
      for (const [path, target] of Object.entries(before)) {
        if (!changes.has(path)) yield [path, target, false];
      }
      for (const [path, target] of changes) {
        if (target !== null) yield [path, target, !sameJson(ownMember(before, path), target)];
      }
    }
  }
}
