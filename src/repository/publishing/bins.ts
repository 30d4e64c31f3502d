/**
 * Hash bins, a group at a time: reads the published ones that change, verifies them, applies the changes, signs and
 * writes the new ones. Nothing refers to what it writes until the timestamp moves.
 * @module
 */
import { equalBytes } from "../../encoding/bytes.ts";
import { concerning } from "../../encoding/refusal.ts";
import { TufLdError } from "../../errors.ts";
import { type MetadataText, parseMetadataText } from "../../metadata/file.ts";
import { checkText } from "../../proof/checkFile.ts";
import { checkProofs } from "../../proof/linkedProof.ts";
import { type RoleKeys, roleKeys } from "../../proof/roleKeys.ts";
import { countKeys } from "../../proof/threshold.ts";
import { assertSigned } from "../../trust/rules.ts";
import type { TargetFile, Targets } from "../../vocabulary/types.ts";
import { readChanges } from "../changes.ts";
import type { BinLayout, SignedView } from "../config.ts";
import { withTargets } from "../edit.ts";
import { binOf, groupsOf, metadataName, nameOfBin } from "../layout.ts";
import { assertOurs, isOurs, otherVersion } from "../published.ts";
import { goodName } from "../recovery/recoveryState.ts";
import { type Authority, authorityOf, type SigningKey } from "../signing/signing.ts";
import { isSame, type RepositoryStorage } from "../storage.ts";
import { type BinBefore, type BinChanges, type BinDraft, draftBin } from "./draftBin.ts";
import { EntryText, type OurEntries, readOurEntries } from "./entryText.ts";
import { seal } from "./seal.ts";
import { assertSize } from "./sizes.ts";

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
  /** The largest bin that clients read, in bytes. */
  readonly maxBytes: number;
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
  /** When the first of the bins that were looked at expires; all of them were, unless `renew` is `none`. */
  readonly earliest: string | undefined;
}

const NO_CHANGES: BinChanges = new Map();

/** Does a job. @throws ERR_SHAPE if the log is damaged, ERR_LIMIT for a bin that clients would not read, and what verifying and writing refuse */
export async function buildBins(
  storage: RepositoryStorage,
  job: BinsJob,
  keys: readonly SigningKey[],
): Promise<BinsDone> {
  const { layout, group } = job;
  const { size } = groupsOf(layout);
  const changes = await readChanges(storage, layout, group, job.sequence);
  const versions: [number, number][] = [];
  let applied = 0;
  let earliest: string | undefined;
  const from = group * size;
  for (let bin = from; bin < from + size; bin++) {
    const wanted = changes.get(bin);
    const version = job.versions[bin - from] ?? 0;
    if (wanted === undefined && job.renew === "none" && version > 0) continue;
    const { built, expires } = await buildBin(storage, job, bin, version, wanted ?? NO_CHANGES, keys);
    earliest = earlierOf(earliest, expires);
    if (built === undefined) continue;
    versions.push([bin, built]);
    applied += wanted?.size ?? 0;
  }
  return { versions, changes: applied, earliest };
}

/** The earlier of two instants. */
export function earlierOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(b) < Date.parse(a) ? b : a;
}

/** Builds a bin, unless it stays as it is. @returns the new version if there is one, and when the bin expires */
async function buildBin(
  storage: RepositoryStorage,
  job: BinsJob,
  bin: number,
  version: number,
  changes: BinChanges,
  keys: readonly SigningKey[],
): Promise<{ readonly built?: number; readonly expires: string }> {
  const { view, expires, now } = job;
  const before = await binBefore(storage, job, bin, version);
  const role = nameOfBin(job.layout, bin);
  for (let built = version + 1; built <= version + MOST_LEFT; built++) {
    const made = (at: string): BinDraft | undefined =>
      draftBin(before, changes, { version: built, expires: at }, isRenewed(job, before));
    const draft = made(expires);
    if (draft === undefined) return { expires: expiryOf(before) ?? expires };
    const left = await leftExpiry(storage, role, built, made, job, keys);
    if (left !== undefined) return { built, expires: left };
    const { bytes } = await seal(draft.signed, role, keys, view, new Date(now), draft.digests);
    assertSize(role, bytes.length, job.maxBytes);
    if (await putVersion(storage, role, built, bytes)) return { built, expires };
  }
  throw tooManyLeft(role, version + 1);
}

function binBefore(
  storage: RepositoryStorage,
  job: BinsJob,
  bin: number,
  version: number,
): Promise<BinBefore | undefined> {
  const { layout, group, from: good } = job;
  if (good !== undefined) {
    const first = group * groupsOf(layout).size;
    return goodBin(storage, job, bin, good.versions[bin - first] ?? 0, good);
  }
  return version === 0 ? Promise.resolve(undefined) : publishedBin(storage, bin, version, job);
}

function expiryOf(bin: BinBefore | undefined): string | undefined {
  return bin instanceof EntryText ? bin.header.expires : bin?.expires;
}

function isRenewed({ renew, dueBy }: BinsJob, before: BinBefore | undefined): boolean {
  const expires = expiryOf(before);
  return renew === "all" || (renew === "due" && expires !== undefined && Date.parse(expires) <= dueBy);
}

/**
 * When this very version expires, if publishing that was killed has left it: the same but for that, signed by the keys
 * that sign now, and not due yet. It stays, so that an import of millions goes on where it was.
 *
 * @param made the version with the expiry that was found
 */
