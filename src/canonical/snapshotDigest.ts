/**
 * The digest of a snapshot of which little has changed: the same bytes as the direct writer's, which tests hold it to.
 *
 * A publisher digests 16,384 entries once in its life, and of those a handful are new. What RDFC-1.0 hashes of an entry
 * (4.6) depends on the entry alone, so those hashes are taken over from the snapshot before. The rest is text with
 * other labels; built of short strings, it needs a fraction of the code that the direct writer would have to warm up.
 * @module
 */
import { createHash, hashHex } from "#platform";
import { decodeUtf8 } from "../encoding/utf8.ts";
import { DOCUMENT_SHAPES } from "../vocabulary/terms.ts";
import type { Snapshot } from "../vocabulary/types.ts";
import { leadingDigits, textOrder } from "./labels.ts";
import type { Entries } from "./lines.ts";
import { escapeLiteral } from "./nquads.ts";
import { type ChildStep, type Plan, planOf, type Step } from "./plan.ts";
import { OTHER, SELF } from "./tree.ts";

/** Leading digits of the entries' first-degree hashes, in the order of `meta`; see {@link digestSnapshot}. */
export type EntryHashes = Float64Array;

/** A snapshot's digest, and what the next one may be spared. */
export interface SnapshotDigest {
  readonly digest: Uint8Array;
  readonly hashes: EntryHashes;
}

/** 36 bits of a hash beside 16 bits of index fit in a number. */
const DIGITS = 9;
const MOST_ENTRIES = 2 ** 16 - 1;
const INDEX = 2 ** 16;
const CHUNK_UNITS = 131_072;

/**
 * The SHA-256 digest of the canonical N-Quads of a validated snapshot whose entries say a version and nothing else.
 *
 * `undefined` for any other snapshot, and where two hashes begin alike: then `digestDirect` has the answer.
 *
 * @param known the hashes of a snapshot with the same names in the same order
 * @param changed the names whose entries differ from that one's
 */
export function digestSnapshot(
  signed: Snapshot,
  known?: EntryHashes,
  changed: ReadonlySet<string> = new Set(),
): SnapshotDigest | undefined {
  const { meta } = signed;
  const names = Object.keys(meta);
  const versions: string[] = [];
  for (const name of names) {
    const entry = meta[name] as Entries;
    if (typeof entry["version"] !== "number" || Object.keys(entry).length > 1) return undefined;
    versions.push(String(entry["version"]));
  }
  if (names.length > MOST_ENTRIES || names.length === 0) return undefined;
  const document = parts(signed);
  if (document === undefined) return undefined;
  const { leaf, link, before, after } = document;
  const leafOf = (label: string, index: number): string =>
    leaf(label, escapeLiteral(names[index] as string), versions[index] as string);
  const isKnown = known?.length === names.length;
  const hashes = isKnown ? known.slice() : new Float64Array(names.length);
  for (let index = 0; index < names.length; index++) {
    if (isKnown && !changed.has(names[index] as string)) continue;
    hashes[index] = leadingDigits(hashHex("sha256", leafOf(SELF, index) + link(OTHER, SELF)), DIGITS);
  }
  const own = hashHex("sha256", before(SELF) + link(SELF, OTHER).repeat(names.length) + after(SELF));
  const labelled = inOrder(hashes, leadingDigits(own, DIGITS));
  if (labelled === undefined) return undefined;
  return { digest: digestOf(labelled, names.length, leafOf, document), hashes };
}

/** The nodes by label number, the document itself as number `hashes.length`; `undefined` if two are alike so far. */
function inOrder(hashes: EntryHashes, own: number): Uint32Array | undefined {
  const keys = new Float64Array(hashes.length + 1);
  for (let index = 0; index < hashes.length; index++) keys[index] = (hashes[index] as number) * INDEX + index;
  keys[hashes.length] = own * INDEX + hashes.length;
  keys.sort();
  const order = new Uint32Array(keys.length);
  let last = -1;
  for (let at = 0; at < keys.length; at++) {
    const leading = Math.floor((keys[at] as number) / INDEX);
    if (leading === last) return undefined;
    last = leading;
    order[at] = (keys[at] as number) - leading * INDEX;
  }
  return order;
}

function digestOf(
  labelled: Uint32Array,
  root: number,
  leafOf: (label: string, index: number) => string,
  { link, before, after }: Parts,
): Uint8Array {
  const digest = createHash("sha256");
  const order = textOrder(labelled.length);
  let text = "";
  const add = (more: string): void => {
    text += more;
    if (text.length < CHUNK_UNITS) return;
    digest.update(text);
    text = "";
  };
  for (const number of order) {
    const index = labelled[number] as number;
    const label = `_:c14n${number}`;
    if (index !== root) {
      add(leafOf(label, index));
      continue;
    }
    add(before(label));
    for (const other of order) if (other !== number) add(link(label, `_:c14n${other}`));
    add(after(label));
  }
  digest.update(text);
  return digest.digest();
}

/** How the lines of a snapshot are made. */
interface Parts {
  /** The lines of an entry; the name is escaped. */
  readonly leaf: (label: string, name: string, version: string) => string;
  /** The line from one node to another. */
  readonly link: (label: string, object: string) => string;
  /** The document's own lines that sort before and after those to its entries. */
  readonly before: (label: string) => string;
  readonly after: (label: string) => string;
}

/** `undefined` if the document holds anything but the members of the specification. */
function parts(signed: Snapshot): Parts | undefined {
  const plan = planOf(DOCUMENT_SHAPES.snapshot);
  const [toEntries] = plan.childSteps as [ChildStep];
  const at = plan.steps.indexOf(toEntries);
  const own = plan.steps.map((step) => ownLine(step, signed as unknown as Entries));
  if (Object.keys(signed).length > own.filter((line) => line !== undefined).length + 1) return undefined;
  const linesOf = (from: number, to: number) => {
    const rests = own.slice(from, to).filter((line) => line !== undefined);
    return (label: string): string => rests.map((rest) => label + rest).join("");
  };
  const [open, close] = [decodeUtf8(toEntries.open, true), decodeUtf8(toEntries.close, true)];
  return {
    leaf: leafLines(toEntries.plan()),
    link: (label, object) => label + open + object + close,
    before: linesOf(0, at),
    after: linesOf(at + 1, own.length),
  };
}

/** A line of the document without its label. */
function ownLine(step: Step, entries: Entries): string | undefined {
  if (step.from === "type") return textOf(step, "");
  const value = step.from === "literal" ? entries[step.name] : undefined;
  return value === undefined ? undefined : textOf(step, escapeLiteral(String(value)));
}

/** The two lines of an entry, in the order in which they sort. */
function leafLines({ steps }: Plan): Parts["leaf"] {
  const key = steps.findIndex(({ from }) => from === "key");
  const version = steps.findIndex((step) => step.from === "literal" && step.name === "version");
  const [nameOpen, nameClose] = framesOf(steps[key] as Step);
  const [versionOpen, versionClose] = framesOf(steps[version] as Step);
  const nameLine = (label: string, name: string): string => label + nameOpen + name + nameClose;
  const versionLine = (label: string, text: string): string => label + versionOpen + text + versionClose;
  return key < version
    ? (label, name, text) => nameLine(label, name) + versionLine(label, text)
    : (label, name, text) => versionLine(label, text) + nameLine(label, name);
}

function framesOf({ open, close }: Step): readonly [string, string] {
  return [decodeUtf8(open, true), decodeUtf8(close, true)];
}

function textOf(step: Step, value: string): string {
  const [open, close] = framesOf(step);
  return open + value + close;
}
