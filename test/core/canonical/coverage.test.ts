import fc from "fast-check";
import { expect, test } from "vitest";
import { hashHex } from "#platform";
import { canonizeDirect } from "../../../src/canonical/direct.ts";
import { type JsonValue, parseJson } from "../../../src/document/json.ts";
import { TufLdError } from "../../../src/errors.ts";
import { metadataFromJson, metadataToJson } from "../../../src/metadata/file.ts";
import { validateSigned } from "../../../src/metadata/validate.ts";
import type { Signed } from "../../../src/vocabulary/types.ts";
import { signed as anySigned } from "../../support/arbitraries.ts";
import { divergesByCodePoint } from "../../support/codePoint.ts";
import { type Mutation, mutated, mutation, type Swap, swap } from "../../support/mutations.ts";
import { runs } from "../../support/runs.ts";
import { sameDocument } from "../../support/sameDocument.ts";
import { stockCanonize } from "../../support/stock.ts";

const utf8 = new TextEncoder();
const changes: fc.Arbitrary<(Mutation | Swap)[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: mutation as fc.Arbitrary<Mutation | Swap> }, swap),
  { minLength: 12, maxLength: 12 },
);

/** What the strict parser and then `read` make of a text, or `undefined` if one of them refuses it. */
function readOrRefuse<T>(text: string, read: (value: JsonValue) => T): T | undefined {
  try {
    return read(parseJson(utf8.encode(text)));
  } catch (error) {
    // A refusal by any other class would be a bug, whatever the input.
    if (!(error instanceof TufLdError)) throw error;
    expect(["ERR_SHAPE", "ERR_JSON_SYNTAX", "ERR_CONTEXT"]).toContain(error.code);
    return undefined;
  }
}

/** Documents and their canonical forms: each document has one form, and each form is of one document. */
class Forms {
  readonly #documentOf = new Map<string, string>();
  readonly #formOf = new Map<string, string>();

  add(canonical: string, document: string): void {
    const [form, same] = [hashHex("sha256", canonical), hashHex("sha256", document)];
    if ((this.#documentOf.get(form) ?? same) !== same)
      throw new Error(`a second document has the form\n${canonical}`);
    if ((this.#formOf.get(same) ?? form) !== form)
      throw new Error(`a second form of the document\n${document}`);
    this.#documentOf.set(form, same);
    this.#formOf.set(same, form);
  }

  /** How many different documents were added. */
  get size(): number {
    return this.#formOf.size;
  }
}

test("a changed document is refused or has another canonical form, unless only an order without meaning changed", () => {
  let changed = 0;
  fc.assert(
    fc.property(anySigned, changes, (signed, each) => {
      const forms = new Forms();
      forms.add(canonizeDirect(signed), sameDocument(signed));
      for (const change of each) {
        const text = mutated(signed as unknown as Record<string, JsonValue>, change);
        const read = readOrRefuse(text, (value): Signed => {
          validateSigned(value);
          return value;
        });
        if (read !== undefined) forms.add(canonizeDirect(read), sameDocument(read));
      }
      changed += forms.size - 1;
    }),
    { numRuns: runs(1_000) },
  );
  // Most random changes make a document invalid. At 12 for each document, this many made another valid one.
  expect(changed).toBeGreaterThan(runs(1_500));
});

test("a changed linked document is refused, or what is read has another canonical form: that of stock tools", async () => {
  let changed = 0;
  await fc.assert(
    fc.asyncProperty(anySigned, changes, fc.nat(), async (signed, each, sample) => {
      const file = { signed, signatures: [], proof: [], linked: true, unrecognized: {} };
      const { proof: _none, ...document } = metadataToJson(file, "linked");
      const { "@context": context, ...linked } = document;
      const forms = new Forms();
      forms.add(canonizeDirect(signed), sameDocument(linked));
      for (const [index, change] of each.entries()) {
        const text = mutated(document, change);
        const read = readOrRefuse(text, metadataFromJson);
        if (read === undefined) continue;
        // A proof is not part of what it signs.
        const { "@context": contextRead, proof: _any, ...linkedRead } = JSON.parse(text);
        expect(contextRead).toEqual(context);
        const canonical = canonizeDirect(read.signed);
        forms.add(canonical, sameDocument(linkedRead));
        if (index === sample % each.length && !divergesByCodePoint(canonical)) {
          expect(await stockCanonize(linkedRead)).toBe(canonical);
        }
      }
      changed += forms.size - 1;
    }),
    { numRuns: runs(1_000) },
  );
  expect(changed).toBeGreaterThan(runs(700));
});

test("two random documents never share a canonical form", () => {
  const forms = new Forms();
  fc.assert(
    fc.property(anySigned, (signed) => forms.add(canonizeDirect(signed), sameDocument(signed))),
    { numRuns: Math.min(runs(2_000), 500_000) },
  );
  expect(forms.size).toBeGreaterThan(1_800);
});

test("the order of members and the white space leave the canonical form as it is", () => {
  fc.assert(
    fc.property(anySigned, fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), (signed, random) => {
      let next = 0;
      const shuffled = (_name: string, value: unknown): unknown => {
        if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
        const members = Object.entries(value).map(
          (member) => [random[next++ % random.length] as number, member] as const,
        );
        return Object.fromEntries(members.sort(([a], [b]) => a - b).map(([, member]) => member));
      };
      const text = JSON.stringify(signed, shuffled, (random[0] as number) % 9);
      const read = parseJson(utf8.encode(text));
      validateSigned(read);
      expect(canonizeDirect(read)).toBe(canonizeDirect(signed));
    }),
    { numRuns: runs(2_000) },
  );
});
