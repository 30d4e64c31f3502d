/**
 * A repository with its keys, what clients find in it, and what it says without versions and dates.
 * @module
 */

import { hashHex } from "#platform";
import { createMemorySink } from "../../src/client/memorySink.ts";
import { createMemoryStore } from "../../src/client/memoryStore.ts";
import type { Store } from "../../src/client/store.ts";
import { Updater } from "../../src/client/updater.ts";
import { encodeUtf8 } from "../../src/encoding/utf8.ts";
import { TufLdError } from "../../src/errors.ts";
import { writePkcs8 } from "../../src/key/pkcs8.ts";
import { PrivateKey } from "../../src/key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../src/key/tufKey.ts";
import { type MetadataFile, parseMetadata } from "../../src/metadata/file.ts";
import type {
  KeyMemory,
  ProfileOptions,
  PublishOptions,
  PublishResult,
  SignedView,
  TargetChange,
} from "../../src/repository/index.ts";
import { type KeyRing, Repository, type RepositoryStorage } from "../../src/repository/index.ts";
import type { Root, Signed, Snapshot, TargetFile, Targets } from "../../src/vocabulary/types.ts";
import { METADATA_URL, Served, TARGETS_URL } from "./simulator/served.ts";

/** The instant at which everything happens. */
export const NOW: Date = new Date("2030-01-01T00:00:00Z");
/** So many hours after {@link NOW}. */
export const hours = (count: number): Date => new Date(NOW.getTime() + count * 3_600_000);

/** A key that is always the same one for a name. */
export function keyNamed(name: string): Promise<PrivateKey> {
  return PrivateKey.fromPkcs8(pkcs8Named(name));
}

/** The same key, as a child process gets it. */
export function pkcs8Named(name: string): Uint8Array {
  const hex = hashHex("sha256", `a test key: ${name}`);
  const secret = Uint8Array.from({ length: 32 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  );
  return writePkcs8({ type: "Ed25519", secret });
}

/** Private keys by keyid. */
export class TestRing implements KeyRing {
  readonly keys = new Map<string, PrivateKey>();
  /** The names they were made of. */
  readonly names = new Map<string, string>();

  memory?: KeyMemory;

  has = async (keyid: string): Promise<boolean> => this.keys.has(keyid);
  signer = async (keyid: string): Promise<PrivateKey | undefined> => this.keys.get(keyid);

  /** @returns the key's keyid */
  async add(name: string): Promise<string> {
    const key = await keyNamed(name);
    const keyid = tufKeyid(toTufKey(key.publicKey));
    this.keys.set(keyid, key);
    this.names.set(keyid, name);
    return keyid;
  }

  /** A ring with the same keys but one. */
  without(keyid: string): TestRing {
    const ring = new TestRing();
    for (const [id, key] of this.keys) if (id !== keyid) ring.keys.set(id, key);
    for (const [id, name] of this.names) if (id !== keyid) ring.names.set(id, name);
    return ring;
  }
}

/** A memory beside keys. */
export function createKeyMemory(): KeyMemory & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    place: (repository) => `keys/${repository}.json`,
    read: async (repository) => files.get(repository),
    async write(repository, bytes) {
      files.set(repository, bytes);
    },
  };
}

/** A repository and its keys. */
export class RepositoryWorld {
  readonly repository: Repository;
  readonly ring: TestRing;

  constructor(repository: Repository, ring: TestRing) {
    this.repository = repository;
    this.ring = ring;
  }

  get storage(): RepositoryStorage {
    return this.repository.storage;
  }

  /** A repository of profile `simple` that has its keys and was never published. */
  static async create(storage: RepositoryStorage, options: ProfileOptions = {}): Promise<RepositoryWorld> {
    const repository = await Repository.create(storage, { ...options, now: NOW });
    const world = new RepositoryWorld(repository, new TestRing());
    const roles = [
      "root",
      "targets",
      "snapshot",
      "timestamp",
      ...(options.bins === undefined ? [] : ["bin"]),
    ];
    for (const role of roles) await world.addKey(role, role);
    return world;
  }

  /** Gives a role one more key. @returns its keyid */
  async addKey(role: string, name: string): Promise<string> {
    const keyid = await this.ring.add(name);
    await this.repository.addKeys(role, [(await keyNamed(name)).publicKey], { now: NOW });
    return keyid;
  }

  /** Gives a role one key in the place of another. */
  async rotate(role: string, old: string, name: string): Promise<void> {
    await this.addKey(role, name);
    const keyid = tufKeyid(toTufKey((await keyNamed(old)).publicKey));
    await this.repository.removeKey(role, keyid, { now: NOW });
  }

