/// <reference types="node" />
/**
 * A folder as a repository's storage.
 * @module
 */
import { constants, type Dirent } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { nameProblem, RESERVED_PREFIX } from "../client/storeName.ts";
import { checkName, type RepositoryStorage } from "../repository/storage.ts";
import { BLOCKING, type FileCalls, type OpenFile, WAITING } from "./fileCalls.ts";
import {
  codeOf,
  ensureFolder,
  onStorage,
  openInFolder,
  ownName,
  readWhole,
  sweep,
  syncFolder,
  unless,
  writeDurably,
} from "./files.ts";
import { sweepRights, takeLock } from "./lock.ts";
import { swapFile, sweepSwaps } from "./swap.ts";
import { enterFolders } from "./targetPlace.ts";

/** Options of {@link createFileStorage}. */
export interface FileStorageOptions {
  /** Longest wait for another process in `exclusive`, in milliseconds. Default 60_000. */
  readonly waitMs?: number;
  /** Largest file that is read whole, in bytes. Default 512 MiB. */
  readonly maxBytes?: number;
  /**
   * Whether this thread waits for the disk itself, which takes a quarter of the CPU: for a process that does nothing
   * else meanwhile. Default false.
   */
  readonly blocking?: boolean;
}

/** Folders on the way to a file that may be links: `public` and `public/targets`, say. */
const OWN_FOLDERS = 2;
/** A named pipe in the place of a file has perhaps no writer: none is waited for. */
const LOOK = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** Files that are synced at the same time. */
const SYNC_LANES = 8;

/**
 * The storage in `folder`, which is made when something is first written. Names that begin with `.#` are its own.
 * A process that is killed leaves every file whole or absent and keeps nobody out.
 */
export function createFileStorage(folder: string, options: FileStorageOptions = {}): RepositoryStorage {
  const { waitMs = 60_000, maxBytes = 512 * 1024 * 1024 } = options;
  const calls = options.blocking ? BLOCKING : WAITING;
  const root = resolve(folder);
  const lock = join(root, `${RESERVED_PREFIX}lock`);
  /** Files and folders that were written and not synced. */
  const unsettled = { files: new Set<string>(), folders: new Set<string>() };
  let settling: Promise<void> = Promise.resolve();

  const pathOf = (name: string): string => {
    checkName(name);
    return join(root, name);
  };

  /** Folders into which no link leads from outside. */
  const entered = new Set<string>();
  /**
   * Makes the folders of a file below the two highest, which are the operator's to link to wherever they like. In the
   * others those may write who serve `public/`, and a link there would have files written to a place that they chose.
   */
  async function enter(name: string, make = true): Promise<void> {
    const parts = name.split("/").slice(0, -1);
    const parent = parts.join("/");
    if (parts.length <= OWN_FOLDERS || entered.has(parent)) return;
    const own = join(root, ...parts.slice(0, OWN_FOLDERS));
    if (make) await ensureFolder(own);
    const folder = await unless(["ENOTDIR"], enterFolders(own, parts.slice(OWN_FOLDERS), make));
    if (folder !== undefined) entered.add(parent);
  }

  async function putWith(name: string, write: (file: OpenFile) => Promise<unknown>): Promise<boolean> {
    const path = pathOf(name);
    return onStorage(path, async () => {
      const parent = dirname(path);
      await enter(name);
      const temporary = join(parent, ownName("tmp"));
      const file = await openInFolder(temporary, parent, calls);
      try {
        try {
          await write(file);
        } finally {
          await file.close();
        }
        return await appear(temporary, path, calls);
      } finally {
        await unless(["ENOENT"], calls.unlink(temporary));
        unsettled.files.add(path);
        unsettled.folders.add(parent);
      }
    });
  }

  return {
    async get(name) {
      const path = pathOf(name);
      return onStorage(path, () => readWhole(path, maxBytes, calls));
    },
    putIfAbsent: (name, bytes) => putWith(name, (file) => file.writeFile(bytes)),
    streamIfAbsent: (name, chunks) =>
      putWith(name, async (file) => {
        for await (const chunk of chunks) await file.writeFile(chunk);
        // Nobody compares it with what should be there, so no loss of power may leave its name to half of it.
        await file.sync();
      }),
    async copyIfAbsent(from, name) {
      const source = pathOf(from);
      const path = pathOf(name);
      return onStorage(path, async () => {
        await enter(from, false);
        await enter(name);
        // A link to a planted link would lead whoever reads it there.
        const found = await unless(["ENOENT", "ENOTDIR"], lstat(source));
        if (found?.isFile() !== true) return false;
        await ensureFolder(dirname(path));
        const copied = await linked(source, path, calls);
        unsettled.files.add(path);
        unsettled.folders.add(dirname(path));
        return copied ?? putWith(name, (file) => copyInto(source, file));
      });
    },
    async replace(name, bytes) {
      const path = pathOf(name);
      await onStorage(path, async () => {
        await enter(name);
        await writeDurably(path, bytes, calls);
      });
      unsettled.files.delete(path);
    },
    async swap(name, before, after) {
      const path = pathOf(name);
      const swapped = await onStorage(path, async () => {
        await enter(name, after !== undefined);
        return swapFile(path, { before, after }, calls, maxBytes);
      });
      if (swapped) unsettled.files.delete(path);
      return swapped;
    },
    async list(name) {
      const path = pathOf(name);
      return onStorage(path, async () => {
        const names: string[] = [];
        for await (const [prefix, entry] of walk(root, `${name}/`)) {
          const found = prefix + entry.name;
          if (entry.isFile() && nameProblem(found) === undefined) names.push(found);
        }
        return names;
      });
    },
    async remove(name) {
      const path = pathOf(name);
      await onStorage(path, async () => {
        await enter(name, false);
        const gone = calls.unlink(path).then(() => unsettled.folders.add(dirname(path)));
        await unless(["ENOENT", "ENOTDIR"], gone);
      });
      unsettled.files.delete(path);
    },
    settle() {
      // One after another: what an earlier call has taken off the list and not synced yet is not settled.
      const settled = settling.then(() =>
        onStorage(root, async () => {
          await syncAll(unsettled.files, (path) => syncFile(path, calls));
          await syncAll(unsettled.folders, (path) => syncFolder(path, calls));
        }),
      );
      settling = settled.catch(() => undefined);
      return settled;
    },
    tidy: () =>
      onStorage(root, async () => {
        await sweepFolder(root);
        for await (const [prefix, entry] of walk(root, "")) {
          if (entry.isDirectory()) await sweepFolder(join(root, prefix, entry.name));
        }
      }),
    async exclusive(work) {
      await onStorage(root, () => ensureFolder(root));
      const release = await takeLock(lock, waitMs);
      try {
        await onStorage(root, () => sweepAll(root, lock));
        return await work();
      } finally {
        await release();
      }
    },
  };
}

