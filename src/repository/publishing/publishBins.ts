/**
 * The bins of a run of publishing: which are to be built, where, and what became of them.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import { type BinLayout, expiryOf, periodOf } from "../config.ts";
import { entryOf, keysOf } from "../edit.ts";
import { inLanes } from "../lanes.ts";
import { groupsOf, metadataName, nameOfBin } from "../layout.ts";
import type { Published, RecoveryBase } from "../published.ts";
import type { RecoveryChange } from "../recovery/recoveryState.ts";
import type { Authority } from "../signing/signing.ts";
import { type BinKeys, binKeysFor, rememberBinKeys } from "./binKeys.ts";
import { type BinsJob, buildBins, earlierOf, type GoodBins } from "./bins.ts";
import type { Publication } from "./publication.ts";
import type { RunBins } from "./publish.ts";

/** From so many groups of bins on, other threads are worth starting. */
const MANY_GROUPS = 16;

/** What became of the bins. */
export interface BuiltBins {
  readonly versions: readonly [role: string, version: number][];
  readonly superseded: readonly string[];
  readonly changes: number;
  readonly keys?: BinKeys;
  /** No bin expires before this instant; `undefined` if that is not known. */
  readonly earliest?: string | undefined;
}

const NO_BINS: BuiltBins = { versions: [], superseded: [], changes: 0 };

/** Which groups of bins there is work in. */
export function groupsToBuild(
  { drafts, head, options }: Publication,
  layout: BinLayout,
  changed: boolean,
): Pick<BinsJob, "renew"> & { readonly groups: readonly number[] } {
  const isNew = drafts.published.versionOf(nameOfBin(layout, 0)) === undefined;
  const { count } = groupsOf(layout);
  const renew = isNew || changed ? "all" : options.renew ? "due" : "none";
  if (renew === "none") {
    const { groups } = head;
    if (groups.every((group) => group < count)) return { groups, renew };
    const reason = "the log of changes is of another number of bins";
    throw new TufLdError("ERR_SHAPE", reason, { path: "", reason });
  }
  return { groups: Array.from({ length: count }, (_, group) => group), renew };
}

/** Whether nobody needs the keys of bins: nothing in them changes, nor does the role that lists them. */
export function areOptional(
  { drafts, plan, head }: Publication,
  { delegator }: Pick<BinLayout, "delegator">,
): boolean {
  return (
    head.count === 0 && !plan.ready.has(delegator) && drafts.published.versionOf(delegator) !== undefined
  );
}

/** As `groupsToBuild`; where it is remembered that no bin is due, none is read to see that. */
function groupsWithWork(
  publication: Publication,
  layout: BinLayout,
  changed: boolean,
  dueBy: number,
): ReturnType<typeof groupsToBuild> {
  const { options, drafts, notes } = publication;
  const earliest =
    options.renew && drafts.published.recovery === undefined ? notes.known.binExpiry : undefined;
  const isDue = earliest === undefined || Date.parse(earliest) <= dueBy;
  const renew = options.renew === true && isDue;
  return groupsToBuild({ ...publication, options: { ...options, renew } }, layout, changed);
}

