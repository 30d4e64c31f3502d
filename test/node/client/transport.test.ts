/**
 * HTTP against a real server that misbehaves, and `file:` URLs.
 * @module
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createHttpFetcher as createFetcher,
  type HttpFetcherOptions,
} from "../../../src/client/httpFetcher.ts";
import { createFileFetcher } from "../../../src/node/fileFetcher.ts";
import { requestOnce } from "../../../src/node/httpRequest.ts";
import { createNodeFetcher } from "../../../src/node/nodeFetcher.ts";
import { collect, fetcherContract } from "../../support/contracts/fetcherContract.ts";
import { listen, type OriginServer, sendFrom, serveOrigin } from "../../support/httpServer.ts";

describe.each([
  ["the Fetch API", undefined],
  ["node:http", requestOnce],
])("over %s", (_transport, fetch) => {
  const createHttpFetcher = (options: HttpFetcherOptions = {}) =>
    createFetcher({ ...(fetch === undefined ? {} : { fetch }), ...options });

  const folder = mkdtempSync(join(tmpdir(), "tuf-ld-transport-"));
  let server: OriginServer;
  beforeAll(async () => {
    server = await serveOrigin();
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  let places = 0;
  const NO_PROXY = { environment: {} };

  describe("HTTP from a server on loopback", () => {
    fetcherContract(async () => {
      const place = `/${++places}`;
      return {
        fetcher: createNodeFetcher(NO_PROXY),
        url: (name) => `${server.base}${place}/${name}`,
        put: async (name, bytes) => server.origin.put(`${place}/${name}`, bytes),
      };
    });
  });

  describe("file: URLs", () => {
    fetcherContract(async () => {
      const place = join(folder, `place-${++places}`);
      mkdirSync(place);
      return {
        fetcher: createNodeFetcher(NO_PROXY),
        url: (name) => pathToFileURL(join(place, name)).href,
        put: async (name, bytes) => {
          writeFileSync(join(place, `${name}.new`), bytes);
          renameSync(join(place, `${name}.new`), join(place, name));
        },
      };
    });

    const fetchFile = (path: string): Promise<unknown> =>
      createFileFetcher().fetch(pathToFileURL(path).href, { maxBytes: 100 });

    test("a folder, and a path through a file, are not found", async () => {
      writeFileSync(join(folder, "plain"), "x");
      for (const path of [folder, join(folder, "plain/x"), join(folder, "x".repeat(300))]) {
        await expect(fetchFile(path)).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
      }
      await expect(
        createFileFetcher().fetch(`${pathToFileURL(folder).href}/`, { maxBytes: 1 }),
      ).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
    });

    test("a symbolic link is followed, and a broken one is not found", async () => {
      writeFileSync(join(folder, "linked"), "linked");
      symlinkSync("linked", join(folder, "link"));
      symlinkSync("nothing", join(folder, "broken"));
      expect(await fetchFile(join(folder, "link"))).toMatchObject({ modified: true });
      await expect(fetchFile(join(folder, "broken"))).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
    });

    test("a slash that is encoded in the URL of a role's file stays encoded in the name on disk", async () => {
      writeFileSync(join(folder, "1.a%2Fb.json"), "content");
      const url = `${pathToFileURL(folder).href}/1.a%2Fb.json`;
      expect(await createFileFetcher().fetch(url, { maxBytes: 100 })).toMatchObject({
        modified: true,
        from: 0,
      });
    });

    test.each(["file://other.host/x", "file:///a%00b"])("%s is ERR_NETWORK", async (url) => {
      await expect(createFileFetcher().fetch(url, { maxBytes: 1 })).rejects.toMatchObject({
        code: "ERR_NETWORK",
      });
    });

    test("a file that changes before it is read is ERR_NETWORK and not a mixture", async () => {
      const path = join(folder, "changing");
      writeFileSync(path, "before");
      const answer = await createFileFetcher().fetch(pathToFileURL(path).href, { maxBytes: 100 });
      writeFileSync(path, "after it");
      await expect(collect(answer)).rejects.toMatchObject({ code: "ERR_NETWORK" });
    });
  });

  describe("a server that misbehaves", () => {
    const quick: HttpFetcherOptions = {
      retries: 2,
      backoffMs: 1,
    };
    const get = async (
      path: string,
      options: HttpFetcherOptions = {},
      maxBytes = 10_000,
    ): Promise<Uint8Array> =>
      collect(await createHttpFetcher({ ...quick, ...options }).fetch(server.base + path, { maxBytes }));
    const asked = (path: string): number => server.requests.filter((request) => request.path === path).length;
    const file = Uint8Array.from({ length: 5_000 }, (_, i) => i);

    test("A8: a slow drip ends soon, and the error names the mirror", async () => {
      server.odd.set("/drip", (_, response) => {
        const timer = setInterval(() => response.write("x"), 30);
        response.on("close", () => clearInterval(timer));
      });
      await expect(get("/drip", { graceMs: 200 })).rejects.toMatchObject({
        code: "ERR_NETWORK",
        details: { url: `${server.base}/drip`, reason: "fewer than 1000 bytes a second" },
      });
    });

    test("A8: headers that never come end soon", async () => {
      server.odd.set("/silent", () => {});
      await expect(get("/silent", { headersMs: 100 })).rejects.toMatchObject({ code: "ERR_NETWORK" });
      expect(asked("/silent")).toBe(3);
    });

    test("A7: an endless body ends at maxBytes, and the server's connection is closed", async () => {
      let sent = 0;
      let closed: () => void = () => {};
      const isClosed = new Promise<void>((resolve) => {
        closed = resolve;
      });
      server.odd.set("/endless", (_, response) => {
        const send = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
          if (sent > 500_000_000) response.destroy();
        };
        response.on("drain", send);
        response.on("close", closed);
        send();
      });
      await expect(get("/endless", {}, 1_000_000)).rejects.toMatchObject({ code: "ERR_LIMIT" });
      await isClosed;
      expect(sent).toBeLessThan(50_000_000);
    });

    test("A7: a declared length above maxBytes is refused before any of the body is read", async () => {
      server.odd.set("/huge", (_, response) => {
        response.writeHead(200, { "content-length": "10001" });
        response.write("x");
      });
      const fetcher = createHttpFetcher(quick);
      await expect(fetcher.fetch(`${server.base}/huge`, { maxBytes: 10_000 })).rejects.toMatchObject({
        code: "ERR_LIMIT",
        details: { allowed: 10_000, actual: 10_001 },
      });
    });

    test("A7: a small body that decompresses to a large one ends at maxBytes", async () => {
      const small = gzipSync(Buffer.alloc(5_000));
      server.odd.set("/zeros", (_, response) => {
        response.writeHead(200, { "content-encoding": "gzip", "content-length": small.length });
        response.end(small);
      });
      expect(small.length).toBeLessThan(1_000);
      await expect(get("/zeros", {}, 1_000)).rejects.toMatchObject({ code: "ERR_LIMIT" });
    });

    test("a body that is compressed though identity was asked for is decompressed", async () => {
      server.odd.set("/gzip", (_, response) => {
        response.writeHead(200, { "content-encoding": "gzip", etag: '"z"' });
        response.end(gzipSync(file));
      });
      expect(await get("/gzip", {}, 5_000)).toEqual(file);
      expect(server.requests.at(-1)?.headers["accept-encoding"]).toBe("identity");
    });

    test("a compressed body that is corrupt is ERR_NETWORK", async () => {
      const harmed = gzipSync(Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * i) >> 3))).fill(
        0,
        100,
        200,
      );
      server.odd.set("/bad-gzip", (_, response) => {
        response.writeHead(200, { "content-encoding": "gzip", etag: '"z"' }).end(harmed);
      });
      await expect(get("/bad-gzip")).rejects.toMatchObject({ code: "ERR_NETWORK" });
    });

    test.each([0, 1, 100, 4_999])("a body cut off after %d bytes is continued from there", async (cut) => {
      const path = `/cut-${cut}`;
      server.origin.put(path, file);
      server.odd.set(path, (request, response, n) => {
        if (n > 1) return sendFrom(server.origin, request, response);
        const { headers } = server.origin.answer(path, {});
        response.writeHead(200, headers);
        response.flushHeaders();
        response.write(file.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
      });
      expect(await get(path)).toEqual(file);
      expect(asked(path)).toBe(2);
    });

    test("a connection reset before any answer is tried again", async () => {
      server.origin.put("/reset", file);
      server.odd.set("/reset", (request, response, n) => {
        if (n < 3) request.socket.resetAndDestroy();
        else sendFrom(server.origin, request, response);
      });
      expect(await get("/reset")).toEqual(file);
    });

    test("a chunked body without its end is ERR_NETWORK when it cannot be continued", async () => {
      server.odd.set("/unfinished", (_, response) => {
        response.write("abc");
        setTimeout(() => response.destroy(), 20);
      });
      await expect(get("/unfinished")).rejects.toMatchObject({ code: "ERR_NETWORK" });
      expect(asked("/unfinished")).toBe(1);
    });

    test("a refused connection is ERR_NETWORK with its reason", async () => {
      const { base, close } = await listen(() => {});
      await close();
      const refused = createHttpFetcher(quick).fetch(`${base}/x`, { maxBytes: 1 });
      await expect(refused).rejects.toMatchObject({
        code: "ERR_NETWORK",
        details: {
          url: `${base}/x`,
          reason:
            "the connection failed (nobody answers at this address and port, ECONNREFUSED), after 2 retries",
        },
      });
    });

    test("an answer that is not HTTP is ERR_NETWORK", async () => {
      server.odd.set("/garbage", (request) => request.socket.end("SSH-2.0-hello\r\n"));
      await expect(get("/garbage")).rejects.toMatchObject({ code: "ERR_NETWORK" });
    });

    test("429 with Retry-After is asked again", async () => {
      server.odd.set("/busy", (_, response, n) => {
        if (n > 1) return void response.end("ok");
        response.writeHead(429, { "retry-after": "1" }).end("busy");
      });
      expect((await get("/busy")).length).toBe(2);
      expect(asked("/busy")).toBe(2);
    });

    test.each([
      ["begins elsewhere", "bytes 0-4999/5000", file],
      ["has no Content-Range", undefined, file.subarray(1_000)],
      ["has a malformed Content-Range", "bytes 1000-/5000", file.subarray(1_000)],
      ["ends before it begins", "bytes 1000-999/5000", file.subarray(1_000)],
    ])("a part that %s is not used: the file is asked for whole", async (name, range, body) => {
      const path = `/range-${name.replaceAll(" ", "-")}`;
      server.origin.put(path, file);
      server.odd.set(path, (request, response) => {
        if (request.headers.range === undefined) return sendFrom(server.origin, request, response);
        const { headers } = server.origin.answer(path, {});
        delete headers["content-length"];
        response.writeHead(206, { ...headers, ...(range === undefined ? {} : { "content-range": range }) });
        response.end(body);
      });
      const etag = server.origin.files.get(path)?.etag ?? "";
      const request = { maxBytes: 5_000, from: 1_000, etag };
      const answer = await createHttpFetcher(quick).fetch(server.base + path, request);
      expect(answer).toMatchObject({ from: 0 });
      expect(await collect(answer)).toEqual(file);
    });

    test("a part of a file that changed, given despite If-Range, is not used", async () => {
      server.origin.put("/careless", file);
      server.odd.set("/careless", (request, response) => {
        const { "if-range": _, ...headers } = request.headers;
        sendFrom(server.origin, Object.assign(request, { headers }), response);
      });
      const request = { maxBytes: 5_000, from: 1_000, etag: '"earlier"' };
      const answer = await createHttpFetcher(quick).fetch(`${server.base}/careless`, request);
      expect(answer).toMatchObject({ from: 0 });
      expect(await collect(answer)).toEqual(file);
    });

    test("a server that gives less than the part asked for is asked for the rest", async () => {
      server.origin.put("/pieces", file);
      server.odd.set("/pieces", (request, response) => {
        const first = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
        if (first === 0) return sendFrom(server.origin, request, response);
        const body = file.subarray(first, first + 2_000);
        const { etag } = server.origin.answer("/pieces", {}).headers;
        const range = `bytes ${first}-${first + body.length - 1}/5000`;
        response.writeHead(206, { etag, "content-length": body.length, "content-range": range }).end(body);
      });
      const etag = server.origin.files.get("/pieces")?.etag ?? "";
      const request = { maxBytes: 5_000, from: 1_000, etag };
      const answer = await createHttpFetcher(quick).fetch(`${server.base}/pieces`, request);
      expect(await collect(answer)).toEqual(file.subarray(1_000));
    });

    test("redirects are followed, with the range, up to the limit", async () => {
      server.origin.put("/end", file);
      for (let i = 1; i <= 4; i++) {
        const to = i === 1 ? "/end" : `${server.base}/hop-${i - 1}`;
        const status = [301, 302, 303, 307, 308][i] ?? 308;
        server.odd.set(`/hop-${i}`, (_, response) => void response.writeHead(status, { location: to }).end());
      }
      expect(await get("/hop-4", { redirects: 4 })).toEqual(file);
      await expect(get("/hop-4", { redirects: 3 })).rejects.toMatchObject({
        code: "ERR_NETWORK",
        details: { url: `${server.base}/hop-4`, reason: "more than 3 redirects" },
      });
      const etag = server.origin.files.get("/end")?.etag ?? "";
      const rest = await createHttpFetcher().fetch(`${server.base}/hop-4`, {
        maxBytes: 5_000,
        from: 9,
        etag,
      });
      expect(await collect(rest)).toEqual(file.subarray(9));
    });

    test.each([
      ["file:///etc/passwd"],
      ["data:text/plain,x"],
      ["http://user:secret@127.0.0.1/"],
      ["http://["],
      [undefined],
    ])("a redirect to %s is ERR_NETWORK", async (location) => {
      const path = `/bad-hop-${++places}`;
      server.odd.set(path, (_, response) => void response.writeHead(302, location ? { location } : {}).end());
      await expect(get(path)).rejects.toMatchObject({ code: "ERR_NETWORK" });
      expect(asked(path)).toBe(1);
    });

    test("a redirect round and round ends", async () => {
      server.odd.set("/round", (_, response) => void response.writeHead(302, { location: "/round" }).end());
      await expect(get("/round")).rejects.toMatchObject({ code: "ERR_NETWORK" });
      expect(asked("/round")).toBe(11);
    });

    test("a redirect from https: to http: is refused", async () => {
      const fetch = async (): Promise<Response> =>
        new Response(null, { status: 302, headers: { location: `${server.base}/end` } });
      const refused = createHttpFetcher({ fetch }).fetch("https://mirror.test/x", { maxBytes: 1 });
      await expect(refused).rejects.toMatchObject({
        code: "ERR_NETWORK",
        details: { reason: "a redirect leads from https: to http:" },
      });
    });

    test("missing files do not cost a connection each", async () => {
      const other = await serveOrigin();
      other.origin.put("/there", file);
      other.odd.set("/missing", (_, response) => {
        response.writeHead(404, { "content-length": "4000" }).end(Buffer.alloc(4_000));
      });
      const fetcher = createHttpFetcher();
      for (let i = 0; i < 5; i++) {
        await expect(fetcher.fetch(`${other.base}/missing`, { maxBytes: 1 })).rejects.toMatchObject({
          code: "ERR_FILE_NOT_FOUND",
        });
        await collect(await fetcher.fetch(`${other.base}/there`, { maxBytes: 5_000 }));
      }
      expect(other.connections()).toBeLessThanOrEqual(2);
      await other.close();
    });

    test("a download that is given up half-way closes its connection", async () => {
      let closed: () => void = () => {};
      const isClosed = new Promise<void>((resolve) => {
        closed = resolve;
      });
      server.odd.set("/long", (_, response) => {
        response.on("close", closed);
        response.write("abc");
      });
      const answer = await createHttpFetcher().fetch(`${server.base}/long`, { maxBytes: 10_000 });
      if (answer.modified) for await (const _ of answer.body) break;
      await isClosed;
    });

    test("an abort during a silent body ends at once with the signal's reason", async () => {
      server.odd.set("/stall", (_, response) => void response.write("abc"));
      const reason = new Error("enough");
      const controller = new AbortController();
      const { signal } = controller;
      const answer = await createHttpFetcher().fetch(`${server.base}/stall`, { maxBytes: 10_000, signal });
      setTimeout(() => controller.abort(reason), 50);
      await expect(collect(answer)).rejects.toBe(reason);
    });
  });

  test("only http:, https: and file: URLs are fetched in Node", async () => {
    mkdirSync(dirname(join(folder, "x")), { recursive: true });
    for (const url of ["ftp://127.0.0.1/x", "javascript:1", "blob:x", "x", "/etc/passwd"]) {
      await expect(createNodeFetcher(NO_PROXY).fetch(url, { maxBytes: 1 })).rejects.toMatchObject({
        code: "ERR_NETWORK",
      });
    }
  });
});
