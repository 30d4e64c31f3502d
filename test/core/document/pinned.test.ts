/**
 * How much of a document is looked at before it is refused.
 */
import { expect, test } from "vitest";
import { createContextLoader } from "../../../src/document/loader.ts";
import { assertBoundedJson, assertPinnedContexts } from "../../../src/document/pinned.ts";

const loader = createContextLoader(new Map());
const url = "https://www.w3.org/ns/credentials/v2";

test.each<[string, (document: object) => void]>([
  ["signed as text", (document) => assertBoundedJson(document, 5)],
  ["signed as statements", (document) => assertPinnedContexts({ "@context": url, ...document }, loader, 5)],
])("an array with more members than a document %s may have is refused before one is read", (_what, check) => {
  const name = new Array(6).fill("x");
  Object.defineProperty(name, 0, {
    enumerable: true,
    get: () => {
      throw new Error("a member was read");
    },
  });
  expect(() => check({ name })).toThrow(
    expect.objectContaining({ code: "ERR_LIMIT", details: expect.objectContaining({ allowed: 5 }) }),
  );
});
