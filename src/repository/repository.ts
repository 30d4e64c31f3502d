/**
 * A repository in a storage: everything that people do to it between `init` and `publish`.
 *
 * Each call takes the storage's lock, reads what it needs, writes whole files, and lets go; so several processes may
 * use one repository, one at a time.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { PublicKey } from "../key/publicKey.ts";
import type { Signer } from "../key/signer.ts";
import { checkFile } from "../proof/checkFile.ts";
import { keyidsOf } from "../proof/roleKeys.ts";
import { isBinName } from "../trust/delegation.ts";
import type { Root, TargetFile, Targets } from "../vocabulary/types.ts";
import { ChangeWriter, type ImportMark, type TargetChange } from "./changes.ts";
import { type CleanOptions, cleanAll } from "./clean.ts";
import { hasConfig, type RepositoryConfig, readConfig, writeConfig } from "./config.ts";
import { Drafts, type EditableFile } from "./drafts.ts";
import {
  type Delegator,
  keysOf,
  listedKeyid,
  type NewDelegation,
  sameJson,
  withDelegation,
  withKey,
  withoutDelegation,
  withoutKey,
  withTargets,
  withThreshold,
} from "./edit.ts";
import { binNameOf, checkRoleName, targetName } from "./layout.ts";
import { configOf, firstDocuments, type ProfileOptions } from "./profiles.ts";
import { type PublishOptions, type PublishResult, publish, signDraft } from "./publish.ts";
import { Published } from "./published.ts";
import { type KeyRing, type Signatures, type SigningKey, signaturesOf, signWith } from "./signing.ts";
import { type RepositoryStatus, statusOf } from "./status.ts";
import type { RepositoryStorage } from "./storage.ts";
import { checkTarget } from "./target.ts";
import { describeChanges } from "./words.ts";

/** Options of edits. */
export interface EditOptions {
  /** From when on what is edited is valid for its role's period. Default: the current time. */
  readonly now?: Date;
}

/** Options of {@link Repository.addTargets}. */
export interface AddTargetsOptions extends EditOptions {
  /** The role that lists them. Default: the bins if there are any, else the top-level targets role. */
  readonly role?: string;
  /** Called after so many changes, to show how far it is. */
  readonly onProgress?: (count: number) => void;
  /** Where `changes` come from, if an interrupted import is to go on; the position is asked for each segment. */
  readonly mark?: () => ImportMark;
}

/** What a signer is asked to sign. */
export interface SigningRequest {
  readonly role: string;
  readonly file: EditableFile;
  /** What is published of the role. */
  readonly before: EditableFile | undefined;
  /** What changes, in words. */
  readonly changes: readonly string[];
  /** Who has signed: by the keys of the delegator, and for root by those of the root before too. */
  readonly signatures: readonly Signatures[];
}

/** A repository that exists. */
export class Repository {
  readonly storage: RepositoryStorage;
  readonly config: RepositoryConfig;

  private constructor(storage: RepositoryStorage, config: RepositoryConfig) {
    this.storage = storage;
    this.config = config;
  }

  /** Makes a repository with the drafts of its profile. @throws ERR_STORAGE if there is one already; RangeError */
  static async create(
    storage: RepositoryStorage,
    options: ProfileOptions & EditOptions = {},
  ): Promise<Repository> {
    const config = configOf(options);
    return storage.exclusive(async () => {
      if (await hasConfig(storage)) {
        const reason = "there is a repository already";
        throw new TufLdError("ERR_STORAGE", `tuf-ld.json: ${reason}`, { path: "tuf-ld.json", reason });
      }
      const drafts = await Drafts.load(storage, config, await Published.load(storage, config.sign));
      for (const [role, document] of firstDocuments(config, options.now ?? new Date())) {
        if ((await drafts.publishedFile(role)) === undefined) await drafts.put(role, document);
      }
      // The settings come last: without them there is no repository yet, and `init` can be run again.
      await writeConfig(storage, config);
      return new Repository(storage, config);
    });
  }

