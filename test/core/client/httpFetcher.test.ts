/**
 * The patience of HTTP, by a clock that tests control: deadlines, least rates, retries and their pauses.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createHttpFetcher, type HttpFetcherOptions } from "../../../src/client/httpFetcher.ts";
import { collect } from "../../support/contracts/fetcherContract.ts";
import { createOrigin, fetchFrom } from "../../support/origin.ts";
import { VirtualTimer } from "../../support/virtualTimer.ts";

const URL_OF_FILE = "http://mirror.test/file";
const REQUEST = { maxBytes: 1_000_000 };

/** A fetcher whose requests `answer` answers, with every default of the product. */
function setUp(
  answer: (count: number, init: RequestInit, timer: VirtualTimer) => Promise<Response>,
  options: HttpFetcherOptions = {},
): { timer: VirtualTimer; count: () => number; get: () => Promise<Uint8Array> } {
  const timer = new VirtualTimer();
  let count = 0;
  const fetch = (_: string, init: RequestInit): Promise<Response> => answer(++count, init, timer);
  const fetcher = createHttpFetcher({ fetch, timer, random: () => 0.5, ...options });
  const get = async (): Promise<Uint8Array> => collect(await fetcher.fetch(URL_OF_FILE, REQUEST));
  return { timer, count: () => count, get: () => timer.run(get()) };
}

/** A body that sends a piece of `bytes` every `ms`, for ever or `pieces` times. */
function drip(timer: VirtualTimer, bytes: number, ms: number, pieces = Number.POSITIVE_INFINITY): Response {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await timer.sleep(ms);
      if (sent++ >= pieces) controller.close();
      else controller.enqueue(new Uint8Array(bytes));
    },
  });
  return new Response(body);
}

describe("time", () => {
  test("A8: one byte every three seconds ends after about ten seconds, and the error names the URL", async () => {
    const { timer, get, count } = setUp(async (_, __, timer) => drip(timer, 1, 3_000));
    await expect(get()).rejects.toMatchObject({
      code: "ERR_NETWORK",
      message: expect.stringContaining(URL_OF_FILE),
      details: { url: URL_OF_FILE, reason: "fewer than 1000 bytes a second" },
    });
    expect(timer.now()).toBeLessThanOrEqual(13_000);
    expect(count()).toBe(1);
  });

  test("A8: a source that begins fast and then drips ends too", async () => {
    const { timer, get } = setUp(async (_, __, timer) => {
      let first = true;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (!first) await timer.sleep(3_000);
          controller.enqueue(new Uint8Array(first ? 500_000 : 1));
          first = false;
        },
      });
      return new Response(body);
    });
    await expect(get()).rejects.toMatchObject({ code: "ERR_NETWORK" });
    expect(timer.now()).toBeLessThanOrEqual(23_000);
  });

  test("A8: a source just above the least rate ends at the deadline of five minutes", async () => {
    const { timer, get } = setUp(async (_, __, timer) => drip(timer, 1_100, 1_000));
    await expect(get()).rejects.toMatchObject({
      code: "ERR_NETWORK",
      details: { reason: "not finished within 300 s" },
    });
    expect(timer.now()).toBe(300_000);
  });

  test("a source that sends nothing more after its headers ends after ten seconds", async () => {
    const { timer, get } = setUp(async () => new Response(new ReadableStream({})));
    await expect(get()).rejects.toMatchObject({ code: "ERR_NETWORK" });
    expect(timer.now()).toBe(10_000);
  });

  test("a slow but sufficient source is read to its end", async () => {
    const { timer, get } = setUp(async (_, __, timer) => drip(timer, 4_000, 3_000, 20));
    expect((await get()).length).toBe(80_000);
    expect(timer.now()).toBe(63_000);
  });

  test("time that the reader takes does not count toward the rate of the source", async () => {
    const timer = new VirtualTimer();
    const fetch = async (): Promise<Response> => drip(timer, 2_000, 1_000, 5);
    const fetcher = createHttpFetcher({ fetch, timer });
    const run = async (): Promise<number> => {
      let length = 0;
      const answer = await fetcher.fetch(URL_OF_FILE, REQUEST);
      if (!answer.modified) return -1;
      for await (const chunk of answer.body) {
        length += chunk.length;
        await timer.sleep(20_000);
      }
      return length;
    };
    expect(await timer.run(run())).toBe(10_000);
  });

  test("a server that never answers is asked four times, for thirty seconds each", async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const { timer, get, count } = setUp((_, init) => {
      signals.push(init.signal);
      return new Promise(() => {});
    });
    await expect(get()).rejects.toMatchObject({
      code: "ERR_NETWORK",
      details: { reason: "no answer within 30 s, after 3 retries" },
    });
    expect(count()).toBe(4);
    expect(timer.now()).toBe(4 * 30_000 + 500 + 1_000 + 2_000);
    expect(signals.every((signal) => signal?.aborted)).toBe(true);
  });

  test("no timer is left behind by a download that ended", async () => {
    const { timer, get } = setUp(async () => new Response("abc"));
    await get();
    expect(timer.pending).toBe(0);
  });

  test("an abort ends the pause between retries at once", async () => {
    const controller = new AbortController();
    const timer = new VirtualTimer();
    const fetch = async (): Promise<Response> => {
      setTimeout(() => controller.abort("enough"), 0);
      return new Response(null, { status: 503, headers: { "retry-after": "20" } });
    };
    const never = { now: () => timer.now(), after: () => () => {} };
    const fetcher = createHttpFetcher({ fetch, timer: never });
    await expect(fetcher.fetch(URL_OF_FILE, { maxBytes: 1, signal: controller.signal })).rejects.toBe(
      "enough",
    );
  });
});

