/**
 * What is published now. Its storage is not trusted: what is built upon is verified first, or a file that someone
 * changed there would be signed anew with our keys.
 * @module
 */
import { hashHex } from "#platform";
import { concerning } from "../encoding/refusal.ts";
import { TufLdError } from "../errors.ts";
import { type MetadataFile, type MetadataText, parseMetadata, parseMetadataText } from "../metadata/file.ts";
import { checkFile, checkText } from "../proof/checkFile.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import { assertSigned } from "../trust/rules.ts";
import type { MetaFile, Root, Snapshot, Targets, Timestamp } from "../vocabulary/types.ts";
import type { SignedView } from "./config.ts";
import { metadataName, SPEC_VERSION, TIMESTAMP } from "./layout.ts";
import { type EntryText, readOurEntries } from "./publishing/entryText.ts";
import { assertNeverPublished, assertNewest } from "./publishing/newest.ts";
import { GoodCopies } from "./recovery/goodCopies.ts";
import { isActive, type RecoveryState, readDetails, readRecovery } from "./recovery/recoveryState.ts";
import { readable, takenVersions } from "./recovery/taken.ts";
import type { RepositoryStorage } from "./storage.ts";

/** What stands in for what is published while a recovery goes on. */
export interface RecoveryBase {
  readonly state: RecoveryState;
  /** The highest version of each role that anyone may have seen. */
  readonly taken: ReadonlyMap<string, number>;
  /** The last good files, verified as they are read. */
  readonly copies: GoodCopies;
}

/** The published state of a repository. */
export class Published {
  readonly #storage: RepositoryStorage;
  readonly view: SignedView;
  /** Set while a recovery goes on: then files are the last good ones, and numbers go on from those taken. */
  readonly recovery: RecoveryBase | undefined;
  /** The newest root and the one before it. */
  readonly root: MetadataFile<Root> | undefined;
  readonly previousRoot: MetadataFile<Root> | undefined;
  readonly timestamp: MetadataFile<Timestamp> | undefined;
  /** `timestamp.json` as it was read, without which it is not moved; while a recovery goes on, whatever is there. */
  readonly timestampBytes: Uint8Array | undefined;
  readonly snapshot: MetadataFile<Snapshot> | undefined;
  /** The snapshot as text, if it has the form in which we write it. */
  readonly snapshotText: EntryText<"snapshot"> | undefined;

  private constructor(
    storage: RepositoryStorage,
    view: SignedView,
    files: Pick<Published, "root" | "previousRoot" | "timestamp" | "snapshot"> &
      Partial<Pick<Published, "snapshotText" | "timestampBytes">>,
    recovery?: RecoveryBase,
  ) {
    this.#storage = storage;
    this.recovery = recovery;
    this.view = view;
    this.root = files.root;
    this.previousRoot = files.previousRoot;
    this.timestamp = files.timestamp;
    this.timestampBytes = files.timestampBytes;
    this.snapshot = files.snapshot;
    this.snapshotText = files.snapshotText;
  }

  /**
   * Reads and verifies root, timestamp and snapshot; while a recovery goes on, root and the last good state.
   *
   * @throws what verification refuses
   */
  static async load(storage: RepositoryStorage, view: SignedView): Promise<Published> {
    const state = await readRecovery(storage);
    if (isActive(state)) return Published.#recovering(storage, view, state);
    let root: MetadataFile<Root> | undefined;
    let previousRoot: MetadataFile<Root> | undefined;
    for (let version = 1; ; version++) {
      const bytes = await storage.get(metadataName("root", version));
      if (bytes === undefined) break;
      const before = root;
      const next = await concerning({ file: metadataName("root", version), role: "root" }, async () => {
        const next = parseMetadata(bytes, { type: "root", linkable: true });
        // TUF 5.3.4, 5.3.5: by both, and the number that follows, or a root of before would count again.
        for (const delegator of new Set([before ?? next, next]))
          await assertOf(next, "root", delegator, view);
        if (next.signed.version !== version) throw otherVersion("root", version, next.signed.version);
        return next;
      });
      previousRoot = root;
      root = next;
    }
    await assertNoGap(storage, (root?.signed.version ?? 0) + 1);
    await assertNewest(storage, { root: root?.signed.version });
    const bytes = await storage.get(TIMESTAMP);
    if (root === undefined || bytes === undefined) {
      await assertNeverPublished(storage, root === undefined ? metadataName("root", 1) : TIMESTAMP);
      const files = { root, previousRoot, timestamp: undefined, timestampBytes: bytes, snapshot: undefined };
      return new Published(storage, view, files);
    }
    const about = { file: TIMESTAMP, role: "timestamp" };
    const timestamp = concerning(about, () => parseMetadata(bytes, { type: "timestamp", linkable: true }));
    await assertNewest(storage, { timestamp: timestamp.signed.version });
    // Killed between the two files that make a rotation, publishing leaves a timestamp of the root before.
    const roots = previousRoot === undefined ? [root] : [root, previousRoot];
    await concerning(about, () =>
      firstThatHolds(roots, (each) => assertOf(timestamp, "timestamp", each, view)),
    );
    const { file: snapshot, text: snapshotText } = await snapshotOf(storage, timestamp.signed, roots, view);
    const files = { root, previousRoot, timestamp, timestampBytes: bytes, snapshot, snapshotText };
    return new Published(storage, view, files);
  }

