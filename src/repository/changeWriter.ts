/**
 * Writes the log of changes, in segments of bounded size.
 * @module
 */

import { concatBytes } from "../encoding/bytes.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import {
  type ImportMark,
  moveHead,
  readHead,
  type Segment,
  segmentName,
  type TargetChange,
} from "./changes.ts";
import { BEGIN, BETWEEN, changeText, END, readSegment } from "./changeText.ts";
import type { BinLayout } from "./config.ts";
import { inLanes } from "./lanes.ts";
import { binOf, groupsOf } from "./layout.ts";
import { isSame, type RepositoryStorage } from "./storage.ts";
import { TextBuffer } from "./textBuffer.ts";

/**
 * Text held in memory before a segment is written, in UTF-16 units: as much as an import may cost, since each segment
 * is some two hundred files to write, to sync and to read again.
 */
const SEGMENT_UNITS = 64 * 1_048_576;
/** What a killed import loses at most, in milliseconds of its work. */
const SEGMENT_MS = 15_000;
/** Files of a segment that are written at the same time. */
const LANES = 8;

/** Gathers changes, and adds them to the log in segments of bounded size. */
export class ChangeWriter {
  readonly #storage: RepositoryStorage;
  readonly #layout: BinLayout;
  readonly #groupSize: number;
  readonly #groups = new Map<number, TextBuffer>();
  /** The largest file of the segment before: paths are spread evenly, so the next ones will be about as large. */
  #largestBytes = 0;
  #units = 0;
  #pending = 0;
  /** When the segment was begun. */
  #since = Date.now();

  constructor(storage: RepositoryStorage, layout: BinLayout) {
    this.#storage = storage;
    this.#layout = layout;
    this.#groupSize = groupsOf(layout).size;
  }

  /** Takes a change that `checkTarget` has passed. @returns whether `flush` should be called */
  add(change: TargetChange): boolean {
    const bin = binOf(this.#layout, change.path);
    const group = Math.floor(bin / this.#groupSize);
    const text = changeText(change);
    let file = this.#groups.get(group);
    if (file === undefined) {
      file = new TextBuffer(BEGIN + text, this.#largestBytes);
      this.#groups.set(group, file);
    } else file.add(BETWEEN + text);
    this.#units += text.length;
    this.#pending += 1;
    if (this.#units > SEGMENT_UNITS) return true;
    // Now and then is often enough to look at the clock.
    return this.#pending % 4_096 === 0 && Date.now() - this.#since > SEGMENT_MS;
  }

  /** Gives up what was taken and is not in the log yet, where `isGone` says so. @returns how many changes */
  drop(isGone: (change: TargetChange) => boolean): number {
    const taken = [...this.#groups];
    this.#clear();
    let dropped = 0;
    for (const [group, file] of taken) {
      readSegment(segmentName(group, 0), wholeBytes(file), (path, target) => {
        if (isGone({ path, target })) dropped++;
        else this.add({ path, target });
      });
    }
    return dropped;
  }

  /**
   * Makes what was taken part of the log, durably, and notes how far the import is. Only inside `exclusive`; between
   * two calls others may write to the log, and publish it.
   *
   * @throws ERR_CONFLICT if others wrote to it at the same time; what was taken is still there, and may be flushed again
   */
  async flush(mark?: ImportMark): Promise<void> {
    if (this.#pending === 0 && mark === undefined) return;
    const head = await readHead(this.#storage);
    let sequence = head.sequence + 1;
    // A file of this number may be left of a writer that was killed before it moved the head, or be of one that is
    // about to move it: neither is written over.
    while (!(await this.#write(sequence))) sequence++;
    await this.#storage.settle();
    const segment: Segment = [sequence, [...this.#groups.keys()].sort((a, b) => a - b)];
    const segments = this.#groups.size === 0 ? head.segments : [...head.segments, segment];
    const count = head.count + this.#pending;
    await moveHead(this.#storage, head, {
      sequence,
      segments,
      count,
      ...(mark === undefined ? {} : { mark }),
    });
    this.#clear();
  }

  /** @returns `false` if another file of the segment is there already */
  async #write(sequence: number): Promise<boolean> {
    let isFree = true;
    await inLanes(this.#groups, LANES, async ([group, file]) => {
      if (!isFree) return;
      const name = segmentName(group, sequence);
      const bytes = wholeBytes(file);
      if (await this.#storage.putIfAbsent(name, bytes)) return;
      isFree &&= isSame(await this.#storage.get(name), bytes);
    });
    return isFree;
  }

  #clear(): void {
    this.#largestBytes = Math.max(0, ...Array.from(this.#groups.values(), (file) => file.bytes().length));
    this.#groups.clear();
    this.#units = 0;
    this.#pending = 0;
    this.#since = Date.now();
  }
}

/** A segment's file as it is now. It may have to be written once more, under another number. */
function wholeBytes(file: TextBuffer): Uint8Array {
  return concatBytes(file.bytes(), encodeUtf8(END));
}