describe("retries", () => {
  test.each([408, 425, 429, 500, 502, 503, 504])("status %d is tried again", async (status) => {
    const { get, count } = setUp(async (n) => (n < 3 ? new Response("no", { status }) : new Response("yes")));
    expect(new TextDecoder().decode(await get())).toBe("yes");
    expect(count()).toBe(3);
  });

  test.each([400, 401, 402, 405, 418, 451, 204])("status %d is ERR_NETWORK at once", async (status) => {
    const { get, count } = setUp(async () => new Response(null, { status }));
    await expect(get()).rejects.toMatchObject({
      code: "ERR_NETWORK",
      details: { reason: `status ${status}` },
    });
    expect(count()).toBe(1);
  });

  test.each([403, 404, 410])("status %d is ERR_FILE_NOT_FOUND at once", async (status) => {
    const { get, count } = setUp(async () => new Response("no", { status }));
    await expect(get()).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND", details: { url: URL_OF_FILE } });
    expect(count()).toBe(1);
  });

  test("a status that stays is reported with the number of retries", async () => {
    const { get, count } = setUp(async () => new Response("no", { status: 503 }), { retries: 2 });
    await expect(get()).rejects.toMatchObject({ details: { reason: "status 503, after 2 retries" } });
    expect(count()).toBe(3);
  });

  test("pauses double, and spread by half to either side", async () => {
    const pauses = async (random: number): Promise<number> => {
      const { timer, get } = setUp(async () => Promise.reject(new TypeError("refused")), {
        random: () => random,
      });
      await expect(get()).rejects.toMatchObject({ code: "ERR_NETWORK" });
      return timer.now();
    };
    expect(await pauses(0.5)).toBe(3_500);
    expect(await pauses(0)).toBe(1_750);
  });

  test.each([
    ["7", 7_000],
    ["0", 0],
    ["100000", 30_000],
    ["soon", 500],
    ["-1", 500],
  ])("Retry-After %s makes a pause of %d ms", async (value, pause) => {
    const headers = { "retry-after": value };
    const { timer, get } = setUp(async (n) =>
      n === 1 ? new Response(null, { status: 429, headers }) : new Response("yes"),
    );
    await get();
    expect(timer.now()).toBe(pause);
  });

  test("Retry-After as a date is understood", async () => {
    const headers = { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() };
    const { timer, get } = setUp(async (n) =>
      n === 1 ? new Response(null, { status: 503, headers }) : new Response("yes"),
    );
    await get();
    expect(timer.now()).toBe(30_000);
  });

  test("no retry is waited for beyond the deadline", async () => {
    const headers = { "retry-after": "25" };
    const { timer, get } = setUp(async () => new Response(null, { status: 503, headers }), {
      deadlineMs: 60_000,
    });
    await expect(get()).rejects.toMatchObject({
      details: { reason: "status 503, and there is no time left to try again" },
    });
    expect(timer.now()).toBe(50_000);
  });
});

