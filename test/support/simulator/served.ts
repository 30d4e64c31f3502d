/**
 * Files by decoded path, served to a client as a plain web server would, and a list of what was asked for.
 * @module
 */

import type { FetchAnswer, Fetcher, FetchRequest } from "../../../src/client/fetcher.ts";
import { TufLdError } from "../../../src/errors.ts";

/** Where a simulated repository pretends to be. */
export const BASE = "https://repository.test/";
export const METADATA_URL: string = `${BASE}metadata/`;
export const TARGETS_URL: string = `${BASE}targets/`;

/** Answers in place of a file. */
export type Behaviour = (request: FetchRequest) => FetchAnswer;

export class Served implements Fetcher {
  /** Bytes by decoded path: `metadata/1.root.json`, `targets/a/HASH.b`. */
  readonly files = new Map<string, Uint8Array>();
  /** What to do in place of serving a file, by decoded path. */
  readonly behaviours = new Map<string, Behaviour>();
  /** Decoded paths, in the order in which they were asked for. */
  readonly requests: string[] = [];
  /** The same, as they stood in the URL. */
  readonly urls: string[] = [];
  /** Called before every answer, with the decoded path. */
  onRequest: (path: string) => void | Promise<void> = () => undefined;

  async fetch(url: string, request: FetchRequest): Promise<FetchAnswer> {
    if (!url.startsWith(BASE) || /[?#]/.test(url)) {
      throw new TufLdError("ERR_NETWORK", `cannot reach ${url}`, { url, reason: "not this host" });
    }
    const encoded = url.slice(BASE.length);
    const path = decoded(encoded);
    this.urls.push(encoded);
    this.requests.push(path);
    await this.onRequest(path);
    const behaviour = this.behaviours.get(path);
    if (behaviour !== undefined) return behaviour(request);
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new TufLdError("ERR_FILE_NOT_FOUND", `404 ${url}`, { url });
    return serve(url, bytes, request);
  }

  /** Forgets what was asked for. */
  forgetRequests(): void {
    this.requests.length = 0;
    this.urls.length = 0;
  }
}

/** What a server makes of the path in a URL: bytes that are not UTF-8 stay encoded. */
export function decoded(path: string): string {
  return path.replace(/(?:%[\dA-Fa-f]{2})+/g, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  });
}

/** A whole answer, or the rest from `from`, in pieces. */
export function serve(url: string, bytes: Uint8Array, { maxBytes, from = 0 }: FetchRequest): FetchAnswer {
  if (bytes.length > maxBytes) {
    throw new TufLdError("ERR_LIMIT", `${url} is longer than ${maxBytes} bytes`, {
      limit: "maxBytes",
      allowed: maxBytes,
    });
  }
  return { modified: true, from, body: pieces(bytes.slice(from)) };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.slice(at, at + 1000);
}

/** A file that never ends. Counts what was taken of it. */
export function endless(taken: { bytes: number }): Behaviour {
  async function* body(): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(10_000).fill(0x20);
    for (;;) {
      taken.bytes += chunk.length;
      yield chunk;
    }
  }
  return () => ({ modified: true, from: 0, body: body() });
}
