/**
 * What changed in a role since all was good: by comparing the metadata that is served with the good one.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import type { RoleKeys } from "../../proof/roleKeys.ts";
import type { Signed, Snapshot, Targets } from "../../vocabulary/types.ts";
import type { SignedView } from "../config.ts";
import { sameJson } from "../edit.ts";
import { metadataName } from "../layout.ts";
import { describeChanges } from "../signing/words.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { RecoveryChange, RoleDifference } from "./recoveryState.ts";
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
): Promise<{
  readonly changes: RecoveryChange[];
  readonly difference: RoleDifference | undefined;
  readonly notes: string[];
}> {
  const none = { changes: [], difference: undefined };
  if (served === undefined || keys === undefined)
    return { ...none, notes: [`${role}: what is served cannot be read`] };
  if (sameJson(good, served.signed)) return { ...none, notes: [] };
  if (!(await checkFile(served, keys, view)).count.met)
    return { ...none, notes: [`${role}: what is served is not signed by its keys; clients refuse it`] };
  const changes = targetChanges(role, good, served.signed);
  // The targets are told one by one.
  const rest = good && { ...good, targets: served.signed.targets };
  const words = describeChanges(role, rest, served.signed, { full: true });
  const difference: RoleDifference = { role, fate: "reverted", changes: words };
  return { changes, difference, notes: [] };
}

/** Targets that were added, replaced or removed. */
function targetChanges(role: string, good: Targets | undefined, served: Targets): RecoveryChange[] {
  const before = new Map(Object.entries(good?.targets ?? {}));
  const after = new Map(Object.entries(served.targets));
  const changes: RecoveryChange[] = [];
  for (const [path, target] of after) {
    const was = before.get(path);
    const common = { role, path, kept: false, target };
    if (was === undefined) changes.push({ ...common, change: "added" });
    else if (!sameJson(was, target))
      changes.push({ ...common, change: "replaced", differs: differingMembers(was, target) });
  }
  for (const path of before.keys())
    if (!after.has(path)) changes.push({ role, path, change: "removed", kept: false, target: null });
  return changes;
}

function differingMembers(was: object, is: object): string[] {
  const [before, after] = [new Map(Object.entries(was)), new Map(Object.entries(is))];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.filter((name) => !sameJson(before.get(name), after.get(name)));
}

/** What differs in a role that is not taken back, in words, its targets one by one. */
export function differenceOf<S extends Signed>(
  role: string,
  fate: RoleDifference["fate"],
  good: S | undefined,
  now: S | undefined,
): RoleDifference | undefined {
  if (now === undefined || sameJson(good, now)) return undefined;
  const isTargets = now._type === "targets" && good !== undefined;
  const rest = isTargets ? { ...good, targets: now.targets } : good;
  const words = describeChanges(role, rest, now, { full: true });
  const targets = isTargets ? targetChanges(role, good as Targets, now) : [];
  return { role, fate, changes: [...words, ...targets.map(inWords)] };
}

function inWords({ path, change, differs }: RecoveryChange): string {
  return `${path} was ${change}${differs === undefined ? "" : ` (${differs.join(", ")})`}`;
}
