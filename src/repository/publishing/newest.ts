/**
 * The highest timestamp and root that were published. If what is in the storage is older, an old copy was put in its
 * place, and publishing upon it would give numbers a second time: clients that have seen them would refuse everything
 * new, and of a root that was given a second time they would never be rid.
 *
 * It is noted in `state/`, where it can only refuse, and once more beside the private keys (`keys/keyMemory.ts`):
 * whoever puts an older storage in the place of this one puts its notes back as well.
 * @module
 */
import { parseJson } from "../../document/json.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { TufLdError } from "../../errors.ts";
import type { RepositoryConfig } from "../config.ts";
import { type KeyMemory, KeyNotes, repositoryId } from "../keys/keyMemory.ts";
import { METADATA } from "../layout.ts";
import type { Published } from "../published.ts";
import type { RepositoryStorage } from "../storage.ts";

const NOTE = "state/newest.json";
const LATER_SNAPSHOT = /^public\/metadata\/(\d+)\.snapshot\.json$/;

/** Versions that stand now. */
export interface Newest {
  readonly timestamp?: number | undefined;
  readonly root?: number | undefined;
}

/**
 * Notes what stands now; of what is not told the note stays. Whoever was stopped before this, and notes late, does not
 * make others forget what came since.
 *
 * @param isRecovered whether numbers may have begun lower again: publishing a recovery passes over what others wrote
 */
export async function noteNewest(
  storage: RepositoryStorage,
  newest: Newest,
  isRecovered: boolean,
): Promise<void> {
  for (;;) {
    const bytes = await storage.get(NOTE);
    const noted = parseNote(bytes);
    const next = (role: keyof Newest): number | undefined =>
      isRecovered ? (newest[role] ?? noted[role]) : highest(newest[role], noted[role]);
    const [timestamp, root] = [next("timestamp"), next("root")];
    if (noted.timestamp === timestamp && noted.root === root) return;
    if (await storage.swap(NOTE, bytes, encodeUtf8(JSON.stringify({ timestamp, root })))) return;
  }
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
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
 * Refuses what is older than what was published with the keys at hand, as it is remembered beside them: an older copy
 * of the whole storage, its own note included. In a recovery, numbers go on from what is remembered.
 *
 * @param repository see `repositoryId` @throws ERR_ROLLBACK
 */
function assertRemembered(notes: KeyNotes, repository: string, newest: Newest): void {
  for (const role of ["root", "timestamp"] as const) {
    const [offered, trusted] = [newest[role], notes.known[role]];
    if (trusted === undefined || (offered !== undefined && offered >= trusted)) continue;
    const place = notes.place(repository);
    const advice =
      role === "root"
        ? `Put the newer files back, from a mirror or a backup. No other root may get this number once anyone has seen it; if nobody has, remove ${place}`
        : "Put the newer files back, from a mirror or a backup. If they are lost, `recover` goes on with numbers above those that were given";
    const found = offered === undefined ? `no ${role}` : `${role} version ${offered}`;
    const message = `public/metadata has ${found}, and version ${trusted} was published with these keys (${place}): an older copy of the repository was put in its place, or files are lost. ${advice}`;
    throw new TufLdError("ERR_ROLLBACK", message, { role, trusted, offered: offered ?? 0 });
  }
}

/** What is remembered beside the keys of what lies in a storage. @throws ERR_ROLLBACK if that is older; ERR_SHAPE */
export async function notesFor(
  storage: Pick<RepositoryStorage, "get">,
  config: Pick<RepositoryConfig, "id">,
  memory: KeyMemory | undefined,
  { root, timestamp, recovery }: Pick<Published, "root" | "timestamp" | "recovery">,
): Promise<KeyNotes> {
  const repository = await repositoryId(storage, config);
  const notes = await KeyNotes.read(memory, repository);
  // While a recovery goes on nobody reads the timestamp, and the next gets a number above the one that is remembered.
  const current = recovery === undefined ? timestamp?.signed.version : notes.known.timestamp;
  const newest = { root: root?.signed.version, timestamp: current };
  if (repository !== undefined) assertRemembered(notes, repository, newest);
  return notes;
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
  return parseNote(await storage.get(NOTE));
}

/** What a note says; a damaged one is as good as none. */
function parseNote(bytes: Uint8Array | undefined): Newest {
  if (bytes === undefined) return {};
  try {
    const { timestamp, root } = parseJson(bytes) as Readonly<Record<string, unknown>>;
    const version = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
    return { timestamp: version(timestamp), root: version(root) };
  } catch {
    return {};
  }
}
