/**
 * A repository in a real folder with all of its private keys at hand, served over HTTP, and clients that follow it.
 * @module
 */
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { UpdaterEvent } from "../../src/client/events.ts";
import { createMemorySink } from "../../src/client/memorySink.ts";
import { createMemoryStore } from "../../src/client/memoryStore.ts";
import type { UpdaterOptions } from "../../src/client/options.ts";
import type { Store } from "../../src/client/store.ts";
import { Updater } from "../../src/client/updater.ts";
import { generateKey, type PrivateKey } from "../../src/key/privateKey.ts";
import { type MetadataFile, parseMetadata } from "../../src/metadata/file.ts";
import { createFileStorage } from "../../src/node/fileStorage.ts";
import { createNodeFetcher } from "../../src/node/nodeFetcher.ts";
import {
  type KeyRing,
  type ProfileOptions,
  type PublishResult,
  Repository,
} from "../../src/repository/index.ts";
import { seal } from "../../src/repository/publishing/seal.ts";
import type { RepositoryStorage } from "../../src/repository/storage.ts";
import type { Signed } from "../../src/vocabulary/types.ts";
import { serveFolder } from "./folderServer.ts";

/** How many keys each role of a profile gets. */
const KEYS = {
  simple: { root: 1, targets: 1, snapshot: 1, timestamp: 1, bin: 1 },
  pep458: { root: 2, targets: 2, snapshot: 1, timestamp: 1, bins: 2, bin: 1 },
  pep480: {
    root: 2,
    targets: 2,
    snapshot: 1,
    timestamp: 1,
    claimed: 2,
    "recently-claimed": 1,
    unclaimed: 1,
    bin: 1,
  },
} as const;

/** Private keys that can be taken away and come back. */
export class Keys implements KeyRing {
  readonly held = new Map<string, PrivateKey>();
  /** Keyids by the role for which they were made. */
  readonly byRole = new Map<string, string[]>();
  async has(keyid: string): Promise<boolean> {
    return this.held.has(keyid);
  }
  async signer(keyid: string): Promise<PrivateKey | undefined> {
    return this.held.get(keyid);
  }
  keep(role: string, keyid: string, key: PrivateKey): void {
    this.held.set(keyid, key);
    this.byRole.set(role, [...(this.byRole.get(role) ?? []), keyid]);
  }
  /** The first key of a role. */
  first(role: string): PrivateKey {
    const [key] = this.of(role);
    if (key === undefined) throw new Error(`no key of ${role} is at hand`);
    return key;
  }

  of(role: string): PrivateKey[] {
    return (this.byRole.get(role) ?? []).flatMap((keyid) => this.held.get(keyid) ?? []);
  }
}

/** A repository and everything around it. */
export class Publisher {
  readonly folder: string;
  readonly repository: Repository;
  readonly keys: Keys;
  readonly base: string;

  private constructor(folder: string, repository: Repository, keys: Keys, base: string) {
    this.folder = folder;
    this.repository = repository;
    this.keys = keys;
    this.base = base;
  }

