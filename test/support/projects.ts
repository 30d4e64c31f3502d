/**
 * A package index with the PEP 480 profile, its key holders, and developers who submit projects.
 * @module
 */

import { hashHex } from "#platform";
import type { Fetcher } from "../../src/client/fetcher.ts";
import { Updater, type UpdaterOptions } from "../../src/client/index.ts";
import { createMemoryStore } from "../../src/client/memoryStore.ts";
import { TufLdError } from "../../src/errors.ts";
import { generateKey, type PrivateKey } from "../../src/key/privateKey.ts";
import { serializeMetadata } from "../../src/metadata/file.ts";
import { instant, type SignedView } from "../../src/repository/config.ts";
import { createMemoryStorage, type KeyRing, Repository } from "../../src/repository/index.ts";
import {
  nextProjectVersion,
  PROJECT_PREFIX,
  pagesOf,
  projectName,
  signProject,
} from "../../src/repository/projects/project.ts";
import {
  type AcceptedSubmission,
  type AcceptOptions,
  acceptSubmission,
} from "../../src/repository/projects/submission.ts";
import type { Submission, SubmittedFile } from "../../src/repository/projects/submissionChecks.ts";
import type { TargetFile, Targets } from "../../src/vocabulary/types.ts";
import { serve } from "./simulator/served.ts";

export const METADATA_URL = "https://index.test/metadata/";
export const TARGETS_URL = "https://index.test/targets/";
/** The roles whose keys an index holds online, and those that people keep offline. */
export const ONLINE: readonly string[] = ["recently-claimed", "unclaimed", "bin", "snapshot", "timestamp"];
const OFFLINE = ["root", "root", "targets", "targets", "claimed", "claimed"];

export type MemoryStorage = ReturnType<typeof createMemoryStorage>;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function targetOf(bytes: Uint8Array): TargetFile {
  return { length: bytes.length, hashes: { sha256: hashHex("sha256", bytes) } };
}

/** Private keys by keyid, as a ring. */
export class Ring implements KeyRing {
  readonly keys = new Map<string, PrivateKey>();
  has = async (keyid: string): Promise<boolean> => this.keys.has(keyid);
  signer = async (keyid: string): Promise<PrivateKey | undefined> => this.keys.get(keyid);
}

export class Index {
  readonly repository: Repository;
  readonly storage: MemoryStorage;
  /** Keys by role. */
  readonly byRole = new Map<string, PrivateKey[]>();
  readonly online = new Ring();
  readonly everything = new Ring();

  private constructor(repository: Repository, storage: MemoryStorage) {
    this.repository = repository;
    this.storage = storage;
  }

  /** An index without projects, published once. */
  static async create({
    bins = 4,
    sign = "both",
    storage = createMemoryStorage(),
  }: {
    bins?: number;
    sign?: SignedView;
    storage?: MemoryStorage;
  } = {}): Promise<Index> {
    const index = new Index(await Repository.create(storage, { profile: "pep480", bins, sign }), storage);
    for (const role of [...OFFLINE, ...ONLINE]) {
      const key = await generateKey("Ed25519");
      const [keyid = ""] = await index.repository.addKeys(role, [key.publicKey]);
      index.byRole.set(role, [...(index.byRole.get(role) ?? []), key]);
      index.everything.keys.set(keyid, key);
      if (ONLINE.includes(role)) index.online.keys.set(keyid, key);
    }
    await index.repository.publish({ keys: index.everything });
    return index;
  }

  /** Publishes with the online keys alone. */
  publish() {
    return this.repository.publish({ keys: this.online });
  }

  /** The key holders of claimed sign its draft. */
  async signClaimed(): Promise<void> {
    for (const key of this.byRole.get("claimed") ?? []) await this.repository.sign("claimed", key);
  }

  accept(submission: Submission, options?: AcceptOptions): Promise<AcceptedSubmission> {
    return acceptSubmission(this.repository, submission, options);
  }

