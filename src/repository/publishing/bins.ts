/**
 * Hash bins, a group at a time: reads the published ones that change, verifies them, applies the changes, signs and
 * writes the new ones. Nothing refers to what it writes until the timestamp moves.
 * @module
 */
import { equalBytes } from "../../encoding/bytes.ts";
import { named } from "../../encoding/refusal.ts";
import { TufLdError } from "../../errors.ts";
import { parseMetadataText } from "../../metadata/file.ts";
import { checkText } from "../../proof/checkFile.ts";
import { type RoleKeys, roleKeys } from "../../proof/roleKeys.ts";
import type { TargetFile, Targets } from "../../vocabulary/types.ts";
import { readChanges } from "../changes.ts";
import type { BinLayout, SignedView } from "../config.ts";
import { withTargets } from "../edit.ts";
import { binOf, groupsOf, metadataName, nameOfBin } from "../layout.ts";
import { assertOurs, isOurs, otherVersion } from "../published.ts";
import { goodName } from "../recovery/recoveryState.ts";
import { type Authority, authorityOf, type SigningKey } from "../signing/signing.ts";
import type { RepositoryStorage } from "../storage.ts";
import { BinText, readOurBin } from "./binText.ts";
import { type BinBefore, type BinChanges, type BinDraft, draftBin } from "./draftBin.ts";
import { seal } from "./seal.ts";

/** What to do with the bins of one group. Plain data, so that another thread can do it. */
export interface BinsJob {
  readonly layout: BinLayout;
  readonly group: number;
  /** The last segment of changes that counts. */
  readonly sequence: number;
  readonly view: SignedView;
  /** Published versions of the group's bins, in order; 0 for one that is not published. */
  readonly versions: readonly number[];
  /** While a recovery goes on: the good bins that the new ones are made of. Their numbers go on from `versions`. */
  readonly from?: GoodBins;
  /** Who signed what is published. */
  readonly signedBy: Authority;
  /** Which bins without changes are signed anew: all, those that expire by `dueBy`, or none. */
  readonly renew: "all" | "due" | "none";
  /** In milliseconds since 1970. */
  readonly dueBy: number;
  readonly expires: string;
  /** What proofs say of when they were made, in milliseconds since 1970. */
  readonly now: number;
}

/** Bins as they were when all was good, in the copies of a recovery. */
export interface GoodBins {
  /** Who signed them then. */
  readonly signedBy: Authority;
  /** Versions of the group's bins, in order; 0 for one that there was not. */
  readonly versions: readonly number[];
  /** What came since and is kept. */
  readonly kept: readonly (readonly [path: string, target: TargetFile | null])[];
}

/** What became of a group. */
export interface BinsDone {
  /** New versions, by the bin's number. */
  readonly versions: readonly (readonly [bin: number, version: number])[];
  /** Changes that were applied. */
  readonly changes: number;
}

const NO_CHANGES: BinChanges = new Map();

/** Does a job. @throws what reading, verifying and writing refuse */
export async function buildBins(
  storage: RepositoryStorage,
  job: BinsJob,
  keys: readonly SigningKey[],
): Promise<BinsDone> {
  const { layout, group, view, expires } = job;
  const { size } = groupsOf(layout);
  const changes = await readChanges(storage, group, job.sequence);
  const done: [number, number][] = [];
  let applied = 0;
  const from = group * size;
  for (let bin = from; bin < from + size; bin++) {
    const wanted = changes.get(bin) ?? NO_CHANGES;
    const version = job.versions[bin - from] ?? 0;
    if (wanted === NO_CHANGES && job.renew === "none" && version > 0) continue;
    const role = nameOfBin(layout, bin);
    const before =
      job.from === undefined
        ? version === 0
          ? undefined
          : await publishedBin(storage, role, version, job)
        : await goodBin(storage, job, bin, job.from.versions[bin - from] ?? 0, job.from);
    const next = version + 1;
    const draft = draftBin(before, wanted, { version: next, expires }, isRenewed(job, before));
    if (draft === undefined) continue;
    const made = (expires: string): BinDraft | undefined =>
      draftBin(before, wanted, { version: next, expires }, true);
    if (!(await isLeft(storage, role, next, made, job, keys))) {
      const { bytes } = await seal(draft.signed, role, keys, view, new Date(job.now), draft.digests);
      await putVersion(storage, role, next, bytes);
    }
    done.push([bin, next]);
    applied += wanted.size;
  }
  return { versions: done, changes: applied };
}

