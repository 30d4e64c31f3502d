/**
 * Downloading one target: streamed to the sink, hashed on the way, resumed if it was interrupted, and visible only
 * when it is verified (TUF 5.7).
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import { asWrongLength, ContentCheck } from "./hashes.ts";
import { fromMirrors, hasNoFile, type Mirrors } from "./mirrors.ts";
import type { SinkFile, TargetSink } from "./sink.ts";
import { namingHashes, targetPath } from "./urls.ts";

/** Where to download from. */
export interface DownloadOptions {
  readonly mirrors: Mirrors;
  /** Whether the file's name carries its hash. */
  readonly prefix: boolean;
}

/** @returns bytes that came over the network */
export async function download(
  path: string,
  target: TargetFile,
  sink: TargetSink,
  { mirrors, prefix }: DownloadOptions,
): Promise<number> {
  await ContentCheck.open(path, target); // Before anything is asked for: it must be possible to check the file.
  if (await isThere(path, target, sink)) return 0;
  const hashes = namingHashes(target);
  const fingerprint = `${hashes[0]}.${target.length}`;
  const names = prefix ? hashes : [undefined];
  let missing: unknown;
  for (const hash of names) {
    try {
      return await downloadAs(
        (base) => targetPath(path, hash, base),
        path,
        target,
        sink,
        mirrors,
        fingerprint,
      );
    } catch (error) {
      // TUF 6.2 lets a repository choose by which of the hashes it names a file.
      if (!hasNoFile(error)) throw error;
      missing ??= error;
    }
  }
  throw missing;
}

function downloadAs(
  place: (base: string) => string,
  path: string,
  target: TargetFile,
  sink: TargetSink,
  mirrors: Mirrors,
  fingerprint: string,
): Promise<number> {
  return fromMirrors(mirrors, place, async (url) => {
    for (;;) {
      const file = await sink.create(path, fingerprint);
      const continued = file.partialLength > 0;
      try {
        const received = await stream(url, path, target, file, mirrors);
        await file.commit();
        return received;
      } catch (cause) {
        const error = asWrongLength(cause, path, target.length);
        // Bytes of a wrong file are of no use; those of a broken connection can be continued.
        const wrong = isMismatch(error);
        await file.abandon(!wrong && !isStorage(error));
        // The wrong bytes may be those of an earlier mirror: this one is asked for the whole file.
        if (!wrong || !continued) throw error;
      }
    }
  });
}

function isMismatch(error: unknown): boolean {
  return (
    error instanceof TufLdError &&
    (error.code === "ERR_HASH_MISMATCH" || error.code === "ERR_LENGTH_MISMATCH")
  );
}

function isStorage(error: unknown): boolean {
  return error instanceof TufLdError && error.code === "ERR_STORAGE";
}

/** Whether the sink has the right file already. */
async function isThere(path: string, target: TargetFile, sink: TargetSink): Promise<boolean> {
  const existing = await sink.existing(path);
  if (existing === undefined) return false;
  const check = await ContentCheck.open(path, target);
  try {
    for await (const chunk of existing) check.update(chunk);
    check.end();
    return true;
  } catch (error) {
    if (error instanceof TufLdError && error.code !== "ERR_STORAGE") return false;
    throw error;
  }
}

async function stream(
  url: string,
  path: string,
  target: TargetFile,
  file: SinkFile,
  mirrors: Mirrors,
): Promise<number> {
  const { fetcher, onEvent, signal } = mirrors;
  const expectedBytes = target.length;
  let check = await ContentCheck.open(path, target);
  let length = 0;
  const resumable = file.partialLength > 0 && file.partialLength <= expectedBytes;
  if (resumable) {
    for await (const chunk of file.partial) check.update(chunk);
    length = file.partialLength;
  } else if (file.partialLength > 0) {
    await file.restart();
  }
  let received = 0;
  if (length < expectedBytes || expectedBytes === 0) {
    onEvent({ type: "fetching", url, expectedBytes });
    const answer = await fetcher.fetch(url, {
      maxBytes: expectedBytes,
      ...(length > 0 ? { from: length } : {}),
      ...(length > 0 && file.etag !== undefined ? { etag: file.etag } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!answer.modified) throw new TypeError("a fetcher answered a question that was not asked");
    if (answer.from !== length || length === 0) {
      check = await ContentCheck.open(path, target);
      await file.restart(answer.etag);
      length = 0;
    }
    for await (const chunk of answer.body) {
      check.update(chunk);
      await file.write(chunk);
      length += chunk.length;
      received += chunk.length;
      onEvent({ type: "progress", url, bytes: length, expectedBytes });
    }
  }
  check.end();
  return received;
}
