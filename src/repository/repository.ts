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
import type { MetadataFile } from "../metadata/file.ts";
import { keyidsOf, type RoleKeys } from "../proof/roleKeys.ts";
import type { Root, TargetFile, Targets } from "../vocabulary/types.ts";
import { readHead, removeLeftChanges } from "./changes.ts";
import { type AddTargetsOptions, type Changes, draftChanges, logChanges } from "./changingTargets.ts";
import { ClaimWatch } from "./claimWatch.ts";
import { hasConfig, newRepositoryId, type RepositoryConfig, readConfig, writeConfig } from "./config.ts";
import { type Discarded, discardPlanned, orphansOf, planDiscard } from "./discarding.ts";
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
  withThreshold,
} from "./edit.ts";
import { amongOf, assertOwnKeys, isBin } from "./keys/entries.ts";
import { binNameOf, checkRoleName, SPEC_VERSION, stagedTargetName, targetNames } from "./layout.ts";
import { CLAIMED, configOf, firstDocuments, type ProfileOptions, RECENTLY_CLAIMED } from "./profiles.ts";
import { holdsProjects, isProjectRole } from "./projects/project.ts";
import { Published } from "./published.ts";
import { type CleanOptions, cleanAll } from "./publishing/clean.ts";
import { cleanTargets } from "./publishing/cleanTargets.ts";
import { notesFor } from "./publishing/newest.ts";
import { type PublishOptions, type PublishResult, publish } from "./publishing/publish.ts";
import { signDraft } from "./publishing/signDrafts.ts";
import { reading } from "./reading.ts";
import { assertNoRecovery } from "./recovery/recoveryPlan.ts";
import { mergeSignatures } from "./signing/merge.ts";
import { type KeyRing, type Signatures, signaturesOf } from "./signing/signing.ts";
import { describeChanges } from "./signing/words.ts";
import { cleanShown, removeShown, stagedOf } from "./stagedFiles.ts";
import { type RepositoryStatus, statusOf } from "./status.ts";
import type { RepositoryStorage } from "./storage.ts";

