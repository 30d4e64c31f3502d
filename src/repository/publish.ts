/**
 * Publishing: bins, roles, snapshot, timestamp (PEP 458, "Producing Consistent Snapshots").
 *
 * Everything new is written under names that nothing refers to and is settled before `timestamp.json` moves; that one
 * file makes all of it current. Killed before, the repository is the old one and the next run writes the same names
 * again; killed after, it is the new one and the next run tidies up.
 *
 * A new root is a second file that clients read. If the new timestamp, snapshot and targets are signed for both roots
 * it comes last and there is no instant at which a client fails. If the old keys are gone it comes first, and clients
 * refuse the old timestamp until the new one stands a moment later.
 * @module
 */
import { hashHex } from "#platform";
import { TufLdError } from "../errors.ts";
import type { MetadataFile } from "../metadata/file.ts";
import { checkFile } from "../proof/checkFile.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import type { MetaFile, Root, Signed, Snapshot, Timestamp } from "../vocabulary/types.ts";
import { type BinKeys, binKeysFor, noteBinKeys } from "./binKeys.ts";
import { type BinsDone, type BinsJob, buildBins, type GoodBins, putVersion } from "./bins.ts";
import { type ChangeHead, readChanges, readHead, removeChanges } from "./changes.ts";
import { leaveRecentlyClaimed } from "./claiming.ts";
import { cleanExpired, recordSuperseded } from "./clean.ts";
import { type BinLayout, expiryOf, periodOf, type RepositoryConfig } from "./config.ts";
import { Drafts, type EditableFile } from "./drafts.ts";
import { groupsOf, metadataName, nameOfBin, TIMESTAMP } from "./layout.ts";
import { binAuthority, type Plan, planPublishing, sameAuthority, type Waiting } from "./plan.ts";
import { RECENTLY_CLAIMED } from "./profiles.ts";
import { isProjectRole } from "./project.ts";
import { isSignedFor, Published } from "./published.ts";
import { assertRecoveryReady } from "./recoveryPlan.ts";
import { finishRecovery, keptChanges, type RecoveryChange } from "./recoveryState.ts";
import { fileBytes, type Sealed, seal } from "./seal.ts";
import { assertAtHand, heldKeys, type KeyRing, type SigningKey, signingKeys, signWith } from "./signing.ts";
import { nextSnapshotText } from "./snapshotText.ts";
import type { RepositoryStorage } from "./storage.ts";
import { describeChanges } from "./words.ts";

/** How far publishing is. */
export interface PublishProgress {
  readonly step: "bins" | "roles" | "snapshot" | "timestamp";
  /** Groups of bins, or files. */
  readonly done: number;
  readonly total: number;
}

/** From so many groups of bins on, other threads are worth starting. */
const MANY_GROUPS = 16;

/** Does the work on bins, perhaps elsewhere. */
export type RunBins = (job: BinsJob, keys: readonly SigningKey[]) => Promise<BinsDone>;

/** Options of publishing. */
export interface PublishOptions {
  /** The private keys at hand. */
  readonly keys: KeyRing;
  /** Default: the current time. */
  readonly now?: Date;
  /** Sign anew what expires within half of its period and whose keys are at hand. Default false. */
  readonly renew?: boolean;
  /** Tell what would be published and write nothing. Default false. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: PublishProgress) => void;
  /** How many groups of bins are worked on at once. Default 1. */
  readonly lanes?: number;
  /** Does the work where it is much. What it wrote is settled when it returns. Default: in this thread. */
  readonly runBins?: RunBins;
}

/** A role that was published, or would be. */
export interface PublishedRole {
  readonly role: string;
  readonly version: number;
  /** What changed, in words. */
  readonly changes: readonly string[];
}

/** What publishing did. */
export interface PublishResult {
  /** Roles above the bins, in the order in which they were written. Empty if there was nothing to publish. */
  readonly roles: readonly PublishedRole[];
  /** How many bins have a new version. */
  readonly bins: number;
  /** How many changes of targets in bins they hold. */
  readonly changes: number;
  readonly waiting: readonly Waiting[];
}

