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
  const all = touched.renew === "all" ? 2 ** layout.bits : bins.size;
  return { roles, bins: all, changes, waiting: plan.waiting };
}
