/**
 * The adapter between the classic `signed` member and its linked form, without loss in either direction.
 *
 * The linked form keeps every classic member that has a term, adds `order` to the entries of an array, and
 * gathers the rest in `unrecognized`. It is closed: a linked document is accepted only if it is exactly what
 * its own classic form projects to, so no term can smuggle in what no reader sees.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { pointerBelow } from "../encoding/jsonPointer.ts";
import {
  DOCUMENT_SHAPES,
  type Member,
  membersOf,
  type RoleType,
  type ShapeName,
} from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { isObject, unrecognizedOf } from "../vocabulary/unrecognized.ts";
import { array, object, refusal } from "./shape.ts";
import { validateSigned } from "./validate.ts";

type Entries = Readonly<Record<string, JsonValue>>;
type MutableEntries = Record<string, JsonValue>;

/** The linked form of a validated `signed` member, without `@context` and `proof`. The input is not changed. */
export function toLinked(signed: Signed): MutableEntries {
  return { _type: signed._type, ...project(DOCUMENT_SHAPES[signed._type], signed as unknown as Entries) };
}

/**
 * The `signed` member that a linked document (without `@context` and `proof`) states.
 *
 * @param type refuse any other `_type`. Default: any of the four
 * @throws ERR_SHAPE
 */
export function toClassic(linked: Entries, type?: RoleType): Signed {
  const found = linked["_type"];
  if (typeof found !== "string" || !Object.hasOwn(DOCUMENT_SHAPES, found)) {
    throw refusal("/_type", `_type must be one of ${Object.keys(DOCUMENT_SHAPES).join(", ")}`);
  }
  const signed = { _type: found, ...restore(DOCUMENT_SHAPES[found as RoleType], linked, "") };
  validateSigned(signed, type, []);
  const difference = firstDifference(linked, toLinked(signed), "");
  if (difference !== undefined)
    throw refusal(difference, "is not what the linked form of this document has there");
  return signed;
}

function project(shape: ShapeName, entries: Entries): MutableEntries {
  const linked: MutableEntries = {};
  for (const [name, member] of membersOf(shape)) {
    const value = entries[name];
    if (value === undefined) continue;
    const projected = projectMember(member, value);
    if (projected !== undefined) linked[name] = projected;
  }
  const rest = unrecognizedOf(shape, entries);
  if (rest !== undefined) linked["unrecognized"] = rest;
  return linked;
}

function projectMember(member: Member, value: JsonValue): JsonValue | undefined {
  switch (member.is) {
    case "set":
      return !member.required && (value as JsonValue[]).length === 0 ? undefined : value;
    case "json":
      return isObject(value) ? value : undefined;
    case "nest": {
      const known = Object.entries(value as Entries).filter(
        ([name, inner]) => typeof inner === "string" && Object.hasOwn(member.members, name),
      );
      return known.length === 0 ? undefined : Object.fromEntries(known);
    }
    case "node":
      return project(member.of, value as Entries);
    case "map": {
      const linked: MutableEntries = {};
      for (const key of Object.keys(value as Entries)) {
        linked[key] = project(member.of, (value as Record<string, Entries>)[key] as Entries);
      }
      return linked;
    }
    case "list":
      return (value as Entries[]).map((entry, order) => ({ ...project(member.of, entry), order }));
    default:
      return value;
  }
}

function restore(shape: ShapeName, linked: Entries, path: string): MutableEntries {
  const members = membersOf(shape);
  const entries: MutableEntries = {};
  for (const name of Object.keys(linked)) {
    const member = members.get(name);
    if (member !== undefined)
      entries[name] = restoreMember(member, linked[name] as JsonValue, pointerBelow(path, name));
    else if (!ADDED.has(name)) throw refusal(pointerBelow(path, name), "is not a member of the linked form");
  }
  for (const [name, member] of members) {
    if (member.is === "nest" && member.required && !Object.hasOwn(entries, name)) entries[name] = {};
  }
  const rest = linked["unrecognized"];
  if (rest === undefined) return entries;
  for (const [name, value] of Object.entries(object(rest, `${path}/unrecognized`))) {
    const nested = members.get(name)?.is === "nest" && isObject(value);
    entries[name] = nested ? { ...(entries[name] as Entries), ...(value as Entries) } : value;
  }
  return entries;
}

/** Members of the linked form that the classic one does not have, or that `toClassic` reads by itself. */
const ADDED: ReadonlySet<string> = new Set(["_type", "order", "unrecognized"]);

function restoreMember(member: Member, value: JsonValue, path: string): JsonValue {
  switch (member.is) {
    case "node":
      return restoreEntry(member.of, value, path);
    case "map":
      return Object.fromEntries(
        Object.entries(object(value, path)).map(([key, entry]) => [
          key,
          restoreEntry(member.of, entry, pointerBelow(path, key)),
        ]),
      );
    case "list":
      return array(value, path).map((entry, index) => restoreEntry(member.of, entry, `${path}/${index}`));
    default:
      return value;
  }
}

function restoreEntry(shape: ShapeName, value: JsonValue, path: string): MutableEntries {
  return restore(shape, object(value, path), path);
}

/** The JSON Pointer of the first place where two values differ, or `undefined`. Member order does not matter. */
function firstDifference(a: JsonValue, b: JsonValue, path: string): string | undefined {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return Object.is(a, b) ? undefined : path;
  }
  if (Array.isArray(a) !== Array.isArray(b)) return path;
  for (const name of Object.keys(a)) {
    const at = pointerBelow(path, name);
    if (!Object.hasOwn(b, name)) return at;
    const below = firstDifference((a as Entries)[name] as JsonValue, (b as Entries)[name] as JsonValue, at);
    if (below !== undefined) return below;
  }
  const missing = Object.keys(b).find((name) => !Object.hasOwn(a, name));
  return missing === undefined ? undefined : pointerBelow(path, missing);
}
