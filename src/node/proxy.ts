/// <reference types="node" />
/**
 * HTTP(S) through the proxies that the environment names.
 * @module
 */
import type { FetchFunction } from "../client/httpFetcher.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A `fetch` that goes through `HTTPS_PROXY` or `HTTP_PROXY`, except to the hosts of `NO_PROXY`; the names in lower
 * case come first. `http:` files are asked of the proxy itself, `https:` ones through a tunnel. `undefined` if the
 * environment names no proxy. The library that this takes is loaded at the first request.
 */
export function proxyFetch(environment: Environment = process.env): FetchFunction | undefined {
  const read = (name: string): string | undefined =>
    environment[name.toLowerCase()] || environment[name] || undefined;
  // A CGI server puts the client's `Proxy` header under this name (CVE-2016-5385).
  const isCgi = environment["REQUEST_METHOD"] !== undefined;
  const httpProxy = isCgi ? environment["http_proxy"] || undefined : read("HTTP_PROXY");
  const httpsProxy = read("HTTPS_PROXY");
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  let loaded: Promise<FetchFunction> | undefined;
  const load = async (): Promise<FetchFunction> => {
    const { EnvHttpProxyAgent, fetch } = await import("undici");
    const dispatcher = new EnvHttpProxyAgent({
      httpProxy: httpProxy ?? "",
      httpsProxy: httpsProxy ?? "",
      noProxy: read("NO_PROXY") ?? "",
      proxyTunnel: false,
    });
    return (url, init) => fetch(url, { ...init, dispatcher });
  };
  return async (url, init) => {
    loaded ??= load();
    return (await loaded)(url, init);
  };
}
