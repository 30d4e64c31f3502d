/**
 * One HTTP request: its headers, its redirects, and what its answer's headers say.
 * @module
 */
import { deepestOf, isLasting, systemReason } from "../systemReasons.ts";
import type { HttpInit, HttpResponse, HttpSettings } from "./httpFetcher.ts";
import type { Pace } from "./pace.ts";

/** The source failed, and asking again will not help. */
export class Refused extends Error {}

/** The source failed in a way that may pass. */
export class Passing extends Error {
  /** How long the source asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** An answer whose body has not been read; `abort` closes its connection. */
export interface HttpAnswer {
  readonly response: HttpResponse;
  readonly abort: () => void;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The URL, if it is one that may be asked. @throws Refused */
export function checkUrl(url: string, base?: URL): URL {
  if (!URL.canParse(url, base?.href)) throw new Refused("it is not an absolute URL");
  const parsed = new URL(url, base?.href);
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new Refused(base ? `a redirect leads to ${parsed.protocol}` : "it is not an http: or https: URL");
  }
  if (base?.protocol === "https:" && parsed.protocol === "http:") {
    throw new Refused("a redirect leads from https: to http:");
  }
  // fetch() takes none, and they would end up in messages.
  if (parsed.username !== "" || parsed.password !== "") throw new Refused("it has a name or password in it");
  return parsed;
}

/** Sends a GET and follows redirects. @throws Refused, Passing, and what `pace` throws */
export async function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  settings: HttpSettings,
  pace: Pace,
): Promise<HttpAnswer> {
  let at = url;
  let redirect: HttpInit["redirect"] = "manual";
  for (let hops = 0; hops <= settings.redirects; hops++) {
    const { response, abort } = await sendOnce(at, headers, redirect, settings, pace);
    if (response.type === "opaqueredirect") {
      // Browsers show no script where a redirect leads, but follow it if asked to, and to http: and https: only.
      abort();
      redirect = "follow";
    } else if (REDIRECTS.has(response.status)) {
      abort();
      const location = response.headers.get("location");
      if (location === null) throw new Refused(`status ${response.status} without a Location`);
      at = checkUrl(location, at);
    } else {
      if (redirect === "follow") checkUrl(response.url, at);
      return { response, abort };
    }
  }
  throw new Refused(`more than ${settings.redirects} redirects`);
}

async function sendOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  redirect: HttpInit["redirect"],
  settings: HttpSettings,
  pace: Pace,
): Promise<HttpAnswer> {
  const controller = new AbortController();
  const { signal } = controller;
  const asked: Record<string, string> = { "accept-encoding": "identity", ...headers };
  if (settings.userAgent !== undefined) asked["user-agent"] = settings.userAgent;
  try {
    // "no-cache": caches on the way may keep a file, but have to ask whether it is still the same.
    const init: HttpInit = { headers: asked, redirect, signal, cache: "no-cache", credentials: "omit" };
    const response = await pace.wait(broken(settings.fetch(url.href, init)), settings.headersMs, "answer");
    return { response, abort: () => controller.abort() };
  } catch (error) {
    controller.abort();
    throw error;
  }
}

/** What the Fetch API does, with its failures marked as those of a connection. @throws Passing, Refused */
export async function broken<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw connectionError(error);
  }
}

function connectionError(error: unknown): Passing | Refused {
  const { code, message } = deepestOf(error);
  const known = systemReason(code);
  const reason = known === undefined ? (code ?? message) : `${known}, ${code}`;
  const text = `the connection failed (${reason})`;
  return isLasting(code)
    ? new Refused(text, { cause: error })
    : new Passing(text, undefined, { cause: error });
}

/** A validator that the file's bytes depend on, as RFC 9110 section 8.8.3 writes it; others are of no use here. */
const ETAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]{0,256}"$/;

/** The validator, or `undefined` if it is not well-formed. */
export function checkEtag(etag: string | null | undefined): string | undefined {
  return typeof etag === "string" && ETAG.test(etag) ? etag : undefined;
}

/** Whether bytes of two answers with this validator may be joined (RFC 9110, section 13.1.5). */
export function isStrong(etag: string | undefined): etag is string {
  return etag !== undefined && !etag.startsWith("W/");
}

/** First byte and total length of a `206`, or `undefined` if that cannot be told. */
export function contentRange(response: HttpResponse): { first: number; total?: number } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(
    response.headers.get("content-range") ?? "",
  );
  if (match === null) return undefined;
  const [first, last, total] = match.slice(1).map(Number);
  if (first === undefined || last === undefined || total === undefined || last < first) return undefined;
  return Number.isNaN(total) ? { first } : { first, total };
}

/** The length of a whole body, if its headers tell it truly. */
export function wholeLength(response: HttpResponse): number | undefined {
  // Across origins a browser may hide that it decompressed, and the length is that of what was sent.
  if (isEncoded(response) || response.type === "cors") return undefined;
  const length = response.headers.get("content-length");
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

/** Whether the body is compressed on the way, so that ranges are not ranges of the file. */
export function isEncoded(response: HttpResponse): boolean {
  const encoding = response.headers.get("content-encoding");
  return encoding !== null && encoding.trim().toLowerCase() !== "identity";
}

/** `Retry-After` in milliseconds (RFC 9110, section 10.2.3). */
export function retryAfter(response: HttpResponse): number | undefined {
  const value = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(value)
    ? Date.parse(value)
    : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
