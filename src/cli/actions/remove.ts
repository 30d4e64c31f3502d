/// <reference types="node" />
/**
 * Removes targets.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import { everyTarget, listedTargets, publishedTargets } from "../../repository/contents.ts";
import type { Drafts } from "../../repository/drafts.ts";
import { stagedTargetName, targetNames } from "../../repository/layout.ts";
import type { Repository } from "../../repository/repository.ts";
import type { TargetFile } from "../../vocabulary/types.ts";
import type { RemoveOptions } from "../commands/add.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { isLiteral, selects } from "../patterns.ts";
import { openRepository } from "../repositoryFolder.ts";
import { nearest } from "../similar.ts";
import { withWork } from "../work.ts";

/** Names that are printed one by one. */
const SHOWN = 20;
/** Targets that are looked through for names like a mistyped one. */
const MOST_LOOKED_AT = 100_000;

export async function remove(given: readonly string[], options: RemoveOptions): Promise<void> {
  const repository = await openRepository(options);
  const role = options.role ?? repository.config.bins?.prefix ?? "targets";
  const { removed, taken } = await withWork(options, async () => {
    const { listed, published } = await repository.withDrafts((drafts) =>
      select(repository, drafts, role, given, options.now === true),
    );
    const paths = listed.map(([path]) => path);
    if (paths.length > 0)
      await repository.changeTargets(
        paths.map((path) => ({ path, target: null })),
        { role },
      );
    const taken = options.now ? await takeDown(repository, [...listed, ...published]) : [];
    return { removed: paths, taken };
  });
  if (options.json)
    return writeOutput(undefined, toJson({ ok: true, role, removed, ...(options.now ? { taken } : {}) }));
  if (options.quiet) return;
  const lines = removed.slice(0, SHOWN).map((path) => `staged the removal of ${path}`);
  if (removed.length > SHOWN) lines.push(`and ${removed.length - SHOWN} more`);
  if (options.now)
    lines.push(
      `took ${taken.length} ${taken.length === 1 ? "file" : "files"} down from public/; \`tuf-ld publish\` tells clients`,
    );
  await writeOutput(undefined, `${lines.map(printable).join("\n")}\n`);
}

/** Removes the files of targets that nothing staged lists any more. @returns their names */
async function takeDown(repository: Repository, selected: readonly Selected[]): Promise<string[]> {
  const { storage } = repository;
  return repository.withDrafts(async (drafts) => {
    const namesOf = (path: string, { hashes }: TargetFile): string[] =>
      Object.values(hashes).flatMap((hash) => targetNames(path, String(hash)));
    const gone = new Set(selected.flatMap(([path, target]) => namesOf(path, target)));
    const among = selected.map(([path]) => path);
    for await (const [, path, target] of everyTarget(storage, drafts, among))
      for (const name of namesOf(path, target)) gone.delete(name);
    for (const name of gone) {
      await storage.remove(name);
      await storage.remove(stagedTargetName(name));
    }
    await storage.settle();
    return [...gone].sort();
  });
}

type Selected = readonly [path: string, target: TargetFile];

interface Selection {
  /** What is listed, staged changes included. */
  readonly listed: readonly Selected[];
  /** What clients find now: of a target that was replaced, or whose removal is staged already, too. */
  readonly published: readonly Selected[];
}

/**
 * The targets that are meant.
 *
 * @param now whether to look at what is published as well @throws ERR_TARGET_NOT_FOUND if a path or a pattern selects
 * none
 */
async function select(
  repository: Repository,
  drafts: Drafts,
  role: string,
  given: readonly string[],
  now: boolean,
): Promise<Selection> {
  const { bins } = repository.config;
  if (role !== bins?.prefix && (await drafts.current(role)) === undefined)
    throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
  // Without patterns, only the bins that these paths belong to are read.
  const among = given.every(isLiteral) ? given : undefined;
  const selecting = new Set<string>();
  const selectedOf = async (
    targets: AsyncIterable<readonly [string, TargetFile, ...unknown[]]>,
  ): Promise<Selected[]> => {
    const found = new Map<string, TargetFile>();
    for await (const [path, target] of targets) {
      for (const each of given) {
        if (!selects([each], path)) continue;
        selecting.add(each);
        found.set(path, target);
      }
    }
    // Bins hold paths by their hashes; people read them in order.
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  };
  const listed = await selectedOf(listedTargets(repository.storage, drafts, role, among));
  const published = now ? await selectedOf(publishedTargets(drafts, role, among)) : [];
  const missing = given.find((each) => !selecting.has(each));
  if (missing === undefined) return { listed, published };
  const message = `${role} lists no ${isLiteral(missing) ? "target" : "targets like"} ${missing}; ${await instead(repository, drafts, role, missing)}`;
  throw new TufLdError("ERR_TARGET_NOT_FOUND", message, { path: missing });
}

/** What there is instead of a path that is not there. */
async function instead(
  repository: Repository,
  drafts: Drafts,
  role: string,
  missing: string,
): Promise<string> {
  for (const other of await drafts.roles()) {
    if (other === "root" || other === role) continue;
    for await (const [path] of listedTargets(repository.storage, drafts, other))
      if (selects([missing], path)) return `${other} lists it: give --role ${other}`;
  }
  const names: string[] = [];
  for await (const [path] of listedTargets(repository.storage, drafts, role)) {
    names.push(path);
    if (names.length >= MOST_LOOKED_AT) break;
  }
  if (names.length === 0) return "it lists none at all";
  return `it lists ${nearest(missing, names).join(", ")}${names.length > 5 ? ", ..." : ""}`;
}
