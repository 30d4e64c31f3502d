/// <reference types="node" />
/**
 * A static server for trying a repository out: ranges, conditional requests and content types by `send`; here, what
 * may be served at all, and for how long it may be kept.
 * @module
 */
import { existsSync, type Stats } from "node:fs";
import { realpath } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { dirname, join, resolve, sep } from "node:path";
import send from "send";

/** What a request came to. */
export interface Served {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

/** A year: files whose names carry a version or a hash never change. */
const FOR_EVER = "public, max-age=31536000, immutable";
const ASK_FIRST = "no-cache";
const VERSIONED = /^\d+\.[^/]+\.json$/;
const HASHED = /^(?:[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})\./;
/** The folder of a repository has this file in it; of all that is there, only `public` is for others. */
const REPOSITORY_FILE = "tuf-ld.json";

/** What of a folder may be served: a repository's `public`, any other folder itself. `undefined` for what lies within a repository and is not public. */
export function servedFolder(folder: string): string | undefined {
  const asked = resolve(folder);
  if (isRepository(asked)) return join(asked, "public");
  for (let above = dirname(asked), below = asked; below !== above; below = above, above = dirname(above)) {
    if (isRepository(above) && below !== join(above, "public")) return undefined;
  }
  return asked;
}

/** Serves what is below `folder`; not started yet. @param onServed told of every answer */
export async function createStaticServer(
  folder: string,
  onServed: (served: Served) => void,
): Promise<Server> {
  const root = await realpath(folder);
  return createServer((request, response) => {
    const { method = "", url = "" } = request;
    response.on("finish", () => onServed({ method, url, status: response.statusCode }));
    // Pages of other origins may read all of it: nothing here is secret, and metadata proves itself.
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (method === "OPTIONS") return preflight(response);
    if (method !== "GET" && method !== "HEAD") return end(response, 405, { Allow: "GET, HEAD, OPTIONS" });
    void answer(request, response, root).catch(() => end(response, 500));
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, root: string): Promise<void> {
  const path = pathOf(request.url ?? "");
  if (path === undefined) return end(response, 400);
  if (!(await isPublic(path, root))) return end(response, 404);
  response.setHeader("Access-Control-Expose-Headers", "ETag, Content-Range, Accept-Ranges");
  send(request, path, { root, dotfiles: "ignore", cacheControl: false })
    .on("headers", (to: ServerResponse, _: string, stats: Stats) => {
      to.setHeader("Cache-Control", keepFor(path));
      // Published files are replaced and never written to, so this validator is a strong one and ranges can be resumed.
      const parts = [stats.ino, stats.size, stats.mtimeMs];
      to.setHeader("ETag", `"${parts.map((part) => Math.floor(part).toString(36)).join("-")}"`);
    })
    .on("error", ({ status = 500, headers }: { status?: number; headers?: Record<string, string> }) =>
      end(response, status, headers),
    )
    .on("directory", () => end(response, 404))
    .pipe(response);
}

/** The path of a request, still percent-encoded; `undefined` if it cannot be one. */
function pathOf(url: string): string | undefined {
  const path = url.split(/[?#]/, 1)[0] ?? "";
  try {
    return path.startsWith("/") && !decodeURIComponent(path).includes("\0") ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Whether what a path leads to, symbolic links included, is below the root and in no private part of a repository. */
async function isPublic(path: string, root: string): Promise<boolean> {
  const parts = decodeURIComponent(path).split("/");
  if (parts.some((part) => part.startsWith(".") || part.includes("\\"))) return false;
  const real = await realpath(join(root, ...parts)).catch(() => undefined);
  if (real === undefined || (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)))
    return false;
  return servedFolder(real) === real;
}

function isRepository(folder: string): boolean {
  return existsSync(join(folder, REPOSITORY_FILE));
}

/** timestamp.json changes; so may any file whose name carries neither version nor hash. */
function keepFor(path: string): string {
  const parts = decodeURIComponent(path).split("/");
  const name = parts.at(-1) ?? "";
  const isMetadata = parts.at(-2) === "metadata";
  return (isMetadata ? VERSIONED : HASHED).test(name) ? FOR_EVER : ASK_FIRST;
}

function preflight(response: ServerResponse): void {
  end(response, 204, {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match",
    "Access-Control-Max-Age": "86400",
  });
}

function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of ["Cache-Control", "Content-Type", "ETag", "Last-Modified"]) response.removeHeader(name);
  response.writeHead(status, status === 204 ? headers : { "Content-Length": 0, ...headers }).end();
}
