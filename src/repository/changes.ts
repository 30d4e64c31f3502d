/**
 * Changes of targets in hash bins that wait to be published: a log in segments, one folder for each group of bins.
 *
 * `head.json` says how many segments count, so that changes in many groups appear at once or not at all, and an
 * import that was killed goes on where the last whole segment ended. Applying a log twice is applying it once: the
 * last change of a path decides. So segments may be removed after publishing, oldest first, at any pace.
 * @module
 */
import { type JsonValue, parseJson } from "../document/json.ts";
import { named } from "../encoding/refusal.ts";
import { decodeUtf8, encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import type { BinLayout } from "./config.ts";
import { binOf, groupsOf, MOST_GROUPS } from "./layout.ts";
import type { RepositoryStorage } from "./storage.ts";

/** A target, or `null` to remove it. */
export interface TargetChange {
  readonly path: string;
  readonly target: TargetFile | null;
}

/** A change as a segment holds it, with the number of the path's bin. */
export type LoggedChange = readonly [bin: number, path: string, target: TargetFile | null];

/** How far an import has come. */
export interface ImportMark {
  /** Names the source and its state, so that another one is not taken for it. */
  readonly source: string;
  /** How much of the source is in the log, in whatever unit the importer counts. */
  readonly position: number;
}

/** What the log holds. */
export interface ChangeHead {
  /** The number of the last segment that counts. */
  readonly sequence: number;
  /** The groups that may have segments. */
  readonly groups: readonly number[];
  /** Changes in these segments. */
  readonly count: number;
  readonly mark?: ImportMark;
}

const FOLDER = "staged/changes";
const HEAD = `${FOLDER}/head.json`;
const EMPTY: ChangeHead = { sequence: 0, groups: [], count: 0 };
/** Ten digits: names of segments sort as their numbers do. */
const LAST_SEQUENCE = 9_999_999_999;
/** Text held in memory before a segment is written, in UTF-16 units. */
const SEGMENT_UNITS = 48 * 1_048_576;

/** Reads the head of the log. @throws ERR_SHAPE */
export async function readHead(storage: RepositoryStorage): Promise<ChangeHead> {
  const bytes = await storage.get(HEAD);
  if (bytes === undefined) return EMPTY;
  const head = named(HEAD, () => parseJson(bytes));
  if (isHead(head)) return head;
  throw refusal(HEAD, "is not the head of a log of changes");
}

function isHead(value: unknown): value is ChangeHead {
  if (typeof value !== "object" || value === null) return false;
  const { sequence, groups, count, mark } = value as Partial<Record<keyof ChangeHead, unknown>>;
  // One above is what is written next.
  if (!isCount(sequence) || sequence >= LAST_SEQUENCE || !isCount(count)) return false;
  if (!Array.isArray(groups) || !groups.every((each) => isCount(each) && each < MOST_GROUPS)) return false;
  if (mark === undefined) return true;
  if (typeof mark !== "object" || mark === null) return false;
  const { source, position } = mark as Partial<Record<keyof ImportMark, unknown>>;
  return typeof source === "string" && isCount(position);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function refusal(name: string, reason: string): TufLdError<"ERR_SHAPE"> {
  return new TufLdError("ERR_SHAPE", `${name} ${reason}`, { path: "", reason });
}

/** Adds changes to the log, in segments of bounded size. Only inside `exclusive`. */
export class ChangeWriter {
  readonly #storage: RepositoryStorage;
  readonly #layout: BinLayout;
  readonly #groupSize: number;
  readonly #groups = new Map<number, string>();
  #head: ChangeHead;
  #units = 0;
  #pending = 0;
  #isClear = false;

  private constructor(storage: RepositoryStorage, layout: BinLayout, head: ChangeHead) {
    this.#storage = storage;
    this.#layout = layout;
    this.#head = head;
    this.#groupSize = groupsOf(layout).size;
  }

  static async open(storage: RepositoryStorage, layout: BinLayout): Promise<ChangeWriter> {
    return new ChangeWriter(storage, layout, await readHead(storage));
  }

  /** How far an import of this source has come; 0 if it has not begun. */
  positionIn(source: string): number {
    return this.#head.mark?.source === source ? this.#head.mark.position : 0;
  }

  /** Takes a change. @returns whether `flush` should be called */
  add({ path, target }: TargetChange): boolean {
    const bin = binOf(this.#layout, path);
    const group = Math.floor(bin / this.#groupSize);
    const text = JSON.stringify([bin, path, target]);
    const before = this.#groups.get(group);
    this.#groups.set(group, before === undefined ? text : `${before},\n${text}`);
    this.#units += text.length;
    this.#pending += 1;
    return this.#units > SEGMENT_UNITS;
  }

  /** Makes what was added part of the log, durably, and notes how far the import is. */
  async flush(mark?: ImportMark): Promise<void> {
    if (this.#pending === 0 && mark === undefined) return;
    const sequence = this.#head.sequence + 1;
    if (!this.#isClear) await removeBeyond(this.#storage, this.#head.sequence);
    this.#isClear = true;
    for (const [group, text] of this.#groups) {
      const name = segmentName(group, sequence);
      const bytes = encodeUtf8(`[${text}]\n`);
      if (!(await this.#storage.putIfAbsent(name, bytes))) await this.#storage.replace(name, bytes);
    }
    await this.#storage.settle();
    const groups = [...new Set([...this.#head.groups, ...this.#groups.keys()])].sort((a, b) => a - b);
    const count = this.#head.count + this.#pending;
    this.#head = { sequence, groups, count, ...(mark === undefined ? {} : { mark }) };
    await this.#storage.replace(HEAD, encodeUtf8(JSON.stringify(this.#head)));
    this.#groups.clear();
    this.#units = 0;
    this.#pending = 0;
  }
}

/** The changes of a group, by bin and path; of several changes of a path, the last. @throws ERR_SHAPE */
export async function readChanges(
  storage: RepositoryStorage,
  group: number,
  sequence: number,
): Promise<Map<number, Map<string, TargetFile | null>>> {
  const found = new Map<number, Map<string, TargetFile | null>>();
  for (const name of await segmentsOf(storage, group, sequence)) {
    const bytes = await storage.get(name);
    if (bytes === undefined) continue;
    for (const [bin, path, target] of parseSegment(name, bytes)) {
      const changes = found.get(bin) ?? new Map<string, TargetFile | null>();
      found.set(bin, changes.set(path, target));
    }
  }
  return found;
}

/** Not with `parseJson`: segments are large, and whatever comes of them is validated before it is signed. */
function parseSegment(name: string, bytes: Uint8Array): readonly LoggedChange[] {
  let changes: unknown;
  try {
    changes = JSON.parse(decodeUtf8(bytes, true));
  } catch {
    throw refusal(name, "is not JSON");
  }
  if (Array.isArray(changes) && changes.every(isLogged)) return changes;
  throw refusal(name, "is not a segment of a log of changes");
}

function isLogged(change: unknown): change is LoggedChange {
  if (!Array.isArray(change)) return false;
  const [bin, path, target] = change as unknown[];
  return isCount(bin) && typeof path === "string" && typeof target === "object";
}

/**
 * Removes the segments that a killed writer left before it moved the head. Some of its changes would otherwise count
 * as soon as the head has moved past their number.
 */
async function removeBeyond(storage: RepositoryStorage, sequence: number): Promise<void> {
  for (const name of await storage.list(FOLDER)) {
    const [, number] = SEGMENT.exec(name) ?? [];
    if (number !== undefined && Number(number) > sequence) await storage.remove(name);
  }
}

/** Removes the segments that were published. */
export async function removeChanges(
  storage: RepositoryStorage,
  { groups, sequence }: ChangeHead,
): Promise<void> {
  for (const group of groups) {
    for (const name of await segmentsOf(storage, group, sequence)) await storage.remove(name);
  }
  const bytes = encodeUtf8(
    JSON.stringify({ ...EMPTY, sequence } satisfies ChangeHead as unknown as JsonValue),
  );
  await storage.replace(HEAD, bytes);
}

/**
 * Gives up all changes that wait, and how far an import has come. The head goes first: segments beyond it count for
 * nothing, so killed in between, either all of them wait or none.
 */
export async function discardChanges(storage: RepositoryStorage): Promise<void> {
  await storage.replace(HEAD, encodeUtf8(JSON.stringify(EMPTY)));
  await removeBeyond(storage, EMPTY.sequence);
}

/** Oldest first. */
async function segmentsOf(storage: RepositoryStorage, group: number, sequence: number): Promise<string[]> {
  const last = segmentName(group, sequence);
  return (await storage.list(folderOf(group))).filter((name) => name <= last).sort();
}

function folderOf(group: number): string {
  return `${FOLDER}/${group.toString(16).padStart(3, "0")}`;
}

const SEGMENT = /\/(\d{10})\.json$/;

function segmentName(group: number, sequence: number): string {
  return `${folderOf(group)}/${String(sequence).padStart(10, "0")}.json`;
}
