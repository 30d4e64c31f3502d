/**
 * What every `Fetcher` does. A fetcher's own test is one call.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { FetchAnswer, Fetcher } from "../../../src/client/fetcher.ts";
import { concatBytes, equalBytes } from "../../../src/encoding/bytes.ts";

/** A fetcher, and a place that it gets files from. */
export interface FetcherUnderTest {
  readonly fetcher: Fetcher;
  /** The URL of the file with this name. */
  url(name: string): string;
  /** Creates the file or replaces it. */
  put(name: string, bytes: Uint8Array): Promise<void>;
}

/** All bytes of an answer. */
export async function collect(answer: FetchAnswer): Promise<Uint8Array> {
  if (!answer.modified) throw new Error("the answer was: not modified");
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return concatBytes(...chunks);
}

const pattern = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * seed) ^ (i >> 8));

/** `make` gives a fetcher for a fresh, empty place. */
export function fetcherContract(make: () => Promise<FetcherUnderTest>): void {
  describe("the contract of fetchers", () => {
    test.each([0, 1, 1_000, 300_000])(
      "a file of %d bytes comes whole, from its beginning",
      async (length) => {
        const { fetcher, url, put } = await make();
        await put("file", pattern(length));
        const answer = await fetcher.fetch(url("file"), { maxBytes: length });
        expect(answer).toMatchObject({ modified: true, from: 0 });
        expect(equalBytes(await collect(answer), pattern(length))).toBe(true);
      },
    );

    test("a missing file is ERR_FILE_NOT_FOUND and names the URL", async () => {
      const { fetcher, url, put } = await make();
      await put("other", pattern(1));
      await expect(fetcher.fetch(url("file"), { maxBytes: 10 })).rejects.toMatchObject({
        code: "ERR_FILE_NOT_FOUND",
        details: { url: url("file") },
      });
    });

    test.each([0, 999])(
      "a file longer than maxBytes is ERR_LIMIT, and no byte above %d is delivered",
      async (max) => {
        const { fetcher, url, put } = await make();
        await put("file", pattern(1_000));
        let delivered = 0;
        const run = async (): Promise<void> => {
          const answer = await fetcher.fetch(url("file"), { maxBytes: max });
          if (answer.modified) for await (const chunk of answer.body) delivered += chunk.length;
        };
        await expect(run()).rejects.toMatchObject({ code: "ERR_LIMIT", details: { allowed: max } });
        expect(delivered).toBeLessThanOrEqual(max);
      },
    );

    test("with the validator of an earlier answer the rest of the file is delivered", async () => {
      const { fetcher, url, put } = await make();
      await put("file", pattern(5_000));
      const first = await fetcher.fetch(url("file"), { maxBytes: 5_000 });
      if (!first.modified || first.etag === undefined) throw new Error("no validator");
      await collect(first);
      const rest = await fetcher.fetch(url("file"), { maxBytes: 5_000, from: 1_234, etag: first.etag });
      expect(rest).toMatchObject({ from: 1_234, etag: first.etag });
      expect(await collect(rest)).toEqual(pattern(5_000).subarray(1_234));
    });

    test("the rest of a file counts toward maxBytes from the start of the file", async () => {
      const { fetcher, url, put } = await make();
      await put("file", pattern(5_000));
      const first = await fetcher.fetch(url("file"), { maxBytes: 5_000 });
      if (!first.modified || first.etag === undefined) throw new Error("no validator");
      await collect(first);
      const { etag } = first;
      const rest = async (): Promise<Uint8Array> =>
        collect(await fetcher.fetch(url("file"), { maxBytes: 4_999, from: 4_000, etag }));
      await expect(rest()).rejects.toMatchObject({ code: "ERR_LIMIT" });
    });

    test("a file that changed meanwhile comes whole from its beginning", async () => {
      const { fetcher, url, put } = await make();
      await put("file", pattern(5_000));
      const first = await fetcher.fetch(url("file"), { maxBytes: 5_000 });
      if (!first.modified || first.etag === undefined) throw new Error("no validator");
      await collect(first);
      await put("file", pattern(5_000, 3));
      const again = await fetcher.fetch(url("file"), { maxBytes: 5_000, from: 1_234, etag: first.etag });
      expect(again).toMatchObject({ modified: true, from: 0 });
      expect(await collect(again)).toEqual(pattern(5_000, 3));
    });

    test("without a validator nothing is continued, and from beyond the end the file comes whole", async () => {
      const { fetcher, url, put } = await make();
      await put("file", pattern(100));
      const blind = await fetcher.fetch(url("file"), { maxBytes: 100, from: 50 });
      expect(blind).toMatchObject({ from: 0 });
      expect(await collect(blind)).toEqual(pattern(100));
      if (!blind.modified || blind.etag === undefined) throw new Error("no validator");
      const beyond = await fetcher.fetch(url("file"), { maxBytes: 100, from: 500, etag: blind.etag });
      expect(beyond).toMatchObject({ from: 0 });
      expect(await collect(beyond)).toEqual(pattern(100));
    });

    test("an unchanged file is not modified, a changed one comes whole with another validator", async () => {
      const { fetcher, url, put } = await make();
      await put("file", pattern(10));
      const first = await fetcher.fetch(url("file"), { maxBytes: 10 });
      if (!first.modified || first.etag === undefined) throw new Error("no validator");
      await collect(first);
      const { etag } = first;
      expect(await fetcher.fetch(url("file"), { maxBytes: 10, etag })).toEqual({ modified: false });
      await put("file", pattern(10, 3));
      const changed = await fetcher.fetch(url("file"), { maxBytes: 10, etag });
      expect(changed).toMatchObject({ modified: true, from: 0 });
      expect(changed.modified && changed.etag).not.toBe(etag);
      expect(await collect(changed)).toEqual(pattern(10, 3));
    });

    test.each(["not a URL", "ftp://127.0.0.1/x", "data:,x", "//x", ""])("%j is ERR_NETWORK", async (url) => {
      const { fetcher } = await make();
      await expect(fetcher.fetch(url, { maxBytes: 10 })).rejects.toMatchObject({ code: "ERR_NETWORK" });
    });

    test("an aborted signal ends it with the signal's reason, before and during the body", async () => {
      const { fetcher, url, put } = await make();
      await put("file", pattern(3_000_000));
      const reason = new Error("enough");
      const signal = AbortSignal.abort(reason);
      await expect(fetcher.fetch(url("file"), { maxBytes: 3_000_000, signal })).rejects.toBe(reason);
      const controller = new AbortController();
      const run = async (): Promise<void> => {
        const answer = await fetcher.fetch(url("file"), { maxBytes: 3_000_000, signal: controller.signal });
        if (answer.modified) for await (const _ of answer.body) controller.abort(reason);
      };
      await expect(run()).rejects.toBe(reason);
    });

    test("whoever stops reading early can fetch again", async () => {
      const { fetcher, url, put } = await make();
      await put("file", pattern(3_000_000));
      for (let i = 0; i < 3; i++) {
        const answer = await fetcher.fetch(url("file"), { maxBytes: 3_000_000 });
        if (answer.modified) for await (const _ of answer.body) break;
      }
      await put("small", pattern(5));
      expect(await collect(await fetcher.fetch(url("small"), { maxBytes: 5 }))).toEqual(pattern(5));
    });
  });
}
