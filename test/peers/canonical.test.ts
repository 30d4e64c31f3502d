/**
 * OLPC canonical JSON, byte for byte beside the encoders that classic signatures rest on.
 * @module
 */
import fc from "fast-check";
import { describe, expect } from "vitest";
import { olpc } from "../../src/classic/olpc.ts";
import type { JsonValue } from "../../src/document/json.ts";
import { json } from "../support/arbitraries.ts";
import { membersDiverge } from "../support/codePoint.ts";
import { peers, testWith, tufJs } from "./support/peers.ts";

const RANDOM_DOCUMENTS = 3_000;

const everyAscii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join("");
const odd: readonly JsonValue[] = [
  "",
  everyAscii,
  'a "quoted" \\ \\" \\\\',
  "\u0000\u0008\u000c\n\r\t\u001f\u007f\u0080\u2028\u2029\ufeff",
  "<script>&amp;</script>",
  "\ud7ff\ue000\uffee\ufffd\uffff",
  "\u{10000}\u{1f600}\u{10ffff}",
  "e\u0301 is not \u00e9",
  [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 1e15],
  [true, false, null, [], {}],
  { "": 1, " ": 2, "\u0000": 3, '"': 4, "\\": 5, "/": 6, a: 7, A: 8, "10": 9, "9": 10, "\u007f": 11 },
  { constructor: 1, toString: 2, length: 3, hasOwnProperty: 4 },
  { ä: 1, z: 2, é: 3, "e\u0301": 4 },
  { "\ud7ff": 1, "\ue000": 2, "\uffee": 3, "\uffff": 4 },
];
/** Names above U+FFFF beside names below it: by code point they come last, by UTF-16 unit in between. */
const aboveTheBasicPlane: readonly JsonValue[] = [
  { "\u{10000}": 1, "\uffff": 2, "\ue000": 3, "\ud7ff": 4, a: 5 },
  { "a\u{1f600}": 1, "a\uffee": 2 },
];

const documents = fc.sample(json, { numRuns: RANDOM_DOCUMENTS, seed: 20260101 });
const bytesOf = (values: readonly JsonValue[]) =>
  values.map((value) => Buffer.from(olpc(value)).toString("hex"));
const hex = (list: readonly Uint8Array[]) => list.map((bytes) => Buffer.from(bytes).toString("hex"));
const texts = (values: readonly JsonValue[]) => values.map((value) => JSON.stringify(value));

describe("OLPC canonical JSON", () => {
  for (const peer of peers) {
    const sortsByUnit = peer === tufJs;
    const comparable = documents.filter((value) => !sortsByUnit || !membersDiverge(value));

    testWith(peer, "encodes quotes, backslashes, control characters and astral text as we do", async () => {
      expect(hex(await peer.canonical(texts(odd)))).toEqual(bytesOf(odd));
    });

    testWith(peer, `encodes ${comparable.length} random documents byte for byte as we do`, async () => {
      expect(hex(await peer.canonical(texts(comparable)))).toEqual(bytesOf(comparable));
    });

    if (sortsByUnit) {
      testWith(peer, "differs in one thing: it sorts names above U+FFFF by UTF-16 unit", async () => {
        const theirs = hex(await peer.canonical(texts(aboveTheBasicPlane)));
        for (const [index, ours] of bytesOf(aboveTheBasicPlane).entries())
          expect(theirs[index]).not.toBe(ours);
      });
    } else {
      testWith(peer, "sorts names above U+FFFF by code point, as we do", async () => {
        expect(hex(await peer.canonical(texts(aboveTheBasicPlane)))).toEqual(bytesOf(aboveTheBasicPlane));
      });
    }
  }
});
