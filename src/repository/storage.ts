/**
 * Where a repository lives: one small interface for a folder, memory or an object store. Nothing else in
 * `repository/` knows about files.
 *
 * | names                      | what                                                             |
 * | -------------------------- | ---------------------------------------------------------------- |
 * | `tuf-ld.json`              | the settings of the repository                                   |
 * | `staged/…`                 | edits that are not published                                     |
 * | `state/…`                  | what publishing remembers; nothing in it is trusted              |
 * | `public/metadata/…`        | what clients read; `timestamp.json` alone is ever replaced       |
 * | `public/targets/…`         | target files, named by their hash                                |
 *
 * @module
 */
import { createTurns } from "../client/turns.ts";
import { concatBytes } from "../encoding/bytes.ts";

/** Named files. Names are relative, with `/` between parts. Every write is whole or not at all. */
export interface RepositoryStorage {
  /** The file's bytes, or `undefined` if there is none. @throws ERR_STORAGE */
  get(name: string): Promise<Uint8Array | undefined>;
  /**
   * Creates a file and never replaces one. It survives a loss of power once `settle` has returned.
   *
   * @returns whether it was created; `false` if there is a file of this name
   * @throws ERR_STORAGE
   */
  putIfAbsent(name: string, bytes: Uint8Array): Promise<boolean>;
  /** As `putIfAbsent`, for a file too large for memory. If `chunks` throws there is no file. @throws ERR_STORAGE */
  streamIfAbsent(name: string, chunks: AsyncIterable<Uint8Array>): Promise<boolean>;
  /** Creates or replaces a file, durably. @throws ERR_STORAGE */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** The names of the files in a folder and below it, in no particular order. @throws ERR_STORAGE */
  list(folder: string): Promise<string[]>;
  /** Removes a file if it is there. @throws ERR_STORAGE */
  remove(name: string): Promise<void>;
  /** Returns when every file that was created survives a loss of power. @throws ERR_STORAGE */
  settle(): Promise<void>;
  /**
   * Runs `work` while no other writer is in `exclusive` on the same place; a holder that died keeps nobody out.
   *
   * @throws ERR_STORAGE when the place stays taken for too long
   */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/** A storage in memory, for tests and for browsers. */
export function createMemoryStorage(): RepositoryStorage & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  const turns = createTurns("memory");
  return {
    files,
    get: async (name) => files.get(name)?.slice(),
    async putIfAbsent(name, bytes) {
      if (files.has(name)) return false;
      files.set(name, bytes.slice());
      return true;
    },
    async streamIfAbsent(name, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk.slice());
      if (files.has(name)) return false;
      files.set(name, concatBytes(...parts));
      return true;
    },
    async replace(name, bytes) {
      files.set(name, bytes.slice());
    },
    list: async (folder) => [...files.keys()].filter((name) => name.startsWith(`${folder}/`)),
    async remove(name) {
      files.delete(name);
    },
    settle: async () => {},
    async exclusive(work) {
      const end = await turns.take(30_000);
      try {
        return await work();
      } finally {
        end();
      }
    },
  };
}
