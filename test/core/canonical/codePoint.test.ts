/**
 * RDFC-1.0 sorts by Unicode code point, rdf-canonize 5 by UTF-16 unit. The expected forms below were made by
 * hand: lines sorted, first-degree hashes taken with a separate program, labels given in their order.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonizeDirect } from "../../../src/canonical/direct.ts";
import { canonizeReference, type ReferenceOptions } from "../../../src/canonical/reference.ts";
import { createContextLoader } from "../../../src/document/loader.ts";
import { byCodePoint, sortByCodePoint } from "../../../src/encoding/codePoint.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import { validateSigned } from "../../../src/metadata/validate.ts";
import { tufLdContext } from "../../../src/vocabulary/context.ts";
import { CONTEXT_URL, TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import { divergesByCodePoint } from "../../support/codePoint.ts";
import { runs } from "../../support/runs.ts";
import { stockCanonize } from "../../support/stock.ts";

const PRIVATE_USE = "\ue000";
const FULLWIDTH_TILDE = "\uff5e";
const GRINNING_FACE = "\u{1f600}"; // d83d de00: below the two others by unit, above them by code point

function documentWith(keyids: readonly string[]): unknown {
  const role = { name: "r", keyids, threshold: 1, terminating: true, paths: [""] };
  const header = { _type: "targets", spec_version: "1.0", version: 1, expires: "2030-01-01T00:00:00Z" };
  return { ...header, targets: {}, delegations: { keys: {}, roles: [role] } };
}

function valid(document: unknown) {
  validateSigned(document);
  return document;
}

/** The form of `documentWith`, given the labels of its three nodes and the keyids in order. */
function form(
  names: { document: string; delegations: string; role: string },
  keyids: readonly string[],
): string {
  const { document, delegations, role } = names;
  const tuf = (name: string): string => `<https://w3id.org/tuf-ld#${name}>`;
  const xsd = (name: string): string => `<http://www.w3.org/2001/XMLSchema#${name}>`;
  const rdf = (name: string): string => `<http://www.w3.org/1999/02/22-rdf-syntax-ns#${name}>`;
  const lines = [
    [document, rdf("type"), tuf("Targets")],
    [document, tuf("delegations"), delegations],
    [document, tuf("expires"), `"2030-01-01T00:00:00Z"^^${xsd("dateTime")}`],
    [document, tuf("specVersion"), '"1.0"'],
    [document, tuf("version"), `"1"^^${xsd("integer")}`],
    [delegations, tuf("role"), role],
    ...keyids.map((keyid) => [role, tuf("authorizedKeyid"), `"${keyid}"`]),
    [role, tuf("order"), `"0"^^${xsd("integer")}`],
    [role, tuf("pathPattern"), '""'],
    [role, tuf("roleName"), '"r"'],
    [role, tuf("terminating"), `"true"^^${xsd("boolean")}`],
    [role, tuf("threshold"), `"1"^^${xsd("integer")}`],
  ];
  // Labels of one digit: subjects sort by them, and the lines of each subject are in order above.
  const bySubject = [document, delegations, role].sort();
  return bySubject
    .flatMap((subject) => lines.filter(([first]) => first === subject))
    .map((terms) => `${terms.join(" ")} .\n`)
    .join("");
}

// First-degree hashes: document 40c26243, delegations 85b6a7dd, role b1e14bc7.
const BY_CODE_POINT = form({ document: "_:c14n0", delegations: "_:c14n1", role: "_:c14n2" }, [
  PRIVATE_USE,
  FULLWIDTH_TILDE,
  GRINNING_FACE,
]);
// The role's hash is 5a600fd8 when its lines are sorted by unit: labels change as well.
const BY_UNIT = form({ document: "_:c14n0", delegations: "_:c14n2", role: "_:c14n1" }, [
  GRINNING_FACE,
  PRIVATE_USE,
  FULLWIDTH_TILDE,
]);

const loader = createContextLoader(new Map([[CONTEXT_URL, tufLdContext]]));
const reference = (linked: object, options: Partial<ReferenceOptions> = {}): Promise<string> =>
  canonizeReference({ "@context": TUF_CONTEXTS, ...linked }, { loader, validated: true, ...options });

