/**
 * The highest timestamp that was published. If what is in the storage is older, an old copy was put in its place, and
 * publishing upon it would give numbers a second time: clients that have seen them would refuse everything new.
 * @module
 */
import { parseJson } from "../../document/json.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { TufLdError } from "../../errors.ts";
import { METADATA } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";

const NOTE = "state/newest.json";
const LATER_SNAPSHOT = /^public\/metadata\/(\d+)\.snapshot\.json$/;

/** Notes the timestamp that stands now. */
export async function noteNewest(storage: RepositoryStorage, timestamp: number): Promise<void> {
  if ((await readNote(storage)) === timestamp) return;
  await storage.replace(NOTE, encodeUtf8(JSON.stringify({ timestamp })));
}

/** Refuses a timestamp that is older than the one noted. A note that is lost or damaged refuses nothing. @throws ERR_ROLLBACK */
export async function assertNewest(storage: RepositoryStorage, timestamp: number): Promise<void> {
  const noted = await readNote(storage);
  if (noted === undefined || timestamp >= noted) return;
  const message = `public/metadata has timestamp version ${timestamp}, and version ${noted} was published from here: an older copy was restored. Put the newer files back, or begin with \`recover\``;
  throw new TufLdError("ERR_ROLLBACK", message, { role: "timestamp", trusted: noted, offered: timestamp });
}

/**
 * Refuses to take a repository for a new one because a file is gone that all publishing leaves: numbers would begin
 * again at 1, and no client that has seen others would accept anything any more.
 *
 * @param lost the file @throws ERR_STORAGE
 */
export async function assertNeverPublished(storage: RepositoryStorage, lost: string): Promise<void> {
  // The note may be lost as well. Publishing that was killed the first time has left a first snapshot and no other.
  const isPublished = (name: string): boolean => Number(LATER_SNAPSHOT.exec(name)?.[1] ?? 0) > 1;
  if ((await readNote(storage)) === undefined && !(await storage.list(METADATA)).some(isPublished)) return;
  const reason =
    "the repository has lost this file. Put the newest copy of it back, from a mirror or a backup; if there is none, begin with `recover`";
  throw new TufLdError("ERR_STORAGE", `${lost}: ${reason}`, { path: lost, reason });
}

async function readNote(storage: RepositoryStorage): Promise<number | undefined> {
  const bytes = await storage.get(NOTE);
  if (bytes === undefined) return undefined;
  try {
    const { timestamp } = parseJson(bytes) as { readonly timestamp?: unknown };
    return typeof timestamp === "number" ? timestamp : undefined;
  } catch {
    return undefined;
  }
}