describe("bodies that break off", () => {
  /** An origin whose bodies break after `bytes` each. */
  function breaking(bytes: number, options: HttpFetcherOptions = {}, change?: (headers: Headers) => void) {
    const origin = createOrigin();
    const file = Uint8Array.from({ length: 1_000 }, (_, i) => i);
    origin.put("/file", file);
    const ranges: (string | null)[] = [];
    const set = setUp(async (_, init) => {
      ranges.push(new Headers(init.headers).get("range"));
      const whole = await fetchFrom(origin)(URL_OF_FILE, init);
      const all = new Uint8Array(await whole.arrayBuffer());
      const headers = new Headers(whole.headers);
      change?.(headers);
      let sent = false;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent && all.length > bytes) controller.error(new TypeError("reset"));
          else if (sent) controller.close();
          else controller.enqueue(all.slice(0, bytes));
          sent = true;
        },
      });
      return new Response(body, { status: whole.status, headers });
    }, options);
    return { ...set, ranges, file };
  }

  test("are continued where they broke off", async () => {
    const { get, ranges, file } = breaking(300);
    expect(await get()).toEqual(file);
    expect(ranges).toEqual([null, "bytes=300-", "bytes=600-", "bytes=900-"]);
  });

  test("use up the retries", async () => {
    const { get, count } = breaking(200);
    await expect(get()).rejects.toMatchObject({
      code: "ERR_NETWORK",
      details: { reason: "the connection failed (reset), after 3 retries" },
    });
    expect(count()).toBe(4);
  });

  test.each([
    ["none", undefined],
    ["a weak one", 'W/"x"'],
    ["a malformed one", "x y"],
  ])("are not continued when the server's validator is %s", async (_, etag) => {
    const { get, count } = breaking(300, {}, (headers) => {
      headers.delete("etag");
      if (etag !== undefined) headers.set("etag", etag);
    });
    await expect(get()).rejects.toMatchObject({ code: "ERR_NETWORK" });
    expect(count()).toBe(1);
  });

  test("are not continued with bytes of a file that changed", async () => {
    let n = 0;
    const { get } = breaking(300, {}, (headers) => headers.set("etag", `"${++n}"`));
    await expect(get()).rejects.toMatchObject({
      code: "ERR_NETWORK",
      details: { reason: "the file changed during the download" },
    });
  });

  test("are continued with a server that sends the same file whole again", async () => {
    const file = Uint8Array.from({ length: 1_000 }, (_, i) => i);
    const { get, count } = setUp(async (n) => {
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent === 1_000) controller.close();
          else if (n === 1 && sent === 300) controller.error(new TypeError("reset"));
          else controller.enqueue(file.slice(sent, sent + 100));
          sent += 100;
        },
      });
      return new Response(body, { headers: { etag: '"same"' } });
    });
    expect(await get()).toEqual(file);
    expect(count()).toBe(2);
  });
});

describe("what is asked and accepted", () => {
  test("files are asked for without content encoding, cookies or a referrer of ours", async () => {
    let seen: RequestInit = {};
    const { get } = setUp(
      async (_, init) => {
        seen = init;
        return new Response("x");
      },
      { userAgent: "mine/1" },
    );
    await get();
    expect(seen).toMatchObject({
      headers: { "accept-encoding": "identity", "user-agent": "mine/1" },
      redirect: "manual",
      credentials: "omit",
      cache: "no-cache",
    });
  });

  test("a validator that is not one is never sent", async () => {
    const asked: (string | null)[] = [];
    const fetcher = createHttpFetcher({
      fetch: async (_, init) => {
        const headers = new Headers(init.headers);
        asked.push(headers.get("if-none-match"), headers.get("if-range"), headers.get("range"));
        return new Response("x");
      },
    });
    for (const etag of ["x\r\nEvil: 1", "x", `"${"x".repeat(300)}"`, ""]) {
      await collect(await fetcher.fetch(URL_OF_FILE, { maxBytes: 1, etag }));
      await collect(await fetcher.fetch(URL_OF_FILE, { maxBytes: 1, etag, from: 1 }));
    }
    expect(asked.every((header) => header === null)).toBe(true);
  });

  test("a URL with a password is refused, and the password is not in the error", async () => {
    const fetch = async (): Promise<Response> => new Response("x");
    const refused = createHttpFetcher({ fetch }).fetch("http://user:secret@mirror.test/x", REQUEST);
    const error: unknown = await refused.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_NETWORK", details: { url: "http://mirror.test/x" } });
    expect(String(error)).not.toContain("secret");
  });

  test.each([
    ["a 304 that was not asked for", 304, {}],
    ["a part that was not asked for", 206, { "content-range": "bytes 0-0/1" }],
  ])("%s is ERR_NETWORK", async (_, status, headers) => {
    const { get } = setUp(async () => new Response(status === 304 ? null : "x", { status, headers }));
    await expect(get()).rejects.toMatchObject({ code: "ERR_NETWORK" });
  });

  test("a browser's opaque redirect is followed by the browser", async () => {
    const modes: unknown[] = [];
    const fetcher = createHttpFetcher({
      fetch: async (_, init) => {
        modes.push(init.redirect);
        const opaque = { status: 0, type: "opaqueredirect", url: "", headers: new Headers(), body: null };
        const answer = new Response("x");
        if (init.redirect === "manual") return { ...opaque, arrayBuffer: () => answer.arrayBuffer() };
        Object.defineProperty(answer, "url", { value: "https://other.test/x" });
        return answer;
      },
    });
    expect((await collect(await fetcher.fetch("https://mirror.test/x", REQUEST))).length).toBe(1);
    expect(modes).toEqual(["manual", "follow"]);
  });

  test("a redirect that a browser followed from https: to http: is refused", async () => {
    const fetcher = createHttpFetcher({
      fetch: async (_, init) => {
        const answer = new Response("x");
        const opaque = { status: 0, type: "opaqueredirect", url: "", headers: new Headers(), body: null };
        if (init.redirect === "manual") return { ...opaque, arrayBuffer: () => answer.arrayBuffer() };
        Object.defineProperty(answer, "url", { value: "http://other.test/x" });
        return answer;
      },
    });
    await expect(fetcher.fetch("https://mirror.test/x", REQUEST)).rejects.toMatchObject({
      code: "ERR_NETWORK",
    });
  });
});
