/**
 * What is published, what is staged, who still has to sign, what expires when.
 * @module
 */
import { readHead } from "./changes.ts";
import type { RepositoryConfig } from "./config.ts";
import type { Drafts, EditableFile } from "./drafts.ts";
import { KeyNotes, repositoryId } from "./keys/keyMemory.ts";
import { nameOfBin } from "./layout.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "./profiles.ts";
import { planPublishing, type Waiting } from "./publishing/plan.ts";
import { isDue } from "./publishing/signDrafts.ts";
import { sizeLimits } from "./publishing/sizes.ts";
import type { RecoveryState } from "./recovery/recoveryState.ts";
import { type KeyRing, noKeys, type Signatures, signaturesOf } from "./signing/signing.ts";
import { describeChanges } from "./signing/words.ts";
import type { RepositoryStorage } from "./storage.ts";

/** A version of a role. */
export interface VersionStatus {
  readonly version: number;
  readonly expires: string;
  readonly expired: boolean;
  /** Whole days until it expires; negative once it has. */
  readonly daysLeft: number;
  /** Whether half of the role's period or more is over. */
  readonly due: boolean;
}

/** A draft, and how far its ceremony is. */
export interface DraftStatus extends VersionStatus {
  readonly changes: readonly string[];
  readonly signatures: readonly Signatures[];
  readonly ready: boolean;
  /** Why it cannot be published yet. */
  readonly waitsFor?: string;
}

/** A role, by the keys that it is going to have. */
export interface RoleStatus {
  readonly role: string;
  readonly threshold: number;
  readonly keys: readonly { readonly keyid: string; readonly held: boolean }[];
  readonly published?: VersionStatus;
  readonly staged?: DraftStatus;
}

/** Projects by the role that delegates to them; one that is being claimed counts as claimed. */
export interface ProjectCounts {
  readonly claimed: number;
  readonly recentlyClaimed: number;
}

/** The state of a repository. */
export interface RepositoryStatus {
  readonly profile: RepositoryConfig["profile"];
  readonly sign: RepositoryConfig["sign"];
  readonly roles: readonly RoleStatus[];
  /** All bins together: the version of the first, and when the first of all expires, or sooner. */
  readonly bins?: RoleStatus & { readonly count: number; readonly pendingChanges: number };
  /** How many projects there are (PEP 480), drafts included. */
  readonly projects?: ProjectCounts & {
    /** How many of these are so in drafts alone. */
    readonly staged: ProjectCounts;
  };
  /** Set while a recovery goes on. Then nothing is said of the snapshot and timestamp that clients see. */
  readonly recovery?: Pick<RecoveryState, "phase" | "begun">;
  readonly waiting: readonly Waiting[];
  /** Drafts that nobody delegates to. They are never published, and stop nothing. */
  readonly orphans: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Reads the state. Of the bins one is read, and what was noted of all: reading 16,384 files would take its time. */
export async function statusOf(
  storage: RepositoryStorage,
  drafts: Drafts,
  now: Date,
  ring: KeyRing = noKeys,
): Promise<RepositoryStatus> {
  const { config, published } = drafts;
  const { ready, waiting } = await planPublishing(drafts, now, sizeLimits(drafts.config));
  const version = (
    role: string,
    { version, expires }: { version: number; expires: string },
  ): VersionStatus => ({
    version,
    expires,
    expired: Date.parse(expires) <= now.getTime(),
    daysLeft: Math.floor((Date.parse(expires) - now.getTime()) / DAY_MS),
    due: isDue(config, role, { expires }, now),
  });
  const entry = async (
    role: string,
    entryName = role,
  ): Promise<Pick<RoleStatus, "role" | "threshold" | "keys">> => {
    const delegator = await drafts.current((await drafts.delegatorOf(role)) ?? "root");
    const found = delegator && drafts.index.entry(delegator.signed, entryName);
    const keys: { keyid: string; held: boolean }[] = [];
    for (const keyid of found?.keyids ?? []) keys.push({ keyid, held: await ring.has(keyid) });
    return { role, threshold: found?.threshold ?? 1, keys };
  };
  const roles: RoleStatus[] = [];
  for (const role of await drafts.roles()) {
    const before = await drafts.publishedFile(role);
    const draft = drafts.all.get(role);
    let staged: DraftStatus | undefined;
    if (draft !== undefined) {
      const signatures: Signatures[] = [];
      for (const keys of await drafts.keysFor(role))
        signatures.push(await signaturesOf(draft, keys, config.sign));
      const waits = waiting.find((each) => each.role === role)?.reason;
      staged = {
        ...version(role, draft.signed),
        changes: describeChanges(role, before?.signed, draft.signed),
        signatures,
        ready: ready.has(role),
        ...(waits === undefined ? {} : { waitsFor: waits }),
      };
    }
    roles.push({
      ...(await entry(role)),
      ...(before === undefined ? {} : { published: version(role, before.signed) }),
      ...(staged === undefined ? {} : { staged }),
    });
  }
  for (const role of ["snapshot", "timestamp"] as const) {
    // What stands in for them in a recovery was never published.
    const file = published.recovery === undefined ? published[role] : undefined;
    roles.push({
      ...(await entry(role)),
      ...(file === undefined ? {} : { published: version(role, file.signed) }),
    });
  }
  const listed = new Set(roles.map(({ role }) => role));
  const orphans = [...drafts.all.keys()].filter((role) => !listed.has(role)).sort();
  const { bins } = config;
  const { state } = published.recovery ?? {};
  const common = {
    profile: config.profile,
    sign: config.sign,
    roles,
    waiting,
    orphans,
    ...(state === undefined ? {} : { recovery: { phase: state.phase, begun: state.begun } }),
  };
  if (bins === undefined) return common;
  const first = nameOfBin(bins, 0);
  const head = await readHead(storage);
  const latest = await published.targets(first);
  const notes = await KeyNotes.read(ring.memory, await repositoryId(storage, config));
  const expires = notes.known.binExpiry ?? latest?.signed.expires;
  return {
    ...common,
    bins: {
      ...(await entry(bins.prefix, bins.succinct ? bins.prefix : first)),
      ...(latest === undefined || expires === undefined
        ? {}
        : { published: version(bins.prefix, { version: latest.signed.version, expires }) }),
      count: 2 ** bins.bits,
      pendingChanges: head.count,
    },
    ...(config.profile === "pep480" ? { projects: await projectsOf(drafts) } : {}),
  };
}

async function projectsOf(drafts: Drafts): Promise<NonNullable<RepositoryStatus["projects"]>> {
  const now = await projectNames(drafts, (name) => drafts.current(name));
  const before = await projectNames(drafts, (name) => drafts.publishedFile(name));
  const since = (of: "claimed" | "recent"): number =>
    [...now[of]].filter((name) => !before[of].has(name)).length;
  return {
    claimed: now.claimed.size,
    recentlyClaimed: now.recent.size,
    staged: { claimed: since("claimed"), recentlyClaimed: since("recent") },
  };
}

async function projectNames(
  drafts: Drafts,
  read: (name: string) => Promise<EditableFile | undefined>,
): Promise<{ readonly claimed: ReadonlySet<string>; readonly recent: ReadonlySet<string> }> {
  const [claimed, recent] = (await Promise.all(
    [CLAIMED, RECENTLY_CLAIMED].map(async (role) => {
      const file = await read(role);
      return new Set(file === undefined ? [] : drafts.index.roles(file.signed).keys());
    }),
  )) as [Set<string>, Set<string>];
  // One that is being claimed is in both.
  return { claimed, recent: new Set([...recent].filter((name) => !claimed.has(name))) };
}
