/**
 * The validator: a value has exactly the shape that the table of terms gives it, or is refused with the path.
 *
 * Members that TUF does not define are allowed (TUF 4: clients must ignore them) and end up signed in
 * `unrecognized`.
 *
 * What RDF could not tell apart has no linked form, though it may be sound TUF: repeated paths and index keys that
 * JSON-LD reads as keywords. It is refused as well, unless the caller asks to be told of it instead.
 * @module
 */
import { isDateTime } from "../encoding/dateTime.ts";
import { pointerBelow } from "../encoding/jsonPointer.ts";
import type { TufLdError } from "../errors.ts";
import {
  DOCUMENT_SHAPES,
  type Member,
  membersOf,
  type PropertyName,
  type RoleType,
  SHAPES,
  type ShapeName,
} from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { refusal as refusalAt } from "./shape.ts";

type Entries = Readonly<Record<string, unknown>>;

/** As arrays, which are quicker to go through than maps: a document has 100,000 entries of one shape. */
const MEMBERS: ReadonlyMap<ShapeName, readonly (readonly [string, Member])[]> = new Map(
  (Object.keys(SHAPES) as ShapeName[]).map((shape) => [shape, [...membersOf(shape)]]),
);
const TOP_LEVEL_ROLES: ReadonlySet<string> = new Set(Object.keys(DOCUMENT_SHAPES));
const HEX = /^[0-9a-fA-F]+$/;
/** What JSON-LD 1.1 reserves (section 3.1): a processor drops an index key of this form. */
const KEYWORD_FORM = /^@[a-zA-Z]+$/;

/**
 * Validates the `signed` part of a metadata file of any type.
 *
 * @param type refuse any other `_type`. Default: any of the four
 * @param at where the value stands, for the paths of refusals. Default: the member `signed` of a file
 * @param unlinked is told why a value that is sound TUF has no linked form. Default: that is refused too
 * @throws ERR_SHAPE
 */
export function validateSigned(
  value: unknown,
  type?: RoleType,
  at: readonly string[] = ["signed"],
  unlinked: Unlinked = refuseUnlinked,
): asserts value is Signed {
  const path = [...at];
  const entries = object(value, path);
  const found = entries["_type"];
  if (typeof found !== "string" || !TOP_LEVEL_ROLES.has(found)) {
    refuse(path, `_type must be one of ${[...TOP_LEVEL_ROLES].join(", ")}`, "_type");
  }
  if (type !== undefined && found !== type) refuse(path, `_type is "${found}", expected "${type}"`, "_type");
  validateShape(DOCUMENT_SHAPES[found as RoleType], entries, path, unlinked);
}

/** Takes the reason why a value has no linked form. */
type Unlinked = (reason: TufLdError<"ERR_SHAPE">) => void;

function refuseUnlinked(reason: TufLdError<"ERR_SHAPE">): never {
  throw reason;
}

function validateShape(shape: ShapeName, entries: Entries, path: string[], unlinked: Unlinked): void {
  for (const [name, member] of MEMBERS.get(shape) ?? []) {
    const value = entries[name];
    if (value === undefined || !Object.hasOwn(entries, name)) {
      if (member.required) refuse(path, `${shape} needs the member "${name}"`);
      continue;
    }
    path.push(name);
    validateMember(member, value, path, unlinked);
    path.pop();
  }
  RULES[shape]?.(entries, path);
}

function validateMember(member: Member, value: unknown, path: string[], unlinked: Unlinked): void {
  switch (member.is) {
    case "string":
      if (typeof value !== "string") refuse(path, "must be a string");
      return;
    case "dateTime":
      if (!isDateTime(value)) {
        refuse(path, "must be an RFC 3339 date and time with a zone, such as 2030-01-01T00:00:00Z");
      }
      return;
    case "integer":
      if (!Number.isSafeInteger(value) || Object.is(value, -0) || (value as number) < member.min) {
        refuse(path, `must be an integer from ${member.min} to 2^53 - 1`);
      }
      return;
    case "boolean":
      if (typeof value !== "boolean") refuse(path, "must be true or false");
      return;
    case "set":
      validateSet(member.property, value, path, unlinked);
      return;
    case "json":
      return;
    case "nest":
      object(value, path);
      return;
    case "node":
      validateShape(member.of, object(value, path), path, unlinked);
      return;
    case "map": {
      const entries = object(value, path);
      for (const key of Object.keys(entries)) {
        path.push(key);
        if (key.charCodeAt(0) === 0x40 && KEYWORD_FORM.test(key))
          unlinked(refusal(path, "has the form of a JSON-LD keyword"));
        if (key === "__proto__") unlinked(refusal(path, "is a name that JSON-LD processors lose"));
        validateShape(member.of, object(entries[key], path), path, unlinked);
        path.pop();
      }
      return;
    }
    case "list":
      if (!Array.isArray(value)) refuse(path, "must be an array");
      for (const [index, entry] of value.entries()) {
        path.push(String(index));
        validateShape(member.of, object(entry, path), path, unlinked);
        path.pop();
      }
  }
}

