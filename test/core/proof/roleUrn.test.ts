/**
 * The URN of a role.
 * @module
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { roleUrn } from "../../../src/proof/roleUrn.ts";
import { name } from "../../support/arbitraries.ts";
import { runs } from "../../support/runs.ts";

test.each([
  ["root", "urn:tuf-ld:role:root"],
  ["bin-0f", "urn:tuf-ld:role:bin-0f"],
  ["a.b_c~d", "urn:tuf-ld:role:a.b_c~d"],
  ["a b/../c", "urn:tuf-ld:role:a%20b%2F..%2Fc"],
  ["!'()*", "urn:tuf-ld:role:%21%27%28%29%2A"],
  ["100%", "urn:tuf-ld:role:100%25"],
  ["ö", "urn:tuf-ld:role:%C3%B6"],
  ["\u{1f600}", "urn:tuf-ld:role:%F0%9F%98%80"],
  ["", "urn:tuf-ld:role:"],
])("the role %j has the URN %s", (role, urn) => {
  expect(roleUrn(role)).toBe(urn);
});

test("two names never share a URN, and the name can be read back", () => {
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(roleUrn(a) === roleUrn(b)).toBe(a === b);
      expect(decodeURIComponent(roleUrn(a).slice("urn:tuf-ld:role:".length))).toBe(a);
    }),
    { numRuns: runs(1_000) },
  );
});

test("a URN has unreserved characters and percent-encoded bytes only, after its prefix", () => {
  fc.assert(
    fc.property(name, (role) => {
      expect(roleUrn(role)).toMatch(/^urn:tuf-ld:role:(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
    }),
    { numRuns: runs(1_000) },
  );
});
