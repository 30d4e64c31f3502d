/**
 * The encodings: every byte string comes back, and every text has one spelling.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeBase64,
  decodeBase64url,
  encodeBase64,
  encodeBase64url,
} from "../../../src/encoding/base64.ts";
import { decodeHex, encodeHex } from "../../../src/encoding/hex.ts";
import { decodeMultibase, encodeMultibase } from "../../../src/encoding/multibase.ts";
import { decodePem, encodePem } from "../../../src/encoding/pem.ts";

const anyBytes = fc.uint8Array({ maxLength: 200 });
const refusedAsKey = expect.objectContaining({ code: "ERR_KEY" });
const refusedAsProof = expect.objectContaining({ code: "ERR_PROOF_SHAPE" });

describe("hex", () => {
  test("any bytes come back, from either case", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = encodeHex(bytes);
        expect(text).toBe(text.toLowerCase());
        expect(decodeHex(text, "ERR_KEY")).toEqual(bytes);
        expect(decodeHex(text.toUpperCase(), "ERR_KEY")).toEqual(bytes);
      }),
    );
  });
  test.each(["0", "0g", " 00", "00\n", "0x00", "００", "0İ"])(
    "%j is not hex, by the code of the caller",
    (text) => {
      expect(() => decodeHex(text, "ERR_KEY")).toThrow(refusedAsKey);
      expect(() => decodeHex(text, "ERR_PROOF_SHAPE")).toThrow(refusedAsProof);
    },
  );
});

describe("base64 and base64url", () => {
  test("any bytes come back", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(decodeBase64(encodeBase64(bytes), "ERR_KEY")).toEqual(bytes);
        expect(decodeBase64url(encodeBase64url(bytes), "ERR_KEY")).toEqual(bytes);
        expect(encodeBase64url(bytes)).not.toMatch(/[+/=]/);
      }),
    );
  });
  test("a text that decodes is the text that encoding gives", () => {
    const alphabet = [..."ABCDwxyz0189+/-_= \n"];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...alphabet), { maxLength: 9 }).map((a) => a.join("")),
        (text) => {
          for (const [decode, encode] of [
            [decodeBase64, encodeBase64],
            [decodeBase64url, encodeBase64url],
          ] as const) {
            let bytes: Uint8Array;
            try {
              bytes = decode(text, "ERR_KEY");
            } catch (error) {
              expect(error).toMatchObject({ code: "ERR_KEY" });
              continue;
            }
            expect(encode(bytes)).toBe(text);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
  test.each(["AB", "AB=", "ABC", "A===", "AA==\n", "AA==AA==", "AB=="])("%j is not base64", (text) => {
    expect(() => decodeBase64(text, "ERR_KEY")).toThrow(refusedAsKey);
  });
  test.each(["A", "AB", "AA==", "A+AA", "AA\n"])("%j is not base64url", (text) => {
    expect(() => decodeBase64url(text, "ERR_PROOF_SHAPE")).toThrow(refusedAsProof);
  });
});

describe("multibase", () => {
  test("any bytes come back in both bases", () => {
    fc.assert(
      fc.property(anyBytes, fc.constantFrom("z" as const, "u" as const), (bytes, base) => {
        const text = encodeMultibase(base, bytes);
        expect(text[0]).toBe(base);
        expect(decodeMultibase(text, "ERR_KEY")).toEqual(bytes);
      }),
    );
  });
  test("leading zero bytes are kept by base58", () => {
    expect(encodeMultibase("z", Uint8Array.of(0, 0, 1))).toBe("z112");
    expect(decodeMultibase("z112", "ERR_KEY")).toEqual(Uint8Array.of(0, 0, 1));
  });
  test.each(["", "m", "f00", "b", "zO0", "z0", "zIl", "Z2", "u=", "U"])("%j is refused", (text) => {
    expect(() => decodeMultibase(text, "ERR_KEY")).toThrow(refusedAsKey);
  });
  test("a base that the caller does not accept is refused", () => {
    expect(() => decodeMultibase("uAAAA", "ERR_KEY", { bases: ["z"] })).toThrow(refusedAsKey);
  });
  test("a text too long for the bytes allowed is refused before it is decoded, and the longest is not", () => {
    const longest = encodeMultibase("z", new Uint8Array(64).fill(255));
    expect(decodeMultibase(longest, "ERR_KEY", { maxBytes: 64 })).toHaveLength(64);
    expect(() => decodeMultibase(`${longest}22`, "ERR_KEY", { maxBytes: 64 })).toThrow(refusedAsKey);
  });
});

describe("PEM", () => {
  test("any bytes come back, with either line ending", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = encodePem({ label: "PUBLIC KEY", bytes });
        expect(decodePem(text)).toEqual({ label: "PUBLIC KEY", bytes });
        expect(decodePem(`\n${text.replaceAll("\n", "\r\n")}  `)).toEqual({ label: "PUBLIC KEY", bytes });
      }),
    );
  });
  test("text around a block, blanks after its dashes and parameters before it change nothing (RFC 7468 2)", () => {
    const text = encodePem({ label: "PUBLIC KEY", bytes: Uint8Array.of(1, 2, 3) });
    const expected = { label: "PUBLIC KEY", bytes: Uint8Array.of(1, 2, 3) };
    const parameters = encodePem({ label: "EC PARAMETERS", bytes: Uint8Array.of(5) });
    for (const around of [
      `# alice@example.org\n${text}ED25519 Public-Key:\npub:\n    01:02:03\n`,
      text.replaceAll("-----\n", "----- \t\n"),
      parameters + text,
      text.replaceAll("\n", ""),
    ])
      expect(decodePem(around)).toEqual(expected);
  });
  test.each([
    ["two blocks", "-----BEGIN A-----\nAAAA\n-----END A-----\n-----BEGIN A-----\nAAAA\n-----END A-----\n"],
    ["another label at the end", "-----BEGIN A-----\nAAAA\n-----END B-----\n"],
    ["a beginning within it", "-----BEGIN A-----\nAAAA\n-----BEGIN B-----\n-----END A-----\n"],
    ["another beginning", "-----BEGIN a-----\nAAAA\n-----END a-----\n"],
    ["headers", "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END A-----\n"],
    ["no end", "-----BEGIN A-----\nAAAA\n"],
    ["70,000 characters", `-----BEGIN A-----\n${"AAAA".repeat(17_500)}\n-----END A-----\n`],
  ])("a PEM with %s is refused", (_, text) => {
    expect(() => decodePem(text)).toThrow(refusedAsKey);
  });
});
