/**
 * Drafts: metadata that is edited, signed by several people in any order, and not published yet.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { type MetadataFile, parseMetadata, serializeMetadata } from "../metadata/file.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import { covers } from "../trust/paths.ts";
import type { Root, Targets } from "../vocabulary/types.ts";
import { expiryOf, type RepositoryConfig } from "./config.ts";
import { type Delegator, sameJson } from "./edit.ts";
import { draftName } from "./layout.ts";
import type { Published } from "./published.ts";
import type { RepositoryStorage } from "./storage.ts";

/** A file of a role that is edited by people: root, and targets roles other than bins. */
export type EditableFile = MetadataFile<Root | Targets>;

const FOLDER = "staged/metadata";

/** The drafts of a repository, and what they stand on. Only inside `exclusive`. */
export class Drafts {
  readonly config: RepositoryConfig;
  readonly published: Published;
  readonly #storage: RepositoryStorage;
  readonly #drafts: Map<string, EditableFile>;
  readonly #read = new Map<string, EditableFile | undefined>();

  private constructor(
    storage: RepositoryStorage,
    config: RepositoryConfig,
    published: Published,
    drafts: Map<string, EditableFile>,
  ) {
    this.#storage = storage;
    this.config = config;
    this.published = published;
    this.#drafts = drafts;
  }

  /** Reads all drafts; those that were published already are no drafts any more. @throws ERR_SHAPE */
  static async load(
    storage: RepositoryStorage,
    config: RepositoryConfig,
    published: Published,
  ): Promise<Drafts> {
    const found = new Map<string, EditableFile>();
    for (const name of await storage.list(FOLDER)) {
      const role = name.slice(FOLDER.length + 1, -".json".length);
      const bytes = await storage.get(name);
      if (bytes !== undefined) found.set(role, parseMetadata(bytes) as EditableFile);
    }
    const drafts = new Drafts(storage, config, published, found);
    for (const [role, file] of found) {
      const before = await drafts.publishedFile(role);
      if (before !== undefined && before.signed.version >= file.signed.version) await drafts.discard(role);
    }
    return drafts;
  }

  /** The drafts, by role. */
  get all(): ReadonlyMap<string, EditableFile> {
    return this.#drafts;
  }

  /** The published file of a role, verified if a published role delegates to it. */
  async publishedFile(role: string): Promise<EditableFile | undefined> {
    if (role === "root") return this.published.root;
    if (!this.#read.has(role)) {
      const above = await this.#delegatorAmong(role, (name) => this.publishedFile(name));
      const delegator = above === undefined ? undefined : await this.publishedFile(above);
      const keys = delegator && delegatedKeys(delegator.signed, role);
      this.#read.set(role, await this.published.targets(role, keys));
    }
    return this.#read.get(role);
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

  /** Stages a document as it is, without signatures. */
  async put(role: string, signed: Root | Targets): Promise<void> {
    await this.putFile(role, { signed, signatures: [], proof: [], linked: false, unrecognized: {} });
  }

  /** Stages a file with its signatures. */
  async putFile(role: string, file: EditableFile): Promise<void> {
    const bytes = serializeMetadata(file, file.linked ? "file" : "classic");
    // What cannot be read again must not be staged.
    const read = parseMetadata(bytes) as EditableFile;
    await this.#storage.replace(draftName(role), bytes);
    this.#drafts.set(role, read);
  }

  /** Takes a draft back. */
  async discard(role: string): Promise<void> {
    await this.#storage.remove(draftName(role));
    this.#drafts.delete(role);
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
    return this.#delegatorAmong(role, (name) => this.current(name));
  }

  async #delegatorAmong(
    role: string,
    read: (name: string) => Promise<EditableFile | undefined>,
  ): Promise<string | undefined> {
    if (role === "root" || role === "timestamp" || role === "snapshot" || role === "targets") return "root";
    const { bins } = this.config;
    if (role === bins?.prefix) return bins.delegator;
    let level = ["targets"];
    while (level.length > 0) {
      const next: string[] = [];
      for (const name of level) {
        const document = (await read(name))?.signed as Targets | undefined;
        const names = document?.delegations?.roles?.map((each) => each.name) ?? [];
        if (names.includes(role)) return name;
        if (name !== bins?.delegator) next.push(...names);
      }
      level = next;
    }
    return undefined;
  }

  /** Every role above bins, each after the role that delegates to it. */
  async roles(): Promise<string[]> {
    const found = ["root", "targets"];
    for (let at = 1; at < found.length; at++) {
      const name = found[at] as string;
      if (name === this.config.bins?.delegator) continue;
      const document = (await this.current(name))?.signed as Targets | undefined;
      for (const { name: below } of document?.delegations?.roles ?? []) {
        if (!found.includes(below)) found.push(below);
      }
    }
    return found;
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

  /** The documents whose keys a draft needs: its delegator, and for root the root before it too (TUF 5.3.4). */
  async keysFor(role: string): Promise<RoleKeys[]> {
    const delegator = await this.delegatorOf(role);
    if (delegator === undefined)
      throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
    const documents: (Delegator | undefined)[] = [(await this.current(delegator))?.signed];
    if (role === "root") documents.push(this.published.root?.signed);
    return documents.flatMap((document) => {
      const keys = document && delegatedKeys(document, role);
      return keys === undefined ? [] : [keys];
    });
  }
}
