import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contextFiles } from "../../src/vocabulary/page.ts";

const folder = new URL("../../contexts/", import.meta.url);

test.each([...contextFiles()])(
  "contexts/%s is what the table of terms says; run contexts/generate.mjs",
  (name, text) => {
    expect(readFileSync(new URL(name, folder), "utf8")).toBe(text);
  },
);

test("contexts/ holds nothing that is not generated, but the generator", () => {
  expect(readdirSync(folder).sort()).toEqual(["generate.mjs", ...contextFiles().keys()].sort());
});
