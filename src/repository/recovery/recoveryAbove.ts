/**
 * What changed above the targets roles since all was good: in the chain of roots and in the snapshot.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import type { Snapshot } from "../../vocabulary/types.ts";
import { describeChanges } from "../signing/words.ts";
import { differenceOf } from "./recoveryChanges.ts";
import type { RoleDifference } from "./recoveryState.ts";
import type { MetadataSource, Survey } from "./recoverySurvey.ts";

/**
 * The differences of root and snapshot.
 *
 * @param offered the snapshot that clients get now; its signatures are not checked
 */
export async function differencesAbove(
  found: Pick<Survey, "roots" | "goodSnapshot">,
  source: MetadataSource | undefined,
  offered: MetadataFile<Snapshot> | undefined,
  compromised: ReadonlySet<string>,
): Promise<RoleDifference[]> {
  if (source === undefined) return [];
  const differences: RoleDifference[] = [];
  const fate = compromised.has("root") ? "anew" : "stays";
  const root = await rootChanges(found, source);
  if (root.length > 0) differences.push({ role: "root", fate, changes: root });
  const { goodSnapshot } = found;
  const snapshot = differenceOf("snapshot", "anew", goodSnapshot?.signed, offered?.signed);
  if (snapshot !== undefined)
    differences.push({ ...snapshot, changes: [...snapshot.changes, ...namesIn(goodSnapshot, offered)] });
  return differences;
}

/** The steps of the chain since the good state; a folder in which the chain goes on cannot tell when that was. */
async function rootChanges({ roots }: Pick<Survey, "roots">, source: MetadataSource): Promise<string[]> {
  let known = source.isOwn ? 1 : 0;
  while (!source.isOwn && known < roots.length && (await source.get(`${known + 1}.root.json`)) !== undefined)
    known++;
  // A copy without roots: nothing tells which of them are new.
  const isUncertain = source.isOwn || known === 0;
  const lines = roots.slice(Math.max(1, known)).flatMap(({ signed }) => {
    const before = roots[signed.version - 2]?.signed;
    return describeChanges("root", before, signed, { full: true });
  });
  if (lines.length === 0 || !isUncertain) return lines;
  return ["these are all changes of root; nothing here tells which of them came since", ...lines];
}

/** Roles that the snapshot names, or does not name any more. */
function namesIn(
  good: MetadataFile<Snapshot> | undefined,
  offered: MetadataFile<Snapshot> | undefined,
): string[] {
  const [before, after] = [good?.signed.meta ?? {}, offered?.signed.meta ?? {}];
  const only = (these: object, those: object): string[] =>
    Object.keys(these).filter((name) => !Object.hasOwn(those, name));
  const [come, gone] = [only(after, before), only(before, after)];
  return [
    ...(come.length > 0 ? [`names ${come.join(", ")}`] : []),
    ...(gone.length > 0 ? [`no longer names ${gone.join(", ")}`] : []),
  ];
}
