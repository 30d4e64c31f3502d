/// <reference types="node" />
/**
 * Files that are whole and durable: written beside their name, synced, renamed, and the folder synced too.
 * @module
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { readdir, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RESERVED_PREFIX } from "../client/storeName.ts";
import { TufLdError } from "../errors.ts";
import { type FileCalls, type OpenFile, WAITING } from "./fileCalls.ts";
import { makeFolders } from "./folders.ts";
import { lifeOf, SELF } from "./processIdentity.ts";
import { codeOf, onStorage, storageError, unless } from "./storageError.ts";

export { codeOf, onStorage, storageError, unless };

/** Makes names in a folder survive a loss of power. Windows cannot, and has no need to. */
export async function syncFolder(folder: string, calls: FileCalls = WAITING): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await calls.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder, and those above it, durably. */
export async function ensureFolder(folder: string): Promise<void> {
  for (const made of (await makeFolders(folder)).reverse()) await syncFolder(dirname(made));
}

/** Replaces a file, whole or not at all. */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
  calls: FileCalls = WAITING,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, ownName("tmp"));
  const handle = await openInFolder(temporary, folder, calls);
  try {
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await calls.rename(temporary, path);
  } catch (error) {
    await calls.unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder, calls);
}

/** Creates a file, and first its folder if that is missing. */
export async function openInFolder(
  path: string,
  folder: string,
  calls: FileCalls = WAITING,
): Promise<OpenFile> {
  const handle = await unless(["ENOENT"], calls.open(path, "wx"));
  if (handle !== undefined) return handle;
  await ensureFolder(folder);
  return calls.open(path, "wx");
}

/** A fresh name for a file that only this process uses, and that tells so. */
export function ownName(suffix: string): string {
  return `${RESERVED_PREFIX}${ownMark()}.${suffix}`;
}

/** Which process something is of, and a part that no other has. */
export function ownMark(): string {
  return `${SELF.realm}.${SELF.pid}.${SELF.start}.${randomBytes(6).toString("hex")}`;
}

const OWN_MARK = /(?:^|[.#])([0-9a-f]{12})\.(\d+)\.(\d*)\.[0-9a-f]{12}(?:\.[a-z]+)?$/;
/** Age in milliseconds after which the unfinished files of other machines, or of before a reboot, are removed. */
const FOREIGN_AGE_MS = 24 * 60 * 60 * 1000;

/** Removes the unfinished files in a folder whose owners are dead. Failing to is no failure. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(RESERVED_PREFIX)) continue;
    const path = join(folder, name);
    if (await isLeft(path)) await unlink(path).catch(() => undefined);
  }
}

/** Whether a name tells which process something is of, and that one is dead. */
export async function isLeft(path: string): Promise<boolean> {
  const [, realm = "", pid, start = ""] = OWN_MARK.exec(basename(path)) ?? [];
  if (pid === undefined) return false;
  const life = lifeOf({ pid: Number(pid), start, realm });
  return life === "dead" || (life === "unknown" && (await isOld(path)));
}

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_AGE_MS;
}

/** A regular file's bytes, or `undefined` if there is no such file. @throws ERR_STORAGE if it is too large, or no file */
export async function readWhole(
  path: string,
  maxBytes: number,
  calls: FileCalls = WAITING,
): Promise<Uint8Array | undefined> {
  // Not blocking: a named pipe would otherwise be waited for.
  const file = await unless(["ENOENT"], calls.open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    const reason = !found.isFile()
      ? "it is not a file"
      : found.size > maxBytes
        ? `it is larger than ${maxBytes} bytes`
        : undefined;
    if (reason !== undefined) throw new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
    const bytes = await file.readFile();
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } finally {
    await file.close();
  }
}
