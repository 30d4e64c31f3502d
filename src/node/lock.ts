/// <reference types="node" />
/**
 * A lock that processes share through a file. It outlives no holder: one that was killed is found out by its
 * process number and start time, one on another machine by a file time that stands still.
 *
 * The file appears by `link`, whole. Whoever finds its holder dead may not simply remove it: another may have done
 * so already, and the file may now be that other's. So each lock has a nonce, and the right to remove the lock with
 * that nonce is itself a lock, named after it. A nonce never comes back, hence whoever holds that right and still
 * reads the nonce in the file removes the dead one's lock and no other.
 * @module
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, lstat, open, readdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createTurns, type Turns, takenTooLong } from "../client/turns.ts";
import { codeOf, onStorage, ownName, unless } from "./files.ts";
import { type Life, lifeOf, type ProcessIdentity, SELF } from "./processIdentity.ts";

/** Ends a lock. */
export type Release = () => Promise<void>;

/** How often a holder touches its lock, in milliseconds. */
const BEAT_MS = 4_000;
/** How long a lock of an unknown process must stand untouched until it counts as dead, in milliseconds. */
const STILL_MS = 20_000;
/** Longest pause between two attempts, in milliseconds. Short, so that nobody starves beside a process in a loop. */
const PAUSE_MAX_MS = 20;
/** Locks on locks that were left behind in a row; each needs another process killed within microseconds. */
const DEPTH_MAX = 8;

interface Holder extends ProcessIdentity {
  readonly nonce: string;
  /** When it touched its lock last. Only compared with itself: clocks of machines differ. */
  readonly touched: number;
}

/** When a holder was first seen not to have touched its lock since. */
interface Sighting {
  readonly holder: Holder;
  readonly since: number;
}

/** What one waiter has seen. */
interface Sightings {
  readonly stillMs: number;
  readonly byPath: Map<string, Sighting>;
}

/** Waits for the lock at `path`, at most `waitMs`. Callers of one process queue. @throws ERR_STORAGE */
export async function takeLock(path: string, waitMs: number, stillMs: number = STILL_MS): Promise<Release> {
  const deadline = performance.now() + waitMs;
  const endTurn = await turnsFor(path).take(waitMs);
  try {
    const release = await onStorage(path, () => contend(path, waitMs, deadline, stillMs));
    return async () => {
      try {
        await onStorage(path, release);
      } finally {
        endTurn();
      }
    };
  } catch (error) {
    endTurn();
    throw error;
  }
}

/** Takes the lock at `path` unless a living process has it. @throws ERR_STORAGE */
export function tryLock(path: string): Promise<Release | undefined> {
  return onStorage(path, () => attempt(path, path, 0));
}

const turns = new Map<string, Turns>();

function turnsFor(path: string): Turns {
  const known = turns.get(path) ?? createTurns(path);
  turns.set(path, known);
  return known;
}

async function contend(path: string, waitMs: number, deadline: number, stillMs: number): Promise<Release> {
  const seen: Sightings = { stillMs, byPath: new Map() };
  for (let pause = 2; ; pause = Math.min(pause * 1.5, PAUSE_MAX_MS)) {
    const release = await attempt(path, path, 0, seen);
    if (release !== undefined) return release;
    if (performance.now() > deadline) {
      const holder = await holderOf(path);
      throw takenTooLong(path, waitMs, holder ? `process ${holder.pid}` : "other processes in turn");
    }
    await setTimeout(pause * (0.5 + Math.random()));
  }
}

/** One attempt at a lock. `main` is the lock for whose sake, if this one is the right to remove another. */
async function attempt(
  path: string,
  main: string,
  depth: number,
  seen?: Sightings,
): Promise<Release | undefined> {
  for (let tries = 0; tries < 2; tries++) {
    const holder = await holderOf(path);
    if (holder === undefined) {
      const release = await create(path);
      if (release === undefined) continue;
      return release;
    }
    if (depth === DEPTH_MAX || judge(path, holder, seen) !== "dead") return undefined;
    const right = await attempt(`${main}.${holder.nonce}`, main, depth + 1, seen);
    if (right === undefined) return undefined;
    try {
      if ((await holderOf(path))?.nonce === holder.nonce) await unless(["ENOENT"], unlink(path));
    } finally {
      await right();
    }
  }
  return undefined;
}

