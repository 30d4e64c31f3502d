/// <reference types="node" />
/**
 * The fetcher of Node: HTTP, through a proxy if the environment names one, and `file:`.
 * @module
 */
import type { Fetcher } from "../client/fetcher.ts";
import { createHttpFetcher, type FetchFunction, type HttpFetcherOptions } from "../client/httpFetcher.ts";
import { TufLdError } from "../errors.ts";
import { createFileFetcher } from "./fileFetcher.ts";
import { type Environment, proxyFetch } from "./proxy.ts";

/** Options of {@link createNodeFetcher}: those of HTTP, and where proxies are named. */
export interface NodeFetcherOptions extends HttpFetcherOptions {
  /** Default: `process.env`. An own `fetch` comes before any proxy. */
  readonly environment?: Environment;
}

/** A fetcher for `http:`, `https:` and `file:` URLs; any other is ERR_NETWORK. */
export function createNodeFetcher(options: NodeFetcherOptions = {}): Fetcher {
  const { environment, ...httpOptions } = options;
  const fetch = options.fetch ?? proxyFetch(environment) ?? request;
  const http = createHttpFetcher({ userAgent: "tuf-ld", ...httpOptions, fetch });
  const files = createFileFetcher();
  return {
    async fetch(url, request) {
      const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase();
      if (scheme === "http:" || scheme === "https:") return http.fetch(url, request);
      if (scheme === "file:") return files.fetch(url, request);
      const reason = "only http:, https: and file: URLs can be fetched";
      throw new TufLdError("ERR_NETWORK", `${url}: ${reason}`, { url, reason });
    },
  };
}

/** Node's HTTP is loaded at the first request: whoever is offline, or reads a folder, makes none. */
const request: FetchFunction = async (url, init) => (await import("./httpRequest.ts")).requestOnce(url, init);
