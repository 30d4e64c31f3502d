/**
 * What the terms mean, in words: for the vocabulary page and for the descriptions in RDF. Nothing that reads, signs or
 * checks a document needs them.
 *
 * `section` is of the TUF specification 1.0.34, or the name of the TAP.
 * @module
 */

/** What each property means. */
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

/** What each shape of the table is. */
export const SHAPE_MEANINGS = {
  Root: { section: "4.3", about: "Root metadata: the keys and thresholds of the four top-level roles." },
  Timestamp: { section: "4.6", about: "Timestamp metadata: the snapshot that is current." },
  Snapshot: {
    section: "4.4",
    about: "Snapshot metadata: the version of every targets role that is current.",
  },
  Targets: {
    section: "4.5",
    about: "Targets metadata: files with their lengths and hashes, and delegations.",
  },
  Key: { section: "4.2", about: "A public key." },
  Role: { section: "4.3", about: "The keys and the threshold of a top-level role." },
  MetaFile: { section: "4.4", about: "The version, and perhaps length and hashes, of a metadata file." },
  TargetFile: { section: "4.5", about: "The length, the hashes and the custom data of a target file." },
  Delegations: { section: "4.5", about: "The keys and roles that a targets role delegates to." },
  DelegatedRole: {
    section: "4.5",
    about: "A delegated targets role: its keys, its threshold and the paths it may sign.",
  },
  SuccinctRoles: { section: "TAP 15", about: "A power of two of hash bins that share keys and threshold." },
} as const;