  /** The published version of the snapshot, or `undefined`. */
  get snapshotVersion(): number | undefined {
    return (this.snapshotText?.header ?? this.snapshot?.signed)?.version;
  }

  /**
   * Timestamp and snapshot are signed by keys that count for nothing any more, and may be damaged or gone: neither is
   * read. What is there is what `beginRecovery` copied.
   */
  static async #recovering(
    storage: RepositoryStorage,
    view: SignedView,
    state: RecoveryState,
  ): Promise<Published> {
    const roots = await readableRoots(storage, view);
    const details = await readDetails(storage);
    const copies = new GoodCopies(storage, roots, details, (text, keys) =>
      assertOurs(text, keys, namingView(view)),
    );
    const meta = details.copies.filter(([kind]) => kind === "metadata");
    // What is signed by people got its number when the recovery began. The others get theirs when they are published,
    // above what an attacker published in between.
    const people = new Set(state.drafts);
    const taken = new Map(details.taken);
    const listed = state.phase === "staging" ? taken : await takenVersions(storage, taken);
    for (const [role, version] of listed) if (!people.has(role)) taken.set(role, version);
    const signed: Snapshot = {
      _type: "snapshot",
      spec_version: SPEC_VERSION,
      version: taken.get("snapshot") ?? 0,
      // What stands in is due to be replaced.
      expires: state.begun,
      meta: Object.fromEntries(meta.map(([, role, version]) => [`${role}.json`, { version }])),
    };
    const snapshot = { signed, signatures: [], proof: [], linked: false, unrecognized: {} };
    const timestampBytes = await storage.get(TIMESTAMP);
    const [root, previousRoot] = [roots.at(-1), roots.at(-2)];
    const files = { root, previousRoot, timestamp: undefined, timestampBytes, snapshot };
    return new Published(storage, view, files, { state, taken, copies });
  }

  /** The highest version of a role that was ever given out, as far as is known; 0 for none. */
  numberOf(role: string): number {
    const own =
      role === "root" || role === "timestamp" || role === "snapshot"
        ? (this[role]?.signed.version ?? 0)
        : (this.versionOf(role) ?? 0);
    // Roots are numbered without a gap, and only those that verify are roots (TUF 5.3.5).
    return role === "root" ? own : Math.max(own, this.recovery?.taken.get(role) ?? 0);
  }

  /** The published version of a targets role, or `undefined`. */
  versionOf(role: string): number | undefined {
    if (this.snapshotText !== undefined) return this.snapshotText.entry(`${role}.json`)?.version;
    const meta: Readonly<Record<string, MetaFile>> = this.snapshot?.signed.meta ?? {};
    const name = `${role}.json`;
    return Object.hasOwn(meta, name) ? meta[name]?.version : undefined;
  }

  /** A published targets role. Without `keys` it is read as it stands, and nobody may build upon it. */
  async targets(role: string, keys?: RoleKeys): Promise<MetadataFile<Targets> | undefined> {
    const version = this.versionOf(role);
    if (version === undefined) return undefined;
    // Under the keys of their time, which the root of a recovery may not list any more.
    if (this.recovery !== undefined) return this.recovery.copies.file(role, version);
    const name = metadataName(role, version);
    const bytes = await this.#storage.get(name);
    if (bytes === undefined) throw missing(name);
    return concerning({ file: name, role }, async () => {
      const text = parseMetadataText(bytes, { type: "targets", linkable: true });
      if (keys !== undefined) await assertOurs(text, keys, namingView(this.view));
      if (text.file.signed.version === version) return text.file;
      throw otherVersion(role, version, text.file.signed.version);
    });
  }
}

