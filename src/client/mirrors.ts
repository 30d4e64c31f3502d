/**
 * Getting a file from the first mirror whose copy is good.
 * @module
 */
import { concatBytes } from "../encoding/bytes.ts";
import { TufLdError, withSubject } from "../errors.ts";
import { reasonOf } from "../proof/finding.ts";
import type { UpdaterEvent } from "./events.ts";
import type { Fetcher } from "./fetcher.ts";
import { withoutCredentials } from "./shownUrl.ts";
import { join } from "./urls.ts";

/** Mirrors of the same files, in order of preference. */
export interface Mirrors {
  readonly fetcher: Fetcher;
  readonly bases: readonly string[];
  readonly onEvent: (event: UpdaterEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Asks the mirrors in order and returns what `use` makes of the first copy that it does not refuse.
 *
 * @param path below the mirror's URL, or what it is at that mirror
 * @param role the role whose metadata it is, for errors
 * @throws ERR_FILE_NOT_FOUND if every mirror says that there is no such file; otherwise the first other failure,
 *   with every failure as its cause
 */
export async function fromMirrors<T>(
  { bases, onEvent, signal }: Mirrors,
  path: string | ((base: string) => string),
  use: (url: string) => Promise<T>,
  role?: string,
): Promise<T> {
  const failures: TufLdError[] = [];
  for (const base of bases) {
    const file = typeof path === "string" ? path : path(base);
    const url = join(base, file);
    try {
      return await use(url);
    } catch (cause) {
      signal?.throwIfAborted();
      const about = { file, url: withoutCredentials(url), ...(role === undefined ? {} : { role }) };
      const error = withSubject(cause, about);
      // A store that fails is no fault of the mirror.
      if (!(error instanceof TufLdError) || error.code === "ERR_STORAGE") throw error;
      failures.push(error);
      // The last one is thrown; a missing file is ordinary where the next root is asked for.
      if (bases.length > 1) onEvent({ type: "mirror failed", url, reason: reasonOf(error) });
    }
  }
  const worst = failures.find(({ code }) => code !== "ERR_FILE_NOT_FOUND") ?? failures[0];
  if (worst === undefined) {
    const url = typeof path === "string" ? path : path("");
    throw new TufLdError("ERR_NETWORK", `there is no URL to get ${url} from`, { url, reason: "no mirror" });
  }
  if (failures.length === 1) throw worst;
  const cause = new AggregateError(failures, `${failures.length} mirrors failed`);
  throw new TufLdError(worst.code, worst.message, worst.details, { cause, about: worst.about });
}

/** Whether a failure of `fromMirrors` says that the file is not there, according to at least one of them. */
export function hasNoFile(error: unknown): boolean {
  if (!(error instanceof TufLdError)) return false;
  const failures: unknown[] = error.cause instanceof AggregateError ? error.cause.errors : [error];
  return failures.some((each) => each instanceof TufLdError && each.code === "ERR_FILE_NOT_FOUND");
}

/** A whole small file and its validator; `undefined` when it is still the one that `etag` stands for. */
export async function fetchWhole(
  { fetcher, onEvent, signal }: Mirrors,
  url: string,
  maxBytes: number,
  etag?: string,
): Promise<{ readonly bytes: Uint8Array; readonly etag?: string } | undefined> {
  onEvent({ type: "fetching", url });
  const answer = await fetcher.fetch(url, {
    maxBytes,
    ...(signal === undefined ? {} : { signal }),
    ...(etag === undefined ? {} : { etag }),
  });
  if (!answer.modified) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > maxBytes) {
      const message = `${url} is longer than the ${maxBytes} bytes that are allowed`;
      throw new TufLdError("ERR_LIMIT", message, { limit: "maxBytes", allowed: maxBytes });
    }
    chunks.push(chunk);
  }
  return { bytes: concatBytes(...chunks), ...(answer.etag === undefined ? {} : { etag: answer.etag }) };
}
