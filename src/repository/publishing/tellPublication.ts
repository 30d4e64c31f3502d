/**
 * A dry run: what would be published. It refuses what the real run would refuse, as far as that is known without
 * opening a key.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { Root, TargetFile, Targets } from "../../vocabulary/types.ts";
import { readChanges } from "../changes.ts";
import type { BinLayout } from "../config.ts";
import { withTargets } from "../edit.ts";
import { nameOfBin } from "../layout.ts";
import { assertAtHand } from "../signing/signing.ts";
import { binAuthority, sameAuthority } from "./plan.ts";
import { describeRoles, type Publication, rootOf } from "./publication.ts";
import type { PublicationDone, PublishedRole } from "./publish.ts";
import { areOptional, groupsToBuild } from "./publishBins.ts";
import { assertOnlineKeys, isToSign } from "./publishOnline.ts";
import { cannotBegin, nothingReady } from "./publishRefusals.ts";
import { isDue } from "./signDrafts.ts";

/** What `runPublication` would do. @throws ERR_THRESHOLD_UNMET as it would */
export async function tellPublication(publication: Publication): Promise<PublicationDone> {
  const { plan, head, options } = publication;
  const { ready, waiting } = plan;
  const root = rootOf(publication);
  if (root === undefined) throw cannotBegin(plan);
  if (ready.size > 0 || head.count > 0 || options.renew) await assertOnlineKeys(publication, root);
  const built = await tellBins(publication);
  const online = await tellOnline(publication, root, built.bins);
  if (online.length === 0 && !ready.has("root")) {
    // What a renewal has staged for others to sign is told as overdue.
    if (waiting.length > 0 && !options.renew) throw nothingReady(waiting);
    return { roles: [], ...NO_BINS, waiting };
  }
  return { roles: [...(await describeRoles(publication)), ...online], ...built, waiting };
}

/** The next snapshot and timestamp, if there are new ones. */
async function tellOnline(
  publication: Publication,
  root: MetadataFile<Root>,
  bins: number,
): Promise<PublishedRole[]> {
  const { published } = publication.drafts;
  const { snapshot, timestamp } = published;
  const isChanged = bins > 0 || [...publication.plan.ready.keys()].some((role) => role !== "root");
  const newSnapshot = isChanged || (await isToSign(publication, root, "snapshot", snapshot));
  const newTimestamp = newSnapshot || (await isToSign(publication, root, "timestamp", timestamp));
  const next = (role: string, before: number): PublishedRole => ({ role, version: before + 1, changes: [] });
  return [
    ...(newSnapshot ? [next("snapshot", published.snapshotVersion ?? 0)] : []),
    ...(newTimestamp ? [next("timestamp", published.numberOf("timestamp"))] : []),
  ];
}

const NO_BINS = { bins: 0, changes: 0 };

/** How many bins get a new version, and how many changes they hold. */
async function tellBins(publication: Publication): Promise<Pick<PublicationDone, "bins" | "changes">> {
  const { storage, drafts, plan, head, options } = publication;
  const { bins: layout } = drafts.config;
  const authority = await binAuthority(drafts, plan.ready);
  if (layout === undefined || authority === undefined) return NO_BINS;
  const isOptional = areOptional(publication, layout);
  if (isOptional && !options.renew) return NO_BINS;
  const { before, now } = authority;
  const first = nameOfBin(layout, 0);
  const keys = delegatedKeys(now.signed, first);
  if (keys === undefined) return NO_BINS;
  try {
    await assertAtHand({ ...keys, name: layout.prefix }, options.keys);
  } catch (error) {
    // Nobody has to renew bins whose keys are elsewhere.
    if (isOptional) return NO_BINS;
    throw error;
  }
  const role = layout.succinct ? layout.prefix : first;
  const changed = before === undefined || !sameAuthority(before.signed, now.signed, role);
  const { groups, renew } = groupsToBuild(publication, layout, changed);
  const bins = new Set<number>();
  let changes = 0;
  for (const group of groups) {
    for (const [bin, paths] of await readChanges(storage, layout, group, head.sequence)) {
      if (renew !== "all" && !(await isChanged(publication, layout, bin, paths))) continue;
      bins.add(bin);
      changes += paths.size;
    }
  }
  for (let bin = 0; renew !== "none" && bin < 2 ** layout.bits; bin++) {
    if (renew === "all" || (await isBinDue(publication, nameOfBin(layout, bin)))) bins.add(bin);
  }
  return { bins: bins.size, changes };
}

/** Whether changes of a bin change anything. */
async function isChanged(
  { drafts }: Publication,
  layout: BinLayout,
  bin: number,
  changes: ReadonlyMap<string, TargetFile | null>,
): Promise<boolean> {
  const before: Targets | undefined = (await drafts.published.targets(nameOfBin(layout, bin)))?.signed;
  return before === undefined || withTargets(before, changes) !== before;
}

async function isBinDue({ drafts, options }: Publication, role: string): Promise<boolean> {
  const file = await drafts.published.targets(role);
  const prefix = drafts.config.bins?.prefix ?? role;
  return file !== undefined && isDue(drafts.config, prefix, file.signed, options.now);
}
