/**
 * Oversized and bottomless JSON is refused before it costs anything; Node only, for its size.
 * @module
 */
import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/document/json.ts";
import { encodeUtf8 } from "../../src/encoding/utf8.ts";

const BRACKET = 0x5b;

function timed(run: () => unknown): { thrown: unknown; milliseconds: number } {
  const start = performance.now();
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  return { thrown, milliseconds: performance.now() - start };
}

describe("input made to exhaust", () => {
  const gibibyte = new Uint8Array(2 ** 30).fill(BRACKET);

  test("1 GiB of [ is refused for its size at once", () => {
    const { thrown, milliseconds } = timed(() => parseJson(gibibyte));
    expect(thrown).toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "maxBytes", allowed: 2 ** 26, actual: 2 ** 30 },
    });
    expect(milliseconds).toBeLessThan(100);
  });

  test("no limit is large enough for a text that no JavaScript string can hold", () => {
    const { thrown, milliseconds } = timed(() =>
      parseJson(gibibyte, { maxBytes: 2 ** 31, maxDepth: 2 ** 31 }),
    );
    expect(thrown).toMatchObject({ code: "ERR_LIMIT", details: { limit: "maxBytes", allowed: 536_870_888 } });
    expect(milliseconds).toBeLessThan(100);
  });

  test("1 MB of [ is refused for its depth before it is decoded", () => {
    const { thrown, milliseconds } = timed(() => parseJson(gibibyte.subarray(0, 1_000_000)));
    expect(thrown).toMatchObject({
      code: "ERR_LIMIT",
      message: "line 1, column 65: nested deeper than 64 levels",
      details: { limit: "maxDepth", allowed: 64, actual: 65 },
    });
    expect(milliseconds).toBeLessThan(100);
  });

  test("a caller who allows a million levels pays no call stack for them", () => {
    const depth = 1_000_000;
    const text = encodeUtf8("[".repeat(depth) + "]".repeat(depth));
    expect(parseJson(text, { maxDepth: depth })).toHaveLength(1);
    const cut = timed(() => parseJson(text.subarray(0, -1), { maxDepth: depth }));
    expect(cut.thrown).toMatchObject({ code: "ERR_JSON_SYNTAX", details: { offset: 2 * depth - 1 } });
  });

  test("a million escaped names that all but repeat are told apart in seconds", () => {
    const names = Array.from({ length: 1_000_000 }, (_, i) => `"\\u0061${i}":0`).join(",");
    const { thrown, milliseconds } = timed(() => parseJson(encodeUtf8(`{${names},"a999999":1}`)));
    expect(thrown).toMatchObject({ code: "ERR_JSON_SYNTAX", details: { line: 1 } });
    expect((thrown as Error).message).toContain('duplicate member name "a999999"');
    expect(milliseconds).toBeLessThan(20_000);
  });
});