async function leftExpiry(
  storage: RepositoryStorage,
  role: string,
  version: number,
  made: (expires: string) => BinDraft | undefined,
  { view, dueBy, maxBytes }: BinsJob,
  keys: readonly SigningKey[],
): Promise<string | undefined> {
  const name = metadataName(role, version);
  const bytes = await storage.get(name);
  // One that is too large is made anew, and refused then.
  const left = bytes && bytes.length <= maxBytes ? readOurEntries("targets", bytes) : undefined;
  if (left === undefined) return undefined;
  const { expires } = left.text.header;
  if (Date.parse(expires) <= dueBy) return undefined;
  const expected = made(expires)?.digests.classicBytes();
  if (expected === undefined || !equalBytes(expected, left.signedText)) return undefined;
  const { entry, keys: listed } = authorityOf(keys);
  const { count } = await checkText(left, roleKeys(role, entry, listed), view, {});
  // Whoever wrote it may have been killed before it was durable.
  return count.met && !(await storage.putIfAbsent(name, bytes as Uint8Array)) ? expires : undefined;
}

/**
 * Writes a versioned file, and writes over none. One of the same name may be left of publishing that was killed, or be
 * that of a publisher who is about to move the timestamp, or already has: so another number is taken.
 *
 * @returns whether the file is there with these bytes
 */
export async function putVersion(
  storage: RepositoryStorage,
  role: string,
  version: number,
  bytes: Uint8Array,
): Promise<boolean> {
  const name = metadataName(role, version);
  return (await storage.putIfAbsent(name, bytes)) || isSame(await storage.get(name), bytes);
}

/** Files with numbers that publishing would give; each is left of one run that was killed. */
export const MOST_LEFT = 1_000;

/** There are more of them than killed runs leave. */
export function tooManyLeft(role: string, from: number): TufLdError<"ERR_STORAGE"> {
  const path = metadataName(role, from);
  const reason = `this file and the ${MOST_LEFT - 1} with the next numbers are there and were never published. Remove those that no timestamp ever referred to`;
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}

/** A good bin with what is kept. */
async function goodBin(
  storage: RepositoryStorage,
  job: BinsJob,
  bin: number,
  version: number,
  { kept, signedBy }: GoodBins,
): Promise<BinBefore | undefined> {
  const { layout } = job;
  const path = goodName(nameOfBin(layout, bin), version);
  const good = version === 0 ? undefined : await verifiedBin(storage, path, bin, version, job, signedBy);
  const own = kept.filter(([name]) => binOf(layout, name) === bin);
  if (own.length === 0) return good;
  const before = good ?? EntryText.empty("targets", { version: 1, expires: "" });
  return withTargets(before instanceof EntryText ? before.signed : before, new Map(own));
}

function publishedBin(
  storage: RepositoryStorage,
  bin: number,
  version: number,
  job: BinsJob,
): Promise<BinBefore> {
  const path = metadataName(nameOfBin(job.layout, bin), version);
  return verifiedBin(storage, path, bin, version, job, job.signedBy);
}

type TargetsText = MetadataText<Targets>;

/** A bin in a text that is not of our writing, and so is verified in the usual way. */
function verifiedText(
  file: string,
  role: string,
  bytes: Uint8Array,
  check: (text: TargetsText) => Promise<void>,
): Promise<TargetsText> {
  return concerning({ file, role }, async () => {
    const text = parseMetadataText(bytes, { type: "targets", linkable: true });
    await check(text);
    return text;
  });
}

/** A bin that lies at `path`, signed by these keys. */
async function verifiedBin(
  storage: RepositoryStorage,
  path: string,
  bin: number,
  version: number,
  { layout, view }: BinsJob,
  signedBy: Authority,
): Promise<BinBefore> {
  const role = nameOfBin(layout, bin);
  const bytes = await storage.get(path);
  if (bytes === undefined) throw lost(path);
  const keys = keysOfRole(role, signedBy);
  // Without a classic signature nothing says that the text is what we signed.
  const ours = view === "linked" ? undefined : readOurEntries("targets", bytes);
  const quick = ours !== undefined && (await isOurs(ours, keys, view)) ? ours : undefined;
  const file = quick ?? (await verifiedText(path, role, bytes, (text) => assertOurs(text, keys, view)));
  const { signed } = file.file;
  if (signed.version !== version) throw otherVersion(role, version, signed.version);
  if (view === "classic") {
    // A classic signature does not say which role it is for, and bins have keys in common. The paths do.
    for (const listed of quick === undefined ? Object.keys(signed.targets) : quick.text.names())
      if (binOf(layout, listed) !== bin) throw exchanged(path, listed);
  }
  if (quick === undefined) {
    if (view === "both") await concerning({ file: path, role }, () => assertOurs(file, keys, "linked"));
    return signed;
  }
  return view === "both" ? concerning({ file: path, role }, () => assertLinked(quick, keys)) : quick.text;
}

/** Refuses a bin whose linked proof is not for this role. @returns its text with what the check came to know of it */
async function assertLinked(
  { file, text }: OurEntries<"targets">,
  keys: RoleKeys,
): Promise<EntryText<"targets">> {
  let known = text;
  const digests = text.digestsOf(file.signed, (leading) => {
    known = text.withLeading(leading);
  });
  const findings = await checkProofs(file, keys, {}, digests);
  assertSigned(keys, { findings, count: countKeys(findings, keys, "linked") });
  return known;
}

/** What was imported of an authority. All bins have the same one, and importing a key takes a while. */
const imported = new WeakMap<Authority, RoleKeys>();

function keysOfRole(name: string, authority: Authority): RoleKeys {
  const keys = imported.get(authority) ?? roleKeys(name, authority.entry, authority.keys);
  imported.set(authority, keys);
  return { ...keys, name };
}

function exchanged(path: string, listed: string): TufLdError {
  const reason = `it lists ${listed}, which belongs in another bin: the file of that bin was put in its place`;
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}

function lost(path: string): TufLdError {
  const reason = "the repository has lost this file";
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}
