/**
 * How changes of targets stand in a segment of the log: a JSON array with one array for each of them,
 * `[path, length, sha256]` for a target of which nothing else is said, as nearly all are, else `[path, target]` with
 * `null` for one that is removed. In which bin a path belongs is not written: it is computed where a change is applied.
 * Earlier versions wrote its number before the path; it is passed over.
 *
 * The shorter form is written without asking JSON for more than the path, and takes half the time to read.
 * @module
 */
import { decodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import type { TargetChange } from "./changes.ts";

/** What stands between the changes of a segment. */
export const BETWEEN = ",\n";
/** What a segment begins with. */
export const BEGIN = "[";
/** What a segment ends with. */
export const END = "]\n";

/** The text of a change that `checkTarget` has passed: no other is sure to come back as it was. */
export function changeText({ path, target }: TargetChange): string {
  // What else JSON would escape, `checkTarget` refuses in a path.
  const name = path.includes('"') ? JSON.stringify(path) : `"${path}"`;
  return target !== null && isShort(target)
    ? `[${name},${target.length},"${target.hashes.sha256}"]`
    : `[${name},${JSON.stringify(target)}]`;
}

/** Whether a target has no more members than the shorter form. */
function isShort(target: TargetFile): boolean {
  for (const name in target) if (name !== "length" && name !== "hashes") return false;
  for (const algorithm in target.hashes) if (algorithm !== "sha256") return false;
  return true;
}

/**
 * Gives the changes of a segment to `take`, in order. Not read with `parseJson`: segments are large, and whatever comes
 * of them is validated before it is signed.
 *
 * @throws ERR_SHAPE
 */
export function readSegment(
  name: string,
  bytes: Uint8Array,
  take: (path: string, target: TargetFile | null) => void,
): void {
  for (const change of parseSegment(name, bytes)) {
    if (!Array.isArray(change)) throw notOurs(name);
    // Not taken apart by a pattern, which asks for an iterator each time.
    const at = typeof change[0] === "number" ? 1 : 0;
    const path: unknown = change[at];
    if (typeof path !== "string") throw notOurs(name);
    take(path, targetOf(name, change, at + 1));
  }
}

function targetOf(name: string, change: readonly unknown[], at: number): TargetFile | null {
  const first = change[at];
  if (typeof first === "object" && change.length === at + 1) return first as TargetFile | null;
  const sha256 = change[at + 1];
  if (typeof first !== "number" || typeof sha256 !== "string" || change.length !== at + 2)
    throw notOurs(name);
  return { length: first, hashes: { sha256 } };
}

function parseSegment(name: string, bytes: Uint8Array): readonly unknown[] {
  let changes: unknown;
  try {
    changes = JSON.parse(decodeUtf8(bytes, true));
  } catch {
    throw segmentRefusal(name, `is not JSON. ${SEGMENT_ADVICE}`);
  }
  if (!Array.isArray(changes)) throw notOurs(name);
  return changes;
}

function notOurs(name: string): TufLdError<"ERR_SHAPE"> {
  return segmentRefusal(name, `is not a segment of a log of changes. ${SEGMENT_ADVICE}`);
}

/** What to do about a segment that is lost, damaged or edited. */
export const SEGMENT_ADVICE =
  "Put the file back, or give up the changes that wait with `tuf-ld discard` and add them again";

/** What is said of a file of the log that cannot be read. */
export function segmentRefusal(name: string, reason: string): TufLdError<"ERR_SHAPE"> {
  return new TufLdError("ERR_SHAPE", `${name} ${reason}`, { path: "", reason });
}
