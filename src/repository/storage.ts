/**
 * Where a repository lives: one small interface for a folder, memory or an object store. Nothing else in
 * `repository/` knows about files.
 *
 * | names                      | what                                                             |
 * | -------------------------- | ---------------------------------------------------------------- |
 * | `tuf-ld.json`              | the settings of the repository                                   |
 * | `staged/…`                 | edits that are not published, and a recovery that goes on        |
 * | `staged/targets/…`         | target files that are not published yet                          |
 * | `state/…`                  | what publishing remembers; nothing in it is trusted              |
 * | `public/metadata/…`        | what clients read; `timestamp.json` alone is ever replaced, by `swap` |
 * | `public/targets/…`         | target files, named by their hash                                |
 *
 * @module
 */
import { nameProblem } from "../client/storeName.ts";
import { createTurns } from "../client/turns.ts";
import { concatBytes, equalBytes } from "../encoding/bytes.ts";
import { TufLdError } from "../errors.ts";

/** Named files. Names are relative, with `/` between parts. Every write is whole or not at all. */
export interface RepositoryStorage {
  /** The file's bytes, which nobody else holds, or `undefined` if there is none. @throws ERR_STORAGE */
  get(name: string): Promise<Uint8Array | undefined>;
  /**
   * Creates a file and never replaces one. The file of this name, whoever created it, survives a loss of power once
   * `settle` has returned.
   *
   * @returns whether it was created; `false` if there is a file of this name
   * @throws ERR_STORAGE
   */
  putIfAbsent(name: string, bytes: Uint8Array): Promise<boolean>;
  /** As `putIfAbsent`, for a file too large for memory. If `chunks` throws there is no file. @throws ERR_STORAGE */
  streamIfAbsent(name: string, chunks: AsyncIterable<Uint8Array>): Promise<boolean>;
  /**
   * Creates a file with the content of another that is never changed in place, as `putIfAbsent` creates one.
   *
   * @returns whether it was created; `false` if there is a file of this name, or none to copy
   * @throws ERR_STORAGE
   */
  copyIfAbsent(from: string, name: string): Promise<boolean>;
  /** Creates or replaces a file, durably. @throws ERR_STORAGE */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Replaces a file if it is what the caller has read, as one step: of several callers who have read the same, one
   * succeeds, however long any of them was stopped in between. Durable. Whatever several writers may move, such as
   * `timestamp.json`, is moved by this call alone: `replace` and `remove` do not look.
   *
   * @param before the bytes that were read; `undefined` if there was no file
   * @param after the new bytes; `undefined` removes the file
   * @returns whether it was done; `false` if the file is another by now, and nothing was changed
   * @throws ERR_STORAGE
   */
  swap(name: string, before: Uint8Array | undefined, after: Uint8Array | undefined): Promise<boolean>;
  /** The names of the files in a folder and below it, in no particular order. @throws ERR_STORAGE */
  list(folder: string): Promise<string[]>;
  /** Removes a file if it is there. @throws ERR_STORAGE */
  remove(name: string): Promise<void>;
  /** Returns when every file that was created or removed stays so after a loss of power. @throws ERR_STORAGE */
  settle(): Promise<void>;
  /** Removes what writers that were killed left beside the files, wherever it lies. @throws ERR_STORAGE */
  tidy(): Promise<void>;
  /**
   * Runs `work` while no other writer is in `exclusive` on the same place; a holder that died keeps nobody out.
   *
   * @throws ERR_STORAGE when the place stays taken for too long
   */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/** Refuses what could not be a file's name below a folder. @throws ERR_STORAGE */
export function checkName(name: string): void {
  const reason = nameProblem(name);
  if (reason === undefined) return;
  throw new TufLdError("ERR_STORAGE", `${JSON.stringify(name)} cannot be a file's name: ${reason}`, {
    path: name,
    reason,
  });
}

/** Whether two files, each of which may be absent, are the same. */
export function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

/**
 * Replaces, creates or removes a file if it is what was read.
 *
 * @throws ERR_CONFLICT if it is another by now: its lock was taken for dead, or its storage has no lock
 */
export async function swapRead(
  storage: Pick<RepositoryStorage, "swap">,
  name: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): Promise<void> {
  if (!(await storage.swap(name, before, after))) throw conflict(name);
}

/** Somebody else has moved a file meanwhile. */
export function conflict(path: string): TufLdError<"ERR_CONFLICT"> {
  const message = `${path}: another process has changed it since this one read it, and what that one wrote stands`;
  return new TufLdError("ERR_CONFLICT", message, { path });
}

/** A storage in memory, for tests and for browsers. */
export function createMemoryStorage(): RepositoryStorage & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  const turns = createTurns("memory");
  return {
    files,
    async get(name) {
      checkName(name);
      return files.get(name)?.slice();
    },
    async putIfAbsent(name, bytes) {
      checkName(name);
      if (files.has(name)) return false;
      files.set(name, bytes.slice());
      return true;
    },
    async streamIfAbsent(name, chunks) {
      checkName(name);
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk.slice());
      if (files.has(name)) return false;
      files.set(name, concatBytes(...parts));
      return true;
    },
    async copyIfAbsent(from, name) {
      checkName(from);
      checkName(name);
      const bytes = files.get(from);
      if (bytes === undefined || files.has(name)) return false;
      files.set(name, bytes.slice());
      return true;
    },
    async replace(name, bytes) {
      checkName(name);
      files.set(name, bytes.slice());
    },
    async swap(name, before, after) {
      checkName(name);
      // Nothing is waited for in between, so it is one step.
      if (!isSame(files.get(name), before)) return false;
      if (after === undefined) files.delete(name);
      else files.set(name, after.slice());
      return true;
    },
    async list(folder) {
      checkName(folder);
      return [...files.keys()].filter((name) => name.startsWith(`${folder}/`));
    },
    async remove(name) {
      checkName(name);
      files.delete(name);
    },
    settle: async () => {},
    tidy: async () => {},
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
