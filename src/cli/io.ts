/// <reference types="node" />
/**
 * Reading and writing files for the command line: capped, atomic, `-` for stdin.
 * @module
 */
import { randomBytes } from "node:crypto";
import { constants, rmSync, type Stats } from "node:fs";
import { type FileHandle, link, open, realpath, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TufLdError } from "../errors.ts";
import { makeFolders } from "../node/folders.ts";
import { storageError } from "../node/storageError.ts";
import { EXISTS_ALREADY, IS_FOLDER } from "../systemReasons.ts";

/** The largest file that any command reads, in bytes. */
export const INPUT_MAX_BYTES: number = 256 * 1024 * 1024;

const CHUNK_BYTES = 1 << 20;

/** How messages call a file that a command was given. */
export function nameOfInput(path: string): string {
  return path === "-" ? "stdin" : path;
}

let stdinRead = false;

/** Reads a whole file, or stdin for `-`. @throws ERR_STORAGE, ERR_LIMIT */
export async function readInput(path: string): Promise<Uint8Array> {
  if (path === "-") {
    if (stdinRead) throw refusal("stdin", "it was read already; give one of the files by name");
    stdinRead = true;
    return collect("stdin", process.stdin);
  }
  let file: FileHandle | undefined;
  try {
    file = await openInput(path);
    const { size } = await file.stat();
    if (size > INPUT_MAX_BYTES) throw tooLarge(path);
    return await collect(path, chunksOf(file));
  } catch (error) {
    throw storageError(path, error);
  } finally {
    await file?.close();
  }
}

/** What whoever started us has opened already: `<(command)` in a shell is one. A pipe there has someone who writes. */
const OPENED = /^\/(?:dev\/stdin|dev\/fd\/\d+|proc\/self\/fd\/\d+)$/;

/**
 * Opens a file to be read. A named pipe may never get a writer, and a device never ends: neither is waited for.
 *
 * @throws ERR_STORAGE for anything but a file, or what was opened already
 */
export async function openInput(path: string): Promise<FileHandle> {
  const isOpened = OPENED.test(path);
  let file: FileHandle | undefined;
  try {
    file = await open(path, isOpened ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
    const reason = whyNoFile(await file.stat(), isOpened);
    if (reason !== undefined) throw refusal(path, reason);
    return file;
  } catch (error) {
    await file?.close();
    throw storageError(path, error);
  }
}

function whyNoFile(found: Stats, isOpened: boolean): string | undefined {
  if (found.isDirectory()) return IS_FOLDER;
  if (found.isFile() || isOpened) return undefined;
  return found.isFIFO()
    ? "it is a named pipe, which may never end; let its reader be stdin, and give - for it"
    : "it is a device, and no file";
}

/** As a stream of the file would, which takes Node some milliseconds to prepare. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer);
    if (bytesRead === 0) return;
    yield buffer.slice(0, bytesRead);
  }
}

async function collect(name: string, stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > INPUT_MAX_BYTES) throw tooLarge(name);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, length));
}

function tooLarge(name: string): TufLdError {
  const message = `${name} is larger than ${INPUT_MAX_BYTES} bytes`;
  return new TufLdError("ERR_LIMIT", message, { limit: "INPUT_MAX_BYTES", allowed: INPUT_MAX_BYTES });
}

/** How a file is written. */
export interface WriteOptions {
  /** Permission bits. Default: those of the file that is replaced, or 0o666 less the umask. */
  readonly mode?: number;
  /** Refuse if the file exists. Default: replace it. */
  readonly exclusive?: boolean;
}

/** Writes to a file, whole or not at all, or to stdout when there is no path or it is `-`. @throws ERR_STORAGE */
export async function writeOutput(
  path: string | undefined,
  data: Uint8Array | string,
  options: WriteOptions = {},
): Promise<void> {
  if (path === undefined || path === "-") {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(data, (error) => (error ? reject(error) : resolve()));
    });
    return;
  }
  try {
    const there = await stat(path).catch(() => undefined);
    if (there === undefined || there.isFile()) await replace(path, data, options, there?.mode);
    else if (options.exclusive || there.isDirectory())
      throw refusal(path, there.isDirectory() ? IS_FOLDER : EXISTS_ALREADY);
    // A pipe or a device, such as /dev/null, is written to and never replaced.
    else await writeFile(path, data);
  } catch (error) {
    throw storageError(path, error);
  }
}

/** Refuses at once a path that `writeOutput` would refuse at the end. @throws ERR_STORAGE */
export async function assertWritable(
  path: string | undefined,
  { exclusive }: WriteOptions = {},
): Promise<void> {
  if (path === undefined || path === "-") return;
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw refusal(path, IS_FOLDER);
  if (exclusive && there !== undefined) throw refusal(path, EXISTS_ALREADY);
}

/** Makes a folder and those above it. @throws ERR_STORAGE */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    throw storageError(path, error);
  }
}

async function replace(
  path: string,
  data: Uint8Array | string,
  { mode, exclusive }: WriteOptions,
  earlierMode: number | undefined,
): Promise<void> {
  // Beside the file that a symbolic link names, so that the link stays one.
  const target = earlierMode === undefined ? path : await realpath(path);
  const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  unfinished.add(temporary);
  try {
    await makeFolder(dirname(target));
    const file = await open(temporary, "wx", mode ?? 0o666);
    try {
      if (mode === undefined && earlierMode !== undefined) await file.chmod(earlierMode & 0o777);
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    // link() fails if the name is taken, so that two writers cannot both believe that they created it.
    if (exclusive) await link(temporary, target);
    else await rename(temporary, target);
  } finally {
    await unlink(temporary).catch(() => undefined);
    unfinished.delete(temporary);
  }
}

/** Temporary files to remove if the process is interrupted. */
const unfinished = new Set<string>();
process.on("exit", () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

function refusal(path: string, reason: string): TufLdError {
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}
