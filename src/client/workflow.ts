/**
 * The steps of the client workflow (TUF 1.0.34, 5.3 to 5.6): fetch, check signatures, ask trust/ what to believe, and
 * keep what was accepted, byte for byte as received. A step that fails leaves what the steps before it kept.
 * @module
 */
import { concerning } from "../encoding/refusal.ts";
import { TufLdError } from "../errors.ts";
import { type MetadataText, parseMetadata, parseMetadataText } from "../metadata/file.ts";
import { type CheckFileOptions, checkFile, checkText, type FileCheck } from "../proof/checkFile.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import * as rules from "../trust/rules.ts";
import type { RoleType } from "../vocabulary/terms.ts";
import type { MetaFile, Root, Signed, Snapshot, Targets, Timestamp } from "../vocabulary/types.ts";
import type { Accepted, TrustedMetadata } from "./accepted.ts";
import type { UpdaterEvent } from "./events.ts";
import { assertContent, asWrongLength } from "./hashes.ts";
import { fetchWhole, fromMirrors, hasNoFile, type Mirrors } from "./mirrors.ts";
import { DEFAULT_LIMITS, type Limits, policyFor, type UpdaterOptions } from "./options.ts";
import { fileNameOf } from "./store.ts";
import { TrustedFiles } from "./trustedFiles.ts";
import { metadataPath } from "./urls.ts";

/** Whether the network may be asked. Offline, nothing is written either. */
export type Reach = "online" | "offline";

export class Workflow {
  readonly mirrors: Mirrors;
  readonly limits: Limits;
  /** The instant at which everything is judged (TUF 5.2). */
  readonly at: Date;
  readonly #options: UpdaterOptions;
  readonly #files: TrustedFiles;
  readonly #onEvent: (event: UpdaterEvent) => void;
  readonly #accepted = new Map<string, Accepted>();
  #rootsDownloaded = 0;

  constructor(options: UpdaterOptions) {
    const { store, fetcher, metadataUrls, onEvent = () => undefined, signal } = options;
    this.#options = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.at = options.at ?? new Date();
    this.#onEvent = onEvent;
    this.#files = new TrustedFiles(store, onEvent);
    this.mirrors = { fetcher, bases: metadataUrls, onEvent, ...(signal === undefined ? {} : { signal }) };
  }

