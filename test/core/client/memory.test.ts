/**
 * Stores, sinks and HTTP without a system around them: in Node and in browsers alike.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createHttpFetcher } from "../../../src/client/httpFetcher.ts";
import { createMemorySink } from "../../../src/client/memorySink.ts";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import { fetcherContract } from "../../support/contracts/fetcherContract.ts";
import { sinkContract } from "../../support/contracts/sinkContract.ts";
import { storeContract } from "../../support/contracts/storeContract.ts";
import { createOrigin, fetchFrom } from "../../support/origin.ts";

describe("the store in memory", () => {
  storeContract(async (waitMs) => createMemoryStore({ waitMs }));
});

describe("the sink in memory", () => {
  sinkContract(async () => createMemorySink());

  test("the bytes of finished downloads, and of no others, are given back", async () => {
    const sink = createMemorySink();
    const file = await sink.create("a/b", "one");
    await file.write(Uint8Array.of(1, 2));
    expect(sink.get("a/b")).toBeUndefined();
    await file.commit();
    expect(sink.get("a/b")).toEqual(Uint8Array.of(1, 2));
    expect(sink.paths()).toEqual(["a/b"]);
  });
});

describe("HTTP over a given fetch", () => {
  fetcherContract(async () => {
    const origin = createOrigin();
    return {
      fetcher: createHttpFetcher({ fetch: fetchFrom(origin) }),
      url: (name) => `http://127.0.0.1/${name}`,
      put: async (name, bytes) => origin.put(`/${name}`, bytes),
    };
  });
});
