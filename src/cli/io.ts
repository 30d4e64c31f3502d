/// <reference types="node" />
/**
 * Reading and writing files for the command line: capped, atomic, `-` for stdin.
 * @module
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { link, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { TufLdError } from "../errors.ts";

/** The largest file that any command reads, in bytes. */
export const INPUT_MAX_BYTES: number = 256 * 1024 * 1024;

/** Reads a whole file, or stdin for `-`. @throws ERR_STORAGE, ERR_LIMIT */
export async function readInput(path: string): Promise<Uint8Array> {
  if (path === "-") return collect(path, process.stdin);
  let file: Awaited<ReturnType<typeof open>> | undefined;
  try {
    file = await open(path, "r");
    return await collect(path, file.createReadStream({ highWaterMark: 1 << 20, autoClose: false }));
  } catch (error) {
    throw storageError(path, error);
  } finally {
    await file?.close();
  }
}

async function collect(path: string, stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > INPUT_MAX_BYTES) {
      const message = `${path} is larger than ${INPUT_MAX_BYTES} bytes`;
      throw new TufLdError("ERR_LIMIT", message, { limit: "INPUT_MAX_BYTES", allowed: INPUT_MAX_BYTES });
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, length));
}

/** How a file is written. */
export interface WriteOptions {
  /** Permission bits. Default 0o666 less the umask. */
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
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  unfinished.add(temporary);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "wx", options.mode ?? 0o666);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    // link() fails if the name is taken, so that two writers cannot both believe that they created it.
    if (options.exclusive) await link(temporary, path);
    else await rename(temporary, path);
  } catch (error) {
    throw storageError(path, error);
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

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EISDIR", "it is a folder"],
  ["ENOTDIR", "part of the path is not a folder"],
  ["EACCES", "permission denied"],
  ["EPERM", "not permitted"],
  ["EEXIST", "it exists already"],
  ["ENOSPC", "no space left"],
  ["EROFS", "the file system is read-only"],
]);

function storageError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof TufLdError) return error;
  const reason = REASONS.get(String(error.code)) ?? error.message;
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason }, { cause: error });
}
