/**
 * One file over HTTP: asked for, asked for again if that may help, and continued where it broke off.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { FetchAnswer, FetchRequest } from "./fetcher.ts";
import type { HttpSettings } from "./httpFetcher.ts";
import {
  broken,
  checkEtag,
  checkUrl,
  contentRange,
  type HttpAnswer,
  isEncoded,
  isStrong,
  Passing,
  Refused,
  retryAfter,
  send,
  wholeLength,
} from "./httpRequest.ts";
import { Pace, TimedOut, TooSlow } from "./pace.ts";
import { withoutCredentials } from "./shownUrl.ts";

/** Bytes after which a connection has earned its retries back. */
const EARNED_BYTES = 1 << 20;
/** Bodies of refusals up to this length are read, which keeps the connection for the next request. */
const SMALL_BODY = 16_384;
/** Longest pause between retries that grows by itself, in milliseconds. */
const BACKOFF_MAX_MS = 10_000;

const ABSENT: ReadonlySet<number> = new Set([403, 404, 410]);
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** A body that is about to be read. */
interface Part extends HttpAnswer {
  /** Where in the file it begins. */
  readonly from: number;
  /** The whole file's length, if known. */
  readonly total: number | undefined;
  readonly etag: string | undefined;
  /** Whether it can be continued after a failure. */
  readonly resumable: boolean;
}

/** The work of one `Fetcher.fetch`. */
export class HttpDownload {
  readonly #url: string;
  readonly #maxBytes: number;
  readonly #settings: HttpSettings;
  readonly #pace: Pace;
  #failures = 0;

  private constructor(url: string, maxBytes: number, settings: HttpSettings, pace: Pace) {
    this.#url = url;
    this.#maxBytes = maxBytes;
    this.#settings = settings;
    this.#pace = pace;
  }

  static async begin(url: string, request: FetchRequest, settings: HttpSettings): Promise<FetchAnswer> {
    const pace = new Pace(settings.timer, settings, request.signal);
    return new HttpDownload(url, request.maxBytes, settings, pace).#answer(request);
  }

  async #answer({ from = 0, etag }: FetchRequest): Promise<FetchAnswer> {
    try {
      const known = checkEtag(etag);
      const part = await this.#open(isStrong(known) ? from : 0, known, from === 0);
      if (part === undefined) return { modified: false };
      const answer = { modified: true as const, body: this.#body(part), from: part.from };
      return part.etag === undefined ? answer : { ...answer, etag: part.etag };
    } catch (error) {
      throw this.#named(error);
    }
  }

