/**
 * DER and ECDSA signatures: one spelling each, and nothing left over.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  derBits,
  derUnsigned,
  INTEGER,
  OCTET_STRING,
  readDer,
  readDerSequence,
  readDerValues,
  SEQUENCE,
  writeDer,
  writeDerUnsigned,
} from "../../../src/encoding/der.ts";
import { ecdsaDerToP1363, ecdsaP1363ToDer } from "../../../src/encoding/ecdsaSignature.ts";
import { decodeHex, encodeHex } from "../../../src/encoding/hex.ts";

const refused = expect.objectContaining({ code: "ERR_KEY" });
const hex = (text: string): Uint8Array => decodeHex(text.replaceAll(" ", ""), "ERR_KEY");

describe("DER", () => {
  test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000])("%i bytes come back", (length) => {
    const content = new Uint8Array(length).fill(7);
    expect(readDer(writeDer(OCTET_STRING, content), OCTET_STRING, "ERR_KEY")).toEqual(content);
  });
  test("a sequence comes back member by member", () => {
    const der = writeDer(
      SEQUENCE,
      writeDer(OCTET_STRING, Uint8Array.of(1)),
      writeDerUnsigned(Uint8Array.of(0, 200)),
    );
    expect(readDerSequence(der, "ERR_KEY").map(({ tag }) => tag)).toEqual([OCTET_STRING, INTEGER]);
    expect(encodeHex(der)).toBe("3007040101020200c8");
  });
  test.each([
    ["a tag without length", "04"],
    ["a truncated value", "0402 00"],
    ["a truncated length", "0482 01"],
    ["the indefinite length of BER", "3080 0000"],
    ["a long form that fits the short one", "048101 00"],
    ["a length with a leading zero", `04820080 ${"00".repeat(128)}`],
    ["a length of four bytes", "0484 01000000"],
    ["a tag of several bytes", "1f01 00"],
  ])("%s is refused", (_, text) => {
    expect(() => readDerValues(hex(text), "ERR_KEY")).toThrow(refused);
  });
  test("bytes after the value, and another tag, are refused", () => {
    expect(() => readDer(hex("0401 00 0500"), OCTET_STRING, "ERR_KEY")).toThrow(refused);
    expect(() => readDer(hex("0401 00"), SEQUENCE, "ERR_KEY")).toThrow(refused);
    expect(() => readDer(hex(""), SEQUENCE, "ERR_KEY")).toThrow(refused);
  });
  test.each(["", "80", "ff7f", "0000", "007f"])("%j is no integer that is accepted", (content) => {
    expect(() => derUnsigned({ tag: INTEGER, content: hex(content) }, "ERR_KEY")).toThrow(refused);
  });
  test("a bit string of part of a byte is refused", () => {
    expect(() => derBits({ tag: 3, content: hex("0780") }, "ERR_KEY")).toThrow(refused);
    expect(() => derBits({ tag: 3, content: hex("") }, "ERR_KEY")).toThrow(refused);
  });
  test("random bytes are read or refused, never anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          readDerSequence(bytes, "ERR_KEY");
        } catch (error) {
          expect(error).toMatchObject({ name: "TufLdError", code: "ERR_KEY" });
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("ECDSA signatures", () => {
  const raw = fc
    .constantFrom(32, 48)
    .chain((size) =>
      fc.tuple(fc.constant(size), fc.uint8Array({ minLength: 2 * size, maxLength: 2 * size })),
    );
  test("P1363 to DER and back is the identity", () => {
    fc.assert(
      fc.property(raw, ([size, signature]) => {
        const der = ecdsaP1363ToDer(signature);
        expect(ecdsaDerToP1363(der, size, "ERR_PROOF_SHAPE")).toEqual(signature);
      }),
    );
  });
  test("whatever DER is read is the DER that is written", () => {
    fc.assert(
      fc.property(raw, fc.nat(80), fc.nat(255), ([size, signature], at, byte) => {
        const der = ecdsaP1363ToDer(signature);
        der[at % der.length] = byte;
        let read: Uint8Array;
        try {
          read = ecdsaDerToP1363(der, size, "ERR_PROOF_SHAPE");
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_PROOF_SHAPE" });
          return;
        }
        expect(ecdsaP1363ToDer(read)).toEqual(der);
      }),
      { numRuns: 2000 },
    );
  });
  test.each([
    ["three integers", "3009 020101 020101 020101"],
    ["one integer", "3003 020101"],
    ["a negative integer", "3006 0201ff 020101"],
    ["an integer of 33 bytes", `3026 0221 01${"00".repeat(32)} 020101`],
    ["a leading zero too many", "3007 02020001 020101"],
    ["trailing bytes", "3006 020101 020101 0500"],
  ])("%s are refused", (_, text) => {
    expect(() => ecdsaDerToP1363(hex(text), 32, "ERR_PROOF_SHAPE")).toThrow(
      expect.objectContaining({ code: "ERR_PROOF_SHAPE" }),
    );
  });
});