  /** Opens a repository. @throws ERR_NOT_A_REPOSITORY, ERR_SHAPE */
  static async open(storage: RepositoryStorage): Promise<Repository> {
    return new Repository(storage, await readConfig(storage));
  }

  /** Runs `work` on the drafts, alone. */
  async withDrafts<T>(work: (drafts: Drafts) => Promise<T>): Promise<T> {
    return this.storage.exclusive(async () => {
      const published = await Published.load(this.storage, this.config.sign);
      return work(await Drafts.load(this.storage, this.config, published));
    });
  }

  /** Adds keys to a role; `bin` speaks of all bins. @returns their keyids @throws ERR_ROLE_UNKNOWN, ERR_EDIT */
  async addKeys(role: string, keys: readonly PublicKey[], options: EditOptions = {}): Promise<string[]> {
    await this.#editEntry(role, options, (document, among) =>
      keys.reduce((edited, key) => withKey(edited, role, key, among), document),
    );
    return this.withDrafts(async (drafts) => {
      const delegator = await drafts.current((await drafts.delegatorOf(role)) ?? "root");
      return keys.map((key) => (delegator && listedKeyid(keysOf(delegator.signed), key)) ?? "");
    });
  }

  /** Takes a key from a role. @throws ERR_ROLE_UNKNOWN, ERR_EDIT */
  async removeKey(role: string, keyid: string, options: EditOptions = {}): Promise<void> {
    await this.#editEntry(role, options, (document, among) => withoutKey(document, role, keyid, among));
  }

  /** Sets a role's threshold. @throws ERR_ROLE_UNKNOWN, ERR_EDIT */
  async setThreshold(role: string, threshold: number, options: EditOptions = {}): Promise<void> {
    await this.#editEntry(role, options, (document, among) =>
      withThreshold(document, role, threshold, among),
    );
  }

  /** Sets for how many days metadata of a role is valid from its next version on. */
  async setExpiry(role: string, days: number): Promise<Repository> {
    const config = { ...this.config, expiryDays: { ...this.config.expiryDays, [role]: days } };
    await this.storage.exclusive(() => writeConfig(this.storage, config));
    return new Repository(this.storage, config);
  }

  /** Stages the next version of a role with nothing changed but version and expiry. @throws ERR_ROLE_UNKNOWN */
  async renew(role: string, options: EditOptions = {}): Promise<void> {
    await this.withDrafts(async (drafts) => {
      const file = await drafts.current(role);
      if (file === undefined)
        throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
      await drafts.put(role, { ...file.signed, ...(await drafts.header(role, options.now ?? new Date())) });
    });
  }

  /** Delegates to a new role, which begins without targets. @throws ERR_EDIT, ERR_ROLE_UNKNOWN */
  async delegate(
    delegation: NewDelegation,
    options: EditOptions & { readonly from?: string } = {},
  ): Promise<void> {
    const { from = "targets", now = new Date() } = options;
    const { name } = delegation;
    checkRoleName(name);
    await this.withDrafts(async (drafts) => {
      const there = await drafts.delegatorOf(name);
      if (there !== undefined) throw editError(name, `${there} delegates to it already`);
      this.#refuseBin(name);
      await drafts.edit<Targets>(from, now, (document) => withDelegation(document, delegation));
      // Metadata of an earlier delegation of this name is signed anew by the keys of this one.
      const before = await drafts.publishedFile(name);
      const document: Targets =
        before === undefined
          ? { _type: "targets", spec_version: "1.0.34", version: 1, expires: "", targets: {} }
          : (before.signed as Targets);
      await drafts.put(name, { ...document, ...(await drafts.header(name, now)) });
    });
  }

  /** Takes a delegation away; its metadata stays until nobody asks for it. @throws ERR_EDIT, ERR_ROLE_UNKNOWN */
  async undelegate(name: string, options: EditOptions = {}): Promise<void> {
    await this.withDrafts(async (drafts) => {
      const from = await drafts.delegatorOf(name);
      if (from === undefined || from === "root" || name === this.config.bins?.prefix)
        throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no delegated role "${name}"`, { role: name });
      await drafts.edit<Targets>(from, options.now ?? new Date(), (document) =>
        withoutDelegation(document, name),
      );
      if (drafts.all.has(name)) await drafts.discard(name);
    });
  }

  /**
   * Adds, replaces and removes targets. Those of bins wait in a log, those of other roles in the role's draft.
   *
   * @returns how many changes there were
   * @throws ERR_INPUT, ERR_EDIT, ERR_ROLE_UNKNOWN
   */
  async changeTargets(
    changes: Iterable<TargetChange> | AsyncIterable<TargetChange>,
    options: AddTargetsOptions = {},
  ): Promise<number> {
    const { bins } = this.config;
    const role = options.role ?? bins?.prefix ?? "targets";
    return this.storage.exclusive(() =>
      role === bins?.prefix ? this.#logChanges(changes, options) : this.#draftChanges(role, changes, options),
    );
  }

  /** How far an interrupted import of this source is, in the unit of its marks. */
  async positionIn(source: string): Promise<number> {
    const { bins } = this.config;
    return bins === undefined ? 0 : (await ChangeWriter.open(this.storage, bins)).positionIn(source);
  }

  /** The target as it is published, or staged in a draft. Changes of bins that wait are not looked at. */
  async target(
    path: string,
    role?: string,
  ): Promise<{ readonly role: string; readonly target: TargetFile } | undefined> {
    const name = role ?? (this.config.bins === undefined ? "targets" : binNameOf(this.config.bins, path));
    const published = await Published.load(this.storage, this.config.sign);
    const drafts = await Drafts.load(this.storage, this.config, published);
    const document = (await drafts.current(name))?.signed as Targets | undefined;
    const found =
      document !== undefined && Object.hasOwn(document.targets, path) ? document.targets[path] : undefined;
    return found === undefined ? undefined : { role: name, target: found };
  }

  /** Stores a target file under the name that clients ask for. @returns whether it was not there before */
  async storeTarget(
    path: string,
    { hashes }: TargetFile,
    open: () => AsyncIterable<Uint8Array>,
  ): Promise<boolean> {
    let created = false;
    // go-tuf asks for any of the listed hashes, other clients for the first that they know.
    for (const hash of Object.values(hashes)) {
      created = (await this.storage.streamIfAbsent(targetName(path, String(hash)), open())) || created;
    }
    return created;
  }

  /** What a signer of a role's draft should see. @throws ERR_ROLE_UNKNOWN if there is no draft */
  async signingRequest(role: string): Promise<SigningRequest> {
    return this.withDrafts((drafts) => requestOf(drafts, role));
  }

  /**
   * Signs a role's draft with one key.
   *
   * @param expected refuse if the draft is not this one any more; whoever was shown it signs it and no other
   * @throws ERR_ROLE_UNKNOWN, ERR_KEY_UNAUTHORIZED, ERR_STALE_DRAFT
   */
  async sign(
    role: string,
    signer: Signer,
    options: EditOptions & { readonly expected?: EditableFile } = {},
  ): Promise<SigningRequest> {
    return this.withDrafts(async (drafts) => {
      const file = draftOf(drafts, role);
      if (options.expected !== undefined) assertSameDraft(role, file, options.expected);
      const key = await keyFor(drafts, role, signer);
      const { sign } = this.config;
      await drafts.putFile(role, await signWith(file, role, key, sign, options.now ?? new Date()));
      return requestOf(drafts, role);
    });
  }

  /**
   * Adds the signatures that a copy of the draft has got elsewhere.
   *
   * @returns the keyids whose signatures are new
   * @throws ERR_STALE_DRAFT if the copy is of another draft; ERR_KEY_UNAUTHORIZED, ERR_SIGNATURE if nothing in it counts
   */
  async addSignatures(role: string, copy: EditableFile): Promise<string[]> {
    return this.withDrafts(async (drafts) => {
      const file = draftOf(drafts, role);
      assertSameDraft(role, file, copy);
      return mergeSignatures(drafts, role, file, copy);
    });
  }

  /** Signs all drafts with the keys at hand. @returns the roles that were signed */
  async signAll(keys: KeyRing, options: EditOptions = {}): Promise<string[]> {
    return this.withDrafts(async (drafts) => {
      const signed: string[] = [];
      for (const role of drafts.all.keys()) {
        if (await signDraft(drafts, role, keys, options.now ?? new Date())) signed.push(role);
      }
      return signed;
    });
  }

  /** Publishes what is ready. @throws as `publish` */
  publish(options: PublishOptions): Promise<PublishResult> {
    return publish(this.storage, this.config, options);
  }

  /** What is staged, who still has to sign, what expires when. */
  status(options: EditOptions & { readonly keys?: KeyRing } = {}): Promise<RepositoryStatus> {
    return this.withDrafts((drafts) =>
      statusOf(this.storage, drafts, options.now ?? new Date(), options.keys),
    );
  }

  /** Removes published files that nothing refers to any more. @returns their names */
  clean(options: CleanOptions = {}): Promise<string[]> {
    return this.storage.exclusive(async () =>
      cleanAll(this.storage, this.config, await Published.load(this.storage, this.config.sign), options),
    );
  }

  async #editEntry(
    role: string,
    { now = new Date() }: EditOptions,
    edit: <D extends Delegator>(document: D, among?: (name: string) => boolean) => D,
  ): Promise<void> {
    await this.withDrafts(async (drafts) => {
      const delegator = await drafts.delegatorOf(role);
      if (delegator === undefined)
        throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
      const { bins } = this.config;
      const among =
        bins !== undefined && role === bins.prefix && !bins.succinct
          ? (name: string) => isBinName({ name_prefix: bins.prefix, bit_length: bins.bits }, name)
          : undefined;
      await drafts.edit<Root | Targets>(delegator, now, (document) => edit(document, among));
    });
  }

  async #logChanges(
    changes: Iterable<TargetChange> | AsyncIterable<TargetChange>,
    { onProgress, mark }: AddTargetsOptions,
  ): Promise<number> {
    if (this.config.bins === undefined) return 0;
    const writer = await ChangeWriter.open(this.storage, this.config.bins);
    let count = 0;
    for await (const change of changes) {
      checkTarget(change);
      count++;
      if (writer.add(change)) await writer.flush(mark?.());
      if (count % 10_000 === 0) onProgress?.(count);
    }
    await writer.flush(mark?.());
    onProgress?.(count);
    return count;
  }

  async #draftChanges(
    role: string,
    changes: Iterable<TargetChange> | AsyncIterable<TargetChange>,
    { onProgress, now = new Date() }: AddTargetsOptions,
  ): Promise<number> {
    const byPath = new Map<string, TargetFile | null>();
    let count = 0;
    for await (const change of changes) {
      checkTarget(change);
      byPath.set(change.path, change.target);
      if (++count % 10_000 === 0) onProgress?.(count);
    }
    const drafts = await Drafts.load(
      this.storage,
      this.config,
      await Published.load(this.storage, this.config.sign),
    );
    await drafts.assertCovers(role, byPath.keys());
    await drafts.edit<Targets>(role, now, (document) => withTargets(document, byPath));
    onProgress?.(count);
    return count;
  }

  #refuseBin(name: string): void {
    const { bins } = this.config;
    if (bins !== undefined && (name === bins.prefix || name.startsWith(`${bins.prefix}-`)))
      throw editError(name, "this name belongs to the bins");
  }
}

function editError(role: string, reason: string): TufLdError<"ERR_EDIT"> {
  return new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}

function draftOf(drafts: Drafts, role: string): EditableFile {
  const file = drafts.all.get(role);
  if (file !== undefined) return file;
  throw new TufLdError("ERR_ROLE_UNKNOWN", `nothing of "${role}" is staged, so there is nothing to sign`, {
    role,
  });
}

async function requestOf(drafts: Drafts, role: string): Promise<SigningRequest> {
  const file = draftOf(drafts, role);
  const before = await drafts.publishedFile(role);
  const signatures: Signatures[] = [];
  for (const keys of await drafts.keysFor(role))
    signatures.push(await signaturesOf(file, keys, drafts.config.sign));
  return { role, file, before, changes: describeChanges(role, before?.signed, file.signed), signatures };
}

/** The name under which the role's keys list a signer. */
async function keyFor(drafts: Drafts, role: string, signer: Signer): Promise<SigningKey> {
  for (const keys of await drafts.keysFor(role)) {
    const keyid = keyidsOf(keys, signer.publicKey)[0];
    if (keyid !== undefined) return { keyid, signer };
  }
  const message = `this key is not one of the keys of "${role}"`;
  throw new TufLdError("ERR_KEY_UNAUTHORIZED", message, { role, key: signer.publicKey.id });
}

function assertSameDraft(role: string, file: EditableFile, copy: EditableFile): void {
  if (sameSigned(file, copy)) return;
  const versions =
    copy.signed.version === file.signed.version
      ? `both are version ${file.signed.version}, with other contents`
      : `it is version ${copy.signed.version}, the draft is version ${file.signed.version}`;
  const message = `this is not the staged draft of "${role}": ${versions}`;
  throw new TufLdError("ERR_STALE_DRAFT", message, {
    role,
    staged: file.signed.version,
    given: copy.signed.version,
  });
}

function sameSigned(a: EditableFile, b: EditableFile): boolean {
  return sameJson(a.signed, b.signed);
}

/** Merges what counts, and leaves the rest. */
async function mergeSignatures(
  drafts: Drafts,
  role: string,
  file: EditableFile,
  copy: EditableFile,
): Promise<string[]> {
  const { sign } = drafts.config;
  const all = await drafts.keysFor(role);
  const added: string[] = [];
  let merged = file;
  let refused: { readonly message: string; readonly code: string } | undefined;
  for (const keys of all) {
    const before = await signaturesOf(merged, keys, sign);
    const { findings } = await checkFile(copy, keys, sign);
    const valid = findings.filter(({ outcome }) => outcome === "valid");
    refused ??= findings.find(({ outcome, reason }) => outcome === "invalid" && reason !== undefined)?.reason;
    const signatures = valid.flatMap(({ view, index }) =>
      view === "classic" ? [copy.signatures[index]] : [],
    );
    const proofs = valid.flatMap(({ view, index }) => (view === "linked" ? [copy.proof[index]] : []));
    merged = withMerged(merged, signatures as typeof copy.signatures, proofs as typeof copy.proof);
    const after = await signaturesOf(merged, keys, sign);
    for (const keyid of after.signed)
      if (!before.signed.includes(keyid) && !added.includes(keyid)) added.push(keyid);
  }
  if (merged !== file) await drafts.putFile(role, merged);
  if (added.length > 0) return added;
  const already = await Promise.all(all.map((keys) => signaturesOf(copy, keys, sign)));
  if (already.some(({ signed }) => signed.length > 0)) return [];
  const why = refused?.message ?? "none of its signatures is by a key of the role";
  throw new TufLdError("ERR_NO_SIGNATURE", `nothing in this copy counts for "${role}": ${why}`, {
    role,
    view: sign,
  });
}

function withMerged(
  file: EditableFile,
  signatures: EditableFile["signatures"],
  proofs: EditableFile["proof"],
): EditableFile {
  const known = new Set([...file.signatures, ...file.proof].map((entry) => JSON.stringify(entry)));
  const fresh = <T>(entries: readonly T[]): T[] =>
    entries.filter((entry) => !known.has(JSON.stringify(entry)));
  const [newSignatures, newProofs] = [fresh(signatures), fresh(proofs)];
  if (newSignatures.length === 0 && newProofs.length === 0) return file;
  const renewed = new Set(newSignatures.map(({ keyid }) => keyid));
  return {
    ...file,
    linked: file.linked || newProofs.length > 0,
    signatures: [...file.signatures.filter(({ keyid }) => !renewed.has(keyid)), ...newSignatures],
    proof: [...file.proof, ...newProofs],
  };
}