/** Publishes what is ready. @throws ERR_THRESHOLD_UNMET if keys are missing, and what reading and writing refuse */
export async function publish(
  storage: RepositoryStorage,
  config: RepositoryConfig,
  options: PublishOptions,
): Promise<PublishResult> {
  return storage.exclusive(async () => {
    const now = options.now ?? new Date();
    const published = await Published.load(storage, config.sign);
    const drafts = await Drafts.load(storage, config, published);
    const { keys, dryRun = false, renew = false } = options;
    if (renew && !dryRun) await renewRoles(drafts, keys, now);
    if (!dryRun) for (const role of drafts.all.keys()) await signDraft(drafts, role, keys, now);
    let plan = await planPublishing(drafts, now, dryRun ? keys : undefined);
    if (!dryRun && (await leaveRecentlyClaimed(drafts, plan.ready, now))) {
      await signDraft(drafts, RECENTLY_CLAIMED, keys, now);
      plan = await planPublishing(drafts, now);
    }
    if (published.root === undefined && !plan.ready.has("root")) throw cannotBegin(plan);
    if (!dryRun) await assertRecoveryReady(drafts, plan);
    const head = await readHead(storage);
    const work = new Publishing(storage, drafts, plan, head, { ...options, now });
    return dryRun ? work.tell() : work.run();
  });
}

/** Adds the signatures of all keys at hand that a draft still needs. @returns whether there were any */
export async function signDraft(drafts: Drafts, role: string, ring: KeyRing, now: Date): Promise<boolean> {
  let file = drafts.all.get(role);
  // Whatever keys are at hand: for a project its developers sign, and the index never does.
  if (file === undefined || isProjectRole(drafts.config, role)) return false;
  const before = file;
  const { sign } = drafts.config;
  for (const keys of [...(await drafts.keysFor(role)), ...targetsKeysBefore(drafts, role)]) {
    const { count } = await checkFile(file, keys, sign);
    const open = new Map([...keys.byKeyid].filter(([, { key }]) => key && !count.keys.includes(key.id)));
    for (const key of await heldKeys({ ...keys, byKeyid: open }, ring))
      file = await signWith(file, role, key, sign, now);
  }
  if (file === before) return false;
  await drafts.putFile(role, file);
  return true;
}

/**
 * The keys that the published root gives to targets. A client between the new timestamp and the new root still counts
 * these. Not in a recovery: there the root comes first, whatever waits.
 */
function targetsKeysBefore({ published }: Drafts, role: string): RoleKeys[] {
  if (role !== "targets" || published.root === undefined || published.recovery !== undefined) return [];
  const keys = delegatedKeys(published.root.signed, role);
  return keys === undefined ? [] : [keys];
}

async function renewRoles(drafts: Drafts, ring: KeyRing, now: Date): Promise<void> {
  for (const role of await drafts.roles()) {
    if (isProjectRole(drafts.config, role)) continue;
    const file = await drafts.current(role);
    if (file === undefined || !isDue(drafts.config, role, file.signed, now)) continue;
    let able = true;
    for (const keys of await drafts.keysFor(role)) {
      let held = 0;
      for (const keyid of keys.byKeyid.keys()) if (await ring.has(keyid)) held++;
      able &&= held >= keys.threshold;
    }
    if (able) await drafts.put(role, { ...file.signed, ...(await drafts.header(role, now)) });
  }
}

/** Whether half of a document's period or more is over. */
export function isDue(
  config: RepositoryConfig,
  role: string,
  { expires }: Pick<Signed, "expires">,
  now: Date,
): boolean {
  return Date.parse(expires) - now.getTime() <= periodOf(config, role) / 2;
}

function cannotBegin({ waiting }: Plan): TufLdError {
  const facts = waiting.map(({ role, reason }) => `${role}: ${reason}`).join("; ");
  const root = waiting.find(({ role }) => role === "root")?.signatures;
  const message = `the first version needs every role. Waiting: ${facts || "there is no draft of root"}`;
  return new TufLdError("ERR_THRESHOLD_UNMET", message, {
    role: "root",
    valid: root?.signed.length ?? 0,
    threshold: root?.threshold ?? 1,
  });
}

