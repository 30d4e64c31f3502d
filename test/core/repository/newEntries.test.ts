/**
 * The quick way to the text of plain entries is held to the writer of all canonical JSON and to the validator.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { olpc } from "../../../src/classic/olpc.ts";
import type { JsonValue } from "../../../src/document/json.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { validateSigned } from "../../../src/metadata/validate.ts";
import { SPEC_VERSION } from "../../../src/repository/layout.ts";
import { entriesOf, plainText } from "../../../src/repository/publishing/newEntries.ts";

const SHA256 = "5a".repeat(32);
const HEADER = { spec_version: SPEC_VERSION, version: 1, expires: "2030-01-01T00:00:00Z" };
const MEMBERS = { targets: "targets", snapshot: "meta" } as const;

const validate = (type: "targets" | "snapshot", name: string, value: unknown): void =>
  validateSigned({ _type: type, ...HEADER, [MEMBERS[type]]: { [name]: value } }, type);

const names = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom(
    "__proto__",
    "@context",
    "@none",
    "@",
    "@a1",
    "a@b",
    "",
    "0",
    "\u007f",
    "\ud800",
    'a"b',
    "a\\b",
    "é",
    " ",
  ),
);
const digests = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 }),
  fc.constantFrom(
    SHA256.toUpperCase(),
    SHA256.slice(2),
    `${SHA256}00`,
    `${SHA256.slice(1)}g`,
    `${SHA256.slice(1)}/`,
    `${SHA256.slice(1)}:`,
    `${SHA256.slice(1)}\``,
    "",
    5,
    null,
  ),
);
const numbers = fc.oneof(
  fc.nat(),
  fc.constantFrom(0, -0, -1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER, 2 ** 53, "1", null, undefined),
);
const targets = fc.record(
  {
    length: numbers,
    hashes: fc.oneof(
      fc.record({ sha256: digests }),
      fc.record({ sha256: digests, sha512: fc.constant("00") }),
      fc.constantFrom({}, null, [], "x"),
    ),
    custom: fc.constant({ a: 1 }),
    "": fc.constant(1),
  },
  { requiredKeys: ["hashes"] },
);
const versions = fc.record({ version: numbers, length: numbers }, { requiredKeys: [] });

describe.each([
  ["targets", targets, { hashes: { sha256: SHA256 }, length: 7 }],
  ["snapshot", versions, { version: 3 }],
] as const)("entries of %s", (type, values, plain) => {
  test("a plain one has the text that the canonical writer gives it", () => {
    expect(plainText(type, "a/b c-1.0.whl", plain)).toBe(olpc({ "a/b c-1.0.whl": plain }).slice(1, -1));
  });

  test("one of a wrong shape is refused, also among plain ones and where something is escaped", () => {
    const bad = { length: -1, version: -1, hashes: { sha256: SHA256 } };
    for (const other of ["b", "\n"]) {
      const changes = new Map<string, object>([
        ["a", plain],
        [other, bad],
      ]);
      expect(() => entriesOf(type, ["a", other], changes)).toThrow(
        expect.objectContaining({ code: "ERR_SHAPE" }),
      );
    }
  });

  test("whatever has a text is valid, and has the one that the canonical writer gives it", () => {
    let found = 0;
    fc.assert(
      fc.property(names, fc.oneof(values, fc.constant(plain)), (name, value) => {
        const text = plainText(type, name, value);
        if (text === undefined) return;
        found++;
        expect(text).toBe(olpc({ [name]: value } as unknown as JsonValue).slice(1, -1));
        expect(encodeUtf8(text)).toHaveLength(text.length);
        validate(type, name, value);
      }),
      { numRuns: 2_000 },
    );
    expect(found).toBeGreaterThan(100);
  });
});
