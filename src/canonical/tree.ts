/**
 * A closed document as a tree of blank nodes, each with the text that is hashed for it.
 * @module
 */
import { type Entries, type Group, type Subject, writeLines } from "./lines.ts";
import type { Plan } from "./plan.ts";
import type { Utf8Writer } from "./utf8Writer.ts";

/**
 * Blank nodes by number, children before their parents. They are columns, since 100,000 objects would keep the
 * garbage collector busy.
 */
export interface Nodes {
  /** Where the text of a node ends, in bytes; it begins where that of the node before it ends. */
  readonly ends: number[];
  /** Where the node's own lines end; behind them is only the line that leads to it. */
  readonly ownEnds: number[];
  /** The group that holds the node; `undefined` for the document itself. */
  readonly within: (Group | undefined)[];
  /** What to make the lines from once labels are known; `undefined` for a leaf, whose lines are copied. */
  readonly subjects: (Subject | undefined)[];
}

/** Labels in the text that is hashed for a node: itself, and every other blank node (RDFC-1.0 4.6). */
export const SELF = "_:a";
export const OTHER = "_:z";

/** What an entry of a map usually takes; memory that is reserved and never touched costs nothing. */
const ENTRY_BYTES = 512;
const MOST_EXPECTED_BYTES = 64 * 1_048_576;

/** Writes the text that is hashed for a document and for everything below it, and lists them, children first. */
export function draftNodes(plan: Plan, entries: Entries, text: Utf8Writer): Nodes {
  const nodes: Nodes = { ends: [], ownEnds: [], within: [], subjects: [] };
  grow(plan, entries, "", 0, undefined, text, nodes);
  return nodes;
}

function grow(
  plan: Plan,
  entries: Entries,
  key: string,
  position: number,
  within: Group | undefined,
  text: Utf8Writer,
  nodes: Nodes,
): void {
  let groups: Group[] | undefined;
  for (const step of plan.childSteps) {
    const value = entries[step.name];
    if (value === undefined) continue;
    const group: Group = { step, size: 0, numbers: [] };
    groups ??= [];
    groups.push(group);
    const below = step.plan();
    if (step.from === "node") {
      grow(below, value as Entries, "", 0, group, text, nodes);
    } else if (step.from === "list") {
      for (const [index, entry] of (value as Entries[]).entries()) {
        grow(below, entry, "", index, group, text, nodes);
      }
    } else {
      const map = value as Readonly<Record<string, Entries>>;
      const names = Object.keys(map);
      text.reserve(Math.min(names.length * ENTRY_BYTES, MOST_EXPECTED_BYTES));
      for (const name of names) grow(below, map[name] as Entries, name, 0, group, text, nodes);
    }
  }
  const subject: Subject = { plan, entries, key, position, groups };
  writeLines(subject, SELF, writeAnonymousChildren, text);
  nodes.ownEnds.push(text.length);
  if (within !== undefined) {
    within.size += 1;
    text.link(OTHER, within.step, SELF);
  }
  nodes.ends.push(text.length);
  nodes.within.push(within);
  nodes.subjects.push(groups && subject);
}

/** The children have no labels yet, so all lines to them are alike. */
export function writeAnonymousChildren({ step, size }: Group, label: string, out: Utf8Writer): void {
  for (let count = 0; count < size; count++) out.link(label, step, OTHER);
}
