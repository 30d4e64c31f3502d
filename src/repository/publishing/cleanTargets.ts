/**
 * Removing target files that nothing refers to, staged ones that nothing staged does, too. A target that is removed keeps its file as long as some metadata in
 * `public/` still lists it: clients that began before have read that.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import { parseMetadata } from "../../metadata/file.ts";
import type { TargetFile } from "../../vocabulary/types.ts";
import { readHead } from "../changes.ts";
import { everyTarget } from "../contents.ts";
import type { Drafts } from "../drafts.ts";
import { METADATA, STAGED_TARGETS, TARGETS, targetNames } from "../layout.ts";
import { stagedNames } from "../stagedFiles.ts";
import type { RepositoryStorage } from "../storage.ts";

/** Removes them. Files of other forms of names than ours stay. @returns the names @throws ERR_STORAGE */
export async function cleanTargets(
  storage: RepositoryStorage,
  drafts: Drafts,
  isYoung: (name: string) => Promise<boolean>,
): Promise<string[]> {
  const used = new Set<string>();
  const use = (path: string, { hashes }: TargetFile): void => {
    for (const hash of Object.values(hashes))
      for (const name of targetNames(path, String(hash))) used.add(name);
  };
  for await (const [, path, target] of everyTarget(storage, drafts)) use(path, target);
  for (const name of await storage.list(METADATA)) {
    if (/\/(?:\d+\.)?(?:root|snapshot|timestamp)\.json$/.test(name)) continue;
    for (const [path, target] of await targetsIn(storage, name)) use(path, target);
  }
  const removed: string[] = [];
  for (const name of await storage.list(TARGETS)) {
    if (used.has(name) || !OURS.test(name) || (await isYoung(name))) continue;
    await storage.remove(name);
    removed.push(name);
  }
  const files = drafts.all.values();
  const waiting = await stagedNames(storage, drafts.config, { files, head: await readHead(storage) });
  for (const name of await storage.list(STAGED_TARGETS)) {
    if (waiting.has(name) || !OURS.test(name) || (await isYoung(name))) continue;
    await storage.remove(name);
    removed.push(name);
  }
  await storage.settle();
  return removed.sort();
}

/** A name that carries a hash, as `targetNames` gives it. */
const OURS = /\/(?:[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})\.[^/]*$/;

/** What a metadata file lists. One that is no metadata leads no client anywhere. */
async function targetsIn(
  storage: RepositoryStorage,
  name: string,
): Promise<readonly (readonly [path: string, target: TargetFile])[]> {
  const bytes = await storage.get(name);
  if (bytes === undefined) return [];
  try {
    return Object.entries(parseMetadata(bytes, { type: "targets" }).signed.targets);
  } catch (error) {
    if (error instanceof TufLdError) return [];
    throw error;
  }
}
