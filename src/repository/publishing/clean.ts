/**
 * Removing published files that nothing current refers to, after a time in which clients may still be reading them
 * (PEP 458, "Garbage Collection"). Roots always stay: every client walks them one by one (TUF 5.3.3).
 *
 * Only files with lower numbers than the current ones are ever removed. Numbers do not go back, so this holds however
 * long a process was stopped between its look and its act, and whatever others have published meanwhile. What was
 * left of publishing that was killed goes when its number has been passed.
 * @module
 */
import { parseJson } from "../../document/json.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import type { RepositoryConfig } from "../config.ts";
import { METADATA } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";

const FOLDER = "state/superseded";
/** What is current. */
export interface Current {
  /** The version of a targets role, or `undefined`. */
  versionOf(role: string): number | undefined;
  readonly snapshotVersion: number | undefined;
}

const HOUR_MS = 60 * 60 * 1000;

/**
 * Notes files that are no longer current once the timestamp of this version stands. The time is in the record's name
 * too, so that those that are to be kept need not be read.
 */
export async function recordSuperseded(
  storage: RepositoryStorage,
  names: readonly string[],
  timestampVersion: number,
  now: Date,
): Promise<void> {
  const begin = `${FOLDER}/${timestampVersion}.`;
  // One may be left of publishing that was killed; its time has nothing to do with that of a later one.
  for (const name of await storage.list(FOLDER)) if (name.startsWith(begin)) await storage.remove(name);
  if (names.length === 0) return;
  const at = now.getTime();
  await storage.replace(`${begin}${at}.json`, encodeUtf8(JSON.stringify({ at, names })));
}

/** Options of {@link cleanAll}. */
export interface CleanOptions {
  /** How long files stay after they were superseded, in hours. Default: the repository's own setting. */
  readonly keepHours?: number;
  /** Default: the current time. */
  readonly now?: Date;
}

/** Removes what was superseded long enough ago. @returns the names */
export async function cleanExpired(
  storage: RepositoryStorage,
  { keepHours }: Pick<RepositoryConfig, "keepHours">,
  current: Current,
  now: Date,
): Promise<string[]> {
  const removed: string[] = [];
  const keepMs = keepHours * HOUR_MS;
  for (const record of await storage.list(FOLDER)) {
    const [, at] = /\.(\d+)\.json$/.exec(record) ?? [];
    if (at !== undefined && Number(at) + keepMs > now.getTime()) continue;
    const noted = await readRecord(storage, record);
    if (noted !== undefined && noted.at + keepMs > now.getTime()) continue;
    for (const name of noted?.names ?? []) {
      if (!isOutdated(name, current)) continue;
      await storage.remove(name);
      removed.push(name);
    }
    await storage.remove(record);
  }
  return removed;
}

/**
 * As `cleanExpired`, and removes files that no record knows: left by publishing that was killed, or superseded by it.
 *
 * @returns the names
 */
export async function cleanAll(
  storage: RepositoryStorage,
  config: Pick<RepositoryConfig, "keepHours">,
  current: Current,
  options: CleanOptions = {},
): Promise<string[]> {
  const { now = new Date(), keepHours = config.keepHours } = options;
  await storage.tidy();
  const removed = await cleanExpired(storage, { keepHours }, current, now);
  const waiting = new Set<string>();
  for (const record of await storage.list(FOLDER)) {
    for (const name of (await readRecord(storage, record))?.names ?? []) waiting.add(name);
  }
  for (const name of await storage.list(METADATA)) {
    if (waiting.has(name) || !isOutdated(name, current)) continue;
    await storage.remove(name);
    removed.push(name);
  }
  return removed;
}

/** Whether a file is metadata of a role with a lower number than the current one, and no root. */
function isOutdated(name: string, current: Current): boolean {
  const file = parse(name);
  if (file === undefined || file.role === "root") return false;
  const version = file.role === "snapshot" ? current.snapshotVersion : current.versionOf(file.role);
  return version !== undefined && file.version < version;
}

function parse(name: string): { readonly role: string; readonly version: number } | undefined {
  if (!name.startsWith(`${METADATA}/`)) return undefined;
  const [, version, role] = /^(\d+)\.([^/]+)\.json$/s.exec(name.slice(METADATA.length + 1)) ?? [];
  return version === undefined || role === undefined ? undefined : { role, version: Number(version) };
}

async function readRecord(
  storage: RepositoryStorage,
  name: string,
): Promise<{ readonly at: number; readonly names: readonly string[] } | undefined> {
  const { at, names } = ((await jsonOf(storage, name)) ?? {}) as { at?: unknown; names?: unknown };
  const texts = Array.isArray(names) ? names.filter((each) => typeof each === "string") : [];
  return typeof at === "number" ? { at, names: texts } : undefined;
}

/** A damaged record is as good as none: `cleanAll` finds the files that it named, and publishing goes on. */
async function jsonOf(storage: RepositoryStorage, name: string): Promise<unknown> {
  const bytes = await storage.get(name);
  try {
    return bytes && parseJson(bytes);
  } catch {
    return undefined;
  }
}
