/**
 * A folder behind a real HTTP server on loopback, as a static repository is served.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { listen, type Running } from "./httpServer.ts";

/** Serves the files below a folder, and 404 for the rest. */
export function serveFolder(folder: string): Promise<Running> {
  return listen(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    try {
      const bytes = await readFile(join(folder, decodeURIComponent(pathname)));
      response.writeHead(200, { "content-length": bytes.length }).end(bytes);
    } catch {
      response.writeHead(404, { "content-length": 0 }).end();
    }
  });
}