  /** The last file that was accepted for each role, in the order of their acceptance. */
  get accepted(): readonly Accepted[] {
    return [...this.#accepted.values()];
  }

  /**
   * What a refresh that failed is told as, if it may have failed because it downloaded as many roots as are allowed:
   * those are kept, and the next run goes on from them.
   */
  asFarBehind(error: unknown): unknown {
    const { rootRotations: allowed } = this.limits;
    if (this.#rootsDownloaded < allowed || !(error instanceof TufLdError)) return error;
    if (error.code === "ERR_STORAGE" || error.code === "ERR_NETWORK") return error;
    const message = `${allowed} newer roots were downloaded and kept, which is the most for one run, and there may be more: run it again to go on. So far: ${error.message}`;
    return new TufLdError("ERR_LIMIT", message, { limit: "rootRotations", allowed }, { cause: error });
  }

  /** TUF 5.3: from the root that the caller trusts to the newest. */
  async root(reach: Reach): Promise<Accepted<Root>> {
    let root = await this.#openTrustedRoot();
    let known = await this.#files.newestRoot();
    const advance = async (from: Root | undefined, to: Accepted<Root>): Promise<void> => {
      if (reach === "offline" || to.file.signed.version <= (known?.version ?? 0)) return;
      if (from !== undefined && rules.rotatesOnlineKeys(from, to.file.signed)) {
        // TUF 5.3.11. `root.json` moves after it: if we die in between, the next run forgets them again.
        const forgotten = await this.#files.forgetOnlineRoles();
        for (const role of forgotten) this.#onEvent({ type: "recovered", role });
      }
      await this.#files.keepNewestRoot(to.file.signed.version, to.bytes); // TUF 5.3.8
      known = to.file.signed;
    };
    await advance(known, root);
    let downloaded = 0;
    for (;;) {
      const next = await this.#nextRoot(downloaded < this.limits.rootRotations ? reach : "offline", root);
      if (next === undefined) break; // TUF 5.3.3: no newer root, or as many downloaded as are allowed.
      if (next.from === "network") downloaded++;
      await advance(root.file.signed, next);
      root = next;
    }
    this.#rootsDownloaded = downloaded;
    // Roots on the way are missing from the store, and nobody serves them any more.
    if (reach === "online" && known !== undefined) rules.assertNotOlder("root", known, root.file.signed);
    const newest = root.file.signed;
    const about = { file: metadataPath("root", newest.version), role: "root" };
    concerning(about, () => rules.assertCurrent("root", newest, this.at)); // TUF 5.3.10
    return root;
  }

  /** The root that the caller trusts. Its signatures are checked to catch damage, under whatever view it has. */
  #openTrustedRoot(): Promise<Accepted<Root>> {
    return concerning({ file: "the trusted root", role: "root" }, async () => {
      const bytes = this.#options.trustedRoot;
      const file = parseMetadata(bytes, { type: "root", maxBytes: this.limits.rootMaxBytes });
      const keys = keysFrom(file.signed, "root");
      const check = await checkFile(file, keys, "either", this.#checkOptions());
      rules.assertSigned(keys, check);
      return this.#accept({ role: "root", file, keys, check, bytes, from: "trusted" });
    });
  }

  /** TUF 5.3.3 to 5.3.7: the root after the current one, from the store or the repository. */
  async #nextRoot(reach: Reach, current: Accepted<Root>): Promise<Accepted<Root> | undefined> {
    const version = current.file.signed.version + 1;
    const open =
      (from: Accepted["from"]) =>
      async (bytes: Uint8Array): Promise<Accepted<Root>> => {
        const text = parseMetadataText(bytes, { type: "root", maxBytes: this.limits.rootMaxBytes });
        const { file } = text;
        // TUF 5.3.4: a threshold of the trusted root's keys and of its own.
        await this.#verify(text, keysFrom(current.file.signed, "root"));
        const keys = keysFrom(file.signed, "root");
        const check = await this.#verify(text, keys);
        rules.assertNextRoot(current.file.signed, file.signed); // TUF 5.3.5
        return { role: "root", file, keys, check, bytes, from };
      };
    const stored = await this.#files.loadRoot(version, open("store"));
    if (stored !== undefined) return this.#accept(stored);
    if (reach === "offline") return undefined;
    try {
      const path = metadataPath("root", version);
      const fetched = await this.#fetch("root", path, this.limits.rootMaxBytes, open("network"));
      await this.#files.keepRoot(version, fetched.bytes);
      return this.#accept(fetched);
    } catch (error) {
      // One mirror that has no newer root is enough: another one that is down must not keep us from going on.
      if (hasNoFile(error)) return undefined;
      throw error;
    }
  }

  /** TUF 5.4 */
  async timestamp(reach: Reach, root: Root): Promise<Accepted<Timestamp>> {
    const open = (from: Accepted["from"]) => (bytes: Uint8Array) =>
      this.#open("timestamp", "timestamp", root, bytes, from, this.limits.timestampMaxBytes);
    const load = open("store");
    // Even if it has expired: what it says must not be rolled back.
    const stored = await this.#files.load("timestamp.json", load);
    if (reach === "offline") {
      if (stored === undefined) throw missing("timestamp");
      rules.assertCurrent("timestamp", stored.file.signed, this.at);
      return this.#accept(stored);
    }
    const path = metadataPath("timestamp");
    const ask = async (url: string): Promise<Accepted<Timestamp>> => {
      const etag = stored === undefined ? undefined : await this.#files.etag(url, stored.bytes);
      const answer = await fetchWhole(this.mirrors, url, this.limits.timestampMaxBytes, etag);
      if (answer === undefined) {
        if (stored === undefined) throw new TypeError("a fetcher answered a question that was not asked");
        rules.assertCurrent("timestamp", stored.file.signed, this.at);
        return stored;
      }
      const offered = await open("network")(answer.bytes); // TUF 5.4.2
      if (!rules.isNewerTimestamp(stored?.file.signed, offered.file.signed) && stored !== undefined) {
        rules.assertCurrent("timestamp", stored.file.signed, this.at);
        return stored; // TUF 5.4.3.1
      }
      rules.assertCurrent("timestamp", offered.file.signed, this.at); // TUF 5.4.4
      const newer = await this.#files.keep(offered, load); // TUF 5.4.5
      if (newer === undefined) await this.#files.setEtag(url, answer.etag, offered.bytes);
      return newer ?? offered;
    };
    const chosen = await fromMirrors(this.mirrors, path, ask, "timestamp");
    rules.assertCurrent("timestamp", chosen.file.signed, this.at);
    return this.#accept(chosen);
  }

  /** TUF 5.5 */
  async snapshot(reach: Reach, root: Root, timestamp: Timestamp): Promise<Accepted<Snapshot>> {
    const entry = rules.snapshotEntry(timestamp);
    const maxBytes = this.#bound(entry, this.limits.snapshotMaxBytes);
    const open = (from: Accepted["from"], most?: number) => (bytes: Uint8Array) =>
      this.#open("snapshot", "snapshot", root, bytes, from, most ?? bytes.length);
    const load = open("store");
    // Signed by today's keys, even if it is out of date: what it lists must not be rolled back (TUF 5.5.5).
    const stored = await this.#files.load("snapshot.json", load);
    if (stored !== undefined && (await this.#isWanted(stored, entry))) return this.#accept(stored);
    if (reach === "offline") throw missing("snapshot");
    const path = metadataPath("snapshot", root.consistent_snapshot ? entry.version : undefined);
    const accept = async (bytes: Uint8Array): Promise<Accepted<Snapshot>> => {
      await assertContent("snapshot.json", bytes, entry); // TUF 5.5.2
      const offered = await open("network", maxBytes)(bytes); // TUF 5.5.3
      rules.assertNamedSnapshot(timestamp, offered.file.signed); // TUF 5.5.4
      rules.assertNoRollback(stored?.file.signed, offered.file.signed); // TUF 5.5.5
      rules.assertCurrent("snapshot", offered.file.signed, this.at); // TUF 5.5.6
      return offered;
    };
    const fetched = await this.#fetch("snapshot", path, maxBytes, accept, entry.length);
    await this.#files.keep(fetched, load); // TUF 5.5.7
    return this.#accept(fetched);
  }

  /** TUF 5.6: a targets role, top-level or delegated, under the keys that `delegator` gives it now. */
  async targets(
    reach: Reach,
    role: string,
    delegator: Root | Targets,
    base: Pick<TrustedMetadata, "root" | "snapshot">,
  ): Promise<Accepted<Targets>> {
    const snapshot = base.snapshot.file.signed;
    const entry = rules.targetsEntry(snapshot, role); // TUF 5.6.1
    const maxBytes = this.#bound(entry, this.limits.targetsMaxBytes);
    const open =
      (from: Accepted["from"]) =>
      async (bytes: Uint8Array): Promise<Accepted<Targets>> => {
        await assertContent(`${role}.json`, bytes, entry); // TUF 5.6.2
        const offered = await this.#open(role, "targets", delegator, bytes, from, maxBytes); // TUF 5.6.3
        rules.assertNamedTargets(snapshot, role, offered.file.signed); // TUF 5.6.4
        rules.assertCurrent(role, offered.file.signed, this.at); // TUF 5.6.5
        return offered;
      };
    const stored = await this.#files.load(fileNameOf(role), open("store"));
    if (stored !== undefined) return this.#accept(stored);
    if (reach === "offline") throw missing(role);
    const path = metadataPath(role, base.root.file.signed.consistent_snapshot ? entry.version : undefined);
    const fetched = await this.#fetch(role, path, maxBytes, open("network"), entry.length);
    await this.#files.keepTargets(fetched, base.snapshot); // TUF 5.6.6
    return this.#accept(fetched);
  }

  /** Whether a stored snapshot is the one that the timestamp names, and has not expired. */
  async #isWanted({ file, bytes }: Accepted<Snapshot>, entry: MetaFile): Promise<boolean> {
    if (file.signed.version !== entry.version) return false;
    try {
      await assertContent("snapshot.json", bytes, entry);
      rules.assertCurrent("snapshot", file.signed, this.at);
      return true;
    } catch (error) {
      if (error instanceof TufLdError) return false;
      throw error;
    }
  }

  async #open<T extends RoleType>(
    role: string,
    type: T,
    delegator: Root | Targets,
    bytes: Uint8Array,
    from: Accepted["from"],
    maxBytes: number,
  ): Promise<Accepted<Extract<Signed, { _type: T }>>> {
    const text = parseMetadataText(bytes, { type, maxBytes });
    const keys = keysFrom(delegator, role);
    const check = await this.#verify(text, keys);
    return { role, file: text.file, keys, check, bytes, from };
  }

  /** Checks signatures under the role's policy. @throws ERR_NO_SIGNATURE, ERR_THRESHOLD_UNMET */
  async #verify(text: MetadataText, keys: RoleKeys): Promise<FileCheck> {
    const policy = policyFor(this.#options.policy, keys.name);
    const check = await checkText(text, keys, policy, this.#checkOptions());
    rules.assertSigned(keys, check);
    return check;
  }

  #checkOptions(): CheckFileOptions {
    const { suites } = this.#options;
    return { at: this.at, stopWhenMet: true, ...(suites === undefined ? {} : { suites }) };
  }

  /** The first copy, in order of mirrors, that `accept` does not refuse. */
  #fetch<T>(
    role: string,
    path: string,
    maxBytes: number,
    accept: (bytes: Uint8Array) => Promise<T>,
    stated?: number,
  ): Promise<T> {
    const use = async (url: string): Promise<T> => {
      const answer = await fetchWhole(this.mirrors, url, maxBytes).catch((error: unknown) => {
        throw stated === maxBytes ? asWrongLength(error, path, stated) : error;
      });
      if (answer === undefined) throw new TypeError("a fetcher answered a question that was not asked");
      return accept(answer.bytes);
    };
    return fromMirrors(this.mirrors, path, use, role);
  }

  /** The stated length, but never more than any metadata file may have. */
  #bound({ length }: MetaFile, otherwise: number): number {
    return length === undefined ? otherwise : Math.min(length, this.limits.targetsMaxBytes);
  }

  #accept<S extends Signed>(accepted: Accepted<S>): Accepted<S> {
    const { role, file, from } = accepted;
    const { version } = file.signed;
    this.#accepted.delete(role);
    this.#accepted.set(role, accepted);
    this.#onEvent({ type: "accepted", role, version, from: from === "network" ? "network" : "store" });
    return accepted;
  }
}

function keysFrom(delegator: Root | Targets, role: string): RoleKeys {
  const keys = delegatedKeys(delegator, role);
  if (keys !== undefined) return keys;
  const message = `nothing trusted delegates to a role "${role}"`;
  throw new TufLdError("ERR_KEY_UNAUTHORIZED", message, { role, key: "" });
}

function missing(role: string): TufLdError {
  const message = `the store has no valid "${role}" metadata, and the network is not to be asked`;
  const name = fileNameOf(role);
  return new TufLdError("ERR_FILE_NOT_FOUND", message, { url: name }, { about: { file: name, role } });
}
