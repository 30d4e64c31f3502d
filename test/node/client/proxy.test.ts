/**
 * HTTP through a real proxy on loopback.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createNodeFetcher } from "../../../src/node/nodeFetcher.ts";
import { type Environment, proxyFetch } from "../../../src/node/proxy.ts";
import { collect } from "../../support/contracts/fetcherContract.ts";
import {
  listen,
  type OriginServer,
  type RunningProxy,
  serveOrigin,
  startProxy,
} from "../../support/httpServer.ts";

const file = Uint8Array.from({ length: 5_000 }, (_, i) => i);
let server: OriginServer;
let proxy: RunningProxy;
beforeAll(async () => {
  server = await serveOrigin();
  server.origin.put("/file", file);
  proxy = await startProxy();
});
afterAll(async () => {
  await server.close();
  await proxy.close();
});

const get = async (url: string, environment: Environment): Promise<Uint8Array> =>
  collect(await createNodeFetcher({ environment, retries: 0 }).fetch(url, { maxBytes: 5_000 }));

test.each(["HTTP_PROXY", "http_proxy"])(
  "http: goes through %s, by name and without a tunnel",
  async (name) => {
    proxy.log.length = 0;
    const url = `http://mirror.invalid:${server.port}/file`;
    expect(await get(url, { [name]: proxy.base })).toEqual(file);
    expect(proxy.log).toEqual([`GET ${url}`]);
  },
);

test("ranges, conditions and refusals pass through the proxy", async () => {
  const fetcher = createNodeFetcher({ environment: { http_proxy: proxy.base } });
  const url = `http://mirror.invalid:${server.port}/file`;
  const first = await fetcher.fetch(url, { maxBytes: 5_000 });
  if (!first.modified || first.etag === undefined) throw new Error("no validator");
  await collect(first);
  const { etag } = first;
  expect(await fetcher.fetch(url, { maxBytes: 5_000, etag })).toEqual({ modified: false });
  const rest = await fetcher.fetch(url, { maxBytes: 5_000, etag, from: 1_000 });
  expect(await collect(rest)).toEqual(file.subarray(1_000));
  await expect(fetcher.fetch(`${url}s`, { maxBytes: 1 })).rejects.toMatchObject({
    code: "ERR_FILE_NOT_FOUND",
  });
});

test("https: goes through HTTPS_PROXY by CONNECT to the named host and port", async () => {
  proxy.log.length = 0;
  // The server speaks no TLS: that the tunnel was made is what counts here.
  const url = `https://mirror.invalid:${server.port}/file`;
  await expect(get(url, { HTTPS_PROXY: proxy.base })).rejects.toMatchObject({ code: "ERR_NETWORK" });
  expect(proxy.log).toEqual([`CONNECT mirror.invalid:${server.port}`]);
});

test.each(["127.0.0.1", "*", "example.org, 127.0.0.1", ".0.0.1"])(
  "NO_PROXY=%s bypasses the proxy",
  async (hosts) => {
    proxy.log.length = 0;
    const environment = { HTTP_PROXY: proxy.base, NO_PROXY: hosts };
    expect(await get(`${server.base}/file`, environment)).toEqual(file);
    expect(proxy.log).toEqual([]);
  },
);

test("NO_PROXY for other hosts bypasses nothing", async () => {
  proxy.log.length = 0;
  await get(`${server.base}/file`, { HTTP_PROXY: proxy.base, NO_PROXY: "example.org,27.0.0.1" });
  expect(proxy.log).toHaveLength(1);
});

test("the name in lower case comes first, and an empty one counts as none", async () => {
  proxy.log.length = 0;
  const dead = "http://127.0.0.1:1";
  await get(`${server.base}/file`, { http_proxy: proxy.base, HTTP_PROXY: dead });
  await get(`${server.base}/file`, { http_proxy: "", HTTP_PROXY: proxy.base });
  expect(proxy.log).toHaveLength(2);
});

test("a proxy that asks for a password gets the one in its URL", async () => {
  const strict = await startProxy(`Basic ${btoa("me:p@ss")}`);
  const { port } = strict;
  expect(await get(`${server.base}/file`, { HTTP_PROXY: `http://me:p%40ss@127.0.0.1:${port}` })).toEqual(
    file,
  );
  await expect(get(`${server.base}/file`, { HTTP_PROXY: strict.base })).rejects.toMatchObject({
    code: "ERR_NETWORK",
  });
  await strict.close();
});

test("a proxy that is not there is ERR_NETWORK, and the file is not fetched past it", async () => {
  const { base, close } = await listen(() => {});
  await close();
  const before = server.requests.length;
  await expect(get(`${server.base}/file`, { HTTP_PROXY: base })).rejects.toMatchObject({
    code: "ERR_NETWORK",
  });
  expect(server.requests).toHaveLength(before);
});

test("without a proxy in the environment there is no proxy, and HTTP_PROXY of a CGI request is not one", () => {
  expect(proxyFetch({})).toBeUndefined();
  expect(proxyFetch({ NO_PROXY: "*", HTTP_PROXY: "" })).toBeUndefined();
  expect(proxyFetch({ HTTP_PROXY: "http://127.0.0.1:1", REQUEST_METHOD: "GET" })).toBeUndefined();
  expect(proxyFetch({ http_proxy: "http://127.0.0.1:1", REQUEST_METHOD: "GET" })).toBeDefined();
});

test("file: URLs go through no proxy", async () => {
  proxy.log.length = 0;
  const { href } = new URL("../../../package.json", import.meta.url);
  const fetcher = createNodeFetcher({ environment: { HTTP_PROXY: proxy.base } });
  await collect(await fetcher.fetch(href, { maxBytes: 1_000_000 }));
  expect(proxy.log).toEqual([]);
});
