/**
 * Drafts: metadata that is edited, signed by several people in any order, and not published yet.
 * @module
 */
import { concerning } from "../encoding/refusal.ts";
import { TufLdError } from "../errors.ts";
import { type MetadataFile, parseMetadata, serializeMetadata } from "../metadata/file.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import { covers } from "../trust/paths.ts";
import type { Root, Targets } from "../vocabulary/types.ts";
import { expiryOf, type RepositoryConfig } from "./config.ts";
import { DelegationIndex } from "./delegations.ts";
import { type Delegator, sameJson } from "./edit.ts";
import { isBin } from "./keys/entries.ts";
import { DRAFTS, draftName, TIMESTAMP } from "./layout.ts";
import { holdsProjects, isProjectRole } from "./projects/project.ts";
import type { Published } from "./published.ts";
import { type Signatures, signaturesOf } from "./signing/signing.ts";
import { conflict, isSame, type RepositoryStorage, swapRead } from "./storage.ts";

/** A file of a role that is edited by people: root, and targets roles other than bins. */
export type EditableFile = MetadataFile<Root | Targets>;

/** Drafts that delegate to more roles are written in one line. */
const MOST_INDENTED = 1_000;

/** Reads a draft. @throws ERR_SHAPE if it cannot be one of this role, and what reading metadata refuses */
function parseDraft(config: RepositoryConfig, role: string, bytes: Uint8Array): EditableFile {
  if (isBin(config, role) || role === "snapshot" || role === "timestamp") {
    const path = draftName(role);
    const reason = "this role is written by publishing and has no drafts";
    throw new TufLdError("ERR_SHAPE", `${path}: ${reason}`, { path: "", reason });
  }
  return concerning({ file: draftName(role), role }, () =>
    parseMetadata(bytes, { type: role === "root" ? "root" : "targets", linkable: true }),
  );
}

/** The drafts of a repository, and what they stand on. Only inside `exclusive`. */
export class Drafts {
  readonly config: RepositoryConfig;
  readonly published: Published;
  /** Delegations of drafts and published files by name. */
  readonly index: DelegationIndex = new DelegationIndex();
  readonly #storage: RepositoryStorage;
  readonly #drafts: Map<string, EditableFile>;
  /** The files of drafts as they were read or written: without these none is moved. */
  readonly #bytes: Map<string, Uint8Array>;
  readonly #wasRead: (role: string) => boolean;
  readonly #read = new Map<string, EditableFile | undefined>();
  readonly #others = new WeakMap<Targets, readonly string[]>();
  readonly #checked = new WeakMap<EditableFile, WeakMap<Delegator, Signatures>>();

  private constructor(
    storage: RepositoryStorage,
    config: RepositoryConfig,
    published: Published,
    drafts: Map<string, EditableFile>,
    bytes: Map<string, Uint8Array>,
    wasRead: (role: string) => boolean,
  ) {
    this.#storage = storage;
    this.config = config;
    this.published = published;
    this.#drafts = drafts;
    this.#bytes = bytes;
    this.#wasRead = wasRead;
  }

  /**
   * Reads drafts; those that were published already are no drafts any more.
   *
   * @param only the roles whose drafts are read, for work that concerns no others. Default: all
   * @throws ERR_SHAPE
   */
  static async load(
    storage: RepositoryStorage,
    config: RepositoryConfig,
    published: Published,
    only: readonly string[] | ((role: string) => boolean) = () => true,
  ): Promise<Drafts> {
    const found = new Map<string, EditableFile>();
    const files = new Map<string, Uint8Array>();
    const listed = typeof only === "function";
    const names = listed ? await storage.list(DRAFTS) : only.map(draftName);
    for (const name of names) {
      const role = name.slice(DRAFTS.length + 1, -".json".length);
      if (listed && !only(role)) continue;
      const bytes = await storage.get(name);
      if (bytes === undefined) continue;
      found.set(role, parseDraft(config, role, bytes));
      files.set(role, bytes);
    }
    const wasRead = listed ? only : (role: string): boolean => only.includes(role);
    const drafts = new Drafts(storage, config, published, found, files, wasRead);
    for (const [role, file] of found) {
      const before = role === "root" ? published.root?.signed.version : published.versionOf(role);
      if (before === undefined || before < file.signed.version) continue;
      // Staged while another of its version was being published, it is not that one: somebody has to renew it.
      if (before > file.signed.version || (await drafts.#isPublished(role, file))) await drafts.forget(role);
    }
    return drafts;
  }

  /** Whether what is published under a draft's version says what the draft says. */
  async #isPublished(role: string, { signed }: EditableFile): Promise<boolean> {
    const file = role === "root" ? this.published.root : await this.published.targets(role);
    return sameJson(file?.signed, signed);
  }

  /** The drafts, by role. */
  get all(): ReadonlyMap<string, EditableFile> {
    return this.#drafts;
  }

  /** The published file of a role, verified if a published role delegates to it. */
  async publishedFile(role: string): Promise<EditableFile | undefined> {
    if (role === "root") return this.published.root;
    if (!this.#read.has(role)) {
      const above = await this.delegatorAmong(role, (name) => this.publishedFile(name));
      const delegator = above === undefined ? undefined : await this.publishedFile(above);
      this.#read.set(role, await this.#verified(role, delegator));
    }
    return this.#read.get(role);
  }

  async #verified(role: string, delegator: EditableFile | undefined): Promise<EditableFile | undefined> {
    const keys = delegator && this.index.keys(delegator.signed, role);
    const { root, previousRoot } = this.published;
    if (delegator !== root || previousRoot === undefined) return this.published.targets(role, keys);
    try {
      return await this.published.targets(role, keys);
    } catch (error) {
      // Killed between a new root and its timestamp, publishing leaves targets of the root before.
      const before = delegatedKeys(previousRoot.signed, role);
      if (before === undefined) throw error;
      return this.published.targets(role, before).catch(() => Promise.reject(error));
    }
  }

