/**
 * The one table of terms: the JSON-LD context, the vocabulary page, the validator, the TypeScript types and
 * the canonical writer are all derived from it, so they cannot drift apart.
 *
 * A member's `is` says how its JSON value becomes RDF:
 *
 * | is       | JSON                              | RDF                                                   |
 * | -------- | --------------------------------- | ----------------------------------------------------- |
 * | string   | string                            | one plain literal                                     |
 * | dateTime | RFC 3339 string                   | xsd:dateTime, lexical form verbatim                   |
 * | integer  | safe integer                      | xsd:integer                                           |
 * | boolean  | boolean                           | xsd:boolean                                           |
 * | set      | array of distinct strings         | one plain literal each, order not kept                |
 * | json     | object                            | one rdf:JSON literal                                  |
 * | nest     | object                            | its members are triples of the same subject           |
 * | node     | object                            | a blank node                                          |
 * | map      | object of objects                 | a blank node each, the key as the `index` property    |
 * | list     | array of objects                  | a blank node each, the position as `order`            |
 *
 * What the terms mean is told in `meanings.ts`, which only the page and the descriptions need.
 * @module
 */
import type { PropertyName } from "./meanings.ts";

export type { PropertyName };

/** Every property and class of ours is in this namespace. */
export const NAMESPACE = "https://w3id.org/tuf-ld#";

/** The IRI of our JSON-LD context, version 1. */
export const CONTEXT_URL = "https://w3id.org/tuf-ld/v1";

/** The exact `@context` of every linked TUF document, in this order; anything else is refused. */
export const TUF_CONTEXTS: readonly [string, string, string] = [
  CONTEXT_URL,
  "https://w3id.org/security/suites/ed25519-2020/v1",
  "https://w3id.org/security/data-integrity/v2",
];

/** The shapes of TUF metadata. `type` is the classic `_type`; `members` are keyed by their classic names. */
export const SHAPES = {
  Root: {
    type: "root",
    members: {
      consistent_snapshot: { is: "boolean", property: "consistentSnapshot", required: false },
      keys: { is: "map", property: "key", of: "Key", index: "keyid", required: true },
      roles: { is: "map", property: "role", of: "Role", index: "roleName", required: true },
    },
  },
  Timestamp: {
    type: "timestamp",
    members: {
      meta: { is: "map", property: "meta", of: "MetaFile", index: "fileName", required: true },
    },
  },
  Snapshot: {
    type: "snapshot",
    members: {
      meta: { is: "map", property: "meta", of: "MetaFile", index: "fileName", required: true },
    },
  },
  Targets: {
    type: "targets",
    members: {
      targets: { is: "map", property: "target", of: "TargetFile", index: "path", required: true },
      delegations: { is: "node", property: "delegations", of: "Delegations", required: false },
    },
  },
  Key: {
    members: {
      keytype: { is: "string", property: "keytype", required: true },
      scheme: { is: "string", property: "scheme", required: true },
      keyval: {
        is: "nest",
        required: true,
        members: { public: { property: "publicKey" } },
      },
    },
  },
  Role: {
    members: {
      keyids: { is: "set", property: "authorizedKeyid", required: true },
      threshold: { is: "integer", property: "threshold", min: 1, required: true },
    },
  },
  MetaFile: {
    members: {
      version: { is: "integer", property: "version", min: 1, required: true },
      length: { is: "integer", property: "length", min: 0, required: false },
      hashes: {
        is: "nest",
        required: false,
        members: {
          sha224: { property: "sha224" },
          sha256: { property: "sha256" },
          sha384: { property: "sha384" },
          sha512: { property: "sha512" },
        },
      },
    },
  },
  TargetFile: {
    members: {
      length: { is: "integer", property: "length", min: 0, required: true },
      hashes: {
        is: "nest",
        required: true,
        members: {
          sha224: { property: "sha224" },
          sha256: { property: "sha256" },
          sha384: { property: "sha384" },
          sha512: { property: "sha512" },
        },
      },
      custom: { is: "json", property: "custom", required: false },
    },
  },
  Delegations: {
    members: {
      keys: { is: "map", property: "key", of: "Key", index: "keyid", required: true },
      roles: { is: "list", property: "role", of: "DelegatedRole", required: false },
      succinct_roles: { is: "node", property: "succinctRoles", of: "SuccinctRoles", required: false },
    },
  },
  DelegatedRole: {
    members: {
      name: { is: "string", property: "roleName", required: true },
      keyids: { is: "set", property: "authorizedKeyid", required: true },
      threshold: { is: "integer", property: "threshold", min: 1, required: true },
      terminating: { is: "boolean", property: "terminating", required: true },
      paths: { is: "set", property: "pathPattern", required: false },
      path_hash_prefixes: { is: "set", property: "pathHashPrefix", required: false },
    },
  },
  SuccinctRoles: {
    members: {
      keyids: { is: "set", property: "authorizedKeyid", required: true },
      threshold: { is: "integer", property: "threshold", min: 1, required: true },
      bit_length: { is: "integer", property: "bitLength", min: 1, required: true },
      name_prefix: { is: "string", property: "namePrefix", required: true },
    },
  },
} as const;

/** The members that every signed document begins with. */
export const HEADER = {
  spec_version: { is: "string", property: "specVersion", required: true },
  version: { is: "integer", property: "version", min: 1, required: true },
  expires: { is: "dateTime", property: "expires", required: true },
} as const;

/** The name of a shape. */
export type ShapeName = keyof typeof SHAPES;

/** The shapes that are documents of their own, by their classic `_type`. */
export const DOCUMENT_SHAPES = {
  root: "Root",
  timestamp: "Timestamp",
  snapshot: "Snapshot",
  targets: "Targets",
} as const;

/** A classic `_type`. */
export type RoleType = keyof typeof DOCUMENT_SHAPES;

/** One member of a shape, with the optional parts of every kind laid side by side. */
export type Member =
  | {
      readonly is: "string" | "dateTime" | "boolean" | "set" | "json";
      readonly property: PropertyName;
      readonly required: boolean;
    }
  | {
      readonly is: "integer";
      readonly property: PropertyName;
      readonly min: number;
      readonly required: boolean;
    }
  | {
      readonly is: "nest";
      readonly required: boolean;
      readonly members: Readonly<Record<string, { readonly property: PropertyName }>>;
    }
  | {
      readonly is: "node" | "list";
      readonly property: PropertyName;
      readonly of: ShapeName;
      readonly required: boolean;
    }
  | {
      readonly is: "map";
      readonly property: PropertyName;
      readonly of: ShapeName;
      readonly index: PropertyName;
      readonly required: boolean;
    };

/** The members of a shape by their classic names, the header of a signed document included. */
export function membersOf(shape: ShapeName): ReadonlyMap<string, Member> {
  return MEMBERS.get(shape) as ReadonlyMap<string, Member>;
}

const MEMBERS: ReadonlyMap<ShapeName, ReadonlyMap<string, Member>> = new Map(
  (Object.keys(SHAPES) as ShapeName[]).map((name) => {
    const shape = SHAPES[name];
    const header: [string, Member][] = "type" in shape ? Object.entries(HEADER) : [];
    return [name, new Map<string, Member>([...header, ...Object.entries<Member>(shape.members)])];
  }),
);
