/**
 * Checking a file by the text of `signed` where that is canonical already: it must never say anything else than
 * checking the file by its value.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { olpc, olpcBytes } from "../../../src/classic/olpc.ts";
import type { JsonValue } from "../../../src/document/json.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { TufLdError } from "../../../src/errors.ts";
import {
  type MetadataFile,
  metadataToJson,
  parseMetadata,
  parseMetadataText,
  serializeMetadata,
} from "../../../src/metadata/file.ts";
import { checkFile, checkText } from "../../../src/proof/checkFile.ts";
import { CREATED, signed, targetsDocument } from "../../support/signedFiles.ts";
import { trusted } from "../../support/testKeys.ts";

const role = trusted("targets", ["alice", "bob"], 2);
const options = { at: CREATED };
const json = (value: unknown): JsonValue => value as JsonValue;

/** The file as the common tools of TUF write it. */
const inOrder = (file: MetadataFile): Uint8Array => encodeUtf8(olpc(json(metadataToJson(file, "classic"))));

const file = await signed(targetsDocument(), "targets", ["alice", "bob"], "classic");
const bytes = inOrder(file);
/** The same, as python-tuf writes it to be read by people. */
const indented = encodeUtf8(`${JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), undefined, 1)}\n`);

const outcomes = async (text: Uint8Array) =>
  (await checkText(parseMetadataText(text), role, "classic", options)).findings.map(
    ({ outcome, reason }) => reason?.code ?? outcome,
  );

describe("the text of signed", () => {
  test.each([
    ["where the file is in canonical order", bytes],
    ["without white space, where the file is indented", indented],
  ])("is what classic signatures cover, %s", async (_name, input) => {
    expect(parseMetadataText(input).signedText).toEqual(olpcBytes(json(file.signed)));
    expect(await outcomes(input)).toEqual(["valid", "valid"]);
  });

  test("is not taken from a file in another order, which is checked all the same", async () => {
    const other = serializeMetadata(file, "classic");
    expect(parseMetadataText(other).signedText).toBeUndefined();
    expect(await outcomes(other)).toEqual(["valid", "valid"]);
  });

  test("is not taken from a linked document, whose classic form has another text", async () => {
    const linked = encodeUtf8(olpc(json(metadataToJson(file, "linked"))));
    expect(parseMetadataText(linked).signedText).toBeUndefined();
    expect(await outcomes(linked)).toEqual(["valid", "valid"]);
  });

  test("does not change with the bytes that it was read from", async () => {
    const input = bytes.slice();
    const text = parseMetadataText(input);
    input.fill(0);
    expect((await checkText(text, role, "classic", options)).count.met).toBe(true);
  });

  test("with one digit changed carries no signature", async () => {
    const changed = encodeUtf8(new TextDecoder().decode(bytes).replace('"length":6', '"length":7'));
    expect(parseMetadataText(changed).signedText).toBeDefined();
    expect(await outcomes(changed)).toEqual(["ERR_SIGNATURE", "ERR_SIGNATURE"]);
  });
});

test("whatever bytes are changed, cut out or put in, the text and the value are judged alike", async () => {
  const byte = fc.oneof(fc.constantFrom(...encodeUtf8('"\\{}[]:,-019.e \n')), fc.nat(255));
  const edit = fc.record({ at: fc.nat(), remove: fc.nat(2), insert: fc.array(byte, { maxLength: 2 }) });
  let judged = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(bytes, indented), edit, async (original, { at, remove, insert }) => {
      const mutated = [...original];
      mutated.splice(at % original.length, remove, ...insert);
      const input = Uint8Array.from(mutated);
      let byValue: MetadataFile;
      try {
        byValue = parseMetadata(input);
      } catch (error) {
        expect(error).toBeInstanceOf(TufLdError);
        expect(() => parseMetadataText(input)).toThrow(error as TufLdError);
        return;
      }
      const text = parseMetadataText(input);
      expect(text.file).toEqual(byValue);
      if (text.signedText !== undefined) judged++;
      expect(await checkText(text, role, "classic", options)).toEqual(
        await checkFile(byValue, role, "classic", options),
      );
    }),
    { numRuns: 2_000 },
  );
  expect(judged).toBeGreaterThan(200);
});
