/// <reference types="node" />
/**
 * Getting files by `file:` URLs: a mirror that somebody carried over on a disk.
 * @module
 */
import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FetchAnswer, Fetcher, FetchRequest } from "../client/fetcher.ts";
import { TufLdError } from "../errors.ts";
import { systemReason } from "../systemReasons.ts";
import { codeOf } from "./files.ts";

const CHUNK_BYTES = 1 << 18;

/** A fetcher for `file:` URLs. Symbolic links are followed; a folder is not a file. */
export function createFileFetcher(): Fetcher {
  return { fetch };
}

async function fetch(url: string, request: FetchRequest): Promise<FetchAnswer> {
  const { maxBytes, signal, etag: known, from = 0 } = request;
  signal?.throwIfAborted();
  const { path, etag, size } = await findFile(url);
  if (size > maxBytes) {
    const message = `${url} is longer than the ${maxBytes} bytes that are allowed`;
    throw new TufLdError("ERR_LIMIT", message, { limit: "maxBytes", allowed: maxBytes, actual: size });
  }
  if (from === 0 && known === etag) return { modified: false };
  const start = known === etag && from <= size ? from : 0;
  return { modified: true, body: bodyOf(url, path, start, etag, signal), from: start, etag };
}

/** What is at a URL: the file of that name, or one that is called as the URL writes it, as some tools store roles. */
async function findFile(url: string): Promise<{ path: string; etag: string; size: number }> {
  const look = (path: string) =>
    withFile(url, path, async (_, stats) => ({ path, etag: etagOf(stats), size: Number(stats.size) }));
  try {
    return await look(pathOf(url));
  } catch (error) {
    const encoded = url.replace(/[^/]*$/, (name) => name.replaceAll("%", "%25"));
    if (encoded === url || !(error instanceof TufLdError) || error.code !== "ERR_FILE_NOT_FOUND") throw error;
    return look(pathOf(encoded)).catch(() => Promise.reject(error));
  }
}

/** The bytes from `from` on, if the file is still the one with this validator. It is opened when it is read. */
async function* bodyOf(
  url: string,
  path: string,
  from: number,
  etag: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openFile(url, path);
  try {
    const { size } = await checkUnchanged();
    for (let position = from; position < size; ) {
      signal?.throwIfAborted();
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, size - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) throw networkError(url, "the file became shorter while it was read");
      yield chunk.subarray(0, bytesRead);
      position += bytesRead;
    }
  } catch (error) {
    throw named(url, error);
  } finally {
    await file.close();
  }

  async function checkUnchanged(): Promise<{ size: number }> {
    const stats = await file.stat({ bigint: true });
    if (etagOf(stats) !== etag) throw networkError(url, "the file changed before it was read");
    return { size: Number(stats.size) };
  }
}

async function withFile<T>(
  url: string,
  path: string,
  work: (file: FileHandle, stats: BigIntStats) => Promise<T>,
): Promise<T> {
  const file = await openFile(url, path);
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw notFound(url);
    return await work(file, stats);
  } catch (error) {
    throw named(url, error);
  } finally {
    await file.close();
  }
}

async function openFile(url: string, path: string): Promise<FileHandle> {
  try {
    // Not blocking: a named pipe would otherwise be waited for.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw named(url, error);
  }
}

function pathOf(url: string): string {
  try {
    // A slash in a role's name is encoded in URLs; no file's name can hold one, so there it stays encoded.
    return fileURLToPath(url.replace(/%2f/gi, "%252F"));
  } catch (error) {
    throw networkError(url, "it is not the file: URL of a local file", error);
  }
}

/** Changes whenever the file is replaced or written to, as far as its times tell. */
function etagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `"${[ino, size, mtimeNs].map((part) => part.toString(36)).join("-")}"`;
}

function named(url: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof TufLdError || code === undefined) return error;
  if (["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG"].includes(code)) return notFound(url, error);
  const reason = systemReason(code);
  return networkError(
    url,
    `the file cannot be read: ${reason === undefined ? code : `${reason} (${code})`}`,
    error,
  );
}

function notFound(url: string, cause?: unknown): TufLdError {
  return new TufLdError("ERR_FILE_NOT_FOUND", `${url}: there is no such file`, { url }, { cause });
}

function networkError(url: string, reason: string, cause?: unknown): TufLdError {
  return new TufLdError("ERR_NETWORK", `${url}: ${reason}`, { url, reason }, { cause });
}
