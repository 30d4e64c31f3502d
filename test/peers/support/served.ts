/**
 * Repositories over HTTP on loopback, as a plain web server would serve them.
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { listen } from "../../support/httpServer.ts";

/** A served repository. */
export interface ServedRepository {
  readonly metadataUrl: string;
  readonly targetsUrl: string;
  close(): Promise<void>;
}

/** Serves files by decoded path: `metadata/1.root.json`, `targets/a b.txt`. The map may change while it is served. */
export async function serve(files: ReadonlyMap<string, Uint8Array>): Promise<ServedRepository> {
  const running = await listen((request, response) => {
    const bytes = files.get(decoded((request.url ?? "").slice(1)));
    response.writeHead(bytes === undefined ? 404 : 200, { "content-length": bytes?.length ?? 0 }).end(bytes);
  });
  return {
    metadataUrl: `${running.base}/metadata/`,
    targetsUrl: `${running.base}/targets/`,
    close: running.close,
  };
}

/** What a path of a request names; a malformed one names nothing. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return "";
  }
}

/** The files below a folder, by their paths in it. */
export async function filesBelow(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1).replaceAll("\\", "/"), new Uint8Array(await readFile(path)));
  }
  return files;
}
