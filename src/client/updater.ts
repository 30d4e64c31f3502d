/**
 * The client: refresh, find a target, list all, download (TUF 1.0.34, section 5).
 * @module
 */
import { TufLdError, type TufLdErrorCode } from "../errors.ts";
import type { Root, Targets } from "../vocabulary/types.ts";
import type { Accepted, TrustedMetadata } from "./accepted.ts";
import { type DownloadOptions, download } from "./download.ts";
import { Effort, Turn } from "./effort.ts";
import { type ListOptions, listTargets } from "./listing.ts";
import type { UpdaterOptions } from "./options.ts";
import { type FoundTarget, findTarget } from "./search.ts";
import type { TargetSink } from "./sink.ts";
import { type Reach, Workflow } from "./workflow.ts";

/** Unless the caller says otherwise. */
const ATTEMPTS = 3;

/** What is seen of a repository that has replaced, or not yet got, the files that its timestamp led to. */
const STALE: ReadonlySet<TufLdErrorCode> = new Set([
  "ERR_FILE_NOT_FOUND",
  "ERR_VERSION_MISMATCH",
  "ERR_HASH_MISMATCH",
  "ERR_LENGTH_MISMATCH",
  "ERR_LIMIT",
]);

/** A failure that may be one of haste, and the version of the timestamp that led to it. */
interface Stale {
  readonly error: TufLdError;
  readonly version: number;
}

/**
 * One use of a repository at one instant: refresh once, then look up and download as many targets as needed. Make a
 * new updater to ask again later.
 *
 * @example
 * const updater = new Updater({ trustedRoot, store, fetcher, metadataUrls: [url] });
 * const found = await updater.find("file.txt");
 */
export class Updater {
  readonly #options: UpdaterOptions;
  readonly #workflow: Workflow;
  readonly #turn: Turn;
  readonly #delegated = new Map<string, Promise<Accepted<Targets>>>();
  #refreshed: Promise<TrustedMetadata> | undefined;

  constructor(options: UpdaterOptions) {
    this.#options = options;
    this.#workflow = new Workflow(options); // TUF 5.2: the clock is read once, here.
    this.#turn = new Turn(this.#workflow.limits, options.signal);
  }

  /** The instant at which this updater judges everything. */
  get at(): Date {
    return this.#workflow.at;
  }

  /** Everything that was accepted so far, in order; after a refusal, what had been accepted before it. */
  get accepted(): readonly Accepted[] {
    return this.#workflow.accepted;
  }