/** Refuses a missing root with a root behind it: its number would be given a second time. @throws ERR_STORAGE */
async function assertNoGap(storage: RepositoryStorage, lost: number): Promise<void> {
  if ((await storage.get(metadataName("root", lost + 1))) !== undefined)
    throw missing(metadataName("root", lost));
}

/** Every root from the first on, up to the last that verifies: a file that no client accepts is no root. */
export async function readableRoots(
  storage: RepositoryStorage,
  view: SignedView,
): Promise<MetadataFile<Root>[]> {
  const roots: MetadataFile<Root>[] = [];
  for (let version = 1; ; version++) {
    const next = await readable(storage, metadataName("root", version), "root");
    if (next === undefined || next.signed.version !== version) return roots;
    for (const delegator of new Set([roots.at(-1) ?? next, next]))
      if (!(await isSignedFor(next, "root", delegator.signed, view))) return roots;
    roots.push(next);
  }
}

/** Whether a threshold of the keys that a document gives a role has signed a file. */
export async function isSignedFor(
  file: MetadataFile,
  role: string,
  delegator: Root | Targets,
  view: SignedView,
): Promise<boolean> {
  const keys = delegatedKeys(delegator, role);
  return keys !== undefined && (await checkFile(file, keys, view)).count.met;
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
  assertSigned(keys, await checkFile(file, keys, view));
}

/**
 * As `assertOf`, for a file that was read just now. One view is enough: it proves that the content is what the keys
 * signed. The quicker one, classic signatures, says nothing of the role: of several roles with the same keys a file
 * of one passes for another's, so callers look at what it says, or ask for `linked`.
 */
export async function assertOurs(text: MetadataText, keys: RoleKeys, view: SignedView): Promise<void> {
  assertSigned(keys, await checkText(text, keys, view === "linked" ? "linked" : "classic", {}));
}

/** Whether `assertOurs` passes. */
export function isOurs(text: MetadataText, keys: RoleKeys, view: SignedView): Promise<boolean> {
  return isPassed(assertOurs(text, keys, view));
}

/** The view to check where role and keys are not enough: a linked proof names its role, a classic signature cannot. */
function namingView(view: SignedView): SignedView {
  return view === "classic" ? "classic" : "linked";
}

/** A file under the name of another version. */
export function otherVersion(role: string, expected: number, actual: number): TufLdError {
  const message = `the published file of "${role}" version ${expected} is version ${actual}`;
  return new TufLdError("ERR_VERSION_MISMATCH", message, { role, expected, actual });
}

/** The snapshot that a timestamp names, signed for one of these roots. */
async function snapshotOf(
  storage: RepositoryStorage,
  timestamp: Timestamp,
  roots: readonly MetadataFile<Root>[],
  view: SignedView,
): Promise<{ readonly file: MetadataFile<Snapshot>; readonly text?: EntryText<"snapshot"> }> {
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
  // Whoever has the timestamp's keys alone must not make us sign a snapshot of theirs.
  const check = (text: MetadataText): Promise<void> =>
    firstThatHolds(roots, async (root) => {
      const keys = delegatedKeys(root.signed, "snapshot");
      if (keys !== undefined) await assertOurs(text, keys, view);
    });
  const ours = view === "linked" ? undefined : readOurEntries("snapshot", bytes);
  if (ours !== undefined && (await isPassed(check(ours)))) {
    if (ours.text.header.version === version) return ours;
    throw otherVersion("snapshot", version, ours.text.header.version);
  }
  return concerning({ file: name, role: "snapshot" }, async () => {
    const text = parseMetadataText(bytes, { type: "snapshot", linkable: true });
    await check(text);
    if (text.file.signed.version === version) return { file: text.file };
    throw otherVersion("snapshot", version, text.file.signed.version);
  });
}

function isPassed(check: Promise<void>): Promise<boolean> {
  return check.then(
    () => true,
    () => false,
  );
}

/** Passes if `check` passes for one of the roots, the newest first; throws what it threw for the newest. */
async function firstThatHolds(
  roots: readonly MetadataFile<Root>[],
  check: (root: MetadataFile<Root>) => Promise<void>,
): Promise<void> {
  let first: unknown;
  for (const root of roots) {
    try {
      await check(root);
      return;
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function missing(path: string): TufLdError {
  const reason = "the repository has lost this file. Put it back, from a mirror or a backup";
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}
