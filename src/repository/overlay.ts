/**
 * A storage on top of another: what is written stays in memory, for trying out what would be written.
 * @module
 */
import { concatBytes } from "../encoding/bytes.ts";
import { checkName, type RepositoryStorage } from "./storage.ts";

/** Reads what is in `storage`, with its own changes over it. Never writes there. */
export function overlayOf(storage: Pick<RepositoryStorage, "get" | "list">): RepositoryStorage {
  /** `undefined` for a file that was removed. */
  const changed = new Map<string, Uint8Array | undefined>();
  const get = async (name: string): Promise<Uint8Array | undefined> =>
    changed.has(name) ? changed.get(name)?.slice() : storage.get(name);
  const replace = async (name: string, bytes: Uint8Array): Promise<void> => {
    checkName(name);
    changed.set(name, bytes.slice());
  };
  const putIfAbsent = async (name: string, bytes: Uint8Array): Promise<boolean> => {
    if ((await get(name)) !== undefined) return false;
    await replace(name, bytes);
    return true;
  };
  return {
    get,
    replace,
    putIfAbsent,
    async streamIfAbsent(name, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk.slice());
      return putIfAbsent(name, concatBytes(...parts));
    },
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
    exclusive: (work) => work(),
  };
}
