/**
 * A dry run: what would be published.
 * @module
 */
import { readChanges } from "../changes.ts";
import { nameOfBin } from "../layout.ts";
import { binAuthority, sameAuthority } from "./plan.ts";
import { describeRoles, type Publication } from "./publication.ts";
import type { PublishResult } from "./publish.ts";
import { groupsToBuild } from "./publishBins.ts";
import { isDue } from "./signDrafts.ts";

/** What `runPublication` would do. */
export async function tellPublication(publication: Publication): Promise<PublishResult> {
  const { storage, drafts, plan, head } = publication;
  const roles = await describeRoles(publication);
  const { bins: layout } = drafts.config;
  const authority = await binAuthority(drafts, plan.ready);
  if (layout === undefined || authority === undefined)
    return { roles, bins: 0, changes: 0, waiting: plan.waiting };
  const role = layout.succinct ? layout.prefix : nameOfBin(layout, 0);
  const { before, now } = authority;
  const changed = before === undefined || !sameAuthority(before.signed, now.signed, role);
  const touched = groupsToBuild(publication, layout, changed);
  const bins = new Set<number>();
  let changes = 0;
  for (const group of touched.groups) {
    for (const [bin, paths] of await readChanges(storage, group, head.sequence)) {
      bins.add(bin);
      changes += paths.size;
    }
  }
  for (let bin = 0; touched.renew !== "none" && bin < 2 ** layout.bits; bin++) {
    if (touched.renew === "all" || (await isBinDue(publication, nameOfBin(layout, bin)))) bins.add(bin);
  }
  return { roles, bins: bins.size, changes, waiting: plan.waiting };
}

async function isBinDue({ drafts, options }: Publication, role: string): Promise<boolean> {
  const file = await drafts.published.targets(role);
  const prefix = drafts.config.bins?.prefix ?? role;
  return file !== undefined && isDue(drafts.config, prefix, file.signed, options.now);
}
