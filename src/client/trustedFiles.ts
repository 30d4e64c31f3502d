/**
 * The files that a client keeps, verified anew whenever they are read.
 *
 * | name                       | what                                                  |
 * | -------------------------- | ----------------------------------------------------- |
 * | root_history/N.root.json   | every root on the way from the trusted one            |
 * | root.json                  | the newest trusted root                               |
 * | timestamp.json, snapshot.json, targets.json, ROLE.json | as received               |
 * | online/forgotten.json      | hashes of stored files that a root has overruled      |
 * | http/validator.json        | an HTTP validator; unsigned, and worth no trust       |
 *
 * @module
 */
import { hashHex } from "#platform";
import { type JsonValue, parseJson } from "../document/json.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import { parseMetadata } from "../metadata/file.ts";
import { reasonOf } from "../proof/finding.ts";
import type { Root, Snapshot, Targets, Timestamp } from "../vocabulary/types.ts";
import type { Accepted } from "./accepted.ts";
import type { UpdaterEvent } from "./events.ts";
import { fileNameOf, type Store } from "./store.ts";

const ROOT = "root.json";
/** In a folder of its own, which no role's name can mean. */
const VALIDATOR = "http/validator.json";
const FORGOTTEN = "online/forgotten.json";
const ONLINE_ROLES = ["timestamp", "snapshot"] as const;

/** A store as the updater uses it. */
export class TrustedFiles {
  readonly #store: Store;
  readonly #onEvent: (event: UpdaterEvent) => void;
  /** What each file was when it was last loaded here. */
  readonly #loaded = new Map<string, Uint8Array | undefined>();

  constructor(store: Store, onEvent: (event: UpdaterEvent) => void) {
    this.#store = store;
    this.#onEvent = onEvent;
  }

  /** What `accept` makes of a stored file; `undefined` if there is none or it is refused. Storage errors pass. */
  async load<T>(name: string, accept: (bytes: Uint8Array) => Promise<T>): Promise<T | undefined> {
    const bytes = await this.#store.read(name);
    this.#loaded.set(name, bytes);
    if (bytes === undefined || (await this.#isForgotten(name, bytes))) return undefined;
    try {
      return await accept(bytes);
    } catch (error) {
      if (error instanceof TufLdError && error.code === "ERR_STORAGE") throw error;
      this.#onEvent({ type: "store ignored", name, reason: reasonOf(error) });
      return undefined;
    }
  }

  loadRoot<T>(version: number, accept: (bytes: Uint8Array) => Promise<T>): Promise<T | undefined> {
    return this.load(historyName(version), accept);
  }

  /** The newest root that was trusted here; only what it says is used, never its keys. */
  newestRoot(): Promise<Root | undefined> {
    return this.load(ROOT, async (bytes) => parseMetadata(bytes, { type: "root" }).signed);
  }

  /** Keeps a root on the way. */
  async keepRoot(version: number, bytes: Uint8Array): Promise<void> {
    await this.#store.write(historyName(version), bytes);
  }

  /** Moves `root.json`, unless another process has moved it further. */
  async keepNewestRoot(version: number, bytes: Uint8Array): Promise<void> {
    await this.#store.exclusive(async () => {
      const newest = await this.newestRoot();
      if (newest === undefined || newest.version < version) await this.#store.write(ROOT, bytes);
    });
  }

  /**
   * Keeps a timestamp or snapshot that was accepted, unless another process has stored a newer one since it was
   * loaded here: `judge` verifies what that is.
   *
   * @returns the newer one, if there is one
   */
  async keep<S extends Timestamp | Snapshot>(
    { role, file, bytes }: Accepted<S>,
    judge: (bytes: Uint8Array) => Promise<Accepted<S>>,
  ): Promise<Accepted<S> | undefined> {
    const name = fileNameOf(role);
    return this.#store.exclusive(async () => {
      if (!isSame(this.#loaded.get(name), await this.#store.read(name))) {
        const theirs = await this.load(name, judge);
        if (theirs !== undefined && theirs.file.signed.version > file.signed.version) return theirs;
      }
      await this.#store.write(name, bytes);
      if (await this.#isForgotten(name, bytes)) await this.#setForgotten(await this.#forgottenBut(bytes));
      return undefined;
    });
  }

  /** Keeps a targets file that a snapshot names, unless another process has stored another snapshot. */
  async keepTargets({ role, bytes }: Accepted<Targets>, snapshot: Accepted<Snapshot>): Promise<void> {
    await this.#store.exclusive(async () => {
      if (!isSame(snapshot.bytes, await this.#store.read(fileNameOf("snapshot")))) return;
      await this.#store.write(fileNameOf(role), bytes);
    });
  }

  /**
   * TUF 5.3.11: forgets what was trusted of timestamp and snapshot, and tells of which there was something. The files
   * stay until others are accepted, but nothing is compared with them any more.
   */
  async forgetOnlineRoles(): Promise<(typeof ONLINE_ROLES)[number][]> {
    return this.#store.exclusive(async () => {
      const hashes: string[] = [];
      const forgotten: (typeof ONLINE_ROLES)[number][] = [];
      for (const role of ONLINE_ROLES) {
        const bytes = await this.#store.read(fileNameOf(role));
        if (bytes === undefined) continue;
        hashes.push(hashHex("sha256", bytes));
        forgotten.push(role);
      }
      if (hashes.length > 0) await this.#setForgotten(hashes);
      return forgotten;
    });
  }

  async #isForgotten(name: string, bytes: Uint8Array): Promise<boolean> {
    if (!ONLINE_ROLES.some((role) => fileNameOf(role) === name)) return false;
    return (await this.#forgotten()).includes(hashHex("sha256", bytes));
  }

  async #forgotten(): Promise<JsonValue[]> {
    const hashes = await this.load(FORGOTTEN, async (bytes) => parseJson(bytes));
    return Array.isArray(hashes) ? hashes : [];
  }

  async #forgottenBut(bytes: Uint8Array): Promise<JsonValue[]> {
    const hash = hashHex("sha256", bytes);
    return (await this.#forgotten()).filter((each) => each !== hash);
  }

  async #setForgotten(hashes: readonly JsonValue[]): Promise<void> {
    await this.#store.write(FORGOTTEN, encodeUtf8(JSON.stringify(hashes)));
  }

  /** The validator with which the file came from the URL, if these are its bytes. */
  async etag(url: string, bytes: Uint8Array): Promise<string | undefined> {
    const found = await this.load(VALIDATOR, async (text) => parseJson(text));
    if (typeof found !== "object" || found === null || Array.isArray(found)) return undefined;
    const { url: from, sha256, etag } = found as Record<string, JsonValue>;
    if (from !== url || sha256 !== hashHex("sha256", bytes)) return undefined;
    return typeof etag === "string" ? etag : undefined;
  }

  async setEtag(url: string, etag: string | undefined, bytes: Uint8Array): Promise<void> {
    if (etag === undefined) return;
    const validator = { url, etag, sha256: hashHex("sha256", bytes) };
    await this.#store.write(VALIDATOR, encodeUtf8(JSON.stringify(validator)));
  }
}

function historyName(version: number): string {
  return `root_history/${version}.root.json`;
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined || one.length !== other.length) return one === other;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
