/**
 * Getting files over HTTP with the Fetch API, in every runtime that has it: with limits on size, time and rate,
 * retries, and resumption by ranges (RFC 9110, sections 13 and 14).
 * @module
 */
import type { Fetcher } from "./fetcher.ts";
import { HttpDownload } from "./httpDownload.ts";
import { systemTimer, type Timer } from "./pace.ts";

/** What is given to `fetch`. */
export interface HttpInit {
  readonly headers: Record<string, string>;
  readonly redirect: "manual" | "follow";
  readonly cache: "no-cache";
  readonly credentials: "omit";
  readonly signal: AbortSignal;
}

/** The part of a `Response` that is used. */
export interface HttpResponse {
  readonly status: number;
  readonly type: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: { getReader(): { read(): Promise<HttpChunk> } } | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What reading a body gives. */
export interface HttpChunk {
  readonly done: boolean;
  readonly value?: Uint8Array | undefined;
}

/** The part of the Fetch API that is used: the global `fetch` is one, and so is that of undici. */
export type FetchFunction = (url: string, init: HttpInit) => Promise<HttpResponse>;

/** Options of {@link createHttpFetcher}. */
export interface HttpFetcherOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: FetchFunction;
  /** Longest time for one file, retries included, in milliseconds. Default 300_000. */
  readonly deadlineMs?: number;
  /** Longest time until a server answers with headers, in milliseconds. Default 30_000. */
  readonly headersMs?: number;
  /** Least rate of a body, in bytes per second of waiting for it. Default 1_000. */
  readonly minBytesPerSecond?: number;
  /** Milliseconds of waiting for a body after which its rate is judged, and judged again. Default 10_000. */
  readonly graceMs?: number;
  /**
   * How often a failed request is tried again: after network errors and the statuses 408, 425, 429 and 5xx.
   * A body that breaks off counts too, unless at least 1 MiB came since the last failure. Default 3.
   */
  readonly retries?: number;
  /** The pause before the first retry, in milliseconds; doubled each time, up to 10 s, give or take half. Default 500. */
  readonly backoffMs?: number;
  /** Longest `Retry-After` that is waited for, in milliseconds; a longer one is cut to this. Default 30_000. */
  readonly retryAfterMaxMs?: number;
  /** Redirects followed for one request. Default 10. */
  readonly redirects?: number;
  /** The `User-Agent`. Default: the runtime's own. Browsers ignore it or ask the server for permission first. */
  readonly userAgent?: string;
  /** Default: the runtime's. For tests. */
  readonly timer?: Timer;
  /** A number from 0 up to 1, for the spread of pauses. Default: `Math.random`. For tests. */
  readonly random?: () => number;
}

/** The options with their defaults. */
export type HttpSettings = Required<Omit<HttpFetcherOptions, "userAgent">> &
  Pick<HttpFetcherOptions, "userAgent">;

/**
 * A fetcher for `http:` and `https:` URLs. Redirects lead to these two only and never from `https:` to `http:`.
 * It asks for files without content encoding, so that lengths are those of the file; if a server compresses all
 * the same, the decompressed bytes are counted. A body that breaks off is continued where it broke off, if the
 * server gave it a strong `ETag`.
 *
 * @example
 * const { body } = await createHttpFetcher().fetch("https://example.org/1.root.json", { maxBytes: 512_000 });
 */
export function createHttpFetcher(options: HttpFetcherOptions = {}): Fetcher {
  const settings: HttpSettings = {
    fetch: (url, init) => globalThis.fetch(url, init),
    deadlineMs: 300_000,
    headersMs: 30_000,
    minBytesPerSecond: 1_000,
    graceMs: 10_000,
    retries: 3,
    backoffMs: 500,
    retryAfterMaxMs: 30_000,
    redirects: 10,
    timer: systemTimer,
    random: Math.random,
    ...options,
  };
  return { fetch: (url, request) => HttpDownload.begin(url, request, settings) };
}
