/**
 * A storage on top of another: what is written stays in memory, for trying out what would be written.
 * @module
 */
import { createTurns } from "../client/turns.ts";
import { concatBytes } from "../encoding/bytes.ts";
import { checkName, isSame, type RepositoryStorage } from "./storage.ts";

/** Reads what is in `storage`, with its own changes over it. Never writes there. */
export function overlayOf(storage: Pick<RepositoryStorage, "get" | "list">): RepositoryStorage {
  /** `undefined` for a file that was removed. */
  const changed = new Map<string, Uint8Array | undefined>();
  /** What is there now, judged in the very step in which the answer is used: others may write while the storage is asked. */
  const now = async <T>(name: string, use: (bytes: Uint8Array | undefined) => T): Promise<T> => {
    const below = changed.has(name) ? undefined : await storage.get(name);
    return use(changed.has(name) ? changed.get(name) : below);
  };
  const put = (name: string, bytes: Uint8Array | undefined): boolean => {
    checkName(name);
    changed.set(name, bytes?.slice());
    return true;
  };
  const putIfAbsent = (name: string, bytes: Uint8Array): Promise<boolean> =>
    now(name, (there) => there === undefined && put(name, bytes));
  const turns = createTurns("memory");
  return {
    get: (name) => now(name, (bytes) => bytes?.slice()),
    async replace(name, bytes) {
      put(name, bytes);
    },
    putIfAbsent,
    async streamIfAbsent(name, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk.slice());
      return putIfAbsent(name, concatBytes(...parts));
    },
    async copyIfAbsent(from, name) {
      checkName(name);
      const bytes = await now(from, (there) => there);
      return bytes !== undefined && putIfAbsent(name, bytes);
    },
    swap: (name, before, after) => now(name, (there) => isSame(there, before) && put(name, after)),
    async list(folder) {
      const names = new Set(await storage.list(folder));
      for (const [name, bytes] of changed) {
        if (bytes === undefined) names.delete(name);
        else if (name.startsWith(`${folder}/`)) names.add(name);
      }
      return [...names];
    },
    async remove(name) {
      checkName(name);
      changed.set(name, undefined);
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
