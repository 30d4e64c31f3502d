/**
 * The highest timestamp and root that were published. If what is in the storage is older, an old copy was put in its
 * place, and publishing upon it would give numbers a second time: clients that have seen them would refuse everything
 * new, and of a root that was given a second time they would never be rid.
 * @module
 */
import { parseJson } from "../../document/json.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { TufLdError } from "../../errors.ts";
import { METADATA } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";

const NOTE = "state/newest.json";
const LATER_SNAPSHOT = /^public\/metadata\/(\d+)\.snapshot\.json$/;

/** Versions that stand now. */
export interface Newest {
  readonly timestamp?: number | undefined;
  readonly root?: number | undefined;
}

/** Notes what stands now; of what is not told the note stays. */
export async function noteNewest(storage: RepositoryStorage, newest: Newest): Promise<void> {
  const noted = await readNote(storage);
  const { timestamp = noted.timestamp, root = noted.root } = newest;
  if (noted.timestamp === timestamp && noted.root === root) return;
  await storage.replace(NOTE, encodeUtf8(JSON.stringify({ timestamp, root })));
}

/** Refuses what is older than what was noted. A note that is lost or damaged refuses nothing. @throws ERR_ROLLBACK */
export async function assertNewest(storage: RepositoryStorage, newest: Newest): Promise<void> {
  const noted = await readNote(storage);
  for (const role of ["root", "timestamp"] as const) {
    const [offered, trusted] = [newest[role], noted[role]];
    if (offered === undefined || trusted === undefined || offered >= trusted) continue;
    const message = `public/metadata has ${role} version ${offered}, and version ${trusted} was published from here: an older copy was restored, or a file is lost. Put the newer files back${role === "root" ? ", from a mirror or a backup" : ", or begin with `recover`"}`;
    throw new TufLdError("ERR_ROLLBACK", message, { role, trusted, offered });
  }
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
  const { timestamp, root } = await readNote(storage);
  const isNoted = timestamp !== undefined || root !== undefined;
  if (!isNoted && !(await storage.list(METADATA)).some(isPublished)) return;
  const reason =
    "the repository has lost this file. Put the newest copy of it back, from a mirror or a backup; if there is none, begin with `recover`";
  throw new TufLdError("ERR_STORAGE", `${lost}: ${reason}`, { path: lost, reason });
}

async function readNote(storage: RepositoryStorage): Promise<Newest> {
  const bytes = await storage.get(NOTE);
  if (bytes === undefined) return {};
  try {
    const { timestamp, root } = parseJson(bytes) as Readonly<Record<string, unknown>>;
    const version = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
    return { timestamp: version(timestamp), root: version(root) };
  } catch {
    return {};
  }
}