  /** The draft of a role, or what is published of it. */
  async current(role: string): Promise<EditableFile | undefined> {
    return this.#drafts.get(role) ?? this.publishedFile(role);
  }

  /**
   * Edits a role. The draft is one version above what is published and valid from now on; it loses its signatures.
   *
   * @returns whether anything changed
   * @throws ERR_ROLE_UNKNOWN, and what `edit` throws
   */
  async edit<D extends Root | Targets>(role: string, now: Date, edit: (document: D) => D): Promise<boolean> {
    const before = await this.current(role);
    if (before === undefined)
      throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
    const edited = edit(before.signed as D);
    if (edited === before.signed || sameJson(edited, before.signed)) return false;
    await this.put(role, { ...edited, ...(await this.header(role, now)) });
    return true;
  }

  /** Stages a document as it is, without signatures. @throws ERR_EDIT for a project: its developers sign for it */
  async put(role: string, signed: Root | Targets): Promise<void> {
    if (isProjectRole(this.config, role)) {
      const reason = "its developers make its versions, with `tuf-ld project sign`";
      throw new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
    }
    await this.putFile(role, { signed, signatures: [], proof: [], linked: false, unrecognized: {} });
  }

  /** Stages a file with its signatures. @throws ERR_CONFLICT if somebody else has staged another meanwhile */
  async putFile(role: string, file: EditableFile): Promise<void> {
    // Nobody reads the drafts of 100,000 projects, and indented they would be too large to be read again.
    const indent = this.index.roles(file.signed).size > MOST_INDENTED ? 0 : 2;
    const bytes = serializeMetadata(file, file.linked ? "file" : "classic", indent);
    // What cannot be read again must not be staged.
    const read = parseDraft(this.config, role, bytes);
    const before = await this.#before(role);
    await swapRead(this.#storage, draftName(role), before, bytes);
    // Edited and published meanwhile, a draft that was not there is not there again: this one is not of what stands now.
    if (!isSame(await this.#storage.get(TIMESTAMP), this.published.timestampBytes)) {
      await this.#storage.swap(draftName(role), bytes, before);
      throw conflict(TIMESTAMP);
    }
    this.#drafts.set(role, read);
    this.#bytes.set(role, bytes);
  }

  /** Takes a draft back. @throws ERR_CONFLICT if somebody else has staged another meanwhile */
  async discard(role: string): Promise<void> {
    await swapRead(this.#storage, draftName(role), await this.#before(role), undefined);
    this.#drafts.delete(role);
    this.#bytes.delete(role);
  }

  /** Removes a draft that was published. One that somebody has staged meanwhile stays. */
  async forget(role: string): Promise<void> {
    await this.#storage.swap(draftName(role), this.#bytes.get(role), undefined);
    this.#drafts.delete(role);
    this.#bytes.delete(role);
  }

  /** The file of a draft that is about to be moved; of a role whose drafts were not read, as it is now. */
  async #before(role: string): Promise<Uint8Array | undefined> {
    return this.#bytes.get(role) ?? (this.#wasRead(role) ? undefined : this.#storage.get(draftName(role)));
  }

  /** Version and expiry of a role's next draft. */
  async header(role: string, now: Date): Promise<{ readonly version: number; readonly expires: string }> {
    const version =
      Math.max(this.published.numberOf(role), (await this.publishedFile(role))?.signed.version ?? 0) + 1;
    return { version, expires: expiryOf(this.config, role, now) };
  }

  /**
   * The role whose metadata gives keys to a role: root, or the first targets role that lists it, the highest first.
   * Bins are known by their prefix.
   */
  delegatorOf(role: string): Promise<string | undefined> {
    return this.delegatorAmong(role, (name) => this.current(name));
  }

  /** As `delegatorOf`, among the files that `read` gives. */
  async delegatorAmong(
    role: string,
    read: (name: string) => Promise<EditableFile | undefined>,
  ): Promise<string | undefined> {
    if (role === "root" || role === "timestamp" || role === "snapshot" || role === "targets") return "root";
    const { bins } = this.config;
    if (role === bins?.prefix) return bins.delegator;
    const seen = new Set<string>();
    let level = ["targets"];
    while (level.length > 0) {
      const next: string[] = [];
      for (const name of level) {
        // Nothing keeps roles from delegating in a circle.
        if (seen.has(name)) continue;
        seen.add(name);
        const document = (await read(name))?.signed as Targets | undefined;
        if (document === undefined) continue;
        const roles = this.index.roles(document);
        if (roles.has(role)) return name;
        // Neither bins nor projects delegate any further, and there are many of them.
        if (holdsProjects(this.config, name)) continue;
        for (const below of this.#notBins(document)) next.push(below);
      }
      level = next;
    }
    return undefined;
  }

  /** The roles that a document lists beside bins; found once, because they are asked for with every role. */
  #notBins(document: Targets): readonly string[] {
    let names = this.#others.get(document);
    if (names === undefined) {
      names = [...this.index.roles(document).keys()].filter((name) => !isBin(this.config, name));
      this.#others.set(document, names);
    }
    return names;
  }

  /**
   * Every role above bins, each after the role that delegates to it; of projects, those with drafts.
   *
   * @param read the files that delegate. Default: drafts, or what is published
   */
  async roles(
    read: (name: string) => Promise<EditableFile | undefined> = (name) => this.current(name),
  ): Promise<string[]> {
    // A set is walked in the order in which it grows, and what it has already it does not get again.
    const found = new Set(["root", "targets"]);
    for (const name of found) {
      if (name === "root") continue;
      const document = (await read(name))?.signed as Targets | undefined;
      if (document === undefined) continue;
      const below = this.index.roles(document);
      const names = holdsProjects(this.config, name) ? this.#drafts.keys() : this.#notBins(document);
      for (const each of names) if (below.has(each)) found.add(each);
    }
    return [...found];
  }

  /** Refuses paths that a role may not speak for: no client would find them there (TUF 5.6.7). @throws ERR_EDIT */
  async assertCovers(role: string, paths: Iterable<string>): Promise<void> {
    if (role === "targets") return;
    const delegator = await this.delegatorOf(role);
    const above = delegator === undefined ? undefined : await this.current(delegator);
    const entry =
      above?.signed._type === "targets"
        ? above.signed.delegations?.roles?.find(({ name }) => name === role)
        : undefined;
    if (entry === undefined) throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
    for (const path of paths) {
      if (covers(entry, path)) continue;
      const reason = `${delegator} lets it speak for ${(entry.paths ?? entry.path_hash_prefixes ?? []).slice(0, 5).join(", ")}, not for ${path}`;
      throw new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
    }
  }

  /** Who has signed a file for a role, by the keys that a document gives it; checked once. */
  async signatures(file: EditableFile, role: string, delegator: Delegator): Promise<Signatures | undefined> {
    const checked = this.#checked.get(file) ?? new WeakMap<Delegator, Signatures>();
    this.#checked.set(file, checked);
    const known = checked.get(delegator);
    if (known?.role === role) return known;
    const keys = this.index.keys(delegator, role);
    if (keys === undefined) return undefined;
    const signatures = await signaturesOf(file, keys, this.config.sign);
    checked.set(delegator, signatures);
    return signatures;
  }

  /** The documents whose keys a draft needs: its delegator, and for root the root before it too (TUF 5.3.4). */
  async keysFor(role: string): Promise<RoleKeys[]> {
    const delegator = await this.delegatorOf(role);
    if (delegator === undefined)
      throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
    const documents: (Delegator | undefined)[] = [(await this.current(delegator))?.signed];
    if (role === "root") documents.push(this.published.root?.signed);
    return documents.flatMap((document) => {
      const keys = document && this.index.keys(document, role);
      return keys === undefined ? [] : [keys];
    });
  }
}
