/**
 * HTTP as Chromium does it, over real connections: from the page's own origin and across origins.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileForChildren } from "../../support/compiled.ts";
import { listen, type OriginServer, type Running, sendFrom, serveOrigin } from "../../support/httpServer.ts";

const executablePath = process.env["TUF_LD_CHROMIUM"] ?? chromium.executablePath();
const file = Uint8Array.from({ length: 5_000 }, (_, i) => i);

/** What the page tells of one fetch. */
interface Told {
  readonly code?: string;
  readonly modified?: boolean;
  readonly from?: number;
  readonly etag?: string;
  readonly bytes?: readonly number[];
}

/** As text, because the test runner rewrites functions. */
const PAGE = `<!doctype html><script type="module">
import { createHttpFetcher } from "/client/httpFetcher.js";
const fetcher = createHttpFetcher({ retries: 1, backoffMs: 1, graceMs: 300 });
globalThis.get = async (url, request) => {
  try {
    const answer = await fetcher.fetch(url, { maxBytes: 5000, ...request });
    if (!answer.modified) return { modified: false };
    const bytes = [];
    for await (const chunk of answer.body) bytes.push(...chunk);
    return { modified: true, from: answer.from, etag: answer.etag, bytes };
  } catch (error) {
    return { code: error.code ?? String(error) };
  }
};
</script>`;

describe.skipIf(!existsSync(executablePath))("HTTP in Chromium (skipped without a browser)", () => {
  let compiled: Awaited<ReturnType<typeof compileForChildren>>;
  let browser: Browser;
  let page: Page;
  let pages: Running;
  let server: OriginServer;

  beforeAll(async () => {
    compiled = await compileForChildren("client/httpFetcher.ts");
    server = await serveOrigin();
    server.origin.put("/file", file);
    pages = await listen((request, response) => {
      const path = request.url ?? "/";
      if (path === "/") response.setHeader("content-type", "text/html").end(PAGE);
      else if (!path.endsWith(".js")) sendFrom(server.origin, request, response);
      else
        response.setHeader("content-type", "text/javascript").end(readFileSync(join(compiled.folder, path)));
    });
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    page = await browser.newPage();
    await page.goto(pages.base);
    await page.waitForFunction("globalThis.get");
  });
  afterAll(async () => {
    await browser.close();
    await pages.close();
    await server.close();
    compiled.remove();
  });

  /** Fetches in the page. */
  const get = (url: string, request: object = {}): Promise<Told> =>
    page.evaluate(`get(${JSON.stringify(url)}, ${JSON.stringify(request)})`);

  /** Lets pages of other origins ask, and see validators. */
  const share = (path: string, ranges = true): void => {
    server.odd.set(path, (request, response) => {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-allow-headers", "range, if-range, if-none-match");
      if (ranges) response.setHeader("access-control-expose-headers", "etag, content-range");
      if (request.method === "OPTIONS") response.writeHead(204).end();
      else sendFrom(server.origin, request, response);
    });
  };

  test("a file of the page's own origin is fetched, found unchanged, and continued", async () => {
    const first = await get(`${pages.base}/file`);
    expect(first).toMatchObject({ modified: true, from: 0, bytes: [...file] });
    const { etag } = first;
    expect(await get(`${pages.base}/file`, { etag })).toEqual({ modified: false });
    expect(await get(`${pages.base}/file`, { etag, from: 4_990 })).toMatchObject({
      from: 4_990,
      bytes: [...file.subarray(4_990)],
    });
    expect(await get(`${pages.base}/missing`)).toEqual({ code: "ERR_FILE_NOT_FOUND" });
    expect(await get(`${pages.base}/file`, { maxBytes: 4_999 })).toEqual({ code: "ERR_LIMIT" });
  });

  test("so is a file of another origin that shares it", async () => {
    server.origin.put("/shared", file);
    share("/shared");
    const first = await get(`${server.base}/shared`);
    expect(first).toMatchObject({ from: 0, bytes: [...file] });
    const { etag } = first;
    expect(await get(`${server.base}/shared`, { etag })).toEqual({ modified: false });
    expect(await get(`${server.base}/shared`, { etag, from: 10 })).toMatchObject({ from: 10 });
  });

  test("a file of an origin that does not share it is ERR_NETWORK", async () => {
    expect(await get(`${server.base}/file`)).toEqual({ code: "ERR_NETWORK" });
  });

  test("redirects are followed", async () => {
    server.origin.put("/landing", file);
    share("/landing");
    server.odd.set("/moved", (_, response) => {
      response.writeHead(302, { location: "/landing", "access-control-allow-origin": "*" }).end();
    });
    expect(await get(`${server.base}/moved`)).toMatchObject({ from: 0, bytes: [...file] });
  });

  test("a compressed file is measured by what it decompresses to, at its own origin and across", async () => {
    const zipped = gzipSync(file);
    server.odd.set("/zipped", (_, response) => {
      const headers = { "content-encoding": "gzip", "access-control-allow-origin": "*" };
      response.writeHead(200, { ...headers, "content-length": zipped.length }).end(zipped);
    });
    expect(await get(`${server.base}/zipped`)).toMatchObject({ bytes: [...file] });
    expect(await get(`${server.base}/zipped`, { maxBytes: 4_999 })).toEqual({ code: "ERR_LIMIT" });
  });

  test("a body that breaks off is continued", async () => {
    server.origin.put("/cut", file);
    share("/cut");
    const whole = server.odd.get("/cut");
    server.odd.set("/cut", (request, response, n) => {
      if (n > 1) return whole?.(request, response, n);
      const { headers } = server.origin.answer("/cut", {});
      const shared = { "access-control-allow-origin": "*", "access-control-expose-headers": "etag" };
      response.writeHead(200, { ...headers, ...shared });
      response.write(file.subarray(0, 2_000), () => setTimeout(() => response.destroy(), 50));
    });
    expect(await get(`${server.base}/cut`)).toMatchObject({ from: 0, bytes: [...file] });
  });

  test("A8: a slow drip ends soon", async () => {
    server.odd.set("/drip", (_, response) => {
      response.setHeader("access-control-allow-origin", "*");
      const timer = setInterval(() => response.write("x"), 30);
      response.on("close", () => clearInterval(timer));
    });
    expect(await get(`${server.base}/drip`)).toEqual({ code: "ERR_NETWORK" });
  });
});
