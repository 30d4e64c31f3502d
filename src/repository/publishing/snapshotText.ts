/**
 * The snapshot as text: 16,384 entries of which a handful change.
 *
 * What we publish ends with `"signed":` and the OLPC canonical JSON of the snapshot. So it can be verified as it
 * stands, and the next one is the same text with other versions in a few places.
 * @module
 */
import { concatBytes } from "../../encoding/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../../encoding/utf8.ts";
import { type MetadataText, parseMetadata } from "../../metadata/file.ts";
import type { MetaFile, Snapshot } from "../../vocabulary/types.ts";
import { SPEC_VERSION } from "../layout.ts";

const MARK = encodeUtf8(',"signed":');
const END = encodeUtf8("}\n");
/** Signatures and proofs end before this; a longer envelope is read the usual way. */
const ENVELOPE_MAX_BYTES = 65_536;

/**
 * A snapshot file in the form in which we write it, with the text of `signed`; `undefined` for any other form.
 *
 * The value is not validated. Nobody may look at it before a classic signature over the text has been checked with our
 * own keys: then it is what we had validated when we signed it.
 */
export function readOurSnapshot(bytes: Uint8Array): MetadataText<Snapshot> | undefined {
  const at = indexOf(bytes, MARK, Math.min(bytes.length, ENVELOPE_MAX_BYTES));
  if (at < 0 || indexOf(bytes.subarray(-END.length), END, END.length) !== 0) return undefined;
  const signedText = bytes.slice(at + MARK.length, -END.length);
  try {
    // The envelope is checked as part of a file whose `signed` is the smallest that there can be.
    const file = parseMetadata(concatBytes(bytes.subarray(0, at + MARK.length), PLACEHOLDER, END), {
      type: "snapshot",
    });
    const signed = JSON.parse(decodeUtf8(signedText, true)) as Snapshot;
    return { file: { ...file, signed }, signedText };
  } catch {
    return undefined;
  }
}

const PLACEHOLDER = encodeUtf8(
  JSON.stringify({
    _type: "snapshot",
    spec_version: "1.0",
    version: 1,
    expires: "2000-01-01T00:00:00Z",
    meta: {},
  }),
);

/**
 * The OLPC canonical JSON of the next snapshot, out of that of the one before. `undefined` if it cannot be had by
 * exchanging numbers: when roles are new, or the text is not of our making.
 *
 * @param entries what is new, by role
 */
export function nextSnapshotText(
  before: Snapshot,
  beforeText: Uint8Array,
  { version, expires }: Pick<Snapshot, "version" | "expires">,
  entries: ReadonlyMap<string, MetaFile>,
): string | undefined {
  const text = decodeUtf8(beforeText, true);
  const head = `{"_type":"snapshot","expires":"${before.expires}","meta":{`;
  const tail = `},"spec_version":"${SPEC_VERSION}","version":${before.version}}`;
  if (!text.startsWith(head) || !text.endsWith(tail)) return undefined;
  const parts = [`{"_type":"snapshot","expires":"${expires}","meta":{`];
  let from = head.length;
  for (const role of [...entries.keys()].sort()) {
    const file = `${role}.json`;
    const was = before.meta[file];
    const is = entries.get(role) as MetaFile;
    if (was === undefined || Object.keys(is).length > 1) return undefined;
    const name = JSON.stringify(file);
    const entry = `${name}:{"version":${was.version}}`;
    const at = text.indexOf(entry, from);
    if (at < 0) return undefined;
    parts.push(text.slice(from, at), `${name}:{"version":${is.version}}`);
    from = at + entry.length;
  }
  parts.push(text.slice(from, -tail.length), `},"spec_version":"${SPEC_VERSION}","version":${version}}`);
  return parts.join("");
}

/** Where a short sequence of bytes begins within the first `end` bytes, or -1. */
function indexOf(bytes: Uint8Array, sought: Uint8Array, end: number): number {
  for (let at = bytes.indexOf(sought[0] as number); at >= 0 && at + sought.length <= end; ) {
    if (sought.every((byte, index) => bytes[at + index] === byte)) return at;
    at = bytes.indexOf(sought[0] as number, at + 1);
  }
  return -1;
}
