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
 * @module
 */

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

/** What each property means; `section` is of the TUF specification 1.0.34, or the name of the TAP. */
export const PROPERTIES = {
  specVersion: { section: "4.3", about: "The version of the TUF specification that the metadata follows." },
  version: { section: "4.3", about: "The version of this metadata, or the version that a meta entry names." },
  expires: { section: "4.3", about: "The instant from which clients must not trust this metadata." },
  consistentSnapshot: { section: "4.3", about: "Whether the repository publishes versioned file names." },
  key: { section: "4.3", about: "A public key that the roles of this document may name by its keyid." },
  keyid: { section: "4.2", about: "The identifier of a key within the document that lists it." },
  keytype: { section: "4.2", about: "The kind of key, for example ed25519." },
  scheme: { section: "4.2", about: "The signature scheme that the key is used with." },
  publicKey: { section: "4.2", about: "The public value of a key, in the encoding of its keytype." },
  role: { section: "4.3", about: "A role that this document delegates trust to." },
  roleName: { section: "4.3", about: "The name of a role." },
  authorizedKeyid: { section: "4.3", about: "The keyid of one key that may sign for the role." },
  threshold: { section: "4.3", about: "How many distinct authorized keys must sign." },
  meta: { section: "4.4", about: "What this document says of one other metadata file." },
  fileName: { section: "4.4", about: "The name of a metadata file." },
  length: { section: "4.4", about: "The size of a file in bytes." },
  sha224: { section: "4.4", about: "The SHA-224 digest of a file, in hexadecimal." },
  sha256: { section: "4.4", about: "The SHA-256 digest of a file, in hexadecimal." },
  sha384: { section: "4.4", about: "The SHA-384 digest of a file, in hexadecimal." },
  sha512: { section: "4.4", about: "The SHA-512 digest of a file, in hexadecimal." },
  target: { section: "4.5", about: "A target file that this role vouches for." },
  path: { section: "4.5", about: "The path of a target file, relative to the base of targets." },
  custom: { section: "4.5", about: "What the application says of a target, opaque to TUF." },
  delegations: { section: "4.5", about: "The delegation part of a targets document." },
  order: { section: "4.5", about: "The position of a delegated role; a lower one is asked first." },
  pathPattern: { section: "4.5", about: "A shell-style pattern of the target paths that the role may sign." },
  pathHashPrefix: {
    section: "4.5",
    about: "A hexadecimal prefix of the hashes of paths that the role may sign.",
  },
  terminating: { section: "4.5", about: "Whether the search for a path ends with this role." },
  succinctRoles: { section: "TAP 15", about: "Hash bins that are delegated to in one entry." },
  bitLength: {
    section: "TAP 15",
    about: "How many leading bits of the path's hash choose the bin; 1 to 32.",
  },
  namePrefix: { section: "TAP 15", about: "What the name of every bin begins with." },
  sig: { section: "4.2", about: "A classic signature over the OLPC canonical JSON of the classic view." },
  unrecognized: {
    section: "4",
    about: "Members that the specification does not define, kept as one JSON literal.",
  },
} as const;

/** The local name of one of our properties. */
export type PropertyName = keyof typeof PROPERTIES;

/** The shapes of TUF metadata. `type` is the classic `_type`; `members` are keyed by their classic names. */
export const SHAPES = {
  Root: {
    type: "root",
    section: "4.3",
    about: "Root metadata: the keys and thresholds of the four top-level roles.",
    members: {
      consistent_snapshot: { is: "boolean", property: "consistentSnapshot", required: false },
      keys: { is: "map", property: "key", of: "Key", index: "keyid", required: true },
      roles: { is: "map", property: "role", of: "Role", index: "roleName", required: true },
    },
  },
  Timestamp: {
    type: "timestamp",
    section: "4.6",
    about: "Timestamp metadata: the snapshot that is current.",
    members: {
      meta: { is: "map", property: "meta", of: "MetaFile", index: "fileName", required: true },
    },
  },
  Snapshot: {
    type: "snapshot",
    section: "4.4",
    about: "Snapshot metadata: the version of every targets role that is current.",
    members: {
      meta: { is: "map", property: "meta", of: "MetaFile", index: "fileName", required: true },
    },
  },
  Targets: {
    type: "targets",
    section: "4.5",
    about: "Targets metadata: files with their lengths and hashes, and delegations.",
    members: {
      targets: { is: "map", property: "target", of: "TargetFile", index: "path", required: true },
      delegations: { is: "node", property: "delegations", of: "Delegations", required: false },
    },
  },
  Key: {
    section: "4.2",
    about: "A public key.",
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
    section: "4.3",
    about: "The keys and the threshold of a top-level role.",
    members: {
      keyids: { is: "set", property: "authorizedKeyid", required: true },
      threshold: { is: "integer", property: "threshold", min: 1, required: true },
    },
  },
  MetaFile: {
    section: "4.4",
    about: "The version, and perhaps length and hashes, of a metadata file.",
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
    section: "4.5",
    about: "The length, the hashes and the custom data of a target file.",
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
    section: "4.5",
    about: "The keys and roles that a targets role delegates to.",
    members: {
      keys: { is: "map", property: "key", of: "Key", index: "keyid", required: true },
      roles: { is: "list", property: "role", of: "DelegatedRole", required: false },
      succinct_roles: { is: "node", property: "succinctRoles", of: "SuccinctRoles", required: false },
    },
  },
  DelegatedRole: {
    section: "4.5",
    about: "A delegated targets role: its keys, its threshold and the paths it may sign.",
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
    section: "TAP 15",
    about: "A power of two of hash bins that share keys and threshold.",
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