  /** Adds targets whose content is `path: edition`; files are stored first, as a server must have them first. */
  async add(paths: readonly string[], edition = 1, role?: string): Promise<void> {
    const changes = paths.map((path) => changeOf(path, edition));
    for (const { path, target } of changes) await this.#store(path, target as TargetFile, edition);
    await this.repository.changeTargets(changes, { now: NOW, ...(role === undefined ? {} : { role }) });
  }

  async remove(paths: readonly string[], role?: string): Promise<void> {
    const changes = paths.map((path) => ({ path, target: null }));
    await this.repository.changeTargets(changes, { now: NOW, ...(role === undefined ? {} : { role }) });
  }

  publish(options: Partial<PublishOptions> = {}): Promise<PublishResult> {
    return this.repository.publish({ keys: this.ring, now: NOW, ...options });
  }

  async #store(path: string, target: TargetFile, edition: number): Promise<void> {
    await this.repository.storeTarget(path, target, async function* () {
      yield contentOf(path, edition);
    });
  }
}

/** The content of a target that a world adds. */
export function contentOf(path: string, edition = 1): Uint8Array<ArrayBuffer> {
  return encodeUtf8(`${path}: ${edition}`);
}

/** The change that adds it. */
export function changeOf(path: string, edition = 1): TargetChange {
  const bytes = contentOf(path, edition);
  return { path, target: { length: bytes.length, hashes: { sha256: hashHex("sha256", bytes) } } };
}

/** What a client asks for, and of whom. */
export interface ClientOptions {
  readonly paths: readonly string[];
  readonly view?: SignedView;
  readonly at?: Date;
  /** What the client knows already; it learns more. Default: nothing. */
  readonly store?: Store;
}

/** Refreshes and asks for each path. @returns the content, or the code of the refusal, by path; or one refusal */
export async function clientFinds(
  storage: RepositoryStorage,
  { paths, view = "both", at = NOW, store = createMemoryStore() }: ClientOptions,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const trustedRoot = await storage.get("public/metadata/1.root.json");
  if (trustedRoot === undefined) return { root: "none" };
  const updater = new Updater({
    trustedRoot,
    store,
    fetcher: servedFrom(storage),
    metadataUrls: [METADATA_URL],
    targetsUrls: [TARGETS_URL],
    policy: view,
    at,
  });
  try {
    await updater.refresh();
  } catch (error) {
    return { refresh: codeOf(error) };
  }
  for (const path of paths) {
    const sink = createMemorySink();
    try {
      await updater.download(await updater.find(path), sink);
      found[path] = new TextDecoder().decode(sink.get(path));
    } catch (error) {
      found[path] = codeOf(error);
    }
  }
  return found;
}

function codeOf(error: unknown): string {
  if (error instanceof TufLdError) return error.code;
  throw error;
}

/** Serves what is in the storage when it is asked for. */
function servedFrom(storage: RepositoryStorage): Served {
  const served = new Served();
  served.onRequest = async (path) => {
    const bytes = await storage.get(`public/${path}`);
    if (bytes === undefined) served.files.delete(path);
    else served.files.set(path, bytes);
  };
  return served;
}

/** A store with the same files. */
export async function copyOfStore(store: Store): Promise<Store> {
  const copy = createMemoryStore();
  for (const name of await store.list()) await copy.write(name, (await store.read(name)) as Uint8Array);
  return copy;
}

/** What a repository says of keys, delegations and targets, without versions, dates and signatures. */
export async function contentsOf(storage: RepositoryStorage): Promise<unknown> {
  let root: MetadataFile<Root> | undefined;
  for (let version = 1; ; version++) {
    const bytes = await storage.get(`public/metadata/${version}.root.json`);
    if (bytes === undefined) break;
    root = parseMetadata(bytes, { type: "root" });
  }
  const timestamp = await storage.get("public/metadata/timestamp.json");
  if (root === undefined || timestamp === undefined) return undefined;
  const { meta } = parseMetadata(timestamp, { type: "timestamp" }).signed;
  const read = async <S extends Signed>(role: string, version: number): Promise<S> => {
    const bytes = await storage.get(`public/metadata/${version}.${role}.json`);
    return parseMetadata(bytes as Uint8Array).signed as S;
  };
  const snapshot = await read<Snapshot>("snapshot", meta["snapshot.json"]?.version ?? 0);
  const roles: Record<string, unknown> = {};
  for (const [name, { version }] of Object.entries(snapshot.meta)) {
    const role = name.slice(0, -".json".length);
    const { targets, delegations } = await read<Targets>(role, version);
    roles[role] = { targets, delegations };
  }
  return { keys: root.signed.keys, roles: root.signed.roles, targets: roles };
}