/** What makes the new state current. */
interface Moved {
  readonly snapshot: MetadataFile<Snapshot>;
  readonly timestamp: Sealed<Timestamp>;
}

/** What became of the bins. */
interface BuiltBins {
  readonly versions: readonly [role: string, version: number][];
  readonly superseded: readonly string[];
  readonly changes: number;
  readonly keys?: BinKeys;
}

const NO_BINS: BuiltBins = { versions: [], superseded: [], changes: 0 };

/** One run. */
class Publishing {
  readonly #storage: RepositoryStorage;
  readonly #drafts: Drafts;
  readonly #plan: Plan;
  readonly #head: ChangeHead;
  readonly #options: PublishOptions & { readonly now: Date };
  /**
   * New metadata of projects. The snapshot states its hashes: the index does not hold these keys, and whoever stole one
   * and controls a mirror could otherwise serve another file of the same version.
   */
  readonly #projects = new Map<string, Uint8Array>();

  constructor(
    storage: RepositoryStorage,
    drafts: Drafts,
    plan: Plan,
    head: ChangeHead,
    options: PublishOptions & { readonly now: Date },
  ) {
    this.#storage = storage;
    this.#drafts = drafts;
    this.#plan = plan;
    this.#head = head;
    this.#options = options;
  }

  /** What `run` would do. */
  async tell(): Promise<PublishResult> {
    const roles = await this.#describe();
    const { bins: layout } = this.#drafts.config;
    const authority = await binAuthority(this.#drafts, this.#plan.ready);
    if (layout === undefined || authority === undefined)
      return { roles, bins: 0, changes: 0, waiting: this.#plan.waiting };
    const role = layout.succinct ? layout.prefix : nameOfBin(layout, 0);
    const { before, now } = authority;
    const changed = before === undefined || !sameAuthority(before.signed, now.signed, role);
    const touched = this.#groups(layout, changed);
    const bins = new Set<number>();
    let changes = 0;
    for (const group of touched.groups) {
      for (const [bin, paths] of await readChanges(this.#storage, group, this.#head.sequence)) {
        bins.add(bin);
        changes += paths.size;
      }
    }
    const all = touched.renew === "all" ? 2 ** layout.bits : bins.size;
    return { roles, bins: all, changes, waiting: this.#plan.waiting };
  }

  async run(): Promise<PublishResult> {
    const { ready, waiting } = this.#plan;
    const { published, config } = this.#drafts;
    const { now } = this.#options;
    const roles: PublishedRole[] = await this.#describe();
    const root = (ready.get("root") as MetadataFile<Root> | undefined) ?? published.root;
    if (root === undefined) throw cannotBegin(this.#plan);
    // Before anything is written: nobody waits for 16,384 bins to hear that the timestamp cannot be signed.
    if (ready.size > 0 || this.#head.count > 0 || this.#options.renew) await this.#assertAtHand(root);
    const built = await this.#bins();
    const versions = new Map<string, number>(built.versions);
    for (const [role, file] of ready) if (role !== "root") versions.set(role, file.signed.version);
    const { snapshot, timestamp } = published;
    const newSnapshot = versions.size > 0 || (await this.#isToSign(root, "snapshot", snapshot));
    const newTimestamp = newSnapshot || (await this.#isToSign(root, "timestamp", timestamp));
    if (!newTimestamp && !ready.has("root")) {
      // Nothing is new, so nothing that was staged matters any more.
      if (this.#head.count > 0) await removeChanges(this.#storage, this.#head);
      if (waiting.length > 0) throw nothingReady(waiting);
      return { roles: [], bins: 0, changes: 0, waiting };
    }
    let superseded: string[] = [];
    for (const [role, file] of ready) {
      if (role === "root") continue;
      const bytes = fileBytes(file);
      await putVersion(this.#storage, role, file.signed.version, bytes);
      if (isProjectRole(config, role)) this.#projects.set(role, bytes);
      superseded.push(...this.#nameBefore(role));
    }
    superseded = [...superseded, ...built.superseded];
    let moved: Moved | undefined;
    if (newTimestamp) {
      const sealed = newSnapshot ? await this.#snapshot(root, versions) : undefined;
      this.#progress("snapshot", 1, 1);
      if (sealed !== undefined) {
        const { version } = sealed.file.signed;
        await putVersion(this.#storage, "snapshot", version, sealed.bytes);
        if (snapshot !== undefined) superseded.push(metadataName("snapshot", snapshot.signed.version));
        roles.push({ role: "snapshot", version, changes: [] });
      }
      const newest = sealed?.file ?? (snapshot as MetadataFile<Snapshot>);
      moved = { snapshot: newest, timestamp: await this.#timestamp(root, newest, sealed?.bytes) };
      roles.push({ role: "timestamp", version: moved.timestamp.file.signed.version, changes: [] });
    }
    await recordSuperseded(this.#storage, superseded, moved?.timestamp.file.signed.version ?? 0, now);
    await this.#storage.settle();
    await this.#move(root, moved);
    if (published.recovery !== undefined) await finishRecovery(this.#storage, published.recovery.state);
    this.#progress("timestamp", 1, 1);
    if (this.#head.count > 0) await removeChanges(this.#storage, this.#head);
    await this.#noteBinKeys(versions, built.keys);
    for (const role of ready.keys()) await this.#drafts.discard(role);
    const current = {
      versionOf: (role: string) => versions.get(role) ?? published.versionOf(role),
      snapshotVersion: (moved?.snapshot ?? snapshot)?.signed.version,
    };
    await cleanExpired(this.#storage, config, current, now);
    return { roles, bins: built.versions.length, changes: built.changes, waiting };
  }

  /** Whether an online role needs a new version for its own sake. */
  async #isToSign(
    root: MetadataFile<Root>,
    role: "snapshot" | "timestamp",
    file: MetadataFile | undefined,
  ): Promise<boolean> {
    const { published, config } = this.#drafts;
    if (file === undefined || isDue(config, role, file.signed, this.#options.now)) return true;
    if (!sameAuthorityOf(published.root, root, role)) return true;
    // Killed between a new root and its timestamp, publishing leaves files that do not stand under the root.
    return !(await isSignedFor(file, role, root.signed, config.sign));
  }

  async #assertAtHand({ signed }: MetadataFile<Root>): Promise<void> {
    for (const role of ["snapshot", "timestamp"]) {
      const keys = delegatedKeys(signed, role);
      if (keys !== undefined) await assertAtHand(keys, this.#options.keys);
    }
  }

  /** The two files that clients read first, in the order that no client can fail in, if there is one. */
  async #move(root: MetadataFile<Root>, moved: Moved | undefined): Promise<void> {
    const moveTimestamp = async (): Promise<void> => {
      if (moved !== undefined) await this.#storage.replace(TIMESTAMP, moved.timestamp.bytes);
    };
    const before = this.#drafts.published.root;
    const moveRoot = async (): Promise<void> => {
      if (root === before) return;
      // Durable at once: clients ask for it without being told of it, so half of it must never be there.
      await this.#storage.replace(metadataName("root", root.signed.version), fileBytes(root));
    };
    if (before !== undefined && root !== before && (await this.#standsUnder(before, moved))) {
      await moveTimestamp();
      await moveRoot();
    } else {
      await moveRoot();
      await moveTimestamp();
    }
  }

  async #standsUnder(root: MetadataFile<Root>, moved: Moved | undefined): Promise<boolean> {
    const targets = this.#plan.ready.get("targets") ?? (await this.#drafts.publishedFile("targets"));
    for (const [role, file] of [
      ["timestamp", moved?.timestamp.file],
      ["snapshot", moved?.snapshot],
      ["targets", targets],
    ] as const) {
      const keys = delegatedKeys(root.signed, role);
      if (file === undefined || keys === undefined) continue;
      if (!(await checkFile(file, keys, this.#drafts.config.sign)).count.met) return false;
    }
    return true;
  }

  async #snapshot(
    root: MetadataFile<Root>,
    versions: ReadonlyMap<string, number>,
  ): Promise<Sealed<Snapshot>> {
    const { published, config } = this.#drafts;
    const before: Readonly<Record<string, MetaFile>> = published.snapshot?.signed.meta ?? {};
    const meta: Record<string, MetaFile> = { ...before };
    let added = false;
    for (const [role, version] of versions) {
      const name = `${role}.json`;
      added ||= !Object.hasOwn(before, name);
      const bytes = this.#projects.get(role);
      meta[name] = bytes === undefined ? { version } : metaOf(version, bytes);
    }
    const signed: Snapshot = {
      _type: "snapshot",
      spec_version: "1.0.34",
      version: (published.snapshot?.signed.version ?? 0) + 1,
      expires: expiryOf(config, "snapshot", this.#options.now),
      // A role stays listed when it is no longer delegated to: dropping it looks like a rollback (TUF 5.5.5).
      meta: added ? Object.fromEntries(Object.entries(meta).sort(([a], [b]) => (a < b ? -1 : 1))) : meta,
    };
    const { snapshot, snapshotText } = published;
    const text =
      snapshot === undefined || snapshotText === undefined
        ? undefined
        : nextSnapshotText(snapshot.signed, snapshotText, signed, versions.keys());
    return this.#signOnline(signed, "snapshot", root, text);
  }

  async #timestamp(
    root: MetadataFile<Root>,
    snapshot: MetadataFile<Snapshot>,
    bytes: Uint8Array | undefined,
  ): Promise<Sealed<Timestamp>> {
    const { published, config } = this.#drafts;
    const { version } = snapshot.signed;
    const meta: MetaFile =
      bytes === undefined
        ? (published.timestamp?.signed.meta["snapshot.json"] as MetaFile)
        : metaOf(version, bytes);
    const signed: Timestamp = {
      _type: "timestamp",
      spec_version: "1.0.34",
      version: published.numberOf("timestamp") + 1,
      expires: expiryOf(config, "timestamp", this.#options.now),
      meta: { "snapshot.json": meta },
    };
    return this.#signOnline(signed, "timestamp", root);
  }

  /** Signs with a threshold of the role's keys, and with those of the root before if they are at hand. */
  async #signOnline<S extends Signed>(
    signed: S,
    role: string,
    root: MetadataFile<Root>,
    classic?: Uint8Array,
  ): Promise<Sealed<S>> {
    const { published, config } = this.#drafts;
    const { keys: ring, now } = this.#options;
    const keys = delegatedKeys(root.signed, role);
    if (keys === undefined) throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
    const signing = new Map((await signingKeys(keys, ring)).map((key) => [key.keyid, key]));
    // In a recovery the old keys are in other hands. If they signed too, the new timestamp would stand under the old
    // root and go first, and until the new root stood, clients would go on taking what the attacker signs, or refuse
    // ours for a version that starts lower. Besides, from now on whatever they sign is a forgery, without exception.
    const before =
      root === published.root || published.recovery !== undefined
        ? undefined
        : published.root && delegatedKeys(published.root.signed, role);
    for (const key of before === undefined ? [] : await heldKeys(before, ring)) signing.set(key.keyid, key);
    return seal(signed, role, signing.values(), config.sign, now, classic);
  }

  async #describe(): Promise<PublishedRole[]> {
    const roles: PublishedRole[] = [];
    for (const [role, { signed }] of this.#plan.ready) {
      const before = (await this.#drafts.publishedFile(role))?.signed;
      roles.push({ role, version: signed.version, changes: describeChanges(role, before, signed) });
    }
    return roles;
  }

  /** Which groups of bins there is work in. */
  #groups(
    layout: BinLayout,
    changed: boolean,
  ): Pick<BinsJob, "renew"> & { readonly groups: readonly number[] } {
    const isNew = this.#drafts.published.versionOf(nameOfBin(layout, 0)) === undefined;
    const { count } = groupsOf(layout);
    if (!isNew && !changed && !this.#options.renew) {
      const { groups } = this.#head;
      if (groups.every((group) => group < count)) return { groups, renew: [] };
      const reason = "the log of changes is of another number of bins";
      throw new TufLdError("ERR_SHAPE", reason, { path: "", reason });
    }
    return { groups: Array.from({ length: count }, (_, group) => group), renew: "all" };
  }

  async #bins(): Promise<BuiltBins> {
    const { config, published } = this.#drafts;
    const { bins: layout } = config;
    const { ready } = this.#plan;
    if (layout === undefined) return NO_BINS;
    // Without changes nobody needs their keys, unless the role that lists them changes.
    const quiet = this.#head.count === 0 && !ready.has(layout.delegator) && !this.#options.renew;
    if (quiet && published.versionOf(layout.delegator) !== undefined) return NO_BINS;
    const keys = await binKeysFor(this.#storage, layout, this.#drafts, ready, this.#options.keys);
    if (keys === undefined) return NO_BINS;
    const { groups, renew } = this.#groups(layout, keys.changed);
    const { size } = groupsOf(layout);
    const result = { versions: [] as [string, number][], superseded: [] as string[], changes: 0 };
    const here: RunBins = (job, ring) => buildBins(this.#storage, job, ring);
    const run = groups.length < MANY_GROUPS ? here : (this.#options.runBins ?? here);
    let finished = 0;
    const kept = published.recovery === undefined ? [] : await keptChanges(this.#storage);
    const one = async (group: number): Promise<void> => {
      const from = group * size;
      const names = Array.from({ length: size }, (_, at) => nameOfBin(layout, from + at));
      const versions = names.map((name) => published.numberOf(name));
      const good = published.recovery && this.#goodBins(names, kept);
      const done = await run(
        {
          layout,
          group,
          sequence: this.#head.sequence,
          view: config.sign,
          versions,
          ...(good === undefined ? {} : { from: good }),
          signedBy: keys.signedBy,
          renew,
          expires: expiryOf(config, layout.prefix, this.#options.now),
          now: this.#options.now.getTime(),
        },
        keys.signing,
      );
      for (const [bin, version] of done.versions) {
        const role = nameOfBin(layout, bin);
        result.versions.push([role, version]);
        const old = versions[bin - from] ?? 0;
        if (old > 0) result.superseded.push(metadataName(role, old));
      }
      result.changes += done.changes;
      this.#progress("bins", ++finished, groups.length);
    };
    const queue = [...groups];
    const lanes = Array.from({ length: Math.max(1, this.#options.lanes ?? 1) }, async () => {
      for (let group = queue.shift(); group !== undefined; group = queue.shift()) await one(group);
    });
    await Promise.all(lanes);
    return { ...result, keys };
  }

  #goodBins(names: readonly string[], kept: readonly RecoveryChange[]): GoodBins {
    const own = new Set(names);
    return {
      versions: names.map((name) => this.#drafts.published.versionOf(name) ?? 0),
      kept: kept.filter(({ role }) => own.has(role)).map(({ path, target }) => [path, target]),
    };
  }

  async #noteBinKeys(versions: ReadonlyMap<string, number>, keys: BinKeys | undefined): Promise<void> {
    const { bins } = this.#drafts.config;
    if (bins === undefined || bins.succinct || keys === undefined) return;
    const version = versions.get(bins.delegator);
    if (version !== undefined) await noteBinKeys(this.#storage, version, keys);
  }

  #nameBefore(role: string): string[] {
    const version = this.#drafts.published.versionOf(role);
    return version === undefined ? [] : [metadataName(role, version)];
  }

  #progress(step: PublishProgress["step"], done: number, total: number): void {
    this.#options.onProgress?.({ step, done, total });
  }
}

function metaOf(version: number, bytes: Uint8Array): MetaFile {
  return { version, length: bytes.length, hashes: { sha256: hashHex("sha256", bytes) } };
}

function sameAuthorityOf(before: EditableFile | undefined, after: EditableFile, role: string): boolean {
  return before !== undefined && sameAuthority(before.signed, after.signed, role);
}

function nothingReady(waiting: readonly Waiting[]): TufLdError {
  const first = waiting.find(({ signatures }) => signatures !== undefined);
  const message = `nothing is ready to be published. Waiting: ${waiting.map(({ role, reason }) => `${role}: ${reason}`).join("; ")}`;
  return new TufLdError("ERR_THRESHOLD_UNMET", message, {
    role: first?.role ?? waiting[0]?.role ?? "",
    valid: first?.signatures?.signed.length ?? 0,
    threshold: first?.signatures?.threshold ?? 1,
  });
}