/** Builds the bins that change, and all of them if their keys do. */
export async function publishBins(publication: Publication): Promise<BuiltBins> {
  const { storage, drafts, plan, head, options, sizes, notes } = publication;
  const { config, published } = drafts;
  const { bins: layout } = config;
  const { ready } = plan;
  if (layout === undefined) return NO_BINS;
  const isOptional = areOptional(publication, layout);
  if (isOptional && !options.renew) return NO_BINS;
  const find = binKeysFor(layout, drafts, ready, options.keys, notes);
  // Nobody has to renew bins whose keys are elsewhere.
  const keys = await (isOptional ? find.catch(unlessKeysMissing) : find);
  if (keys === undefined) return NO_BINS;
  const dueBy = options.now.getTime() + periodOf(config, layout.prefix) / 2;
  const { groups, renew } = groupsWithWork(publication, layout, keys.changed, dueBy);
  const { size } = groupsOf(layout);
  const result = { versions: [] as [string, number][], superseded: [] as string[], changes: 0 };
  const here: RunBins = (job, ring) => buildBins(storage, job, ring);
  const run = groups.length < MANY_GROUPS ? here : (options.runBins ?? here);
  // Of a part of the bins it is known that the others expire no sooner than what was noted.
  let earliest = renew === "none" ? notes.known.binExpiry : undefined;
  const isKnown = renew !== "none" || earliest !== undefined;
  let finished = 0;
  const good = published.recovery && (await goodState(published.recovery, published, layout));
  const one = async (group: number): Promise<void> => {
    const first = group * size;
    const names = Array.from({ length: size }, (_, at) => nameOfBin(layout, first + at));
    const versions = names.map((name) => published.numberOf(name));
    const from = good && goodBins(published, names, good);
    const done = await run(
      {
        layout,
        group,
        sequence: head.sequence,
        view: config.sign,
        versions,
        ...(from === undefined ? {} : { from }),
        signedBy: keys.signedBy,
        renew,
        dueBy,
        expires: expiryOf(config, layout.prefix, options.now),
        now: options.now.getTime(),
        maxBytes: sizes.targets,
      },
      keys.signing,
    );
    for (const [bin, version] of done.versions) {
      const role = nameOfBin(layout, bin);
      result.versions.push([role, version]);
      const old = versions[bin - first] ?? 0;
      if (old > 0) result.superseded.push(metadataName(role, old));
    }
    result.changes += done.changes;
    earliest = earlierOf(earliest, done.earliest);
    options.onProgress?.({ step: "bins", done: ++finished, total: groups.length });
  };
  await inLanes(groups, options.lanes ?? 1, one);
  return { ...result, keys, earliest: isKnown ? earliest : undefined };
}

/** What a recovery goes back to: who signed the bins then, all of which have the same keys; and what is kept. */
interface GoodState {
  readonly signedBy: Authority;
  readonly kept: readonly RecoveryChange[];
}

async function goodState(
  { copies }: RecoveryBase,
  published: Published,
  layout: BinLayout,
): Promise<GoodState> {
  const first = nameOfBin(layout, 0);
  const version = published.versionOf(first);
  const signer = version === undefined ? undefined : (await copies.signerOf(first, version)).signed;
  const entry = signer && entryOf(signer, layout.succinct ? layout.prefix : first);
  const signedBy = { entry: entry ?? { keyids: [], threshold: 1 }, keys: signer ? keysOf(signer) : {} };
  return { signedBy, kept: await copies.kept() };
}

function goodBins(published: Published, names: readonly string[], { signedBy, kept }: GoodState): GoodBins {
  const own = new Set(names);
  return {
    signedBy,
    versions: names.map((name) => published.versionOf(name) ?? 0),
    kept: kept.filter(({ role }) => own.has(role)).map(({ path, target }) => [path, target]),
  };
}

/** Remembers what holds of the bins that stand now and of those that are about to: publishing may be killed in between. */
export async function rememberBinsBefore(
  { storage, drafts, notes }: Publication,
  { earliest }: BuiltBins,
): Promise<void> {
  if (earliest === undefined) return;
  const both = earlierOf(notes.known.binExpiry, earliest);
  if (both !== undefined) notes.add({ binExpiry: both });
  await notes.write(storage, drafts.config);
}

/** Remembers the keys of the bins, and when the first of them expires, once they are published. */
export function rememberBins({ drafts, notes }: Publication, { keys, earliest }: BuiltBins): void {
  const { bins } = drafts.config;
  if (earliest !== undefined) notes.add({ binExpiry: earliest });
  if (bins !== undefined && keys !== undefined) rememberBinKeys(notes, bins, keys);
}

function unlessKeysMissing(error: unknown): undefined {
  if (!(error instanceof TufLdError) || error.code !== "ERR_THRESHOLD_UNMET") throw error;
}
