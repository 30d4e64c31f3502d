/**
 * A repository in memory that does whatever a test wants, honest or not. It signs real metadata with real keys, and
 * is itself a `Fetcher` that records what it was asked for.
 *
 * The documents (`root`, `timestamp`, `snapshot`, `targets`, `delegated`) are drafts: change them, then `publish`
 * them properly, or `write` one as it is. `files` is what is served: change the bytes, or delete them.
 * @module
 */
import { hashHex } from "#platform";
import { TufLdError } from "../../../src/errors.ts";
import { type MetadataFile, serializeMetadata } from "../../../src/metadata/file.ts";
import { addSignature } from "../../../src/proof/classicSignature.ts";
import { addProof } from "../../../src/proof/linkedProof.ts";
import type { DelegatedRole, Signed, SuccinctRoles } from "../../../src/vocabulary/types.ts";
import {
  type Draft,
  type DraftRoot,
  type DraftSnapshot,
  type DraftTargets,
  type DraftTimestamp,
  NOW,
  newRoot,
  newSnapshot,
  newTargets,
  newTimestamp,
} from "./draft.ts";
import { KeyRing, type RepositoryKey } from "./keyPool.ts";
import { decoded, Served } from "./served.ts";

/** What files carry: classic signatures, linked proofs, or both. */
export type View = "classic" | "linked" | "both";
export const VIEWS: readonly View[] = ["classic", "linked", "both"];

/** Options of `Simulator.create`. */
export interface SimulatorOptions {
  /** Default: classic. */
  readonly view?: View;
  /** Default: true. */
  readonly consistent?: boolean;
}

/** The members of a delegation that matter to a test; the rest has defaults. */
export type DelegationInput = Pick<Draft<DelegatedRole>, "name"> & Partial<Draft<DelegatedRole>>;

const TOP_LEVEL = ["root", "timestamp", "snapshot", "targets"] as const;
type TopLevel = (typeof TOP_LEVEL)[number];

export class Simulator extends Served {
  readonly view: View;
  readonly ring = new KeyRing();
  root: DraftRoot = newRoot();
  timestamp: DraftTimestamp = newTimestamp();
  snapshot: DraftSnapshot = newSnapshot();
  targets: DraftTargets = newTargets();
  readonly delegated = new Map<string, DraftTargets>();
  /** Who signs a role when it is written; metadata need not agree. */
  readonly signers = new Map<string, RepositoryKey[]>();
  /** Whether `publish` states lengths and hashes of metadata files. */
  statesHashes = false;
  /** Changes a file after it was signed, before it is served. */
  readonly tamper = new Map<string, (file: MetadataFile) => MetadataFile>();

  private constructor(view: View) {
    super();
    this.view = view;
  }

  /** A repository with one key for each role, published: every role has version 1. */
  static async create({ view = "classic", consistent = true }: SimulatorOptions = {}): Promise<Simulator> {
    const repository = new Simulator(view);
    repository.root.consistent_snapshot = consistent;
    for (const role of TOP_LEVEL) await repository.addKey(role);
    await repository.publish("root", "targets");
    return repository;
  }

  /** A root file as it was published. */
  rootBytes(version = 1): Uint8Array {
    return this.bytes(`metadata/${version}.root.json`);
  }

  /** The document of a role. @throws Error if there is none */
  document(role: string): Draft<Signed> {
    if (role === "root" || role === "timestamp" || role === "snapshot" || role === "targets")
      return this[role];
    const found = this.delegated.get(role);
    if (found === undefined) throw new Error(`the repository has no role ${role}`);
    return found;
  }

  /** Gives a top-level role a fresh key, which signs from now on. */
  async addKey(role: TopLevel, kind?: Parameters<KeyRing["next"]>[0]): Promise<RepositoryKey> {
    const key = await this.ring.next(kind);
    this.authorize(role, key);
    this.signersOf(role).push(key);
    return key;
  }

  /** Names a key for a top-level role; it need not sign. */
  authorize(role: TopLevel, { keyid, tufKey }: RepositoryKey): void {
    this.root.keys[keyid] = structuredClone(tufKey) as (typeof this.root.keys)[string];
    const { keyids } = this.role(role);
    if (!keyids.includes(keyid)) keyids.push(keyid);
  }

  role(role: TopLevel) {
    return this.root.roles[role] as Draft<{ keyids: string[]; threshold: number }>;
  }

  signersOf(role: string): RepositoryKey[] {
    const found = this.signers.get(role) ?? [];
    this.signers.set(role, found);
    return found;
  }

  /** Replaces all keys of a top-level role by one fresh key. */
  async rotate(role: TopLevel): Promise<RepositoryKey> {
    this.role(role).keyids = [];
    this.signers.set(role, []);
    return this.addKey(role);
  }

  /** Delegates from a targets role to a new one, by listing it after the others. The role has one fresh key. */
  async delegate(
    from: string,
    input: DelegationInput,
    document: DraftTargets = newTargets(),
  ): Promise<RepositoryKey> {
    const key = await this.ring.next();
    const { name } = input;
    this.delegated.set(name, this.delegated.get(name) ?? document);
    this.signersOf(name).push(key);
    const delegations = this.delegationsOf(from);
    delegations.keys[key.keyid] = structuredClone(key.tufKey) as (typeof delegations.keys)[string];
    const scope = input.path_hash_prefixes === undefined ? { paths: ["*"] } : {};
    const entry = { keyids: [key.keyid], threshold: 1, terminating: false, ...scope, ...input };
    delegations.roles = [...(delegations.roles ?? []), entry as Draft<DelegatedRole>];
    return key;
  }

