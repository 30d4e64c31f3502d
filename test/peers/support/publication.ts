/**
 * A repository that the library publishes into a folder, served over HTTP as it stands.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import { serializeMetadata } from "../../../src/index.ts";
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import { createFileStorage } from "../../../src/node/index.ts";
import {
  type KeyRing,
  type ProfileOptions,
  type PublishResult,
  Repository,
  type TargetChange,
} from "../../../src/repository/index.ts";
import { nextProjectVersion, signProject } from "../../../src/repository/projects/project.ts";
import { acceptSubmission } from "../../../src/repository/projects/submission.ts";
import type { TargetFile, Targets } from "../../../src/vocabulary/types.ts";
import { serveFolder } from "../../support/folderServer.ts";
import type { Running } from "../../support/httpServer.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

type Kind = "Ed25519" | "P-256";

/** Who signs in each profile: a key for every entry, of both kinds that have a linked suite. */
const KEYS: Readonly<Record<NonNullable<ProfileOptions["profile"]>, readonly (readonly [string, Kind])[]>> = {
  simple: [
    ["root", "Ed25519"],
    ["targets", "P-256"],
    ["snapshot", "Ed25519"],
    ["timestamp", "P-256"],
  ],
  pep458: [
    ["root", "Ed25519"],
    ["root", "P-256"],
    ["targets", "Ed25519"],
    ["targets", "P-256"],
    ["snapshot", "P-256"],
    ["timestamp", "Ed25519"],
    ["bins", "Ed25519"],
    ["bins", "P-256"],
  ],
  pep480: [
    ["root", "Ed25519"],
    ["root", "P-256"],
    ["root", "Ed25519"],
    ["targets", "Ed25519"],
    ["targets", "Ed25519"],
    ["snapshot", "Ed25519"],
    ["timestamp", "Ed25519"],
    ["claimed", "P-256"],
    ["claimed", "Ed25519"],
    ["recently-claimed", "Ed25519"],
    ["unclaimed", "P-256"],
  ],
};

/** A published repository, with the keys of everybody. */
export class Publication {
  readonly repository: Repository;
  /** The folder that is served, with `metadata` and `targets` in it. */
  readonly folder: string;
  /** The text of every target that clients are to find. */
  readonly contents = new Map<string, string>();
  readonly #server: Running;
  /** The index's keys, by keyid. */
  readonly #ring = new Map<string, PrivateKey>();
  /** The keyids and kinds of a role's keys. */
  readonly #roles = new Map<string, Map<string, Kind>>();
  /** The keys of projects and what they signed last: the index never has the keys. */
  readonly #developers = new Map<string, { readonly key: PrivateKey; readonly signed: Targets }>();

  private constructor(repository: Repository, folder: string, server: Running) {
    this.repository = repository;
    this.folder = folder;
    this.#server = server;
  }

  /** Makes a repository with its keys in a folder of its own and serves it; nothing is published yet. */
  static async create(options: ProfileOptions): Promise<Publication> {
    const folder = await mkdtemp(join(inject("scratch"), "published-"));
    const repository = await Repository.create(createFileStorage(folder), options);
    const served = join(folder, "public");
    const publication = new Publication(repository, served, await serveFolder(served));
    for (const [role, kind] of KEYS[options.profile ?? "simple"]) await publication.#addKey(role, kind);
    if (repository.config.bins !== undefined) await publication.#addKey("bin", "Ed25519");
    return publication;
  }

  get metadataUrl(): string {
    return `${this.#server.base}/metadata/`;
  }

  get targetsUrl(): string {
    return `${this.#server.base}/targets/`;
  }

  /** The private keys that the index has at hand. */
  get ring(): KeyRing {
    return { has: async (keyid) => this.#ring.has(keyid), signer: async (keyid) => this.#ring.get(keyid) };
  }

  /** A developer's next version of a project, with new files, as the index takes it. The first brings the key. */
  async submit(project: string, files: Readonly<Record<string, string>>): Promise<void> {
    const known = this.#developers.get(project);
    const key = known?.key ?? (await generateKey(this.#developers.size === 0 ? "P-256" : "Ed25519"));
    const contents = Object.entries(files).map(([path, text]) => [path, encoded(text)] as const);
    const changes = new Map(contents.map(([path, bytes]) => [path, targetOf(bytes)]));
    const expires = `${new Date(Date.now() + 30 * DAY_MS).toISOString().slice(0, 19)}Z`;
    const signed = nextProjectVersion(project, known?.signed, changes, expires);
    const metadata = serializeMetadata(await signProject(project, signed, [key]), "file");
    const handed = contents.map(
      ([path, bytes]) => [path, { length: bytes.length, open: () => once(bytes) }] as const,
    );
    const submission = { metadata, files: new Map(handed) };
    await acceptSubmission(
      this.repository,
      submission,
      known === undefined ? { project, keys: [key.publicKey] } : {},
    );
    this.#developers.set(project, { key, signed });
    for (const [path, text] of Object.entries(files)) this.contents.set(path, text);
  }

  /** Stores files and stages them: in the bins if there are any, else in targets. */
  async add(files: Readonly<Record<string, string>>): Promise<void> {
    const changes: TargetChange[] = [];
    for (const [path, text] of Object.entries(files)) {
      const bytes = encoded(text);
      const target = targetOf(bytes);
      await this.repository.storeTarget(path, target, () => once(bytes));
      changes.push({ path, target });
      this.contents.set(path, text);
    }
    await this.repository.changeTargets(changes);
  }

  /** Stages the removal of files. */
  async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) this.contents.delete(path);
    await this.repository.changeTargets(paths.map((path) => ({ path, target: null })));
  }

  /** Gives a role fresh keys instead of those that it has. @param lost the index has the old ones no longer */
  async rotate(role: string, { lost = false } = {}): Promise<void> {
    const before = new Map(this.#roles.get(role));
    for (const kind of before.values()) await this.#addKey(role, kind);
    for (const keyid of before.keys()) {
      await this.repository.removeKey(role, keyid);
      this.#roles.get(role)?.delete(keyid);
      if (lost) this.#ring.delete(keyid);
    }
  }

  publish(): Promise<PublishResult> {
    return this.repository.publish({ keys: this.ring });
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #addKey(role: string, kind: Kind): Promise<void> {
    const key = await generateKey(kind);
    const [keyid = ""] = await this.repository.addKeys(role, [key.publicKey]);
    this.#ring.set(keyid, key);
    const keys = this.#roles.get(role) ?? new Map<string, Kind>();
    this.#roles.set(role, keys.set(keyid, kind));
  }
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function targetOf(bytes: Uint8Array): TargetFile {
  const hash = (algorithm: string): string => createHash(algorithm).update(bytes).digest("hex");
  return { length: bytes.length, hashes: { sha256: hash("sha256"), sha512: hash("sha512") } };
}
