/**
 * What is published now. Its storage is not trusted: what is built upon is verified first, or a file that someone
 * changed there would be signed anew with our keys.
 * @module
 */
import { hashHex } from "#platform";
import { TufLdError } from "../errors.ts";
import { type MetadataFile, parseMetadata } from "../metadata/file.ts";
import { checkFile } from "../proof/checkFile.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import { assertSigned } from "../trust/rules.ts";
import type { MetaFile, Root, Snapshot, Targets, Timestamp } from "../vocabulary/types.ts";
import type { SignedView } from "./config.ts";
import { metadataName, TIMESTAMP } from "./layout.ts";
import type { RepositoryStorage } from "./storage.ts";

/** The published state of a repository. */
export class Published {
  readonly #storage: RepositoryStorage;
  readonly view: SignedView;
  /** The newest root and the one before it. */
  readonly root: MetadataFile<Root> | undefined;
  readonly previousRoot: MetadataFile<Root> | undefined;
  readonly timestamp: MetadataFile<Timestamp> | undefined;
  readonly snapshot: MetadataFile<Snapshot> | undefined;

  private constructor(
    storage: RepositoryStorage,
    view: SignedView,
    files: Pick<Published, "root" | "previousRoot" | "timestamp" | "snapshot">,
  ) {
    this.#storage = storage;
    this.view = view;
    this.root = files.root;
    this.previousRoot = files.previousRoot;
    this.timestamp = files.timestamp;
    this.snapshot = files.snapshot;
  }

  /** Reads and verifies root, timestamp and snapshot. @throws what verification refuses */
  static async load(storage: RepositoryStorage, view: SignedView): Promise<Published> {
    let root: MetadataFile<Root> | undefined;
    let previousRoot: MetadataFile<Root> | undefined;
    for (let version = 1; ; version++) {
      const bytes = await storage.get(metadataName("root", version));
      if (bytes === undefined) break;
      const next = parseMetadata(bytes, { type: "root" });
      await assertOf(next, "root", root ?? next, view);
      previousRoot = root;
      root = next;
    }
    const bytes = await storage.get(TIMESTAMP);
    if (root === undefined || bytes === undefined) {
      return new Published(storage, view, { root, previousRoot, timestamp: undefined, snapshot: undefined });
    }
    const timestamp = parseMetadata(bytes, { type: "timestamp" });
    // Killed between the two files that make a rotation, publishing leaves a timestamp of the root before.
    await assertOf(timestamp, "timestamp", root, view).catch(async (error) => {
      if (previousRoot === undefined) throw error;
      await assertOf(timestamp, "timestamp", previousRoot, view);
    });
    const snapshot = await snapshotOf(storage, timestamp.signed);
    return new Published(storage, view, { root, previousRoot, timestamp, snapshot });
  }

  /** The published version of a targets role, or `undefined`. */
  versionOf(role: string): number | undefined {
    const meta: Readonly<Record<string, MetaFile>> = this.snapshot?.signed.meta ?? {};
    const name = `${role}.json`;
    return Object.hasOwn(meta, name) ? meta[name]?.version : undefined;
  }

  /** A published targets role as it stands; whoever builds upon it verifies it with `assertTargets`. */
  async targets(role: string): Promise<MetadataFile<Targets> | undefined> {
    const version = this.versionOf(role);
    if (version === undefined) return undefined;
    const bytes = await this.#storage.get(metadataName(role, version));
    if (bytes === undefined) throw missing(metadataName(role, version));
    return parseMetadata(bytes, { type: "targets" });
  }
}

/** Refuses a file that a threshold of a role's keys has not signed, in the views that the repository promises. */
export async function assertOf(
  file: MetadataFile,
  role: string,
  delegator: MetadataFile<Root | Targets>,
  view: SignedView,
): Promise<void> {
  const keys = delegatedKeys(delegator.signed, role);
  if (keys === undefined) throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
  await assertSignedBy(file, keys, view);
}

/** As `assertOf`, for keys that are at hand. */
export async function assertSignedBy(file: MetadataFile, keys: RoleKeys, view: SignedView): Promise<void> {
  assertSigned(keys, await checkFile(file, keys, view));
}

async function snapshotOf(storage: RepositoryStorage, timestamp: Timestamp): Promise<MetadataFile<Snapshot>> {
  const { version, hashes } = timestamp.meta["snapshot.json"] as MetaFile;
  const name = metadataName("snapshot", version);
  const bytes = await storage.get(name);
  if (bytes === undefined) throw missing(name);
  const expected = hashes?.sha256;
  const actual = hashHex("sha256", bytes);
  if (expected !== actual) {
    const message = `${name} is not the snapshot that timestamp.json names`;
    const facts = { path: name, algorithm: "sha256", expected: expected ?? "none", actual };
    throw new TufLdError("ERR_HASH_MISMATCH", message, facts);
  }
  return parseMetadata(bytes, { type: "snapshot" });
}

function missing(path: string): TufLdError {
  const reason = "the repository has lost this file";
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}
