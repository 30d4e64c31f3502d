/**
 * A simulated repository behind a real HTTP server on loopback.
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen, type Running } from "../httpServer.ts";
import type { Simulator } from "./repository.ts";
import { decoded } from "./served.ts";

/** A running server for a repository. */
export interface Server extends Running {
  readonly metadataUrl: string;
  readonly targetsUrl: string;
  /** Answers in place of the repository, by decoded path. */
  readonly odd: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
}

/** Serves what the repository has, 404 for the rest, and records requests in it. */
export async function serveRepository(repository: Simulator): Promise<Server> {
  const odd: Server["odd"] = new Map();
  const running = await listen((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoded = (request.url ?? "").slice(1);
    const path = decoded(encoded);
    repository.urls.push(encoded);
    repository.requests.push(path);
    await repository.onRequest(path);
    const misbehave = odd.get(path);
    if (misbehave !== undefined) return misbehave(request, response);
    const bytes = repository.files.get(path);
    response.writeHead(bytes === undefined ? 404 : 200, { "content-length": bytes?.length ?? 0 });
    response.end(bytes);
  }

  return { ...running, odd, metadataUrl: `${running.base}/metadata`, targetsUrl: `${running.base}/targets` };
}
