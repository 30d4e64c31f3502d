/**
 * Signed files as they are published.
 *
 * Their text is in canonical order, so that whoever reads them can check classic signatures over the text as it
 * stands (ARCHITECTURE.md, "Text that is canonical already"), and the canonical form is made once, for signing and
 * for writing.
 * @module
 */
import type { JsonValue } from "../../document/json.ts";
import { concatBytes } from "../../encoding/bytes.ts";
import { sortByCodePoint } from "../../encoding/codePoint.ts";
import { hasControlCharacter } from "../../encoding/escapes.ts";
import { decodeUtf8, encodeUtf8 } from "../../encoding/utf8.ts";
import { type MetadataFile, metadataToJson } from "../../metadata/file.ts";
import { DocumentDigests } from "../../proof/digests.ts";
import type { Signed } from "../../vocabulary/types.ts";
import type { SignedView } from "../config.ts";
import { type SigningKey, signWith } from "../signing/signing.ts";

/** A signed file, and its bytes. */
export interface Sealed<S extends Signed = Signed> {
  readonly file: MetadataFile<S>;
  readonly bytes: Uint8Array;
}

/** Signs a document with all of `keys`. @param digests those of the document, if the caller has a quick way to them @throws ERR_KEY */
export async function seal<S extends Signed>(
  signed: S,
  role: string,
  keys: Iterable<SigningKey>,
  view: SignedView,
  now: Date,
  digests: DocumentDigests = new DocumentDigests(signed),
): Promise<Sealed<S>> {
  let file: MetadataFile<S> = { signed, signatures: [], proof: [], linked: false, unrecognized: {} };
  for (const key of keys) file = await signWith(file, role, key, view, now, digests);
  return { file, bytes: bytesWith(file, digests) };
}

const written = new WeakMap<MetadataFile, Uint8Array>();

/** The bytes of a file that is signed already; made once, to look at their number and to publish them. */
export function fileBytes(file: MetadataFile): Uint8Array {
  const bytes = written.get(file) ?? bytesWith(file, new DocumentDigests(file.signed));
  written.set(file, bytes);
  return bytes;
}

const LINE_END = encodeUtf8("}\n");

function bytesWith(file: MetadataFile, digests: DocumentDigests): Uint8Array {
  const classic = digests.classicBytes();
  const form = file.linked ? "file" : "classic";
  // Root is read by people, and seldom by anyone else.
  const people = file.signed._type === "root";
  // OLPC canonical JSON writes control characters as they are, JSON does not.
  if (people || (!digests.isJson && hasControlCharacter(decodeUtf8(classic, true)))) {
    const ordered = inOrder(metadataToJson(file, form));
    return encodeUtf8(`${JSON.stringify(ordered, undefined, people ? 2 : 0)}\n`);
  }
  const { signed: _, ...envelope } = metadataToJson(
    { ...file, signed: undefined as unknown as Signed },
    form,
  );
  const head = JSON.stringify(envelope).slice(0, -1);
  return concatBytes(encodeUtf8(`${head},"signed":`), classic, LINE_END);
}

/** The same value with the members of every object by code point. */
function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const names = Object.keys(value);
  sortByCodePoint(names);
  return Object.fromEntries(
    names.map((name) => [name, inOrder((value as Record<string, JsonValue>)[name] as JsonValue)]),
  );
}
