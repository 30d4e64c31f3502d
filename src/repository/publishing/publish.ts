/**
 * Publishing: bins, roles, snapshot, timestamp (PEP 458, "Producing Consistent Snapshots").
 *
 * Everything new is written under names that nothing refers to and is settled before `timestamp.json` moves; that one
 * file makes all of it current. Killed before, the repository is the old one and the next run writes the same names
 * again; killed after, it is the new one and the next run tidies up.
 *
 * No lock is trusted to keep two publishers apart: one may be stopped until the other has taken its lock for dead. So
 * the timestamp moves only if it is the one that everything new was made upon, and no file that another may have
 * written is written over: files that publishing numbers get the next free number. Whoever comes late is told so
 * (ERR_CONFLICT), has destroyed nothing, and finds what was staged still staged.
 *
 * A new root is a second file that clients read. If the new timestamp, snapshot and targets are signed for both roots
 * it comes last and there is no instant at which a client fails. If the old keys are gone it comes first, and clients
 * refuse the old timestamp until the new one stands a moment later.
 * @module
 */

import { append } from "../../encoding/lists.ts";
import { readHead } from "../changes.ts";
import type { RepositoryConfig } from "../config.ts";
import { Drafts } from "../drafts.ts";
import type { KeyNotes } from "../keys/keyMemory.ts";
import { nameOfBin } from "../layout.ts";
import { RECENTLY_CLAIMED } from "../profiles.ts";
import { giveUpNew, leaveRecentlyClaimed } from "../projects/claiming.ts";
import { Published } from "../published.ts";
import { reading } from "../reading.ts";
import { assertNoRecovery, assertRecoveryReady } from "../recovery/recoveryPlan.ts";
import type { KeyRing, SigningKey } from "../signing/signing.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { BinsDone, BinsJob } from "./bins.ts";
import { notesFor } from "./newest.ts";
import { planPublishing, type Waiting } from "./plan.ts";
import type { Publication } from "./publication.ts";
import { cannotBegin } from "./publishRefusals.ts";
import { runPublication } from "./runPublication.ts";
import {
  isDue,
  type Overdue,
  overdueOf,
  overdueRoles,
  type PatientRing,
  patientRing,
  renewRoles,
  signDraft,
} from "./signDrafts.ts";
import { type SizeLimits, sizeLimits } from "./sizes.ts";
import { tellPublication } from "./tellPublication.ts";

/** How far publishing is. */
export interface PublishProgress {
  readonly step: "bins" | "roles" | "snapshot" | "timestamp";
  /** Groups of bins, or files. */
  readonly done: number;
  readonly total: number;
}

/** Does the work on bins, perhaps elsewhere. */
export type RunBins = (job: BinsJob, keys: readonly SigningKey[]) => Promise<BinsDone>;

/** Options of publishing. */
export interface PublishOptions {
  /** The private keys at hand. */
  readonly keys: KeyRing;
  /** Default: the current time. */
  readonly now?: Date;
  /**
   * Stage anew what expires within half of its period, sign it with the keys at hand that can be opened, and publish
   * what is ready. Nothing that waits is an error: `overdue` tells it. Default false.
   */
  readonly renew?: boolean;
  /**
   * Publish the recovery that goes on. Without this nothing is published meanwhile, so that no publishing that runs by
   * itself takes for a recovery what somebody else has put there. Default false.
   */
  readonly recovery?: boolean;
  /** Tell what would be published and write nothing. Default false. */
  readonly dryRun?: boolean;
  /** Publish targets files that are larger than some clients read by default. Default: as the settings say. */
  readonly allowLarge?: boolean;
  /** Other limits for the sizes of files. Default: what clients read. */
  readonly limits?: Partial<SizeLimits>;
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
  /**
   * Roles that are due and were not published, for their keys are not at hand. Without `renew` an expired root alone is looked for: no client
   * accepts anything under it.
   */
  readonly overdue: readonly Overdue[];
  /** What publishing could not do and its result does not depend on, in words. */
  readonly warnings?: readonly string[];
}

/** What a run of publishing, or a dry run, did itself. */
export type PublicationDone = Omit<PublishResult, "overdue">;

/** Publishes what is ready. @throws ERR_THRESHOLD_UNMET if keys are missing, and what reading and writing refuse */
export async function publish(
  storage: RepositoryStorage,
  config: RepositoryConfig,
  options: PublishOptions,
): Promise<PublishResult> {
  const { keys, dryRun = false, renew = false } = options;
  const run = async (place: RepositoryStorage): Promise<PublishResult> => {
    const now = options.now ?? new Date();
    const assumed = dryRun ? keys : undefined;
    const published = await Published.load(place, config.sign);
    if (options.recovery !== true) assertNoRecovery(published);
    const notes = await notesFor(place, config, keys.memory, published);
    const drafts = await Drafts.load(place, config, published);
    // Keys of people may lie here, locked: they must not stop what publishes by itself.
    const ring = renew ? patientRing(keys) : keys;
    if (renew) await renewRoles(drafts, now);
    const givenUp = await giveUpNew(drafts, now);
    if (!dryRun) for (const role of drafts.all.keys()) await signDraft(drafts, role, ring, now);
    const sizes = sizeLimits(config, options);
    let plan = await planPublishing(drafts, now, sizes, assumed);
    if (await leaveRecentlyClaimed(drafts, plan.ready, now)) {
      if (!dryRun) await signDraft(drafts, RECENTLY_CLAIMED, ring, now);
      plan = await planPublishing(drafts, now, sizes, assumed);
    }
    plan = { ...plan, waiting: [...plan.waiting, ...givenUp] };
    if (published.root === undefined && !plan.ready.has("root")) throw cannotBegin(plan);
    await assertRecoveryReady(drafts, plan);
    const head = await readHead(place);
    const publication: Publication = {
      storage: place,
      drafts,
      plan,
      head,
      sizes,
      notes,
      options: { ...options, now },
    };
    const done = await (dryRun ? tellPublication(publication) : runPublication(publication));
    const locked = "locked" in ring ? (ring as PatientRing).locked : new Set<string>();
    const overdue = renew ? await overdueRoles(drafts, plan.ready, locked, now) : [];
    if (renew && done.bins === 0) append(overdue, await overdueBins(notes, drafts, now));
    const root = plan.ready.has("root") ? undefined : published.root?.signed;
    if (root !== undefined && !overdue.some(({ role }) => role === "root")) {
      const told = overdueOf("root", root, now);
      if (told.expired) overdue.unshift(told);
    }
    return { ...done, overdue };
  };
  // A dry run goes the same way, but what it writes goes nowhere, and it counts on keys instead of opening them.
  return dryRun ? reading(storage, run) : storage.exclusive(() => run(storage));
}

/** The bins, if the first of them is due. */
async function overdueBins(
  { known }: KeyNotes,
  { config, published }: Drafts,
  now: Date,
): Promise<Overdue[]> {
  const { bins } = config;
  if (bins === undefined) return [];
  const first = await published.targets(nameOfBin(bins, 0));
  const expires = known.binExpiry ?? first?.signed.expires;
  if (first === undefined || expires === undefined || !isDue(config, bins.prefix, { expires }, now))
    return [];
  return [overdueOf(bins.prefix, { expires }, now)];
}