/** Gives a file a second name. @returns `false` if the name is taken or the file gone; `undefined` without links */
async function linked(source: string, path: string, calls: FileCalls): Promise<boolean | undefined> {
  try {
    await calls.link(source, path);
    return true;
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "EEXIST" || code === "ENOENT") return false;
    // A file system without links, another one, or a file with as many names as it can have.
    if (["EPERM", "ENOTSUP", "EOPNOTSUPP", "EXDEV", "EMLINK"].includes(code)) return undefined;
    throw error;
  }
}

async function copyInto(source: string, file: OpenFile): Promise<void> {
  const from = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  // The stream closes the file, however it ends.
  for await (const chunk of from.createReadStream()) await file.writeFile(chunk as Uint8Array);
  // Nobody compares it with what should be there, so no loss of power may leave its name to half of it.
  await file.sync();
}

/** Gives a whole file its name. @returns `false` if the name is taken */
async function appear(temporary: string, path: string, calls: FileCalls): Promise<boolean> {
  try {
    await calls.link(temporary, path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return false;
    // A file system without links. Only one writer is here at a time, so a look before the move is enough.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
    const there = await unless(["ENOENT"], calls.open(path, LOOK));
    if (there !== undefined) {
      await there.close();
      return false;
    }
    await calls.rename(temporary, path);
    return true;
  }
}

/** Syncs what is listed. What is added meanwhile stays listed, and so does what could not be synced. */
async function syncAll(unsettled: Set<string>, sync: (path: string) => Promise<void>): Promise<void> {
  const paths = [...unsettled];
  const lanes = Array.from({ length: SYNC_LANES }, async () => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      // Taken off first: one that is written again while it is being synced comes back.
      unsettled.delete(path);
      try {
        await sync(path);
      } catch (error) {
        unsettled.add(path);
        throw error;
      }
    }
  });
  await Promise.all(lanes);
}

async function syncFile(path: string, calls: FileCalls): Promise<void> {
  // One that was removed since needs no syncing.
  const file = await unless(["ENOENT"], calls.open(path, LOOK));
  if (file === undefined) return;
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function* walk(root: string, prefix: string): AsyncGenerator<readonly [prefix: string, entry: Dirent]> {
  const entries = await unless(["ENOENT", "ENOTDIR"], readdir(join(root, prefix), { withFileTypes: true }));
  for (const entry of entries ?? []) {
    if (entry.name.startsWith(RESERVED_PREFIX)) continue;
    yield [prefix, entry];
    if (entry.isDirectory()) yield* walk(root, `${prefix}${entry.name}/`);
  }
}

/** Removes what killed processes left in the folders that are small; the large ones are swept by `clean`. */
async function sweepAll(root: string, lock: string): Promise<void> {
  await sweepRights(root, lock);
  for (const folder of ["", "staged", "staged/metadata", "staged/changes", "state", "state/superseded"]) {
    await sweepFolder(join(root, folder));
  }
}

async function sweepFolder(folder: string): Promise<void> {
  await sweep(folder);
  await sweepSwaps(folder);
}