  /** The file from `from` on or whole; `undefined` if `conditional` and it is still the one of `etag`. */
  async #open(from: number, etag: string | undefined, conditional: boolean): Promise<Part | undefined> {
    for (;;) {
      try {
        return await this.#ask(from, etag, conditional);
      } catch (error) {
        await this.#mayRetry(error);
      }
    }
  }

  async #ask(from: number, etag: string | undefined, conditional: boolean): Promise<Part | undefined> {
    const headers: Record<string, string> = {};
    if (from > 0 && etag !== undefined) {
      headers["range"] = `bytes=${from}-`;
      headers["if-range"] = etag;
    } else if (conditional && etag !== undefined) {
      headers["if-none-match"] = etag;
    }
    const answer = await send(checkUrl(this.#url), headers, this.#settings, this.#pace);
    const { status } = answer.response;
    if (status === 200) return this.#checkLength(wholePart(answer));
    if (status === 206 && from > 0) {
      const part = rangePart(answer, from, etag);
      if (part) return this.#checkLength(part);
    }
    if (status === 416 || status === 206) {
      // The server has a shorter file, another one, or a strange idea of ranges: the whole file, then.
      answer.abort();
      if (from > 0) return this.#ask(0, undefined, false);
      throw new Refused(`status ${status}, though no range was asked for`);
    }
    await this.#discard(answer);
    if (status === 304 && headers["if-none-match"] !== undefined) return undefined;
    if (ABSENT.has(status)) {
      const message = `${this.#url}: not there (status ${status})`;
      throw new TufLdError("ERR_FILE_NOT_FOUND", message, { url: this.#url });
    }
    if (PASSING.has(status) || status >= 500) {
      throw new Passing(`status ${status}`, retryAfter(answer.response));
    }
    throw new Refused(`status ${status}`);
  }

  async *#body(first: Part): AsyncGenerator<Uint8Array, void, undefined> {
    let part = first;
    let position = first.from;
    let sinceFailure = 0;
    try {
      for (;;) {
        try {
          for await (const chunk of this.#chunks(part, position)) {
            position += chunk.length;
            sinceFailure += chunk.length;
            if (position > this.#maxBytes) throw this.#tooLong(position);
            yield chunk;
          }
          if (part.total === undefined || position >= part.total) return;
          throw new Passing(`the answer ended after ${position} of ${part.total} bytes`);
        } catch (error) {
          if (!(error instanceof Passing) || !part.resumable) throw error;
          if (sinceFailure >= EARNED_BYTES) this.#failures = 0;
          sinceFailure = 0;
          part.abort();
          part = await this.#resume(part, position, error);
        }
      }
    } catch (error) {
      throw this.#named(error);
    } finally {
      part.abort();
    }
  }

  async #resume(last: Part, position: number, failure: Passing): Promise<Part> {
    await this.#mayRetry(failure);
    const part = await this.#open(position, last.etag, false);
    if (part !== undefined && part.etag === last.etag) return part;
    part?.abort();
    throw new Refused("the file changed during the download");
  }

  /** The bytes of a part, from `position` of the file on. */
  async *#chunks(part: Part, position: number): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = part.response.body?.getReader();
    if (reader === undefined) return;
    let skip = position - part.from;
    for (;;) {
      const chunk = await this.#pace.read(broken(reader.read()));
      if (chunk === undefined) return;
      if (skip < chunk.length) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
  }

  /** Returns after a pause if the failure may pass and there are retries left; otherwise throws it. */
  async #mayRetry(error: unknown): Promise<void> {
    if (!(error instanceof Passing || error instanceof TimedOut)) throw error;
    const { retries, backoffMs, retryAfterMaxMs, random } = this.#settings;
    if (this.#failures >= retries) {
      if (retries === 0) throw error;
      throw new Refused(`${error.message}, after ${retries} retries`, { cause: error });
    }
    const grown = Math.min(backoffMs * 2 ** this.#failures, BACKOFF_MAX_MS) * (0.5 + random());
    const asked = error instanceof Passing ? error.retryAfterMs : undefined;
    const pauseMs = asked === undefined ? grown : Math.min(asked, retryAfterMaxMs);
    if (pauseMs >= this.#pace.left()) {
      throw new Refused(`${error.message}, and there is no time left to try again`, { cause: error });
    }
    this.#failures++;
    await this.#pace.pause(pauseMs);
  }

  #checkLength(part: Part): Part {
    if (part.total === undefined || part.total <= this.#maxBytes) return part;
    part.abort();
    throw this.#tooLong(part.total);
  }

  #tooLong(actual: number): TufLdError {
    const message = `${this.#url} is longer than the ${this.#maxBytes} bytes that are allowed`;
    return new TufLdError("ERR_LIMIT", message, { limit: "maxBytes", allowed: this.#maxBytes, actual });
  }

  async #discard({ response, abort }: HttpAnswer): Promise<void> {
    const length = wholeLength(response);
    if (length === undefined || length > SMALL_BODY) return abort();
    try {
      await this.#pace.wait(response.arrayBuffer(), 1_000, "end of a refusal");
    } catch {
      abort();
    }
  }

  /** The error as callers know it. What is not about the source (an abort) stays as it is. */
  #named(error: unknown): unknown {
    const known = [Refused, Passing, TimedOut, TooSlow].some((kind) => error instanceof kind);
    if (!(error instanceof Error && known)) return error;
    const url = withoutCredentials(this.#url);
    const reason = error.message;
    return new TufLdError("ERR_NETWORK", `${url}: ${reason}`, { url, reason }, { cause: error });
  }
}

function wholePart(answer: HttpAnswer): Part {
  const etag = checkEtag(answer.response.headers.get("etag"));
  const resumable = isStrong(etag) && !isEncoded(answer.response);
  return { ...answer, from: 0, total: wholeLength(answer.response), etag, resumable };
}

/** The part that was asked for; `undefined` if the answer is anything else. */
function rangePart(answer: HttpAnswer, from: number, etag: string | undefined): Part | undefined {
  const range = contentRange(answer.response);
  const given = checkEtag(answer.response.headers.get("etag")) ?? etag;
  if (range?.first !== from || given !== etag || isEncoded(answer.response)) return undefined;
  return { ...answer, from, total: range.total, etag, resumable: true };
}
