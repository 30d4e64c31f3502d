/**
 * A storage that loses power: what was created since the last `settle` may be there, gone, or torn.
 * @module
 */
import { createMemoryStorage, type RepositoryStorage } from "../../src/repository/storage.ts";

/** What becomes of a file that was created and not settled. */
export type Fate = "gone" | "torn" | "empty" | "kept";

/** Thrown by every call after the power went. */
export const POWER_LOST: Error = new Error("the power is lost");

/** A storage in memory that counts its writes. */
export interface PowerStorage extends RepositoryStorage {
  readonly files: Map<string, Uint8Array>;
  /** Writes so far: files created, replaced and removed. */
  readonly writes: number;
  /** Created and not settled now. */
  readonly unsettled: ReadonlySet<string>;
  /** Called after each write, with the file's name. */
  onWrite: (name: string) => void;
  /** What is on the disk after power went now. */
  afterLoss(fate: (name: string) => Fate): ReturnType<typeof createMemoryStorage>;
}

/** @param lossAt the power goes after this many writes; 0 never */
export function createPowerStorage(
  start: ReadonlyMap<string, Uint8Array> = new Map(),
  lossAt = 0,
): PowerStorage {
  const memory = createMemoryStorage();
  for (const [name, bytes] of start) memory.files.set(name, bytes);
  const unsettled = new Set<string>();
  /** Of these what is in them is durable before their names are. */
  const streamed = new Set<string>();
  /** Removed and not settled: they may come back. */
  const removed = new Map<string, Uint8Array>();
  let writes = 0;
  const storage: PowerStorage = {
    ...memory,
    unsettled,
    onWrite: () => undefined,
    get writes() {
      return writes;
    },
    async putIfAbsent(name, bytes) {
      before();
      const created = await memory.putIfAbsent(name, bytes);
      if (created) {
        unsettled.add(name);
        wrote(name);
      }
      return created;
    },
    async streamIfAbsent(name, chunks) {
      before();
      const created = await memory.streamIfAbsent(name, chunks);
      if (created) {
        unsettled.add(name);
        streamed.add(name);
        wrote(name);
      }
      return created;
    },
    async copyIfAbsent(from, name) {
      before();
      const created = await memory.copyIfAbsent(from, name);
      if (created) {
        unsettled.add(name);
        // As with a second name of one file: half of it is never there once the first was whole.
        if (!unsettled.has(from) || streamed.has(from)) streamed.add(name);
        wrote(name);
      }
      return created;
    },
    async replace(name, bytes) {
      before();
      await memory.replace(name, bytes);
      unsettled.delete(name);
      removed.delete(name);
      wrote(name);
    },
    async swap(name, expected, after) {
      before();
      const swapped = await memory.swap(name, expected, after);
      if (!swapped) return false;
      unsettled.delete(name);
      removed.delete(name);
      wrote(name);
      return true;
    },
    async remove(name) {
      before();
      const bytes = memory.files.get(name);
      if (bytes === undefined) return;
      streamed.delete(name);
      if (!unsettled.delete(name)) removed.set(name, bytes);
      await memory.remove(name);
      wrote(name);
    },
    async settle() {
      before();
      unsettled.clear();
      removed.clear();
    },
    afterLoss(fate) {
      const disk = createMemoryStorage();
      for (const [name, bytes] of [...memory.files, ...removed]) {
        const end = unsettled.has(name) || removed.has(name) ? fate(name) : "kept";
        if (end === "gone" || (end !== "kept" && streamed.has(name))) continue;
        // A removed file comes back whole or not at all.
        const torn = end === "torn" ? bytes.slice(0, bytes.length >> 1) : bytes.slice(0, 0);
        disk.files.set(name, end === "kept" || removed.has(name) ? bytes : torn);
      }
      return disk;
    },
  };
  function before(): void {
    if (lossAt > 0 && writes >= lossAt) throw POWER_LOST;
  }
  function wrote(name: string): void {
    writes += 1;
    storage.onWrite(name);
  }
  return storage;
}