/** Whether a holder still lives: by its process, or by whether it touches its lock. */
function judge(path: string, holder: Holder, seen: Sightings | undefined): Life {
  const life = lifeOf(holder);
  if (life !== "unknown" || seen === undefined) return life;
  const before = seen.byPath.get(path);
  if (before?.holder.nonce === holder.nonce && before.holder.touched === holder.touched) {
    return performance.now() - before.since > seen.stillMs ? "dead" : "unknown";
  }
  seen.byPath.set(path, { holder, since: performance.now() });
  return "unknown";
}

/** Creates the lock file; `undefined` if another was faster. */
async function create(path: string): Promise<Release | undefined> {
  const nonce = randomBytes(16).toString("hex");
  const temporary = join(dirname(path), ownName("lock"));
  let handle = await open(temporary, "wx");
  try {
    await handle.writeFile(JSON.stringify({ ...SELF, nonce }));
    try {
      await link(temporary, path);
    } catch (error) {
      if (codeOf(error) === "EEXIST") throw error;
      // A file system without links: the file appears empty first, and an empty one has an unknown holder.
      await handle.close();
      handle = await open(path, "wx");
      await handle.writeFile(JSON.stringify({ ...SELF, nonce }));
    }
  } catch (error) {
    await handle.close();
    if (codeOf(error) === "EEXIST") return undefined;
    throw error;
  } finally {
    await unless(["ENOENT"], unlink(temporary));
  }
  const stopBeating = beat(handle);
  return async () => {
    await stopBeating();
    if ((await holderOf(path))?.nonce === nonce) await unless(["ENOENT"], unlink(path));
  };
}

/** Touches the lock's file, by its handle and not by a name that may become another's. */
function beat(handle: FileHandle): Release {
  let beats = 0;
  let touching: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const time = Date.now() / 1000 + ++beats;
    touching = handle.utimes(time, time).catch(() => undefined);
  }, BEAT_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await touching;
    await handle.close();
  };
}

async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await unless(["ENOENT"], textOf(path));
  const file = text === undefined ? undefined : await unless(["ENOENT"], lstat(path));
  if (text === undefined || file === undefined) return undefined;
  const touched = file.mtimeMs;
  const fields: unknown = unlessSyntax(text);
  if (typeof fields === "object" && fields !== null) {
    const { pid, start, realm, nonce } = fields as Record<string, unknown>;
    const isNumbered = typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0;
    const isPlaced = typeof start === "string" && typeof realm === "string";
    const isNamed = typeof nonce === "string" && /^[0-9a-f]{32}$/.test(nonce);
    if (isNumbered && isPlaced && isNamed) return { pid, start, realm, nonce, touched };
  }
  // Power was lost before its content was on the disk, or there are no links here and it is about to be written.
  const nonce = `${file.ino.toString(16)}.${Math.trunc(touched).toString(16)}`;
  return { pid: 0, start: "", realm: "", nonce, touched };
}

/** The longest lock file that is read, in bytes. */
const LOCK_MAX_BYTES = 4_096;

/** What a lock file says; nothing for what others have put in its place, a link say, or a pipe without a writer. */
async function textOf(path: string): Promise<string> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await unless(["ELOOP", "EMLINK", "ENXIO"], open(path, flags));
  if (file === undefined) return "";
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= LOCK_MAX_BYTES ? await file.readFile("utf8") : "";
  } finally {
    await file.close();
  }
}

function unlessSyntax(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A lock's name, and what follows it in the name of a right to remove that lock. */
const RIGHT = /^(\.#.*lock)\.[0-9a-f.]+$/;

/**
 * Removes what processes that were killed while they took over a lock left in a folder. Only a lock's holder may do
 * that, because it outlives the use of every right to remove an earlier lock; `held` is a lock that the caller holds.
 */
export async function sweepRights(folder: string, held?: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, lock] = RIGHT.exec(name) ?? [];
    if (lock === undefined) continue;
    const path = join(folder, lock);
    const release = path === held ? async (): Promise<void> => {} : await tryLock(path);
    if (release === undefined) continue;
    await unlink(join(folder, name)).catch(() => undefined);
    await release();
  }
}