  /** A published repository with the targets `a.txt` and `b.txt`. */
  static async create(options: ProfileOptions = {}): Promise<Publisher> {
    const folder = await mkdtemp(join(tmpdir(), "publisher-"));
    const server = await serveFolder(join(folder, "public"));
    onTestFinished(async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    });
    const { profile = "simple" } = options;
    const repository = await Repository.create(createFileStorage(folder), options);
    const made = new Publisher(folder, repository, new Keys(), server.base);
    for (const [role, count] of Object.entries(KEYS[profile])) {
      if (role === "bin" && repository.config.bins === undefined) continue;
      for (let index = 0; index < count; index++) await made.addKey(role);
    }
    await made.add("a.txt", "content of a");
    await made.add("b.txt", "content of b");
    await made.publish();
    return made;
  }

  async addKey(role: string): Promise<PrivateKey> {
    const key = await generateKey("Ed25519");
    const [keyid] = await this.repository.addKeys(role, [key.publicKey]);
    this.keys.keep(role, keyid as string, key);
    return key;
  }

  async add(path: string, text: string, role?: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    const target = { length: bytes.length, hashes: { sha256: sha256(bytes) } };
    await this.repository.changeTargets([{ path, target }], role === undefined ? {} : { role });
    await this.repository.storeTarget(path, target, async function* () {
      yield bytes;
    });
  }

  /** Publishes what is ready; a recovery too, if one goes on. */
  publish(storage?: RepositoryStorage): Promise<PublishResult> {
    const options = { keys: this.keys, recovery: true };
    if (storage === undefined) return this.repository.publish(options);
    return Repository.open(storage).then((repository) => repository.publish(options));
  }

  file(name: string): string {
    return join(this.folder, "public/metadata", name);
  }

  read(name: string): Promise<Uint8Array> {
    return readFile(this.file(name));
  }

  async parsed<S extends Signed = Signed>(name: string): Promise<MetadataFile<S>> {
    return parseMetadata(await this.read(name)) as MetadataFile<S>;
  }

  /** The file of a role that is current. */
  async current<S extends Signed = Signed>(role: string): Promise<MetadataFile<S>> {
    const timestamp = (await this.parsed("timestamp.json")).signed;
    if (role === "timestamp" || timestamp._type !== "timestamp") return this.parsed("timestamp.json");
    const version = timestamp.meta["snapshot.json"]?.version;
    const snapshot = await this.parsed(`${version}.snapshot.json`);
    if (role === "snapshot" || snapshot.signed._type !== "snapshot") return snapshot as MetadataFile<S>;
    return this.parsed(`${snapshot.signed.meta[`${role}.json`]?.version}.${role}.json`);
  }

  /** Writes a document past the repository, as whoever has the keys and the server can. */
  async forge(signed: Signed, role: string, keys: readonly PrivateKey[]): Promise<Uint8Array> {
    const ring = keys.map((signer) => ({ signer, keyid: this.keyidOf(signer) }));
    const { bytes } = await seal(signed, role, ring, this.repository.config.sign, new Date());
    await writeFile(
      this.file(role === "timestamp" ? "timestamp.json" : `${signed.version}.${role}.json`),
      bytes,
    );
    return bytes;
  }

  keyidOf(key: PrivateKey): string {
    return [...this.keys.held].find(([, held]) => held === key)?.[0] ?? "unknown";
  }

  /** A copy of the metadata folder. */
  async backUp(): Promise<string> {
    const copy = await mkdtemp(join(tmpdir(), "backup-"));
    onTestFinished(() => rm(copy, { recursive: true, force: true }));
    await cp(join(this.folder, "public/metadata"), copy, { recursive: true });
    return copy;
  }

  /** A client that pinned root 1. */
  client(policy: UpdaterOptions["policy"] = this.repository.config.sign): Follower {
    return new Follower(this, policy);
  }
}

/** A client with a store of its own. */
export class Follower {
  readonly store: Store = createMemoryStore();
  readonly events: UpdaterEvent[] = [];
  readonly #publisher: Publisher;
  readonly #policy: UpdaterOptions["policy"];

  constructor(publisher: Publisher, policy: UpdaterOptions["policy"]) {
    this.#publisher = publisher;
    this.#policy = policy;
  }

  async updater(options: Partial<UpdaterOptions> = {}): Promise<Updater> {
    return new Updater({
      trustedRoot: await this.#publisher.read("1.root.json"),
      store: this.store,
      fetcher: createNodeFetcher({ retries: 0, environment: {} }),
      metadataUrls: [`${this.#publisher.base}/metadata`],
      targetsUrls: [`${this.#publisher.base}/targets`],
      onEvent: (event) => this.events.push(event),
      ...(this.#policy === undefined ? {} : { policy: this.#policy }),
      ...options,
    });
  }

  /** Downloads a target as a new process would. */
  async get(path: string): Promise<string> {
    const updater = await this.updater();
    const sink = createMemorySink();
    await updater.download(await updater.find(path), sink);
    return new TextDecoder().decode(sink.get(path));
  }

  /** The versions that a refresh accepts. */
  async versions(): Promise<Record<"root" | "timestamp" | "snapshot" | "targets", number>> {
    const { root, timestamp, snapshot, targets } = await (await this.updater()).refresh();
    return {
      root: root.file.signed.version,
      timestamp: timestamp.file.signed.version,
      snapshot: snapshot.file.signed.version,
      targets: targets.file.signed.version,
    };
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
