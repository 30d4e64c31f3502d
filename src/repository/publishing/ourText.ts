/**
 * Files in the form in which we write them: an envelope, then `"signed":` and the OLPC canonical JSON of the document.
 *
 * So they can be verified as they stand, and the next version of a file is the same text with a few places changed.
 * @module
 */
import { concatBytes } from "../../encoding/bytes.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { type MetadataFile, parseMetadata } from "../../metadata/file.ts";
import type { Signed } from "../../vocabulary/types.ts";
import { SPEC_VERSION } from "../layout.ts";

/** A file of ours taken apart. */
export interface OurText {
  /** The file but for its document, in whose place an empty one stands. */
  readonly envelope: MetadataFile;
  /** What should be the OLPC canonical JSON of the document: a part of the file. Nobody has looked at it. */
  readonly signedText: Uint8Array;
}

const MARK = encodeUtf8(',"signed":');
const END = encodeUtf8("}\n");
/** Signatures and proofs end before this; a longer envelope is read the usual way. */
const ENVELOPE_MAX_BYTES = 65_536;
const HEADER = { spec_version: SPEC_VERSION, version: 1, expires: "2000-01-01T00:00:00Z" };
const PLACEHOLDERS: Readonly<Record<"snapshot" | "targets", Uint8Array>> = {
  snapshot: encodeUtf8(JSON.stringify({ _type: "snapshot", ...HEADER, meta: {} })),
  targets: encodeUtf8(JSON.stringify({ _type: "targets", ...HEADER, targets: {} })),
};

/** Takes a file apart; `undefined` if it does not have this form. */
export function readOurText(bytes: Uint8Array, type: keyof typeof PLACEHOLDERS): OurText | undefined {
  const at = indexOf(bytes, MARK, Math.min(bytes.length, ENVELOPE_MAX_BYTES));
  if (at < 0 || indexOf(bytes.subarray(-END.length), END, END.length) !== 0) return undefined;
  try {
    // The envelope is checked as part of a file whose document is the smallest that there can be.
    const small = concatBytes(bytes.subarray(0, at + MARK.length), PLACEHOLDERS[type], END);
    const envelope: MetadataFile<Signed> = parseMetadata(small, { type, linkable: true });
    return { envelope, signedText: bytes.subarray(at + MARK.length, bytes.length - END.length) };
  } catch {
    return undefined;
  }
}

/** Where a short sequence of bytes begins within the first `end` bytes, or -1. */
function indexOf(bytes: Uint8Array, sought: Uint8Array, end: number): number {
  for (let at = bytes.indexOf(sought[0] as number); at >= 0 && at + sought.length <= end; ) {
    if (sought.every((byte, index) => bytes[at + index] === byte)) return at;
    at = bytes.indexOf(sought[0] as number, at + 1);
  }
  return -1;
}
