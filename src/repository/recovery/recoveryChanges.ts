/**
 * What came into a role since all was good: by comparing the metadata that is served with the good one.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import type { RoleKeys } from "../../proof/roleKeys.ts";
import type { Snapshot, TargetFile, Targets } from "../../vocabulary/types.ts";
import type { SignedView } from "../config.ts";
import { sameJson } from "../edit.ts";
import { metadataName } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { RecoveryChange } from "./recoveryState.ts";
import { versionIn } from "./recoverySurvey.ts";
import { readable } from "./taken.ts";

/** The role as clients get it now: what the served snapshot names, else the newest file there is. */
export async function servedFile(
  storage: RepositoryStorage,
  snapshot: Snapshot | undefined,
  versions: ReadonlyMap<string, readonly number[]>,
  role: string,
): Promise<MetadataFile<Targets> | undefined> {
  const newest = (versions.get(role) ?? []).reduce((most, each) => Math.max(most, each), 0);
  const version = (snapshot && versionIn(snapshot.meta, role)) ?? newest;
  const file = await readable(storage, metadataName(role, version), "targets");
  // Clients refuse a file under the name of another version (TUF 5.6.4).
  return file?.signed.version === version ? file : undefined;
}

/** Compares a role as it is served with how it was. What its keys did not sign no client took, so it counts as gone. */
export async function changesSince(
  role: string,
  good: Targets | undefined,
  served: MetadataFile<Targets> | undefined,
  keys: RoleKeys | undefined,
  view: SignedView,
): Promise<{ readonly changes: RecoveryChange[]; readonly notes: string[] }> {
  if (served === undefined || keys === undefined)
    return { changes: [], notes: [`${role}: what is served cannot be read`] };
  if (sameJson(good, served.signed)) return { changes: [], notes: [] };
  if (!(await checkFile(served, keys, view)).count.met)
    return { changes: [], notes: [`${role}: what is served is not signed by its keys; clients refuse it`] };
  const before = new Map(Object.entries(good?.targets ?? {}));
  const after = new Map(Object.entries(served.signed.targets));
  const changes: RecoveryChange[] = [];
  const note = (path: string, change: RecoveryChange["change"], target: TargetFile | null): void => {
    changes.push({ role, path, change, kept: false, target });
  };
  for (const [path, target] of after) {
    const was = before.get(path);
    if (was === undefined) note(path, "added", target);
    else if (!sameJson(was, target)) note(path, "replaced", target);
  }
  for (const path of before.keys()) if (!after.has(path)) note(path, "removed", null);
  const notes = sameJson(good?.delegations, served.signed.delegations)
    ? []
    : [`${role}: delegations that came since, or changed, are as they were`];
  return { changes, notes };
}
