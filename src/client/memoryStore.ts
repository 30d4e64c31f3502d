/**
 * A store in memory: for tests, for browsers without storage, for a client that starts afresh every time.
 * @module
 */
import type { Store } from "./store.ts";
import { checkStoreName } from "./storeName.ts";
import { createTurns } from "./turns.ts";

/** Options of {@link createMemoryStore}. */
export interface MemoryStoreOptions {
  /** Longest wait for the store in `exclusive`, in milliseconds. Default 30_000. */
  readonly waitMs?: number;
}

/** An empty store. It copies what goes in and what comes out. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const files = new Map<string, Uint8Array>();
  const turns = createTurns("memory");
  return {
    async read(name) {
      checkStoreName(name);
      return files.get(name)?.slice();
    },
    async write(name, bytes) {
      checkStoreName(name);
      files.set(name, bytes.slice());
    },
    async remove(name) {
      checkStoreName(name);
      files.delete(name);
    },
    list: async () => [...files.keys()],
    async exclusive(work) {
      const end = await turns.take(options.waitMs ?? 30_000);
      try {
        return await work();
      } finally {
        end();
      }
    },
  };
}
