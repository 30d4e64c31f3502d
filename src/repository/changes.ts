/**
 * Changes of targets in hash bins that wait to be published: a log in segments, one folder for each group of bins.
 *
 * `head.json` lists the segments that count, so that changes in many groups appear at once or not at all, and an
 * import that was killed goes on where the last whole segment ended. What a killed writer left is listed nowhere: it is
 * ignored, and written over or removed with the others of its group. Applying a log twice is applying it once: the
 * last change of a path decides. So segments may be removed after publishing, oldest first, at any pace.
 * @module
 */
import { parseJson } from "../document/json.ts";
import { concerning } from "../encoding/refusal.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import { readSegment, SEGMENT_ADVICE, segmentRefusal } from "./changeText.ts";
import { MOST_GROUPS } from "./layout.ts";
import { publishedLog } from "./publishing/newest.ts";
import type { RepositoryStorage } from "./storage.ts";

/** A target, or `null` to remove it. */
export interface TargetChange {
  readonly path: string;
  readonly target: TargetFile | null;
}

/** How far an import has come. */
export interface ImportMark {
  /** Names the source and its state, so that another one is not taken for it. */
  readonly source: string;
  /** How much of the source is in the log, in whatever unit the importer counts. */
  readonly position: number;
}

/** A segment: its number, and the groups of bins in which it has a file. */
export type Segment = readonly [sequence: number, groups: readonly number[]];

/** What the log holds, as it is written. */
interface StoredHead {
  /** The number of the last segment that was written. */
  readonly sequence: number;
  /** Those that count, in order. */
  readonly segments: readonly Segment[];
  /** Changes in these segments. */
  readonly count: number;
  readonly mark?: ImportMark;
}

/** What the log holds. */
export interface ChangeHead extends StoredHead {
  /** The groups that have segments, in order. */
  readonly groups: readonly number[];
}

const FOLDER = "staged/changes";
const HEAD = `${FOLDER}/head.json`;
const EMPTY: StoredHead = { sequence: 0, segments: [], count: 0 };
/** Ten digits: names of segments sort as their numbers do. */
const LAST_SEQUENCE = 9_999_999_999;

/** Reads the head of the log. @throws ERR_SHAPE */
export async function readHead(storage: RepositoryStorage): Promise<ChangeHead> {
  const bytes = await storage.get(HEAD);
  const head = bytes === undefined ? EMPTY : concerning({ file: HEAD }, () => parseJson(bytes));
  if (!isHead(head)) throw segmentRefusal(HEAD, "is not the head of a log of changes");
  const groups = [...new Set(head.segments.flatMap(([, each]) => each))].sort((a, b) => a - b);
  return { ...head, groups };
}

function isHead(value: unknown): value is StoredHead {
  if (typeof value !== "object" || value === null) return false;
  const { sequence, segments, count, mark } = value as Partial<Record<keyof StoredHead, unknown>>;
  // One above is what is written next.
  if (!isCount(sequence) || sequence >= LAST_SEQUENCE || !isCount(count)) return false;
  if (!Array.isArray(segments) || !segments.every(isSegment)) return false;
  const numbers = segments.map(([number]) => number);
  if (!numbers.every((number, at) => number > (numbers[at - 1] ?? 0) && number <= sequence)) return false;
  if (mark === undefined) return true;
  if (typeof mark !== "object" || mark === null) return false;
  const { source, position } = mark as Partial<Record<keyof ImportMark, unknown>>;
  return typeof source === "string" && isCount(position);
}

function isSegment(value: unknown): value is Segment {
  if (!Array.isArray(value)) return false;
  const [sequence, groups] = value as unknown[];
  if (!isCount(sequence) || !Array.isArray(groups)) return false;
  return groups.every((each) => isCount(each) && each < MOST_GROUPS);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Replaces the head of the log, durably. */
export async function writeHead(storage: RepositoryStorage, head: StoredHead): Promise<void> {
  await storage.replace(HEAD, encodeUtf8(JSON.stringify(head)));
}

/** The changes of a group, by bin and path; of several changes of a path, the last. @throws ERR_SHAPE */
export async function readChanges(
  storage: RepositoryStorage,
  group: number,
  sequence: number,
): Promise<Map<number, Map<string, TargetFile | null>>> {
  const found = new Map<number, Map<string, TargetFile | null>>();
  const { segments } = await readHead(storage);
  for (const [number, groups] of segments) {
    if (number > sequence || !groups.includes(group)) continue;
    const name = segmentName(group, number);
    const bytes = await storage.get(name);
    if (bytes === undefined) {
      // Publishing may have been killed while it removed what it had published.
      if (number > (await publishedLog(storage))) throw lost(name);
      continue;
    }
    readSegment(name, bytes, (bin, path, target) => {
      let changes = found.get(bin);
      if (changes === undefined) {
        changes = new Map();
        found.set(bin, changes);
      }
      changes.set(path, target);
    });
  }
  return found;
}

function lost(path: string): TufLdError {
  const reason = `the repository has lost this file, which holds changes of targets. ${SEGMENT_ADVICE}`;
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}

/** Removes the segments that were published. */
export async function removeChanges(storage: RepositoryStorage, head: ChangeHead): Promise<void> {
  await removeSegments(storage, head);
  await writeHead(storage, { ...EMPTY, sequence: head.sequence });
}

/**
 * Gives up all changes that wait, and how far an import has come. The head goes first: what it does not list counts for
 * nothing, so killed in between, none of them wait.
 */
export async function discardChanges(storage: RepositoryStorage): Promise<void> {
  const head = await readHead(storage);
  await writeHead(storage, { ...EMPTY, sequence: head.sequence });
  await removeSegments(storage, head);
}

async function removeSegments(storage: RepositoryStorage, { groups, sequence }: ChangeHead): Promise<void> {
  for (const group of groups) {
    for (const name of await segmentsOf(storage, group, sequence)) await storage.remove(name);
  }
}

/** Oldest first. */
async function segmentsOf(storage: RepositoryStorage, group: number, sequence: number): Promise<string[]> {
  const last = segmentName(group, sequence);
  return (await storage.list(changesFolder(group))).filter((name) => name <= last).sort();
}

/** The folder of a group in the log. */
export function changesFolder(group: number): string {
  return `${FOLDER}/${group.toString(16).padStart(3, "0")}`;
}

/** The file of a group in a segment. */
export function segmentName(group: number, sequence: number): string {
  return `${changesFolder(group)}/${String(sequence).padStart(10, "0")}.json`;
}