  /** Delegates from a targets role to hash bins, all with one key (TAP 15). */
  async delegateBins(from: string, bits: number, prefix: string): Promise<void> {
    const key = await this.ring.next();
    const bins: Draft<SuccinctRoles> = {
      keyids: [key.keyid],
      threshold: 1,
      bit_length: bits,
      name_prefix: prefix,
    };
    const keys = { [key.keyid]: structuredClone(key.tufKey) };
    this.targetsOf(from).delegations = { keys, succinct_roles: bins } as NonNullable<
      DraftTargets["delegations"]
    >;
    const digits = Math.ceil(bits / 4);
    for (let bin = 0; bin < 2 ** bits; bin++) {
      const name = `${prefix}-${bin.toString(16).padStart(digits, "0")}`;
      this.delegated.set(name, newTargets());
      this.signersOf(name).push(key);
    }
  }

  targetsOf(role: string): DraftTargets {
    const document = this.document(role);
    if (document._type !== "targets") throw new Error(`${role} is not a targets role`);
    return document;
  }

  delegationsOf(role: string): NonNullable<DraftTargets["delegations"]> {
    const document = this.targetsOf(role);
    document.delegations ??= { keys: {}, roles: [] };
    return document.delegations;
  }

  /** Lists a target file in a role and serves it, under its name and under that with its hash. */
  addTarget(role: string, path: string, content: string): Uint8Array {
    const bytes = new TextEncoder().encode(content);
    const sha256 = hashHex("sha256", bytes);
    this.targetsOf(role).targets[path] = { length: bytes.length, hashes: { sha256 } };
    const slash = path.lastIndexOf("/") + 1;
    for (const name of [path, `${path.slice(0, slash)}${sha256}.${path.slice(slash)}`]) {
      this.files.set(`targets/${name}`, bytes);
      this.files.set(`targets/${decoded(name)}`, bytes);
    }
    return bytes;
  }

  /** Under which name, once that is decoded, a client asks for a target file that `targets` lists. */
  requestName(path: string): string {
    const sha256 = this.targets.targets[path]?.hashes.sha256;
    const slash = path.lastIndexOf("/") + 1;
    const prefix = this.root.consistent_snapshot ? `${sha256}.` : "";
    return decoded(`targets/${path.slice(0, slash)}${prefix}${path.slice(slash)}`);
  }

  /**
   * Publishes as an honest repository does: the named roles get the next version, and so do snapshot and timestamp
   * where they have to say so.
   */
  async publish(...roles: string[]): Promise<void> {
    const targets = roles.filter((role) => role === "targets" || this.delegated.has(role));
    for (const role of [...roles.filter((role) => role === "root"), ...targets]) await this.bump(role);
    for (const role of targets) {
      this.snapshot.meta[`${role}.json`] = this.meta(role);
    }
    if (targets.length > 0 || roles.includes("snapshot")) {
      await this.bump("snapshot");
      this.timestamp.meta["snapshot.json"] = this.meta("snapshot");
      await this.bump("timestamp");
    } else if (roles.includes("timestamp")) {
      await this.bump("timestamp");
    }
  }

  /** Publishes targets and every delegated role. */
  publishAll(): Promise<void> {
    return this.publish("targets", ...this.delegated.keys());
  }

  /** The next version of one role, signed and served; nothing else is told. */
  async bump(role: string): Promise<void> {
    this.document(role).version++;
    await this.write(role);
  }

  /** Signs a role as it is, and serves it under the names that its version gives it. */
  async write(role: string, signers: readonly RepositoryKey[] = this.signersOf(role)): Promise<Uint8Array> {
    const file = await this.sign(role, signers);
    const bytes = serializeMetadata(file, file.linked ? "file" : "classic");
    for (const name of this.namesOf(role)) this.files.set(name, bytes);
    return bytes;
  }

  async sign(role: string, signers: readonly RepositoryKey[]): Promise<MetadataFile> {
    const signed = structuredClone(this.document(role)) as Signed;
    let file: MetadataFile = { signed, signatures: [], proof: [], linked: false, unrecognized: {} };
    for (const { signer, keyid } of signers) {
      if (this.view !== "linked") file = await addSignature(file, signer, { keyid });
      if (this.view !== "classic") file = await addProof(file, signer, role, { created: NOW });
    }
    if (this.view !== "classic") file = { ...file, linked: true };
    return this.tamper.get(role)?.(file) ?? file;
  }

  /** Where the current version of a role is served. */
  namesOf(role: string): string[] {
    const { version } = this.document(role);
    if (role === "timestamp") return ["metadata/timestamp.json"];
    if (role === "root" || this.root.consistent_snapshot) return [`metadata/${version}.${role}.json`];
    return [`metadata/${role}.json`];
  }

  /** What a parent states of a role. */
  meta(role: string): { version: number; length?: number; hashes?: { sha256: string } } {
    const { version } = this.document(role);
    if (!this.statesHashes) return { version };
    const bytes = this.bytes(this.namesOf(role)[0] as string);
    return { version, length: bytes.length, hashes: { sha256: hashHex("sha256", bytes) } };
  }

  /** The bytes of a served file. @throws TufLdError as a server would */
  bytes(name: string): Uint8Array {
    const found = this.files.get(name);
    if (found === undefined) throw new TufLdError("ERR_FILE_NOT_FOUND", `no ${name}`, { url: name });
    return found;
  }
}