  /**
   * Brings the top-level metadata up to date (TUF 5.3 to 5.6). Later calls give the same result, unless `find` had
   * to start again because the repository no longer serves the files of that snapshot.
   *
   * @throws ERR_NO_SIGNATURE, ERR_THRESHOLD_UNMET, ERR_EXPIRED, ERR_ROLLBACK, ERR_VERSION_MISMATCH,
   *   ERR_HASH_MISMATCH, ERR_LENGTH_MISMATCH, ERR_FILE_NOT_FOUND, ERR_NETWORK, ERR_LIMIT, ERR_STORAGE, and what
   *   `parseMetadata` throws. Of each role, what was trusted before stays trusted until something newer is accepted.
   */
  refresh(): Promise<TrustedMetadata> {
    this.#refreshed ??= this.#refresh().catch((error: unknown) => {
      throw this.#workflow.asFarBehind(error);
    });
    return this.#refreshed;
  }

  async #refresh(): Promise<TrustedMetadata> {
    const { mode = "online" } = this.#options;
    if (mode === "online") return this.#online(await this.#workflow.root("online"));
    try {
      const root = await this.#workflow.root("offline");
      return await this.#below("offline", root, await this.#workflow.timestamp("offline", root.file.signed));
    } catch (error) {
      if (mode === "offline" || !(error instanceof TufLdError) || error.code === "ERR_STORAGE") throw error;
      return this.#online(await this.#workflow.root("online"));
    }
  }

  /** TUF 5.4 to 5.6, and again from the timestamp as long as a newer one tells that the repository has moved on. */
  async #online(root: Accepted<Root>, before?: Stale): Promise<TrustedMetadata> {
    let stale = before;
    for (let attempt = 1; ; attempt++) {
      const timestamp = await this.#workflow.timestamp("online", root.file.signed);
      const { version } = timestamp.file.signed;
      if (stale !== undefined && version <= stale.version) throw stale.error;
      try {
        return await this.#below("online", root, timestamp);
      } catch (error) {
        if (attempt >= this.#attempts || !isStale(error)) throw error;
        stale = { error, version };
      }
    }
  }

  /** TUF 5.5 and 5.6 */
  async #below(
    reach: Reach,
    root: Accepted<Root>,
    timestamp: TrustedMetadata["timestamp"],
  ): Promise<TrustedMetadata> {
    const snapshot = await this.#workflow.snapshot(reach, root.file.signed, timestamp.file.signed);
    const targets = await this.#workflow.targets(reach, "targets", root.file.signed, { root, snapshot });
    return { root, timestamp, snapshot, targets };
  }

  /**
   * Finds who speaks for a target path: the search of TUF 5.6.7, in order of priority.
   * @throws ERR_TARGET_NOT_FOUND, ERR_LIMIT, and what `refresh` throws
   */
  async find(path: string): Promise<FoundTarget> {
    for (let attempt = 1; ; attempt++) {
      const base = await this.refresh();
      const { limits } = this.#workflow;
      const effort = new Effort("searchSteps", limits, this.#turn);
      try {
        return await findTarget(path, base.targets, this.#loader(base), limits, effort);
      } catch (error) {
        if (attempt >= this.#attempts || !isStale(error) || this.#isOffline) throw error;
        const version = base.timestamp.file.signed.version;
        const again = await this.#online(base.root, { error, version });
        this.#delegated.clear();
        this.#refreshed = Promise.resolve(again);
      }
    }
  }

  /**
   * Every target that a search would find, with the role that speaks for it, in order of priority.
   *
   * @throws ERR_LIMIT, and what `refresh` throws; what reading a delegated role throws, unless `onUnreadable` is given
   */
  async *list(options: ListOptions = {}): AsyncGenerator<FoundTarget> {
    const base = await this.refresh();
    const { limits } = this.#workflow;
    const effort = new Effort("listSteps", limits, this.#turn);
    yield* listTargets(base.targets, this.#loader(base), limits, effort, options);
  }

  /**
   * Downloads a target that was found into a sink; it appears there only when length and hashes are right (TUF 5.7).
   *
   * @returns how many bytes came over the network; 0 if the sink had the file already
   * @throws ERR_LENGTH_MISMATCH, ERR_HASH_MISMATCH, ERR_FILE_NOT_FOUND, ERR_NETWORK, ERR_STORAGE
   */
  async download({ path, target }: Pick<FoundTarget, "path" | "target">, sink: TargetSink): Promise<number> {
    const { root } = await this.refresh();
    const { prefixTargetsWithHash = true, targetsUrls = [] } = this.#options;
    const options: DownloadOptions = {
      mirrors: { ...this.#workflow.mirrors, bases: this.#isOffline ? [] : targetsUrls },
      prefix: prefixTargetsWithHash && root.file.signed.consistent_snapshot === true,
    };
    return download(path, target, sink, options);
  }

  get #attempts(): number {
    return this.#options.attempts ?? ATTEMPTS;
  }

  get #isOffline(): boolean {
    return this.#options.mode === "offline";
  }

  /** Loads a delegated role under the keys of whoever delegates to it here: another delegator may name other keys. */
  #loader(base: TrustedMetadata): (role: string, delegator: Accepted<Targets>) => Promise<Accepted<Targets>> {
    return (role, delegator) => {
      const id = JSON.stringify([base.snapshot.file.signed.version, delegator.role, role]);
      let loaded = this.#delegated.get(id);
      if (loaded === undefined) {
        const reach = this.#isOffline ? "offline" : "online";
        loaded = this.#workflow.targets(reach, role, delegator.file.signed, base);
        this.#delegated.set(id, loaded);
      }
      return loaded;
    };
  }
}

export type { Accepted, TrustedMetadata } from "./accepted.ts";

function isStale(error: unknown): error is TufLdError {
  if (!(error instanceof TufLdError) || !STALE.has(error.code)) return false;
  // A file may be longer than an older one's length; the other limits are the client's own.
  return !("limit" in error.details) || error.details.limit === "maxBytes";
}
