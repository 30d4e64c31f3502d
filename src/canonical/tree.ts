/**
 * A closed document as a tree of blank nodes, and the N-Quads lines of each.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { sortByCodePoint } from "../encoding/codePoint.ts";
import { unrecognizedOf } from "../vocabulary/unrecognized.ts";
import { jcs } from "./jcs.ts";
import { escapeLiteral } from "./nquads.ts";
import type { Plan } from "./plan.ts";

/** The members of one object of the document. */
export type Entries = Readonly<Record<string, JsonValue>>;

/** A blank node of the linked form. */
export interface Node {
  readonly plan: Plan;
  readonly entries: Entries;
  /** The key under which an index map holds this entry; empty elsewhere. */
  readonly key: string;
  /** The position in an array; 0 elsewhere. */
  readonly position: number;
  /** The parent's group that holds this node; `undefined` for the document itself. */
  readonly within: Group | undefined;
  /** Children, one group for each step of the plan that has any, in the order of the plan. */
  readonly groups: Group[] | undefined;
  /** The number of the canonical label, once issued. */
  number: number;
}

/** The children of a node under one predicate; `open` and `close` are those of the step. */
export interface Group {
  readonly open: string;
  readonly close: string;
  nodes: Node[];
}

/** Lists a document's node and everything below it. */
export function nodesOf(plan: Plan, entries: Entries): Node[] {
  const nodes: Node[] = [];
  grow(plan, entries, "", 0, undefined, nodes);
  return nodes;
}

function grow(plan: Plan, entries: Entries, key: string, position: number, within: Group | undefined, nodes: Node[]): void {
  let groups: Group[] | undefined;
  for (const step of plan.steps) {
    if (step.from !== "node" && step.from !== "map" && step.from !== "list") continue;
    const value = entries[step.name];
    if (value === undefined) continue;
    const group: Group = { open: step.open, close: step.close, nodes: [] };
    groups ??= [];
    groups.push(group);
    const below = step.plan();
    if (step.from === "node") {
      grow(below, value as Entries, "", 0, group, nodes);
    } else if (step.from === "list") {
      for (const [index, entry] of (value as Entries[]).entries()) grow(below, entry, "", index, group, nodes);
    } else {
      const map = value as Readonly<Record<string, Entries>>;
      for (const name of Object.keys(map)) grow(below, map[name] as Entries, name, 0, group, nodes);
    }
  }
  const node: Node = { plan, entries, key, position, within, groups, number: -1 };
  within?.nodes.push(node);
  nodes.push(node);
}

/**
 * Appends the lines of a node, in canonical order, as pieces of text. Every line begins with `label`; a line
 * that points to a child ends with what `labelOf` says of it.
 */
export function pushLines(node: Node, label: string, labelOf: (child: Node) => string, out: string[]): void {
  const { entries, plan } = node;
  let group = 0;
  for (const step of plan.steps) {
    switch (step.from) {
      case "literal": {
        const value = entries[step.name];
        if (value === undefined) break;
        out.push(label, step.open, typeof value === "string" ? escapeLiteral(value) : String(value), step.close);
        break;
      }
      case "nest": {
        const value = (entries[step.name] as Entries | undefined)?.[step.inner];
        if (typeof value === "string") out.push(label, step.open, escapeLiteral(value), step.close);
        break;
      }
      case "key":
        out.push(label, step.open, escapeLiteral(node.key), step.close);
        break;
      case "position":
        out.push(label, step.open, String(node.position), step.close);
        break;
      case "type":
        out.push(label, step.open, step.close);
        break;
      case "unrecognized": {
        const rest = unrecognizedOf(plan.shape, entries);
        if (rest !== undefined) out.push(label, step.open, escapeLiteral(jcs(rest)), step.close);
        break;
      }
      case "json": {
        const value = entries[step.name];
        // Anything but an object is kept as an unrecognized member.
        if (typeof value !== "object" || value === null || Array.isArray(value)) break;
        out.push(label, step.open, escapeLiteral(jcs(value)), step.close);
        break;
      }
      case "set": {
        const values = entries[step.name] as readonly string[] | undefined;
        if (values === undefined) break;
        // The closing quote takes part in the order of lines: "a b" comes before "a".
        for (const end of sortByCodePoint(values.map((value) => escapeLiteral(value) + step.close))) {
          out.push(label, step.open, end);
        }
        break;
      }
      default:
        if (entries[step.name] === undefined) break;
        for (const child of (node.groups as Group[])[group]?.nodes ?? []) {
          out.push(label, step.open, labelOf(child), step.close);
        }
        group += 1;
    }
  }
}
