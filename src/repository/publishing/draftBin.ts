/**
 * The next version of a bin, out of the text of the one before where that can be, else out of its values.
 * @module
 */
import { DocumentDigests } from "../../proof/digests.ts";
import type { TargetFile, Targets } from "../../vocabulary/types.ts";
import { withTargets } from "../edit.ts";
import { type EntriesHeader, EntryText } from "./entryText.ts";
import { validateEntries } from "./newEntries.ts";

/** A verified bin to build upon. */
export type BinBefore = EntryText<"targets"> | Targets;

/** Changes of targets by path; `null` removes. */
export type BinChanges = ReadonlyMap<string, TargetFile | null>;

/** A bin to be signed. */
export interface BinDraft {
  readonly signed: Targets;
  readonly digests: DocumentDigests;
}

/**
 * @param before `undefined` for one that there was not
 * @param isRenewed whether to draft a bin in which nothing changes
 * @returns `undefined` if there is nothing to draft
 * @throws ERR_SHAPE if what is added has a wrong shape
 */
export function draftBin(
  before: BinBefore | undefined,
  changes: BinChanges,
  header: EntriesHeader,
  isRenewed: boolean,
): BinDraft | undefined {
  const base = before ?? EntryText.empty("targets", header);
  const isWanted = isRenewed || before === undefined;
  const edits = base instanceof EntryText ? base.editsOf(changes) : undefined;
  if (base instanceof EntryText && edits !== undefined) {
    if (edits.length === 0 && !isWanted) return undefined;
    const text = base.next(header, edits);
    const { signed } = text;
    return { signed, digests: text.digestsOf(signed) };
  }
  // What stands there already was validated when it was signed, or when it was read.
  validateEntries("targets", added(changes));
  const document = base instanceof EntryText ? base.signed : base;
  const edited = withTargets(document, changes);
  if (edited === document && !isWanted) return undefined;
  const signed: Targets = { ...edited, ...header };
  return { signed, digests: new DocumentDigests(signed) };
}

function added(changes: BinChanges): Targets["targets"] {
  const entries = [...changes].filter((change): change is [string, TargetFile] => change[1] !== null);
  return Object.fromEntries(entries);
}
