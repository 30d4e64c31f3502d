/**
 * Where the client keeps metadata between runs: one small interface for a folder, memory or a browser's storage.
 * What comes back from a store is verified again before anyone trusts it.
 * @module
 */
import { percentEncode } from "../encoding/percent.ts";

/** A place for named files. Names are relative, with `/` between parts, each part as `fileNameOf` makes it. */
export interface Store {
  /** The file's bytes, or `undefined` if there is none. @throws ERR_STORAGE */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the file, durably, whole or not at all. @throws ERR_STORAGE */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes the file if it is there. @throws ERR_STORAGE */
  remove(name: string): Promise<void>;
  /** Every name, in no particular order. @throws ERR_STORAGE */
  list(): Promise<string[]>;
  /**
   * Runs `work` while no other process or caller is in `exclusive` on the same place. A holder that died does not
   * keep others out.
   *
   * @throws ERR_STORAGE when the place stays taken for too long
   */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * A role's file name in a store: the name percent-encoded, so that no role name can leave its folder, and `.json`.
 * Where letters of either case name the same file, a delegated role called `Snapshot` would overwrite what protects
 * from rollbacks; so the first letter of such a name is encoded as well.
 */
export function fileNameOf(role: string): string {
  const lower = role.toLowerCase();
  const name = percentEncode(role);
  if (lower === role || !TOP_LEVEL.has(lower)) return `${name}.json`;
  return `%${role.charCodeAt(0).toString(16).toUpperCase()}${name.slice(1)}.json`;
}

const TOP_LEVEL: ReadonlySet<string> = new Set(["root", "timestamp", "snapshot", "targets"]);
