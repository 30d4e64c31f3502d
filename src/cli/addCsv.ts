/// <reference types="node" />
/**
 * Targets from a CSV file or stdin. An import into hash bins that ended early goes on where its last whole segment
 * ended, if the file is still the same up to there.
 * @module
 */
import { createHash } from "node:crypto";
import { fstatSync, readSync } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { TufLdError } from "../errors.ts";
import { onStorage } from "../node/files.ts";
import { type ImportMark, readHead, type TargetChange } from "../repository/changes.ts";
import type { AddTargetsOptions } from "../repository/changingTargets.ts";
import { CsvReader } from "../repository/imports/csv.ts";
import { projectOfRole } from "../repository/projects/project.ts";
import type { Repository } from "../repository/repository.ts";
import { nameOfInput } from "./io.ts";
import { printable } from "./output.ts";
import { inBytes } from "./progress.ts";
import type { Work } from "./work.ts";

/** What became of an import. */
export interface AddedCsv {
  /** Targets that were taken in this run. */
  readonly added: number;
  /** Bytes that an earlier run had taken. */
  readonly resumedAt: number;
  /** Targets of projects that have keys of their own, whose developers submit them. */
  readonly skipped: readonly SkippedTargets[];
  /** Targets that stand there more than once, as far as that was looked for: what was told of them last counts. */
  readonly duplicates: readonly Duplicate[];
}

/** A target that stands on two lines. */
export interface Duplicate {
  readonly path: string;
  readonly lines: readonly [number, number];
  /** Whether the lines say the same of it. */
  readonly same: boolean;
}

/** How many lines are remembered to find duplicates. All of a large import would not fit in memory. */
const REMEMBERED = 100_000;

/** How many targets of a project were skipped. */
export interface SkippedTargets {
  readonly project: string;
  readonly targets: number;
}

const CHUNK_BYTES = 1 << 20;
const LF = 10;

/** Adds the targets of a file, or of stdin for `-`. @throws ERR_INPUT with the line; ERR_STORAGE, ERR_EDIT */
export async function addCsv(
  repository: Repository,
  path: string,
  { role, strict }: { readonly role: string; readonly strict: boolean },
  work: Work,
): Promise<AddedCsv> {
  const { signal } = work;
  const left = new Map<string, number>();
  const into: Into = {
    role,
    ...(strict ? {} : { onClaimed: (_, owner) => left.set(owner, (left.get(owner) ?? 0) + 1) }),
  };
  const twice = new Twice(strict);
  const ended = (added: number, resumedAt = 0): AddedCsv => ({
    added: added - twice.found.length,
    duplicates: twice.found,
    resumedAt,
    skipped: [...left].map(([owner, targets]) => ({ project: projectOfRole(owner) ?? owner, targets })),
  });
  if (path === "-") {
    const reader = new CsvReader(nameOfInput(path));
    return ended(await take(repository, into, reader, twice, addAbortSignal(signal, process.stdin), work));
  }
  const name = printable(path);
  const file = await onStorage(path, () => open(path, "r"));
  try {
    const { size, isFile } = await sizeOf(file);
    if (!isFile) {
      const chunks = addAbortSignal(signal, file.createReadStream());
      return ended(
        await onStorage(path, () => take(repository, into, new CsvReader(name), twice, chunks, work)),
      );
    }
    const known = new KnownPart(file.fd, `csv ${await realpath(path)}`);
    const resumedAt = role === repository.config.bins?.prefix ? await known.resume(repository) : 0;
    if (resumedAt >= size && resumedAt > 0) {
      work.note(`all of ${path} is staged already; \`tuf-ld publish\` publishes it`);
      return ended(0, resumedAt);
    }
    if (resumedAt > 0) work.note(`goes on at line ${known.lines + 1}, where an earlier run ended`);
    const reader = new CsvReader(name, { position: resumedAt, line: known.lines + 1 });
    const chunks = chunksFrom(file, path, resumedAt, signal);
    const mark = (): ImportMark => known.markAt(reader.position);
    return ended(await take(repository, into, reader, twice, chunks, work, size, mark), resumedAt);
  } finally {
    await file.close();
  }
}

async function sizeOf(file: FileHandle): Promise<{ readonly size: number; readonly isFile: boolean }> {
  const stats = await file.stat();
  return { size: stats.size, isFile: stats.isFile() };
}

