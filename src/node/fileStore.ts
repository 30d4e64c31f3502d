/// <reference types="node" />
/**
 * A folder as a store: every write whole and durable, one process at a time in `exclusive`.
 * @module
 */
import type { Dirent } from "node:fs";
import { readdir, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Store } from "../client/store.ts";
import { checkStoreName, nameProblem, RESERVED_PREFIX } from "../client/storeName.ts";
import { ensureFolder, onStorage, readWhole, sweep, syncFolder, unless, writeDurably } from "./files.ts";
import { sweepRights, takeLock } from "./lock.ts";

/** Options of {@link createFileStore}. */
export interface FileStoreOptions {
  /** Longest wait for other processes in `exclusive`, in milliseconds. Default 30_000. */
  readonly waitMs?: number;
  /** Largest file that is read, in bytes. Default 256 MiB. */
  readonly maxBytes?: number;
}

/**
 * The store in `folder`, which is made when something is first written. Names that begin with `.#` are its own.
 * Several processes may use it at once; a process that is killed leaves every file old or new and keeps nobody out.
 */
export function createFileStore(folder: string, options: FileStoreOptions = {}): Store {
  const { waitMs = 30_000, maxBytes = 256 * 1024 * 1024 } = options;
  const root = resolve(folder);
  const lock = join(root, `${RESERVED_PREFIX}lock`);
  let swept = false;

  async function* walk(prefix: string): AsyncGenerator<{ prefix: string; entry: Dirent }> {
    const entries = await unless(["ENOENT"], readdir(join(root, prefix), { withFileTypes: true }));
    for (const entry of entries ?? []) {
      if (entry.name.startsWith(RESERVED_PREFIX)) continue;
      yield { prefix, entry };
      if (entry.isDirectory()) yield* walk(`${prefix}${entry.name}/`);
    }
  }

  async function sweepAll(): Promise<void> {
    if (swept) return;
    swept = true;
    await sweepRights(root, lock);
    await sweep(root);
    for await (const { prefix, entry } of walk("")) {
      if (entry.isDirectory()) await sweep(join(root, prefix, entry.name));
    }
  }

  return {
    async read(name) {
      checkStoreName(name);
      return onStorage(join(root, name), () => readWhole(join(root, name), maxBytes));
    },
    async write(name, bytes) {
      checkStoreName(name);
      await onStorage(join(root, name), () => writeDurably(join(root, name), bytes));
    },
    async remove(name) {
      checkStoreName(name);
      const path = join(root, name);
      await onStorage(path, async () => {
        const gone = await unless(
          ["ENOENT"],
          unlink(path).then(() => true),
        );
        if (gone) await syncFolder(dirname(path));
      });
    },
    list: () =>
      onStorage(root, async () => {
        const names: string[] = [];
        for await (const { prefix, entry } of walk("")) {
          const name = prefix + entry.name;
          if (entry.isFile() && !name.includes(":") && nameProblem(name) === undefined) names.push(name);
        }
        return names;
      }),
    async exclusive(work) {
      await onStorage(root, () => ensureFolder(root));
      const release = await takeLock(lock, waitMs);
      try {
        await onStorage(root, sweepAll);
        return await work();
      } finally {
        await release();
      }
    },
  };
}
