/**
 * What the index lists itself of a project that it is about to take.
 * @module
 */
import type { TargetFile } from "../../vocabulary/types.ts";
import { readChanges, readHead } from "../changes.ts";
import type { Drafts } from "../drafts.ts";
import { binNameOf, binOf, groupsOf } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";
import { projectPaths } from "./project.ts";

/** Pages that an index has of a project, in its namespace `simple/NAME/`. */
const PAGES = ["index.html", "index.json"];
/** Paths that are looked for: each is in another bin, and all bins of a large index are gigabytes. */
const MOST_LOOKED_FOR = 20;

/**
 * Paths of a project that the bins list, or will once their log is published: its pages and the first of these are
 * looked for. Once the project is delegated to, clients look for none of them in the bins. Only inside `exclusive`.
 */
export async function listedInBins(
  storage: RepositoryStorage,
  drafts: Drafts,
  project: string,
  paths: readonly string[],
): Promise<string[]> {
  const { bins } = drafts.config;
  if (bins === undefined) return [];
  const pages = projectPaths(project).flatMap((pattern) =>
    pattern.startsWith("simple/") ? PAGES.map((page) => pattern.replace("*", page)) : [],
  );
  const { sequence, groups } = await readHead(storage);
  const logs = new Map<number, ReadonlyMap<number, ReadonlyMap<string, TargetFile | null>>>();
  const found: string[] = [];
  for (const path of new Set([...pages, ...paths.slice(0, MOST_LOOKED_FOR)])) {
    const bin = binOf(bins, path);
    const group = Math.floor(bin / groupsOf(bins).size);
    const log =
      logs.get(group) ??
      (groups.includes(group) ? await readChanges(storage, bins, group, sequence) : new Map());
    logs.set(group, log);
    const staged = log.get(bin)?.get(path);
    const published = (await drafts.publishedFile(binNameOf(bins, path)))?.signed;
    const isListed =
      staged === undefined
        ? published?._type === "targets" && Object.hasOwn(published.targets, path)
        : staged !== null;
    if (isListed) found.push(path);
  }
  return found;
}