/** One buffer for all chunks: the reader keeps none. */
async function* chunksFrom(
  file: FileHandle,
  path: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let position = from; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await onStorage(path, () => file.read(buffer, 0, CHUNK_BYTES, position));
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

/** Where targets go. */
type Into = Required<Pick<AddTargetsOptions, "role">> & Pick<AddTargetsOptions, "onClaimed">;

async function take(
  repository: Repository,
  into: Into,
  reader: CsvReader,
  twice: Twice,
  chunks: AsyncIterable<Uint8Array>,
  { signal, bar }: Work,
  size?: number,
  mark?: () => ImportMark,
): Promise<number> {
  async function* changes(): AsyncGenerator<Iterable<TargetChange>, void, undefined> {
    try {
      for await (const chunk of chunks) yield twice.watch(reader, reader.read(chunk));
    } catch (error) {
      // An interrupted import ends here, and what was read so far is staged with its mark.
      if (signal.aborted) return;
      throw error;
    }
    yield twice.watch(reader, reader.end());
  }
  try {
    return await repository.changeTargets(changes(), {
      ...into,
      ...(mark === undefined ? {} : { mark }),
      onProgress: (count) =>
        bar.draw(() => [
          size === undefined ? undefined : reader.position / Math.max(1, size),
          `${count} targets, ${inBytes(reader.position)}${size === undefined ? "" : ` of ${inBytes(size)}`}`,
        ]),
    });
  } catch (error) {
    throw reader.located(error);
  }
}

/** Finds targets that stand there twice, among the first lines. */
class Twice {
  readonly found: Duplicate[] = [];
  readonly #strict: boolean;
  readonly #seen = new Map<string, readonly [line: number, target: TargetChange["target"]]>();

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  /** The same changes. @throws ERR_INPUT if strict, for one that differs from an earlier one */
  watch(reader: CsvReader, changes: Iterable<TargetChange>): Iterable<TargetChange> {
    // Beyond what is remembered nothing stands between reader and writer: there may be millions.
    return this.#seen.size < REMEMBERED ? this.#watched(reader, changes) : changes;
  }

  *#watched(reader: CsvReader, changes: Iterable<TargetChange>): Generator<TargetChange, void, undefined> {
    for (const change of changes) {
      const { path, target } = change;
      const earlier = this.#seen.get(path);
      if (earlier !== undefined) {
        const [line, before] = earlier;
        const same = JSON.stringify(before) === JSON.stringify(target);
        if (this.#strict && !same) {
          const reason = `it stands on line ${line} too, with another length, digest or custom object`;
          throw new TufLdError("ERR_INPUT", `${path}: ${reason}`, { source: path, reason });
        }
        this.found.push({ path, lines: [line, reader.line], same });
      }
      this.#seen.set(path, [reader.line, target]);
      yield change;
    }
  }
}

/**
 * The part of a file that was taken, known by its digest: a file that was corrected after that part, or appended to,
 * is still the same one; a file that was changed within it is not.
 */
class KnownPart {
  readonly #fd: number;
  readonly #name: string;
  #hash = createHash("sha256");
  #position = 0;
  #lines = 0;

  constructor(fd: number, name: string) {
    this.#fd = fd;
    this.#name = name;
  }

  /** Line ends in the part that an earlier run has taken. */
  get lines(): number {
    return this.#lines;
  }

  /** How much of the file an earlier run has taken, in bytes. */
  async resume(repository: Repository): Promise<number> {
    const { mark } = await readHead(repository.storage);
    if (mark === undefined || !mark.source.startsWith(`${this.#name} `)) return 0;
    let lines = 0;
    const count = (chunk: Uint8Array): void => {
      for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++;
    };
    const isWhole = fstatSync(this.#fd).size >= mark.position;
    if (isWhole && this.markAt(mark.position, count).source === mark.source) {
      this.#lines = lines;
      return mark.position;
    }
    this.#hash = createHash("sha256");
    this.#position = 0;
    return 0;
  }

  /** The mark for a position, which only grows. @param look is given what is read for it */
  markAt(position: number, look?: (chunk: Uint8Array) => void): ImportMark {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    while (this.#position < position) {
      const wanted = Math.min(CHUNK_BYTES, position - this.#position);
      const read = readSync(this.#fd, buffer, 0, wanted, this.#position);
      if (read === 0) break;
      const chunk = buffer.subarray(0, read);
      this.#hash.update(chunk);
      look?.(chunk);
      this.#position += read;
    }
    return { source: `${this.#name} ${this.#hash.copy().digest("hex")}`, position };
  }
}