/** A set has no order and no repetitions: two equal strings would become one triple. */
function validateSet(property: PropertyName, value: unknown, path: string[], unlinked: Unlinked): void {
  if (!Array.isArray(value)) refuse(path, "must be an array of strings");
  for (const entry of value) if (typeof entry !== "string") refuse(path, "must hold strings only");
  if (value.length < 2 || new Set(value).size === value.length) return;
  const repeated = refusal(path, "must not repeat a value");
  // TUF 4.3 asks for unique keyids, and for nothing of that kind in 4.5.
  if (property === "authorizedKeyid") throw repeated;
  unlinked(repeated);
}

/** What the table cannot say: relations between the members of one shape. */
const RULES: Partial<Record<ShapeName, (entries: Entries, path: string[]) => void>> = {
  Root(entries, path) {
    specVersion(entries, path);
    for (const role of TOP_LEVEL_ROLES) {
      if (!Object.hasOwn(entries["roles"] as Entries, role))
        refuse(path, `must name the role "${role}"`, "roles");
    }
  },
  Timestamp(entries, path) {
    specVersion(entries, path);
    if (!Object.hasOwn(entries["meta"] as Entries, "snapshot.json")) {
      refuse(path, 'must name "snapshot.json"', "meta"); // TUF 4.6
    }
  },
  Snapshot: specVersion,
  Targets: specVersion,
  MetaFile(entries, path) {
    // A parent that states hashes and none at all leaves open whether it meant to state some (TUF 4.4).
    if (entries["hashes"] !== undefined && hashes(entries["hashes"] as Entries, path) === 0)
      refuse(path, "must hold a hash, or not be there", "hashes");
  },
  TargetFile(entries, path) {
    if (hashes(entries["hashes"] as Entries, path) === 0) refuse(path, "must hold a hash", "hashes");
  },
  Delegations(entries, path) {
    const roles = entries["roles"] as readonly Entries[] | undefined;
    if ((roles === undefined) === (entries["succinct_roles"] === undefined)) {
      refuse(path, "must have exactly one of roles and succinct_roles"); // TAP 15
    }
    const names = new Set<unknown>();
    for (const [index, role] of (roles ?? []).entries()) {
      const name = role["name"] as string;
      const where = ["roles", String(index), "name"];
      if (name === "" || TOP_LEVEL_ROLES.has(name))
        refuse(path, "must not be empty or a top-level role", ...where);
      if (names.has(name)) refuse(path, `repeats the role "${name}"`, ...where);
      names.add(name);
    }
  },
  DelegatedRole(entries, path) {
    if ((entries["paths"] === undefined) === (entries["path_hash_prefixes"] === undefined)) {
      refuse(path, "must have exactly one of paths and path_hash_prefixes"); // TUF 4.5
    }
  },
  SuccinctRoles(entries, path) {
    if ((entries["bit_length"] as number) > 32) refuse(path, "must be at most 32", "bit_length");
  },
};

function specVersion(entries: Entries, path: string[]): void {
  // TUF 4.3: a client must not read a major version that it does not know.
  if (!/^1\.\d{1,6}(\.\d{1,6})?$/.test(entries["spec_version"] as string)) {
    refuse(path, `spec_version "${entries["spec_version"]}" is not a 1.x version`, "spec_version");
  }
}

/** Checks digests and tells how many there are. */
function hashes(entries: Entries, path: string[]): number {
  let count = 0;
  for (const algorithm of Object.keys(entries)) {
    const digest = entries[algorithm];
    if (typeof digest !== "string" || digest.length % 2 !== 0 || !HEX.test(digest)) {
      refuse(path, "must be a hexadecimal digest", "hashes", algorithm);
    }
    count += 1;
  }
  return count;
}

function object(value: unknown, path: readonly string[]): Entries {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(path, "must be an object");
  return value as Entries;
}

function refuse(path: readonly string[], reason: string, ...below: readonly string[]): never {
  throw refusal([...path, ...below], reason);
}

function refusal(path: readonly string[], reason: string): TufLdError<"ERR_SHAPE"> {
  return refusalAt(pointerBelow("", ...path), reason);
}
