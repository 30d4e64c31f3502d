/// <reference types="node" />
/**
 * The part of the Fetch API that the client uses, on node:http: a quarter of the processor time of Node's own
 * `fetch` for a large file, and loaded in a quarter of the time.
 * @module
 */
import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { PassThrough, pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { HttpChunk, HttpInit, HttpResponse } from "../client/httpFetcher.ts";

/** Answers one request; redirects are left to the caller. Rejects as `fetch` does, with another error's details. */
export function requestOnce(url: string, { headers, signal }: HttpInit): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? requestHttps : requestHttp;
    const request: ClientRequest = send(url, { headers: { accept: "*/*", ...headers }, signal });
    request.on("error", reject);
    request.on("response", (message) => resolve(new Answer(url, message)));
    request.end();
  });
}

class Answer implements HttpResponse {
  readonly type = "default";
  readonly url: string;
  readonly status: number;
  readonly #message: IncomingMessage;
  #body: AsyncIterator<Uint8Array> | undefined;

  constructor(url: string, message: IncomingMessage) {
    this.url = url;
    this.status = message.statusCode ?? 0;
    this.#message = message;
    // Whoever reads the body is told of an error; nobody else has to be.
    message.on("error", () => undefined);
  }

  get headers(): HttpResponse["headers"] {
    const { headers } = this.#message;
    return {
      get(name) {
        const value = headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    };
  }

  get body(): NonNullable<HttpResponse["body"]> {
    return { getReader: () => ({ read: () => this.#read() }) };
  }

  async #read(): Promise<HttpChunk> {
    this.#body ??= decoded(this.#message)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    const { done, value } = await this.#body.next();
    return done ? { done: true } : { done: false, value };
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const chunks: Uint8Array[] = [];
    for (let chunk = await this.#read(); !chunk.done; chunk = await this.#read()) {
      if (chunk.value !== undefined) chunks.push(chunk.value);
    }
    return new Uint8Array(Buffer.concat(chunks)).buffer;
  }
}

/** The body without its content coding: servers encode even where they were asked not to. */
function decoded(message: IncomingMessage): Readable {
  const coding = message.headers["content-encoding"]?.trim().toLowerCase();
  const decoder =
    coding === "gzip" || coding === "x-gzip"
      ? createGunzip()
      : coding === "deflate"
        ? createInflate()
        : coding === "br"
          ? createBrotliDecompress()
          : undefined;
  if (decoder === undefined) return message;
  const plain = new PassThrough();
  pipeline(message, decoder, plain, () => undefined);
  return plain;
}
