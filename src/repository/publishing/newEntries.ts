/**
 * Entries that are put into a text: their own canonical JSON.
 *
 * Nearly all of them are plain, and an import has millions of them. What is good about a plain one is seen at once, and
 * its text is put together without the writer that can write anything.
 * @module
 */
import { ENTRIES_MEMBER, type EntriesType } from "../../canonical/entriesDigest.ts";
import { olpc } from "../../classic/olpc.ts";
import type { JsonValue } from "../../document/json.ts";
import { validateSigned } from "../../metadata/validate.ts";
import { SPEC_VERSION } from "../layout.ts";
import { locate } from "./entryColumns.ts";

/** An entry, from the quotation mark that opens its name to its closing brace. */
export interface Entry {
  readonly text: string;
  readonly nameEnd: number;
  readonly isPlain: boolean;
}

/** By name; `null` removes. */
type Changes = ReadonlyMap<string, object | null>;

/** Printable ASCII without quotation marks, backslashes and what JSON-LD could take for a keyword. */
const PLAIN_NAME = /^[ !#-?A-Z[\]-~][ !#-Z@[\]-~]*$/;
const SHA256_DIGITS = 64;

/** Of a document that holds entries and nothing else to refuse. */
const HEADER = { spec_version: SPEC_VERSION, version: 1, expires: "2000-01-01T00:00:00Z" };

/**
 * The entries that changes add, in the order of `names`; `undefined` if something in them is escaped.
 *
 * @throws ERR_SHAPE if one has a wrong shape
 */
export function entriesOf(
  type: EntriesType,
  names: readonly string[],
  changes: Changes,
): Entry[] | undefined {
  const added = names.filter((name) => changes.get(name) !== null);
  return plainEntries(type, added, changes) ?? anyEntries(type, added, changes);
}

/** As `entriesOf`; `undefined` if they are not all plain. */
function plainEntries(type: EntriesType, added: readonly string[], changes: Changes): Entry[] | undefined {
  const entries: Entry[] = [];
  for (const name of added) {
    const text = plainText(type, name, changes.get(name) as object);
    if (text === undefined) return undefined;
    entries.push({ text, nameEnd: name.length + 1, isPlain: true });
  }
  return entries;
}

function anyEntries(type: EntriesType, added: readonly string[], changes: Changes): Entry[] | undefined {
  const values = Object.fromEntries(added.map((name) => [name, changes.get(name)]));
  validateEntries(type, values);
  const text = olpc(values as unknown as JsonValue);
  const columns = locate(type, text, 1, text.length - 1);
  if (columns === undefined) return undefined;
  const { starts, nameEnds, ends, plain } = columns;
  return added.map((_, index) => {
    const start = starts[index] as number;
    return {
      text: text.slice(start, ends[index]),
      nameEnd: (nameEnds[index] as number) - start,
      isPlain: plain[index] === 1,
    };
  });
}

/** @throws ERR_SHAPE if an entry has a wrong shape */
export function validateEntries(type: EntriesType, entries: Readonly<Record<string, unknown>>): void {
  validateSigned({ _type: type, ...HEADER, [ENTRIES_MEMBER[type]]: entries }, type);
}

/**
 * The OLPC canonical JSON of a plain entry, from the quotation mark that opens its name to its closing brace.
 *
 * @returns `undefined` for any other entry, and for one that the validator refuses
 */
export function plainText(type: EntriesType, name: string, value: object): string | undefined {
  if (!PLAIN_NAME.test(name) || name === "__proto__") return undefined;
  const text = type === "targets" ? targetText(value) : versionText(value);
  return text && `"${name}":${text}`;
}

function targetText(value: object): string | undefined {
  const { length, hashes } = value as { readonly length?: unknown; readonly hashes?: unknown };
  if (!isCount(length) || typeof hashes !== "object" || hashes === null) return undefined;
  const { sha256 } = hashes as { readonly sha256?: unknown };
  if (typeof sha256 !== "string" || sha256.length !== SHA256_DIGITS || !isHex(sha256)) return undefined;
  if (Object.keys(value).length !== 2 || Object.keys(hashes).length !== 1) return undefined;
  return `{"hashes":{"sha256":"${sha256}"},"length":${length}}`;
}

function versionText(value: object): string | undefined {
  const { version } = value as { readonly version?: unknown };
  if (!isCount(version) || version === 0 || Object.keys(value).length !== 1) return undefined;
  return `{"version":${version}}`;
}

/** Lower case. A loop is several times as quick as an expression, and this runs for millions of digests. */
function isHex(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x30 || unit > 0x66 || (unit > 0x39 && unit < 0x61)) return false;
  }
  return true;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}
