/**
 * Target files that wait. They are stored outside `public/`, so that nobody is served what nobody has published, and
 * appear there before the timestamp moves that leads to them. Until it has moved the staged file stays: whatever stops
 * publishing in between, and whoever publishes instead, nothing is lost.
 * @module
 */
import type { TargetFile, Targets } from "../vocabulary/types.ts";
import { type ChangeHead, readChanges, readHead } from "./changes.ts";
import type { Drafts, EditableFile } from "./drafts.ts";
import { inLanes } from "./lanes.ts";
import { STAGED_TARGETS, stagedTargetName, TARGETS, targetNames } from "./layout.ts";
import type { RepositoryStorage } from "./storage.ts";

/** Files that are worked on at once. */
const LANES = 8;

/** What is staged, or some of it. */
export interface StagedLists {
  readonly files: Iterable<EditableFile>;
  /** The log of changes in bins; one without entries lists nothing. */
  readonly head: ChangeHead;
}

/** The names below `staged/targets` of everything that is listed. */
export async function stagedNames(
  storage: RepositoryStorage,
  { bins }: Drafts["config"],
  { files, head }: StagedLists,
): Promise<Set<string>> {
  const names = new Set<string>();
  const use = (path: string, { hashes }: TargetFile): void => {
    for (const hash of Object.values(hashes))
      for (const name of targetNames(path, String(hash))) names.add(stagedTargetName(name));
  };
  for (const { signed } of files) {
    for (const [path, target] of Object.entries((signed as Partial<Targets>).targets ?? {}))
      use(path, target);
  }
  if (bins === undefined) return names;
  for (const group of head.groups) {
    for (const changes of (await readChanges(storage, bins, group, head.sequence)).values()) {
      for (const [path, target] of changes) if (target !== null) use(path, target);
    }
  }
  return names;
}

/**
 * Lets the staged files of what is about to be published appear in `public/`; settling is the caller's.
 *
 * @returns their names below `staged/targets`, for `removeStaged` once clients are led to them
 */
export async function showTargets(
  storage: RepositoryStorage,
  drafts: Drafts,
  lists: StagedLists,
): Promise<readonly string[]> {
  const there = await storage.list(STAGED_TARGETS);
  if (there.length === 0) return [];
  const listed = await stagedNames(storage, drafts.config, lists);
  const shown = there.filter((name) => listed.has(name));
  await inLanes(shown, LANES, async (name) => {
    await storage.copyIfAbsent(name, TARGETS + name.slice(STAGED_TARGETS.length));
  });
  return shown;
}

/** Removes staged files that are published, but for those that somebody has staged again or that others wait for. */
export async function removeShown(
  storage: RepositoryStorage,
  { config, all }: Drafts,
  shown: readonly string[],
): Promise<void> {
  if (shown.length === 0) return;
  const head = await readHead(storage);
  const waiting = await stagedNames(storage, config, { files: all.values(), head });
  await inLanes(shown, LANES, async (name) => {
    if (!waiting.has(name)) await storage.remove(name);
  });
}

/** The staged files that these drafts and changes list. */
export async function stagedOf(
  storage: RepositoryStorage,
  { config }: Drafts,
  lists: StagedLists,
): Promise<readonly string[]> {
  const there = await storage.list(STAGED_TARGETS);
  if (there.length === 0) return [];
  const listed = await stagedNames(storage, config, lists);
  return there.filter((name) => listed.has(name));
}

/** Removes staged files that a run of publishing left which was killed before it did. @returns their names */
export async function cleanShown(storage: RepositoryStorage, drafts: Drafts): Promise<string[]> {
  const there = await storage.list(STAGED_TARGETS);
  if (there.length === 0) return [];
  const files = drafts.all.values();
  const waiting = await stagedNames(storage, drafts.config, { files, head: await readHead(storage) });
  const shown = new Set((await storage.list(TARGETS)).map(stagedTargetName));
  const left = there.filter((name) => shown.has(name) && !waiting.has(name));
  for (const name of left) await storage.remove(name);
  return left;
}
