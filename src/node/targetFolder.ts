/// <reference types="node" />
/**
 * A folder as a sink: downloads grow in hidden files beside their names and are renamed when they are verified.
 * @module
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open, rename, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SinkFile, TargetSink } from "../client/sink.ts";
import { RESERVED_PREFIX } from "../client/storeName.ts";
import { TufLdError } from "../errors.ts";
import { ensureFolder, onStorage, ownName, storageError, sweep, syncFolder, unless } from "./files.ts";
import { type Release, sweepRights, tryLock } from "./lock.ts";
import { enterFolders, type TargetLayout, targetParts } from "./targetPlace.ts";

/** Options of {@link createTargetFolder}. */
export interface TargetFolderOptions {
  /** Default: tree. */
  readonly layout?: TargetLayout;
}

/** A sink on a folder. */
export interface TargetFolder extends TargetSink {
  /** The absolute path of a target's file, whether it is there or not. @throws ERR_STORAGE */
  pathOf(path: string): string;
}

/** The longest note that is read, in bytes. */
const NOTE_MAX_BYTES = 4096;

/**
 * The sink in `folder`, which is made at the first download. Names that begin with `.#` are its own. At most one
 * interrupted download is kept for each target. Of two processes that download the same target, the second starts
 * from nothing in a file of its own.
 */
export function createTargetFolder(folder: string, options: TargetFolderOptions = {}): TargetFolder {
  const { layout = "tree" } = options;
  const root = resolve(folder);
  const swept = new Set<string>();
  const pathOf = (path: string): string => join(root, ...targetParts(path, layout));

  return {
    pathOf,
    async existing(path) {
      const parts = targetParts(path, layout);
      return onStorage(pathOf(path), async () => {
        const parent = await enterFolders(root, parts.slice(0, -1), false);
        if (parent === undefined) return undefined;
        const file = join(parent, parts.at(-1) ?? "");
        const found = await unless(["ENOENT"], lstat(file));
        return found?.isFile() ? bytesOf(file) : undefined;
      });
    },
    async create(path, fingerprint) {
      const parts = targetParts(path, layout);
      return onStorage(pathOf(path), async () => {
        await ensureFolder(root);
        const parent = (await enterFolders(root, parts.slice(0, -1), true)) ?? root;
        if (!swept.has(parent)) {
          swept.add(parent);
          await sweepRights(parent);
          await sweep(parent);
        }
        return Download.begin(parent, parts.at(-1) ?? "", fingerprint);
      });
    },
  };
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    const handle = await open(file, PLAINLY);
    yield* handle.createReadStream({ highWaterMark: 1 << 18 });
  } catch (error) {
    throw storageError(file, error);
  }
}

/** A download to a file. */
class Download implements SinkFile {
  readonly partialLength: number;
  readonly etag?: string;
  readonly #target: string;
  readonly #part: string;
  readonly #handle: FileHandle;
  /** What makes the bytes of use to a later download; nothing for a file of this process alone. */
  readonly #shared: Shared | undefined;
  #length: number;
  #state: "open" | "closed" | "ended" = "open";

  private constructor(target: string, part: string, handle: FileHandle, shared?: Shared, kept?: Kept) {
    this.#target = target;
    this.#part = part;
    this.#handle = handle;
    this.#shared = shared;
    this.partialLength = kept?.length ?? 0;
    this.#length = this.partialLength;
    if (kept?.etag !== undefined) this.etag = kept.etag;
  }

  static async begin(parent: string, name: string, fingerprint: string): Promise<Download> {
    const target = join(parent, name);
    const base = join(parent, RESERVED_PREFIX + createHash("sha256").update(name).digest("hex").slice(0, 32));
    const release = await tryLock(`${base}.lock`);
    if (release === undefined) {
      const part = join(parent, ownName("part"));
      return new Download(target, part, await open(part, "wx+"));
    }
    let handle: FileHandle | undefined;
    try {
      handle = await openPart(`${base}.part`);
      const { size } = await handle.stat();
      const shared: Shared = { release, note: `${base}.note`, fingerprint };
      const note = size === 0 ? undefined : await readNote(shared.note);
      if (note?.fingerprint === fingerprint) {
        return new Download(target, `${base}.part`, handle, shared, { length: size, etag: note.etag });
      }
      const download = new Download(target, `${base}.part`, handle, shared);
      await download.restart();
      return download;
    } catch (error) {
      await handle?.close();
      await release();
      throw error;
    }
  }

