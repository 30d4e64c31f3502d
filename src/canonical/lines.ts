/**
 * The N-Quads lines of one blank node.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { sortByCodePoint } from "../encoding/codePoint.ts";
import { unrecognizedOf } from "../vocabulary/unrecognized.ts";
import { jcs } from "./jcs.ts";
import { escapeLiteral } from "./nquads.ts";
import type { ChildStep, Plan } from "./plan.ts";
import type { Utf8Writer } from "./utf8Writer.ts";

/** The members of one object of the document. */
export type Entries = Readonly<Record<string, JsonValue>>;

/** An object of the document, as the subject of its lines. */
export interface Subject {
  readonly plan: Plan;
  readonly entries: Entries;
  /** The key under which an index map holds it; empty elsewhere. */
  readonly key: string;
  /** The position in an array; 0 elsewhere. */
  readonly position: number;
  /** Children, one group for each child step of the plan that has its member; `undefined` in a leaf. */
  readonly groups: readonly Group[] | undefined;
}

/** The children of a subject under one predicate. */
export interface Group {
  readonly step: ChildStep;
  size: number;
  /** The numbers of the children's labels, once issued, in the order in which the labels sort. */
  readonly numbers: number[];
}

/** Writes the lines that lead from the node with this label to the children in a group. */
export type WriteChildren = (group: Group, label: string, out: Utf8Writer) => void;

/** Writes the lines of a subject, in canonical order, each of which begins with `label`. */
export function writeLines(
  subject: Subject,
  label: string,
  writeChildren: WriteChildren,
  out: Utf8Writer,
): void {
  const { entries, plan } = subject;
  let group = 0;
  for (const step of plan.steps) {
    switch (step.from) {
      case "literal": {
        const value = entries[step.name];
        if (value !== undefined) out.line(label, step, typeof value === "string" ? value : String(value));
        break;
      }
      case "nest": {
        const value = (entries[step.name] as Entries | undefined)?.[step.inner];
        if (typeof value === "string") out.line(label, step, value);
        break;
      }
      case "key":
        out.line(label, step, subject.key);
        break;
      case "position":
        out.line(label, step, String(subject.position));
        break;
      case "type":
        out.line(label, step, "");
        break;
      case "unrecognized": {
        const rest = unrecognizedOf(plan.shape, entries);
        if (rest !== undefined) out.line(label, step, jcs(rest));
        break;
      }
      case "json": {
        const value = entries[step.name];
        // Anything but an object is kept as an unrecognized member.
        if (typeof value !== "object" || value === null || Array.isArray(value)) break;
        out.line(label, step, jcs(value));
        break;
      }
      case "set": {
        const values = entries[step.name] as readonly string[] | undefined;
        if (values === undefined) break;
        // Escaped, and with the quote that ends it, because that is how lines sort: "a b" comes before "a".
        const escaped = new Map(values.map((value) => [`${escapeLiteral(value)}"`, value]));
        for (const end of sortByCodePoint([...escaped.keys()]))
          out.line(label, step, escaped.get(end) as string);
        break;
      }
      default:
        if (entries[step.name] !== undefined)
          writeChildren((subject.groups as Group[])[group++] as Group, label, out);
    }
  }
}
