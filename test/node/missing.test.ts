/**
 * The data of others: what is said where it is not here, and what the folders must be.
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DATA, digestOf, digestsOfPage } from "../data.mjs";
import { missingData } from "../missing.mjs";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const results = (name: string, ...statuses: string[]) => ({
  name: here(name),
  assertionResults: statuses.map((status) => ({ status })),
});
const report = {
  testResults: [
    results("../core/metadata/sharedData.test.ts", "skipped", "pending"),
    results("../cli/clientSigstore.test.ts", "passed", "skipped"),
    results("./contexts.test.ts", "skipped", "passed"),
  ],
};

describe("data that is not here", () => {
  test("is counted by the tests that were skipped in files that read it, and by no others", () => {
    expect(missingData(report, () => false)).toEqual([
      "  test/cli/clientSigstore.test.ts: 1 skipped",
      "  test/core/metadata/sharedData.test.ts: 2 skipped",
      "3 tests need data that is not here: CONTRIBUTING.md, Test data",
    ]);
  });

  test("is not spoken of where it is here", () => {
    expect(missingData(report, () => true)).toEqual([]);
  });
});

test("CONTRIBUTING says what each folder of data must be", () => {
  expect([...digestsOfPage().keys()]).toHaveLength(13);
});

describe.skipIf(!existsSync(DATA))("the data (skipped without ../shared/data)", () => {
  test.each([...digestsOfPage()])("%s is what CONTRIBUTING says", (name, digest) => {
    expect(digestOf(join(DATA, name))).toBe(digest);
  });
});