  get partial(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    let position = 0;
    while (position < this.partialLength) {
      const length = Math.min(1 << 18, this.partialLength - position);
      const chunk = new Uint8Array(length);
      const { bytesRead } = await this.#do(() => this.#handle.read(chunk, 0, length, position));
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
      position += bytesRead;
    }
  }

  async restart(etag?: string): Promise<void> {
    await this.#do(async () => {
      // In this order: a note must never lie beside the bytes of another file.
      if (this.#shared) await unless(["ENOENT"], unlink(this.#shared.note));
      await this.#handle.truncate(0);
      this.#length = 0;
      if (this.#shared) {
        const { note, fingerprint } = this.#shared;
        await writeNote(note, JSON.stringify({ fingerprint, etag }));
      }
    });
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#do(async () => {
      let offset = 0;
      while (offset < chunk.length) {
        const { bytesWritten } = await this.#handle.write(chunk, offset, chunk.length - offset, this.#length);
        offset += bytesWritten;
        this.#length += bytesWritten;
      }
    });
  }

  async commit(): Promise<void> {
    await this.#do(async () => {
      await this.#handle.sync();
      await this.#close();
      await rename(this.#part, this.#target);
      await syncFolder(join(this.#target, ".."));
      await this.#end();
    });
  }

  async abandon(keep: boolean): Promise<void> {
    if (this.#state === "ended") return;
    await onStorage(this.#target, async () => {
      await this.#close();
      if (!keep || this.#shared === undefined || this.#length === 0) {
        await unless(["ENOENT"], unlink(this.#part));
        await this.#end();
      } else {
        this.#state = "ended";
        await this.#shared.release();
      }
    });
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#state !== "open") throw new TypeError("the download has ended");
    return onStorage(this.#target, work);
  }

  async #close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closed";
    await this.#handle.close();
  }

  /** Ends with nothing left behind. */
  async #end(): Promise<void> {
    this.#state = "ended";
    if (this.#shared === undefined) return;
    await unless(["ENOENT"], unlink(this.#shared.note));
    await this.#shared.release();
  }
}

/** What a download that can be continued has and one of this process alone has not. */
interface Shared {
  readonly release: Release;
  /** The file that tells what the bytes are of. */
  readonly note: string;
  readonly fingerprint: string;
}

/** What an earlier download left. */
interface Kept {
  readonly length: number;
  readonly etag: string | undefined;
}

/** How files are read that others may have put there: no link is followed, and nobody waits for the writer of a pipe. */
const PLAINLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The file of unfinished bytes. What others have put in its place is refused: a link, a pipe, or a file that has another
 * name as well, so that bytes written there would go to a file of theirs.
 */
async function openPart(path: string): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_NOFOLLOW = 0 } = constants;
  const handle = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666);
  const found = await handle.stat();
  if (found.isFile() && found.nlink === 1) return handle;
  await handle.close();
  const reason = "somebody has put something else in the place of the unfinished download; remove it";
  throw new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}

/** Creates a note where none is. What somebody puts there in the same moment is not written to. @throws EEXIST */
async function writeNote(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

/** The text of a file, if it is one and not too long for a note. */
async function textOf(path: string): Promise<string | undefined> {
  const handle = await open(path, PLAINLY);
  try {
    const found = await handle.stat();
    return found.isFile() && found.size <= NOTE_MAX_BYTES ? await handle.readFile("utf8") : undefined;
  } finally {
    await handle.close();
  }
}

/** What unfinished bytes are of; `undefined` if that cannot be told. */
async function readNote(
  file: string,
): Promise<{ fingerprint: string; etag: string | undefined } | undefined> {
  const text = await unless(["ENOENT", "ELOOP", "EMLINK", "ENXIO"], textOf(file));
  if (text === undefined) return undefined;
  let note: unknown;
  try {
    note = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof note !== "object" || note === null) return undefined;
  const { fingerprint, etag } = note as Record<string, unknown>;
  if (typeof fingerprint !== "string") return undefined;
  return { fingerprint, etag: typeof etag === "string" ? etag : undefined };
}
