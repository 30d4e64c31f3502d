/**
 * What a publisher remembers beside its private keys: whoever can write there can use the keys, so it may be believed.
 * Nothing in the storage itself may: `public/` and `state/` are in the hands of whoever serves them.
 *
 * It holds how far publishing has come, so that an older copy of the storage is noticed even if all of it is older;
 * and what verified metadata says, where reading that again takes longer than all other work.
 * @module
 */
import { hashHex } from "#platform";
import { type JsonValue, parseJson } from "../../document/json.ts";
import { isDateTime } from "../../encoding/dateTime.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { TufLdError } from "../../errors.ts";
import type { TufKey } from "../../vocabulary/types.ts";
import type { RepositoryConfig } from "../config.ts";
import { metadataName } from "../layout.ts";
import type { Authority } from "../signing/signing.ts";
import type { RepositoryStorage } from "../storage.ts";

/** A place beside private keys, with one small file for each repository. */
export interface KeyMemory {
  /** How messages call the file of a repository. */
  place(repository: string): string;
  /** The file's bytes, or `undefined` if there is none. @throws ERR_STORAGE */
  read(repository: string): Promise<Uint8Array | undefined>;
  /** Creates or replaces the file, whole and durably. @throws ERR_STORAGE */
  write(repository: string, bytes: Uint8Array): Promise<void>;
}

/** What is remembered of a repository. */
export interface Remembered {
  /** The highest versions that were published with these keys. */
  readonly root?: number;
  readonly timestamp?: number;
  readonly snapshot?: number;
  /** Whom a version of a role, verified when this was noted, lets sign the bins. */
  readonly binKeys?: Authority & { readonly delegator: string; readonly version: number };
  /** No published bin expires before this instant. */
  readonly binExpiry?: string;
  /** The SHA-256 of `state/snapshot-hashes`, in hexadecimal. */
  readonly snapshotHashes?: string;
}

const FORMAT = 1;

/**
 * The name of a repository for whoever holds its keys, in hexadecimal: the `id` in its settings. Nothing in `public/`
 * may be that: a blank at the end of the first root, say, would make a repository that nobody remembers. One that was
 * made without an `id` goes by the SHA-256 of its first root's file.
 */
export async function repositoryId(
  storage: Pick<RepositoryStorage, "get">,
  { id }: Pick<RepositoryConfig, "id">,
): Promise<string | undefined> {
  if (id !== undefined) return id;
  const root = await storage.get(metadataName("root", 1));
  return root && hashHex("sha256", root);
}

/** The memory of one repository during one run of publishing. */
export class KeyNotes {
  readonly #memory: KeyMemory | undefined;
  readonly #before: Remembered;
  #now: Remembered;
  /** Why nothing could be written, in words, if so. */
  failure: string | undefined;

  private constructor(memory: KeyMemory | undefined, before: Remembered) {
    this.#memory = memory;
    this.#before = before;
    this.#now = before;
  }

  /** @param repository see {@link repositoryId}; `undefined` if nothing is published yet @throws ERR_SHAPE */
  static async read(memory: KeyMemory | undefined, repository: string | undefined): Promise<KeyNotes> {
    if (memory === undefined || repository === undefined) return new KeyNotes(memory, {});
    const bytes = await memory.read(repository);
    return new KeyNotes(memory, bytes === undefined ? {} : parse(bytes, memory.place(repository)));
  }

  /** What is remembered. */
  get known(): Remembered {
    return this.#now;
  }

  /** Whether anything is kept at all. */
  get isKept(): boolean {
    return this.#memory !== undefined;
  }

  /** How messages call the file. */
  place(repository: string): string {
    return this.#memory?.place(repository) ?? "";
  }

  /** Remembers more. Versions never become lower. */
  add(more: Remembered): void {
    const now = { ...this.#now, ...more };
    const highest = (name: "root" | "timestamp" | "snapshot"): object => {
      const version = Math.max(this.#now[name] ?? 0, more[name] ?? 0);
      return version === 0 ? {} : { [name]: version };
    };
    this.#now = { ...now, ...highest("root"), ...highest("timestamp"), ...highest("snapshot") };
  }

  /** Writes what was added, if anything was. What could not be written is no reason to stop: see `failure`. */
  async write(storage: Pick<RepositoryStorage, "get">, config: Pick<RepositoryConfig, "id">): Promise<void> {
    if (this.#memory === undefined) return;
    if (JSON.stringify(this.#now) === JSON.stringify(this.#before)) return;
    const repository = await repositoryId(storage, config);
    if (repository === undefined) return;
    try {
      // Another may have published and noted more, while this publisher was stopped.
      const there = await this.#memory.read(repository);
      if (there !== undefined) this.add(versionsOf(parse(there, this.place(repository))));
      const text = JSON.stringify({ format: FORMAT, ...this.#now });
      await this.#memory.write(repository, encodeUtf8(`${text}\n`));
    } catch (error) {
      if (!(error instanceof TufLdError)) throw error;
      this.failure = `how far publishing has come cannot be noted beside the keys, so an older copy of this repository may pass for the newest: ${error.message}`;
    }
  }
}

function versionsOf({ root, timestamp, snapshot }: Remembered): Remembered {
  return {
    ...(root === undefined ? {} : { root }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(snapshot === undefined ? {} : { snapshot }),
  };
}

function parse(bytes: Uint8Array, place: string): Remembered {
  const damaged = (): TufLdError<"ERR_SHAPE"> => {
    const reason =
      "is not what publishing has noted there. It tells that nobody puts an older repository in the place of this one: put it back, or remove it if you are sure that public/ is the newest state";
    return new TufLdError("ERR_SHAPE", `${place} ${reason}`, { path: "", reason });
  };
  let value: JsonValue;
  try {
    value = parseJson(bytes);
  } catch {
    throw damaged();
  }
  if (!isObject(value)) throw damaged();
  const { format, ...members } = value;
  if (format !== FORMAT) throw damaged();
  for (const [name, member] of Object.entries(members)) {
    const isGood = CHECKS.get(name);
    if (isGood === undefined || !isGood(member)) throw damaged();
  }
  return members as Remembered;
}

type Members = Readonly<Record<string, JsonValue>>;

const isObject = (value: JsonValue | undefined): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isVersion = (value: JsonValue | undefined): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0;
const isText = (value: JsonValue | undefined): value is string => typeof value === "string";

const CHECKS: ReadonlyMap<string, (value: JsonValue) => boolean> = new Map([
  ["root", isVersion],
  ["timestamp", isVersion],
  ["snapshot", isVersion],
  ["binExpiry", (value) => isDateTime(value)],
  ["snapshotHashes", (value) => isText(value) && /^[0-9a-f]{64}$/.test(value)],
  [
    "binKeys",
    (value) => {
      if (!isObject(value)) return false;
      const { delegator, version, entry, keys } = value;
      if (!isText(delegator) || !isVersion(version) || !isObject(entry) || !isObject(keys)) return false;
      const { keyids, threshold } = entry;
      if (!isVersion(threshold) || !Array.isArray(keyids) || !keyids.every(isText)) return false;
      return Object.values(keys).every(isTufKey);
    },
  ],
]);

function isTufKey(value: JsonValue): value is JsonValue & TufKey {
  if (!isObject(value) || !isObject(value["keyval"])) return false;
  return isText(value["keytype"]) && isText(value["scheme"]) && isText(value["keyval"]["public"]);
}
