/// <reference types="node" />
/**
 * Replacing a file if it is what was read before, as one step between processes, without a lock.
 *
 * No call of a file system compares before it renames, and a lock alone cannot help: its holder may be frozen between
 * the comparison and the rename until others have long taken the lock for dead. So what the last step moves can be
 * revoked. Each caller makes a folder of its own, in `.#swap` beside the file, and then
 *
 * 1. puts the new file there;
 * 2. takes the folders of all others who want the same file apart;
 * 3. compares the file with what was read;
 * 4. renames its new file to the name, or, to remove, the file into its folder.
 *
 * Of two callers whose third steps see the same file, the one who made the folder later has revoked the other's before
 * it compared: the fourth step of the other finds no folder any more and fails, whenever it wakes. It then begins anew
 * and sees that the file has changed.
 *
 * This holds where a rename is one step and a folder's list shows what was made in it before: on local file systems.
 * A network file system with a cache of folders may show a list of some seconds ago; there the lock, which its holder
 * touches, keeps two publishers apart, and this only narrows the time in which it may fail.
 * @module
 */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { RESERVED_PREFIX } from "../client/storeName.ts";
import { TufLdError } from "../errors.ts";
import { isSame } from "../repository/storage.ts";
import { type FileCalls, WAITING } from "./fileCalls.ts";
import { codeOf, ensureFolder, isLeft, ownMark, readWhole, syncFolder, unless } from "./files.ts";

/** Beginnings before a caller gives up. Each needs another caller within the microseconds of this one. */
const MOST_ATTEMPTS = 200;
/** Longest pause between two attempts, in milliseconds. */
const PAUSE_MAX_MS = 10;
const AREA = `${RESERVED_PREFIX}swap`;
const NEW = "new";
const OLD = "old";

/** What the caller has read, and what is to be there instead; `undefined` is no file. */
export interface Exchange {
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

/** See `RepositoryStorage.swap`. @param maxBytes the largest file that is read to be compared @throws ERR_STORAGE */
export async function swapFile(
  path: string,
  exchange: Exchange,
  calls: FileCalls,
  maxBytes: number,
): Promise<boolean> {
  const area = join(dirname(path), AREA);
  const key = createHash("sha256").update(basename(path)).digest("hex").slice(0, 16);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const own = join(area, `${key}.${ownMark()}`);
    try {
      const done = await attemptSwap(path, exchange, own, key, calls, maxBytes);
      if (done !== "revoked") return done;
    } finally {
      await takeApart(own, calls);
      await unless(["ENOENT", "ENOTEMPTY", "EEXIST"], calls.rmdir(area));
    }
    await setTimeout(PAUSE_MAX_MS * Math.random());
  }
  const reason = "others replace it all the time";
  throw new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}

async function attemptSwap(
  path: string,
  { before, after }: Exchange,
  own: string,
  key: string,
  calls: FileCalls,
  maxBytes: number,
): Promise<boolean | "revoked"> {
  const area = dirname(own);
  if (!(await makeOwn(path, own, calls))) return "revoked";
  if (after !== undefined && !(await writeNew(join(own, NEW), after, calls))) return "revoked";
  for (const name of (await unless(["ENOENT"], calls.readdir(area))) ?? [])
    if (name.startsWith(`${key}.`) && name !== basename(own)) await takeApart(join(area, name), calls);
  if (!isSame(await readWhole(path, maxBytes, calls), before)) return false;
  if (after === undefined && before === undefined) return true;
  const moved = await move(path, own, { before, after }, calls);
  if (moved === true) await syncFolder(dirname(path), calls);
  return moved;
}

/** @returns whether it was made; `false` if the folder around it was removed at this very moment */
async function makeOwn(path: string, own: string, calls: FileCalls): Promise<boolean> {
  const area = dirname(own);
  if (await made(area, calls)) return made(own, calls);
  await ensureFolder(dirname(path));
  return (await made(area, calls)) && (await made(own, calls));
}

/** Makes a folder, or finds it there. @returns `false` if the folder above is missing */
async function made(folder: string, calls: FileCalls): Promise<boolean> {
  try {
    await calls.mkdir(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    if (codeOf(error) === "EEXIST") return true;
    throw error;
  }
}

/** @returns whether it was written; `false` if the folder was taken apart */
async function writeNew(path: string, bytes: Uint8Array, calls: FileCalls): Promise<boolean> {
  const file = await unless(["ENOENT"], calls.open(path, "wx"));
  if (file === undefined) return false;
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  return true;
}

/** The one step that changes the file. */
async function move(
  path: string,
  own: string,
  { before, after }: Exchange,
  calls: FileCalls,
): Promise<boolean | "revoked"> {
  try {
    if (after === undefined) await calls.rename(path, join(own, OLD));
    // A link never replaces a file that somebody has created without asking.
    else if (before === undefined) await linkOrRename(join(own, NEW), path, calls);
    else await calls.rename(join(own, NEW), path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "revoked";
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function linkOrRename(from: string, to: string, calls: FileCalls): Promise<void> {
  try {
    await calls.link(from, to);
  } catch (error) {
    // A file system without links.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP"].includes(codeOf(error) ?? "")) throw error;
    await calls.rename(from, to);
  }
}

/** Removes a caller's folder and what is in it. What it has moved in there already was removed by its right. */
async function takeApart(own: string, calls: FileCalls): Promise<void> {
  for (let isThere = true; isThere; ) {
    for (const name of [NEW, OLD]) await unless(["ENOENT", "ENOTDIR"], calls.unlink(join(own, name)));
    try {
      await calls.rmdir(own);
      return;
    } catch (error) {
      // Its owner was writing just then.
      isThere = codeOf(error) === "ENOTEMPTY" || codeOf(error) === "EEXIST";
      if (!isThere && codeOf(error) !== "ENOENT") throw error;
    }
  }
}

/** Takes apart what callers that were killed have left of their swaps of files in a folder. Failing to is no failure. */
export async function sweepSwaps(folder: string): Promise<void> {
  const area = join(folder, AREA);
  const names = await readdir(area).catch(() => undefined);
  for (const name of names ?? []) {
    const own = join(area, name);
    if (await isLeft(own)) await takeApart(own, WAITING).catch(() => undefined);
  }
  if (names !== undefined) await WAITING.rmdir(area).catch(() => undefined);
}