test.each([[[PRIVATE_USE, FULLWIDTH_TILDE, GRINNING_FACE]], [[GRINNING_FACE, FULLWIDTH_TILDE, PRIVATE_USE]]])(
  "the direct writer sorts the set %j by code point",
  (keyids) => {
    expect(canonizeDirect(valid(documentWith(keyids)))).toBe(BY_CODE_POINT);
  },
);

test("stock rdf-canonize sorts the same set by UTF-16 unit and gives other labels", async () => {
  const document = valid(documentWith([PRIVATE_USE, FULLWIDTH_TILDE, GRINNING_FACE]));
  expect(await stockCanonize(toLinked(document))).toBe(BY_UNIT);
  expect(BY_UNIT).not.toBe(BY_CODE_POINT);
});

test("the reference engine refuses what depends on the order of units, and follows RDFC-1.0 when asked to", async () => {
  const linked = toLinked(valid(documentWith([PRIVATE_USE, FULLWIDTH_TILDE, GRINNING_FACE])));
  await expect(reference(linked)).rejects.toMatchObject({ code: "ERR_CANONICALIZATION" });
  expect(await reference(linked, { departures: "specification" })).toBe(BY_CODE_POINT);
});

test("where the two orders differ, the direct writer and the reference engine still agree", async () => {
  const unit = fc.constantFrom(
    "a",
    "\ud7ff",
    PRIVATE_USE,
    FULLWIDTH_TILDE,
    "\uffff",
    "\u{10000}",
    GRINNING_FACE,
  );
  const keyids = fc.uniqueArray(fc.string({ unit, maxLength: 3 }), { maxLength: 6 });
  let divergent = 0;
  const numRuns = runs(200);
  await fc.assert(
    fc.asyncProperty(keyids, async (set) => {
      const document = valid(documentWith(set));
      const direct = canonizeDirect(document);
      if (divergesByCodePoint(direct)) divergent++;
      expect(await reference(toLinked(document), { departures: "specification" })).toBe(direct);
    }),
    { numRuns },
  );
  expect(divergent).toBeGreaterThan(numRuns / 10);
});

test("comparing by code point is comparing the UTF-8 bytes", () => {
  const utf8 = new TextEncoder();
  const byBytes = (a: string, b: string): number => {
    const [x, y] = [utf8.encode(a), utf8.encode(b)];
    const index = x.findIndex((byte, at) => byte !== y[at]);
    return index < 0 ? x.length - y.length : (x[index] as number) - (y[index] ?? -1);
  };
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("a", "\uffff", "\u{10000}") }),
  );
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(byCodePoint(a, b))).toBe(Math.sign(byBytes(a, b)));
    }),
    { numRuns: runs(2_000) },
  );
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      expect(sortByCodePoint([...texts])).toEqual([...texts].sort(byBytes));
    }),
    { numRuns: runs(500) },
  );
});

describe("U+FFFE and U+FFFF, which XML 1.1 does not allow", () => {
  const document = valid(documentWith(["a\ufffeb", "a\uffffb", "a~b"]));

  test("are escaped by the direct writer, and lines are sorted as they are then written", () => {
    const lines = canonizeDirect(document).split("\n");
    const written = lines.filter((line) => line.includes("#authorizedKeyid>"));
    expect(written.map((line) => line.slice(line.indexOf('"')))).toEqual([
      '"a\\uFFFEb" .',
      '"a\\uFFFFb" .',
      '"a~b" .',
    ]);
    expect(lines.join("\n")).not.toMatch(/[\ufffe\uffff]/);
  });

  test("are refused by name by the reference engine, which follows RDFC-1.0 when asked to", async () => {
    const linked = toLinked(document);
    await expect(reference(linked)).rejects.toMatchObject({
      code: "ERR_CANONICALIZATION",
      details: { reason: expect.stringContaining("U+FFFE") },
    });
    expect(await reference(linked, { departures: "specification" })).toBe(canonizeDirect(document));
  });

  test("stand raw in stock rdf-canonize", async () => {
    expect(await stockCanonize(toLinked(document))).toContain("a\ufffeb");
  });
});
