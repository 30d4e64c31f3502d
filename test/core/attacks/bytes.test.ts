/**
 * Every byte of a signed file flipped, and the file cut at every byte: it never verifies with another meaning,
 * and nothing but our error class is thrown.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { TufLdError } from "../../../src/errors.ts";
import {
  type FileForm,
  type MetadataFile,
  parseMetadata,
  serializeMetadata,
} from "../../../src/metadata/file.ts";
import { verifyMetadata } from "../../../src/report/verifyMetadata.ts";
import type { Signed } from "../../../src/vocabulary/types.ts";
import { AT, rootFor, signed, timestampDocument } from "../../support/signedFiles.ts";

const root = rootFor(["alice"]);
let file: MetadataFile;

beforeAll(async () => {
  file = await signed(timestampDocument(), "timestamp", ["alice"]);
});

/** What a mutated file was taken for. */
type Fate = "unreadable" | "refused" | "the original" | "the original, its signature spelt otherwise";

async function fateOf(bytes: Uint8Array, original: MetadataFile): Promise<Fate> {
  let mutant: MetadataFile<Signed>;
  try {
    mutant = parseMetadata(bytes);
  } catch (error) {
    if (error instanceof TufLdError) return "unreadable";
    throw error;
  }
  const report = await verifyMetadata({ root, file: mutant, role: "timestamp", policy: "both", at: AT });
  if (!report.ok) return "refused";
  expect(mutant.signed).toEqual(original.signed);
  const { signatures, ...rest } = mutant;
  const { signatures: before, ...same } = original;
  expect(rest).toEqual(same);
  // Hex is read in both cases.
  expect(signatures.map(({ sig, keyid }) => ({ keyid, sig: sig.toLowerCase() }))).toEqual(before);
  return JSON.stringify(signatures) === JSON.stringify(before)
    ? "the original"
    : "the original, its signature spelt otherwise";
}

const PATTERNS = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, 0x07, 0x29];

describe.each<FileForm>(["file", "linked"])("in the form %s", (form) => {
  test("control: the untouched bytes verify under both", async () => {
    expect(await fateOf(serializeMetadata(file, form), file)).toBe("the original");
  });

  test("no byte can be flipped so that another meaning verifies, or another error is thrown", async () => {
    const bytes = serializeMetadata(file, form);
    const fates = new Map<Fate, number>();
    for (let index = 0; index < bytes.length; index++) {
      for (const pattern of PATTERNS) {
        const mutant = Uint8Array.from(bytes);
        mutant[index] = (mutant[index] ?? 0) ^ pattern;
        const fate = await fateOf(mutant, file);
        fates.set(fate, (fates.get(fate) ?? 0) + 1);
      }
    }
    // All four happen: the walk reaches the parser, the verifier, white space and the hex of the signature.
    expect([...fates.keys()].sort()).toEqual([
      "refused",
      "the original",
      "the original, its signature spelt otherwise",
      "unreadable",
    ]);
  });

  test("no byte can be removed or doubled so that another meaning verifies", async () => {
    const bytes = serializeMetadata(file, form);
    for (let index = 0; index < bytes.length; index++) {
      const before = bytes.subarray(0, index);
      await fateOf(Uint8Array.from([...before, ...bytes.subarray(index + 1)]), file);
      await fateOf(Uint8Array.from([...before, bytes[index] ?? 0, ...bytes.subarray(index)]), file);
    }
  });

  test("cut at any byte it is refused as malformed, but for the line feed at its end", async () => {
    const bytes = serializeMetadata(file, form);
    for (let length = 0; length < bytes.length - 1; length++) {
      const cut = bytes.subarray(0, length);
      expect(() => parseMetadata(cut)).toThrow(expect.objectContaining({ code: "ERR_JSON_SYNTAX" }));
    }
    expect(await fateOf(bytes.subarray(0, -1), file)).toBe("the original");
  });
});
