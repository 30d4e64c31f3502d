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
import { type ChildStep, planOf, type Step } from "./plan.ts";
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

/** A validated snapshot whose entries say a version and nothing else. */
export interface PlainSnapshot {
  readonly header: Pick<Snapshot, "version" | "expires">;
  /** The members of `meta`, each once, and the version that each has. */
  readonly names: readonly string[];
  readonly versions: readonly number[];
}

/**
 * The SHA-256 digest of a snapshot's canonical N-Quads. `undefined` for an empty or a very large one, and where two
 * hashes begin alike: then `digestDirect` has the answer.
 *
 * @param specVersion what the document says of the specification
 * @param known the hashes of a snapshot with the same names in the same order
 * @param changed the names whose versions differ from that one's
 */
export function digestSnapshot(
  { header, names, versions }: PlainSnapshot,
  specVersion: string,
  known?: EntryHashes,
  changed: ReadonlySet<string> = new Set(),
): SnapshotDigest | undefined {
  const count = names.length;
  if (count > MOST_ENTRIES || count === 0) return undefined;
  const frames = framesOf({ spec_version: specVersion, ...header });
  const isKnown = known?.length === count;
  const hashes = isKnown ? known.slice() : new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const name = names[index] as string;
    if (isKnown && !changed.has(name)) continue;
    const text = leafLines(frames, SELF, escapeLiteral(name), versions[index] as number);
    const link = `${OTHER}${frames.link}${SELF}${frames.linkEnd}`;
    hashes[index] = leadingDigits(hashHex("sha256", text + link), DIGITS);
  }
  const links = `${SELF}${frames.link}${OTHER}${frames.linkEnd}`.repeat(count);
  const own = hashHex("sha256", linesOf(frames.before, SELF) + links + linesOf(frames.after, SELF));
  const labelled = inOrder(hashes, leadingDigits(own, DIGITS));
  if (labelled === undefined) return undefined;
  return { digest: digestOf(labelled, names, versions, frames), hashes };
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

/** Loops by index, and few calls in them: this code runs once in most processes, before it is compiled. */
function digestOf(
  labelled: Uint32Array,
  names: readonly string[],
  versions: readonly number[],
  frames: Frames,
): Uint8Array {
  const digest = createHash("sha256");
  const order = textOrder(labelled.length);
  const all = names.join("");
  const isPlain = escapeLiteral(all) === all;
  let text = "";
  for (let at = 0; at < order.length; at++) {
    const number = order[at] as number;
    const index = labelled[number] as number;
    const label = `_:c14n${number}`;
    if (index < names.length) {
      const name = names[index] as string;
      text += leafLines(frames, label, isPlain ? name : escapeLiteral(name), versions[index] as number);
    } else {
      const link = `${label}${frames.link}_:c14n`;
      text += linesOf(frames.before, label);
      for (const others of [order.subarray(0, at), order.subarray(at + 1)]) {
        if (others.length > 0) text += `${link}${others.join(`${frames.linkEnd}${link}`)}${frames.linkEnd}`;
      }
      text += linesOf(frames.after, label);
    }
    if (text.length < CHUNK_UNITS) continue;
    digest.update(text);
    text = "";
  }
  digest.update(text);
  return digest.digest();
}

/** What stands around names, numbers and labels in the lines of a snapshot. */
interface Frames {
  /** Of an entry's lines: what stands between label, name, label, version and the end; see {@link leafLines}. */
  readonly name: readonly [string, string];
  readonly version: readonly [string, string];
  readonly nameFirst: boolean;
  /** What stands between a label and the label that it leads to, and after that. */
  readonly link: string;
  readonly linkEnd: string;
  /** The document's own lines, without labels, that sort before and after those to its entries. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function framesOf(document: Entries): Frames {
  const plan = planOf(DOCUMENT_SHAPES.snapshot);
  const [toEntries] = plan.childSteps as [ChildStep];
  const at = plan.steps.indexOf(toEntries);
  const own = plan.steps.map((step) => ownLine(step, document));
  const { steps } = toEntries.plan();
  const name = steps.findIndex(({ from }) => from === "key");
  const version = steps.findIndex((step) => step.from === "literal" && step.name === "version");
  const [link, linkEnd] = frameOf(toEntries);
  return {
    name: frameOf(steps[name] as Step),
    version: frameOf(steps[version] as Step),
    nameFirst: name < version,
    link,
    linkEnd,
    before: own.slice(0, at).filter((line) => line !== undefined),
    after: own.slice(at + 1).filter((line) => line !== undefined),
  };
}

/** The two lines of an entry, in the order in which they sort. `name` is escaped. */
function leafLines(frames: Frames, label: string, name: string, version: number): string {
  const [nameOpen, nameClose] = frames.name;
  const [versionOpen, versionClose] = frames.version;
  return frames.nameFirst
    ? label + nameOpen + name + nameClose + label + versionOpen + version + versionClose
    : label + versionOpen + version + versionClose + label + nameOpen + name + nameClose;
}

function linesOf(lines: readonly string[], label: string): string {
  return lines.map((line) => label + line).join("");
}

/** A line of the document without its label. */
function ownLine(step: Step, entries: Entries): string | undefined {
  const value = step.from === "type" ? "" : step.from === "literal" ? entries[step.name] : undefined;
  if (value === undefined) return undefined;
  const [open, close] = frameOf(step);
  return open + escapeLiteral(String(value)) + close;
}

function frameOf({ open, close }: Step): readonly [string, string] {
  return [decodeUtf8(open, true), decodeUtf8(close, true)];
}