function isRenewed({ renew, dueBy }: BinsJob, before: BinBefore | undefined): boolean {
  if (renew !== "due" || before === undefined) return renew === "all";
  const { expires } = before instanceof BinText ? before.header : before;
  return Date.parse(expires) <= dueBy;
}

/**
 * Whether publishing that was killed has left this very version: the same but for the expiry, signed by the keys that
 * sign now, and not due yet. It stays, so that an import of millions goes on where it was.
 *
 * @param made the version with the expiry that was found
 */
async function isLeft(
  storage: RepositoryStorage,
  role: string,
  version: number,
  made: (expires: string) => BinDraft | undefined,
  { view, dueBy }: BinsJob,
  keys: readonly SigningKey[],
): Promise<boolean> {
  const name = metadataName(role, version);
  const bytes = await storage.get(name);
  const left = bytes && readOurBin(bytes);
  if (left === undefined) return false;
  const { expires } = left.text.header;
  if (Date.parse(expires) <= dueBy) return false;
  const expected = made(expires)?.digests.classicBytes();
  if (expected === undefined || !equalBytes(expected, left.signedText)) return false;
  const { entry, keys: listed } = authorityOf(keys);
  const { count } = await checkText(left, roleKeys(role, entry, listed), view, {});
  // Whoever wrote it may have been killed before it was durable.
  return count.met && !(await storage.putIfAbsent(name, bytes as Uint8Array));
}

/**
 * Writes a versioned file. One of the same name that nothing refers to is left of publishing that was killed, and is
 * replaced.
 */
export async function putVersion(
  storage: RepositoryStorage,
  role: string,
  version: number,
  bytes: Uint8Array,
): Promise<void> {
  const name = metadataName(role, version);
  if (!(await storage.putIfAbsent(name, bytes))) await storage.replace(name, bytes);
}

/** A good bin with what is kept. */
async function goodBin(
  storage: RepositoryStorage,
  { layout, view }: BinsJob,
  bin: number,
  version: number,
  { kept, signedBy }: GoodBins,
): Promise<Targets | undefined> {
  const role = nameOfBin(layout, bin);
  const path = goodName(role, version);
  const bytes = version === 0 ? undefined : await storage.get(path);
  if (bytes === undefined && version !== 0) throw lost(path);
  const keys = roleKeys(role, signedBy.entry, signedBy.keys);
  const good = bytes && (await signedText(bytes, path, keys, version, view));
  const own = kept.filter(([path]) => binOf(layout, path) === bin);
  if (own.length === 0) return good;
  return withTargets(good ?? BinText.empty({ version: 1, expires: "" }).signed, new Map(own));
}

async function publishedBin(
  storage: RepositoryStorage,
  role: string,
  version: number,
  { signedBy, view }: BinsJob,
): Promise<BinBefore> {
  const path = metadataName(role, version);
  const bytes = await storage.get(path);
  if (bytes === undefined) throw lost(path);
  const keys: RoleKeys = roleKeys(role, signedBy.entry, signedBy.keys);
  // Without a classic signature nothing says that the text is what we signed.
  const ours = view === "linked" ? undefined : readOurBin(bytes);
  if (ours !== undefined && (await isOurs(ours, keys, view))) {
    if (ours.text.header.version === version) return ours.text;
    throw otherVersion(role, version, ours.text.header.version);
  }
  return signedText(bytes, path, keys, version, view);
}

/** A bin by its values, verified. @param path where it lies */
async function signedText(
  bytes: Uint8Array,
  path: string,
  keys: RoleKeys,
  version: number,
  view: SignedView,
): Promise<Targets> {
  const text = named(path, () => parseMetadataText(bytes, { type: "targets" }));
  await assertOurs(text, keys, view);
  const { signed } = text.file;
  if (signed.version === version) return signed;
  throw otherVersion(keys.name, version, signed.version);
}

function lost(path: string): TufLdError {
  const reason = "the repository has lost this file";
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}
