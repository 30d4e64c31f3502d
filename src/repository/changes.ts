/**
 * Changes of targets in hash bins that wait to be published: a log in segments, one folder for each group of bins.
 *
 * `head.json` lists the segments that count, so that changes in many groups appear at once or not at all, and an
 * import that was killed goes on where the last whole segment ended. What a killed writer left is listed nowhere: it is
 * ignored, and written over or removed with the others of its group. Applying a log twice is applying it once: the
 * last change of a path decides.
 *
 * The head is moved by `swap` alone, and no segment is ever written over: whoever was stopped and goes on when others
 * have long moved the head finds that out, and has destroyed nothing of theirs.
 * @module
 */
import { parseJson } from "../document/json.ts";
import { concerning } from "../encoding/refusal.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import { readSegment, SEGMENT_ADVICE, segmentRefusal } from "./changeText.ts";
import type { BinLayout } from "./config.ts";
import { binOf, groupsOf, MOST_GROUPS } from "./layout.ts";
import { type RepositoryStorage, swapRead } from "./storage.ts";
import { changeProblem } from "./target.ts";

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
  /** The file that was read, without which the head is not moved; `undefined` if there was none. */
  readonly bytes: Uint8Array | undefined;
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
  if (!isHead(head)) throw segmentRefusal(HEAD, `is not the head of a log of changes. ${SEGMENT_ADVICE}`);
  const groups = [...new Set(head.segments.flatMap(([, each]) => each))].sort((a, b) => a - b);
  return { ...head, groups, bytes };
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

/** Moves the head of the log, durably. @param before as it was read @throws ERR_CONFLICT if it is another by now */
export async function moveHead(
  storage: RepositoryStorage,
  { bytes }: ChangeHead,
  next: StoredHead,
): Promise<void> {
  const { sequence, segments, count, mark } = next;
  const text = JSON.stringify({ sequence, segments, count, ...(mark === undefined ? {} : { mark }) });
  await swapRead(storage, HEAD, bytes, encodeUtf8(text));
}

/**
 * The changes of a group, by bin and path; of several changes of a path, the last. The bin is that of the path: nothing
 * in a segment says where a change belongs.
 *
 * @throws ERR_SHAPE if a file is no segment, or holds a path of another group; ERR_STORAGE if one is lost
 */
export async function readChanges(
  storage: RepositoryStorage,
  layout: Pick<BinLayout, "bits">,
  group: number,
  sequence: number,
): Promise<Map<number, Map<string, TargetFile | null>>> {
  const found = new Map<number, Map<string, TargetFile | null>>();
  const { size } = groupsOf(layout);
  const first = group * size;
  const { segments } = await readHead(storage);
  for (const [number, groups] of segments) {
    if (number > sequence || !groups.includes(group)) continue;
    const name = segmentName(group, number);
    const bytes = await storage.get(name);
    if (bytes === undefined) throw lost(name);
    readSegment(name, bytes, (path, target) => {
      const problem = changeProblem({ path, target });
      if (problem !== undefined) throw unusable(name, path, problem);
      const bin = binOf(layout, path);
      let changes = found.get(bin);
      if (changes === undefined) {
        if (bin < first || bin >= first + size) throw misplaced(name, path, bin);
        changes = new Map();
        found.set(bin, changes);
      }
      changes.set(path, target);
    });
  }
  return found;
}

/** Nobody would come to this change, and it would be lost without a word. */
function misplaced(name: string, path: string, bin: number): TufLdError<"ERR_SHAPE"> {
  const reason = `holds a change of ${JSON.stringify(path)}, whose bin, ${bin}, is in another group. ${SEGMENT_ADVICE}`;
  return segmentRefusal(name, reason);
}

/** `add` refuses it, so somebody has edited the segment; signed, it would keep clients from all of its bin. */
function unusable(name: string, path: string, problem: string): TufLdError<"ERR_SHAPE"> {
  const shown = JSON.stringify(path.slice(0, 200));
  return segmentRefusal(name, `holds a change of ${shown} that is refused: ${problem}. ${SEGMENT_ADVICE}`);
}

function lost(path: string): TufLdError {
  const reason = `the repository has lost this file, which holds changes of targets. ${SEGMENT_ADVICE}`;
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}

/**
 * Removes the segments that were published; those that came meanwhile stay. The head goes first: what it does not list
 * counts for nothing, so killed in between, nothing is published twice, and what is left goes with the next ones or
 * when somebody cleans.
 *
 * @param published the head that publishing has read
 */
export async function removeChanges(storage: RepositoryStorage, published: ChangeHead): Promise<void> {
  for (;;) {
    const head = await readHead(storage);
    const isPublished = ([number]: Segment): boolean => number <= published.sequence;
    if (!head.segments.some(isPublished)) break;
    const segments = head.segments.filter((segment) => !isPublished(segment));
    const { sequence, mark } = head;
    const rest: StoredHead =
      segments.length === 0
        ? { ...EMPTY, sequence }
        : { sequence, segments, count: Math.max(0, head.count - published.count), ...(mark && { mark }) };
    if (await hasMoved(moveHead(storage, head, rest))) break;
  }
  await removeSegments(storage, published);
}

/** `false` if somebody else has moved the head meanwhile, who is to be respected. */
async function hasMoved(move: Promise<void>): Promise<boolean> {
  try {
    await move;
    return true;
  } catch (error) {
    if (error instanceof TufLdError && error.code === "ERR_CONFLICT") return false;
    throw error;
  }
}

/**
 * Gives up all changes that wait, and how far an import has come. The head goes first, as in `removeChanges`.
 *
 * @throws ERR_CONFLICT if more came meanwhile
 */
export async function discardChanges(storage: RepositoryStorage, head: ChangeHead): Promise<void> {
  await moveHead(storage, head, { ...EMPTY, sequence: head.sequence });
  await removeSegments(storage, head);
}

async function removeSegments(storage: RepositoryStorage, { groups, sequence }: ChangeHead): Promise<void> {
  for (const group of groups) {
    for (const name of await segmentsOf(storage, group, sequence)) await storage.remove(name);
  }
}

/**
 * Removes segments that no head will list any more: left of publishing and of writers that were killed. Whoever still
 * writes one has a higher number, or has lost the head to others.
 */
export async function removeLeftChanges(storage: RepositoryStorage): Promise<void> {
  const { segments, sequence } = await readHead(storage);
  const listed = new Set(
    segments.flatMap(([number, groups]) => groups.map((group) => segmentName(group, number))),
  );
  for (const name of await storage.list(FOLDER)) {
    const [, number] = /\/(\d{10})\.json$/.exec(name) ?? [];
    if (number !== undefined && Number(number) <= sequence && !listed.has(name)) await storage.remove(name);
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