/** Options of edits. */
export interface EditOptions {
  /** From when on what is edited is valid for its role's period. Default: the current time. */
  readonly now?: Date;
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
  /** Whose signatures count, in the same order. */
  readonly keys: readonly RoleKeys[];
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
    const config = { id: newRepositoryId(), ...configOf(options) };
    return storage.exclusive(async () => {
      if (await hasConfig(storage)) {
        const reason = "there is a repository already";
        throw new TufLdError("ERR_STORAGE", `tuf-ld.json: ${reason}`, { path: "tuf-ld.json", reason });
      }
      const drafts = await Drafts.load(storage, config, await Published.load(storage, config.sign));
      const documents = firstDocuments(config, options.now ?? new Date());
      // Left of an `init` with another profile that was killed.
      for (const role of [...drafts.all.keys()]) if (!documents.has(role)) await drafts.discard(role);
      for (const [role, document] of documents) {
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

  /** Sets for how many days metadata of a role is valid from its next version on. @throws ERR_SHAPE */
  async setExpiry(role: string, days: number): Promise<Repository> {
    return this.storage.exclusive(async () => {
      // As it is now: another process may have changed it since this one read it.
      const config = await readConfig(this.storage);
      const changed = { ...config, expiryDays: { ...config.expiryDays, [role]: days } };
      await writeConfig(this.storage, changed);
      return new Repository(this.storage, changed);
    });
  }

  /** Stages the next version of a role with nothing changed but version and expiry. @throws ERR_ROLE_UNKNOWN */
  async renew(role: string, options: EditOptions = {}): Promise<void> {
    await this.withDrafts(async (drafts) => {
      this.#refuseOneBin(role);
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
      if (holdsProjects(this.config, from))
        throw editError(name, `${from} delegates to projects alone; \`tuf-ld accept\` takes them`);
      const above = (await drafts.current(from))?.signed;
      if (above === undefined || above._type !== "targets")
        throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no targets role "${from}"`, { role: from });
      // A refusal leaves nothing behind.
      withDelegation(above, delegation);
      // What an earlier role of this name listed is not signed by the keys of this one: nobody asked them to.
      const document: Targets = {
        _type: "targets",
        spec_version: SPEC_VERSION,
        version: 1,
        expires: "",
        targets: {},
      };
      await drafts.put(name, { ...document, ...(await drafts.header(name, now)) });
      // Killed in between, the delegation can be asked for again.
      await drafts.edit<Targets>(from, now, (document) => withDelegation(document, delegation));
    });
  }

  /** Takes a delegation away; its metadata stays until nobody asks for it. @throws ERR_EDIT, ERR_ROLE_UNKNOWN */
  async undelegate(name: string, options: EditOptions = {}): Promise<void> {
    await this.withDrafts(async (drafts) => {
      const from = await drafts.delegatorOf(name);
      if (from === undefined || from === "root" || name === this.config.bins?.prefix)
        throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no delegated role "${name}"`, { role: name });
      this.#refuseOneBin(name);
      if (name === this.config.bins?.delegator) throw editError(name, "it delegates to the bins");
      // A project that is being claimed is in both of the roles for projects.
      const holders = new Set([
        from,
        ...(isProjectRole(this.config, name) ? [CLAIMED, RECENTLY_CLAIMED] : []),
      ]);
      const after = new Map<string, MetadataFile<Targets>>();
      for (const holder of holders) {
        const above = (await drafts.current(holder)) as MetadataFile<Targets> | undefined;
        if (above === undefined || !drafts.index.roles(above.signed).has(name)) continue;
        after.set(holder, { ...above, signed: withoutDelegation(above.signed, name) });
      }
      // Before the delegation goes: killed in between, it can be taken away again.
      for (const role of await orphansOf(drafts, async (each) => after.get(each) ?? drafts.current(each)))
        await drafts.discard(role);
      for (const [holder, { signed }] of after)
        await drafts.edit<Targets>(holder, options.now ?? new Date(), () => signed);
    });
  }

  /** What `discard` would give up. @throws as `discard` */
  discardRequest(roles: readonly string[] | "all"): Promise<readonly Discarded[]> {
    return this.withDrafts(async (drafts) => planDiscard(drafts, await readHead(this.storage), roles));
  }

  /**
   * Gives up what is staged of roles, and the drafts to which nobody would delegate any more. Under the prefix of the
   * bins, the changes of targets that wait.
   *
   * @param expected refuse if it would not be this any more; whoever was shown it gives up this and nothing else
   * @returns what was given up; nothing if `"all"` was asked for and nothing is staged
   * @throws ERR_ROLE_UNKNOWN if nothing of a role is staged; ERR_EDIT if what stays could not be published without it,
   * and in a recovery; ERR_STALE_DRAFT
   */
  async discard(
    roles: readonly string[] | "all",
    options: { readonly expected?: readonly Discarded[] } = {},
  ): Promise<readonly Discarded[]> {
    return this.withDrafts(async (drafts) => {
      const head = await readHead(this.storage);
      const planned = await planDiscard(drafts, head, roles);
      const files = planned.flatMap(({ file }) => (file === undefined ? [] : [file]));
      const givesUpBins = planned.some(({ file }) => file === undefined);
      const lists = { files, head: givesUpBins ? head : { ...head, groups: [] } };
      const stored = await stagedOf(this.storage, drafts, lists);
      await discardPlanned(this.storage, drafts, planned, options.expected);
      await removeShown(this.storage, drafts, stored);
      return planned;
    });
  }

  /**
   * Adds, replaces and removes targets. Those of bins wait in a log, those of other roles in the role's draft.
   *
   * The storage is locked only to write them: once for a draft, once for each segment of the log. While `changes` are
   * waited for, others may write and publish, also the segments that are in the log by then.
   *
   * @param changes one at a time, or from an asynchronous source also many at a time, which is much faster
   * @returns how many changes were taken
   * @throws ERR_INPUT, ERR_EDIT, ERR_ROLE_UNKNOWN
   */
  async changeTargets(changes: Changes, options: AddTargetsOptions = {}): Promise<number> {
    const { bins } = this.config;
    const role = options.role ?? bins?.prefix ?? "targets";
    const claims = await ClaimWatch.open(this);
    if (bins !== undefined && role === bins.prefix) return logChanges(this, bins, changes, claims, options);
    this.#refuseOneBin(role);
    return draftChanges(this, role, changes, claims, options);
  }

  /** How far an interrupted import of this source is, in the unit of its marks. */
  async positionIn(source: string): Promise<number> {
    const { mark } = await readHead(this.storage);
    return mark?.source === source ? mark.position : 0;
  }

  /** The target as it is published, or staged in a draft. Changes of bins that wait are not looked at. */
  async target(
    path: string,
    role?: string,
  ): Promise<{ readonly role: string; readonly target: TargetFile } | undefined> {
    const name = role ?? (this.config.bins === undefined ? "targets" : binNameOf(this.config.bins, path));
    const document = (await this.withDrafts((drafts) => drafts.current(name)))?.signed as Targets | undefined;
    const found =
      document !== undefined && Object.hasOwn(document.targets, path) ? document.targets[path] : undefined;
    return found === undefined ? undefined : { role: name, target: found };
  }

  /**
   * Stores a target file, outside `public/` until what lists it is published: then it is there under the name that
   * clients ask for.
   *
   * @param names is given the names under which it was not stored before, for whoever has to take them back
   * @returns whether it did not wait there before
   */
  async storeTarget(
    path: string,
    { hashes }: TargetFile,
    open: () => AsyncIterable<Uint8Array>,
    names: string[] = [],
  ): Promise<boolean> {
    const before = names.length;
    // go-tuf asks for any of the listed hashes, other clients for the first that they know.
    for (const hash of Object.values(hashes)) {
      for (const name of targetNames(path, String(hash))) {
        const staged = stagedTargetName(name);
        if (await this.storage.streamIfAbsent(staged, open())) names.push(staged);
      }
    }
    return names.length > before;
  }

  /**
   * What a signer of a role's draft should see.
   *
   * @throws ERR_ROLE_UNKNOWN if there is no draft; ERR_EDIT for a project, which is signed before it is submitted
   */
  async signingRequest(role: string): Promise<SigningRequest> {
    this.#refuseProject(role);
    return this.withDrafts((drafts) => requestOf(drafts, role));
  }

  /**
   * Signs a role's draft with one key. One that has signed already signs no second time.
   *
   * @param expected refuse if the draft is not this one any more; whoever was shown it signs it and no other
   * @throws ERR_ROLE_UNKNOWN, ERR_KEY_UNAUTHORIZED, ERR_STALE_DRAFT; ERR_EDIT for a project
   */
  async sign(
    role: string,
    signer: Signer,
    options: EditOptions & { readonly expected?: EditableFile } = {},
  ): Promise<SigningRequest> {
    this.#refuseProject(role);
    return this.withDrafts(async (drafts) => {
      const file = draftOf(drafts, role);
      if (options.expected !== undefined) assertSameDraft(role, file, options.expected);
      await signDraft(drafts, role, await ringOf(drafts, role, signer), options.now ?? new Date());
      return requestOf(drafts, role);
    });
  }

  /**
   * Adds the signatures that a copy of the draft has got elsewhere.
   *
   * @returns the keyids whose signatures are new
   * @throws ERR_STALE_DRAFT if the copy is of another draft; ERR_KEY_UNAUTHORIZED, ERR_SIGNATURE, ERR_NO_SIGNATURE
   * if nothing that is new in it counts
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
      // Numbers that were given already are not to be signed again, for an older copy of the repository.
      await notesFor(this.storage, this.config, keys.memory, drafts.published);
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

  /** What is staged, who still has to sign, what expires when. Works where nothing can be written, too. */
  status(options: EditOptions & { readonly keys?: KeyRing } = {}): Promise<RepositoryStatus> {
    return reading(this.storage, async (storage) => {
      const published = await Published.load(storage, this.config.sign);
      const drafts = await Drafts.load(storage, this.config, published);
      return statusOf(storage, drafts, options.now ?? new Date(), options.keys);
    });
  }

  /** Removes published files that nothing refers to any more, and staged ones that are published. @returns their names */
  clean(options: CleanOptions = {}): Promise<string[]> {
    return this.storage.exclusive(async () => {
      const published = await Published.load(this.storage, this.config.sign);
      // What clients read now is not what is believed, and would be taken for rubbish.
      assertNoRecovery(published);
      await removeLeftChanges(this.storage);
      const removed = await cleanAll(this.storage, this.config, published, options);
      const drafts = await Drafts.load(this.storage, this.config, published);
      return [...removed, ...(await cleanShown(this.storage, drafts))];
    });
  }

  /**
   * Removes target files that no metadata refers to: neither what is in `public/metadata`, replaced versions that
   * clients may still be reading included, nor what is staged.
   *
   * @param isYoung keeps files that somebody may be about to stage
   * @returns their names
   */
  cleanTargets(isYoung: (name: string) => Promise<boolean> = async () => false): Promise<string[]> {
    return this.withDrafts(async (drafts) => {
      assertNoRecovery(drafts.published);
      return cleanTargets(this.storage, drafts, isYoung);
    });
  }

  async #editEntry(
    role: string,
    { now = new Date() }: EditOptions,
    edit: <D extends Delegator>(document: D, among?: (name: string) => boolean) => D,
  ): Promise<void> {
    this.#refuseOneBin(role);
    assertOwnKeys(this.config, role);
    await this.withDrafts(async (drafts) => {
      const delegator = await drafts.delegatorOf(role);
      if (delegator === undefined)
        throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
      const among = amongOf(this.config, role);
      await drafts.edit<Root | Targets>(delegator, now, (document) => edit(document, among));
    });
  }

  /** All bins have the same keys, and publishing alone writes them. */
  #refuseOneBin(name: string): void {
    if (!isBin(this.config, name)) return;
    throw editError(name, `it is one of the bins; "${this.config.bins?.prefix}" speaks of all of them`);
  }

