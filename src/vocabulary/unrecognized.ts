/**
 * What of an entry RDF has no term for, gathered as one JSON literal.
 *
 * That is every member the table does not know; of a nested member (`hashes`, `keyval`) the parts without a
 * term; and the corners where JSON tells apart what RDF cannot: an optional `[]` or `{}` against nothing.
 * Because a nested member keeps its own name inside the literal, a key's and its keyval's extra members never
 * share one home.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { type Member, membersOf, SHAPES, type ShapeName } from "./terms.ts";

type Entries = Readonly<Record<string, JsonValue>>;

/** The members of `entries` that have no term, or `undefined` when every member has one. */
export function unrecognizedOf(shape: ShapeName, entries: Entries): Record<string, JsonValue> | undefined {
  const members = membersOf(shape);
  let rest: Record<string, JsonValue> | undefined;
  for (const name in entries) {
    const member = members.get(name);
    if (name === "_type" && "type" in SHAPES[shape]) continue;
    const value = entries[name] as JsonValue;
    const left = member === undefined ? value : remainder(member, value);
    if (left !== undefined) {
      rest ??= {};
      rest[name] = left;
    }
  }
  return rest;
}

/** The part of a known member that has no term. */
function remainder(member: Member, value: JsonValue): JsonValue | undefined {
  switch (member.is) {
    case "set":
      return !member.required && (value as readonly JsonValue[]).length === 0 ? [] : undefined;
    case "json":
      return isObject(value) ? undefined : value;
    case "nest": {
      let rest: Record<string, JsonValue> | undefined;
      let size = 0;
      for (const name in value as Entries) {
        size++;
        const inner = (value as Entries)[name] as JsonValue;
        if (typeof inner === "string" && Object.hasOwn(member.members, name)) continue;
        rest ??= {};
        rest[name] = inner;
      }
      return size === 0 && !member.required ? {} : rest;
    }
    default:
      return undefined;
  }
}

/** Whether a value is an object, and no array. */
export function isObject(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
