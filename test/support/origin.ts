/**
 * A well-behaved origin of files, as a function from request to answer: with entity tags, ranges and conditions
 * (RFC 9110). A `node:http` server and a `fetch` for browsers both speak for it.
 * @module
 */

/** A request's headers, by lower-case name. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** What an origin answers. */
export interface OriginAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** An origin of files by path. */
export interface Origin {
  readonly files: Map<string, { readonly bytes: Uint8Array; readonly etag: string }>;
  put(path: string, bytes: Uint8Array): void;
  answer(path: string, headers: Headers): OriginAnswer;
}

const NOTHING = new Uint8Array();

/** An empty origin. */
export function createOrigin(): Origin {
  let edition = 0;
  const files: Origin["files"] = new Map();
  return {
    files,
    put(path, bytes) {
      files.set(path, { bytes, etag: `"edition-${++edition}"` });
    },
    answer(path, headers) {
      const file = files.get(path);
      if (file === undefined) return { status: 404, headers: { "content-length": "0" }, body: NOTHING };
      const { bytes, etag } = file;
      if (headers["if-none-match"] === etag) return { status: 304, headers: { etag }, body: NOTHING };
      const whole = { etag, "content-length": String(bytes.length), "accept-ranges": "bytes" };
      const first = Number(/^bytes=(\d+)-$/.exec(headers["range"] ?? "")?.[1]);
      const condition = headers["if-range"];
      if (Number.isNaN(first) || (condition !== undefined && condition !== etag)) {
        return { status: 200, headers: whole, body: bytes };
      }
      if (first >= bytes.length) {
        return { status: 416, headers: { "content-range": `bytes */${bytes.length}` }, body: NOTHING };
      }
      const body = bytes.subarray(first);
      const range = `bytes ${first}-${bytes.length - 1}/${bytes.length}`;
      return {
        status: 206,
        headers: { etag, "content-length": String(body.length), "content-range": range },
        body,
      };
    },
  };
}

/** A `fetch` that asks an origin and no network. Bodies come in pieces. */
export function fetchFrom(origin: Origin): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    init.signal?.throwIfAborted();
    const asked = Object.fromEntries(new Headers(init.headers).entries());
    const { status, headers, body } = origin.answer(new URL(url).pathname, asked);
    if (status === 304) return new Response(null, { status, headers });
    let at = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= body.length) controller.close();
        else controller.enqueue(body.slice(at, at + 50_000));
        at += 50_000;
      },
    });
    return new Response(stream, { status, headers });
  };
}