  /** The index asks nobody to sign for a project. */
  #refuseProject(role: string): void {
    if (isProjectRole(this.config, role))
      throw editError(
        role,
        `its developers sign before they submit: \`tuf-ld sign SUBMISSION/metadata.json --role ${role} --as both\``,
      );
  }

  #refuseBin(name: string): void {
    const { bins } = this.config;
    if (bins !== undefined && (name === bins.prefix || name.startsWith(`${bins.prefix}-`)))
      throw editError(name, "this name belongs to the bins");
    if (isProjectRole(this.config, name))
      throw editError(name, "this name belongs to a project; `tuf-ld accept` takes its first version");
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
  const keys = await drafts.keysFor(role);
  const signatures: Signatures[] = [];
  for (const each of keys) signatures.push(await signaturesOf(file, each, drafts.config.sign));
  const changes = describeChanges(role, before?.signed, file.signed);
  return { role, file, before, changes, signatures, keys };
}

/** A ring with one key, under every name by which the role's keys list it. */
async function ringOf(drafts: Drafts, role: string, signer: Signer): Promise<KeyRing> {
  const names = (await drafts.keysFor(role)).flatMap((keys) => keyidsOf(keys, signer.publicKey));
  if (names.length > 0) return { has: async (keyid) => names.includes(keyid), signer: async () => signer };
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