  /** Lists a file in the bins, as the index does for projects without a key. */
  async addUnclaimed(path: string, text: string): Promise<void> {
    const bytes = bytesOf(text);
    const target = targetOf(bytes);
    await this.repository.changeTargets([{ path, target }]);
    await this.repository.storeTarget(path, target, () => once(bytes));
  }

  /** Every file of the storage, to be compared later. */
  contents(): Map<string, string> {
    const names = [...this.storage.files.keys()].sort();
    return new Map(
      names.map((name) => [name, Buffer.from(this.storage.files.get(name) ?? []).toString("base64")]),
    );
  }

  /** A user who starts from the first root. */
  user(options: Partial<UpdaterOptions> = {}): Updater {
    return new Updater({
      trustedRoot: this.storage.files.get("public/metadata/1.root.json") as Uint8Array,
      store: createMemoryStore(),
      fetcher: fetcherOf(this.storage.files),
      metadataUrls: [METADATA_URL],
      targetsUrls: [TARGETS_URL],
      policy: this.repository.config.sign,
      ...options,
    });
  }
}

/** Serves the public part of a storage. */
export function fetcherOf(files: ReadonlyMap<string, Uint8Array>): Fetcher {
  return {
    async fetch(url, request) {
      const name = `public/${decodeURIComponent(url.replace("https://index.test/", ""))}`;
      const bytes = files.get(name);
      if (bytes === undefined) throw new TufLdError("ERR_FILE_NOT_FOUND", `404 ${url}`, { url });
      return serve(url, bytes, request);
    },
  };
}

/** A developer with a key and a project. */
export class Developer {
  readonly project: string;
  readonly role: string;
  readonly key: PrivateKey;
  /** The last version that was made. */
  previous: Targets | undefined;
  #files = new Map<string, SubmittedFile>();

  private constructor(project: string, key: PrivateKey) {
    this.project = projectName(project);
    this.role = PROJECT_PREFIX + this.project;
    this.key = key;
  }

  static async of(project: string): Promise<Developer> {
    return new Developer(project, await generateKey("Ed25519"));
  }

  path(file: string): string {
    return `packages/${this.project}/${file}`;
  }

  /** The next version with these files and the pages that fit; `edit` spoils what is signed. */
  async release(
    files: Readonly<Record<string, string>>,
    {
      signers = [this.key],
      view = "both",
      days = 365,
      edit = (signed) => signed,
    }: {
      signers?: readonly PrivateKey[];
      view?: SignedView;
      days?: number;
      edit?: (signed: Targets) => Targets;
    } = {},
  ): Promise<Submission> {
    const submitted = new Map<string, SubmittedFile>();
    const changes = new Map<string, TargetFile | null>();
    const take = (path: string, bytes: Uint8Array): void => {
      changes.set(path, targetOf(bytes));
      submitted.set(path, { length: bytes.length, open: () => once(bytes) });
    };
    for (const [name, text] of Object.entries(files)) take(this.path(name), bytesOf(text));
    const expires = instant(new Date(Date.now() + days * 86_400_000));
    const { targets } = nextProjectVersion(this.project, this.previous, changes, expires);
    for (const { path, bytes } of pagesOf(this.project, targets)) take(path, bytes);
    const signed = edit(nextProjectVersion(this.project, this.previous, changes, expires));
    const file = await signProject(this.project, signed, signers, { view });
    this.#files = submitted;
    return { metadata: serializeMetadata(file, file.linked ? "file" : "classic"), files: this.#files };
  }

  /** As `release`, handed in and taken; the first version with the developer's key. */
  async submit(index: Index, files: Readonly<Record<string, string>>): Promise<AcceptedSubmission> {
    const submission = await this.release(files, { view: index.repository.config.sign });
    const options = this.previous === undefined ? { project: this.project, keys: [this.key.publicKey] } : {};
    const accepted = await index.accept(submission, options);
    this.previous = JSON.parse(new TextDecoder().decode(submission.metadata)).signed as Targets;
    return accepted;
  }
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
