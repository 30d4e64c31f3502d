/**
 * The documents that the vectors sign: the `signed` members, as a person would write them.
 * @module
 */
import { createHash } from "node:crypto";
import { keys, trust } from "./keys.mjs";

const header = (_type, version = 1) => ({
  _type,
  spec_version: "1.0.34",
  version,
  expires: "2036-01-01T00:00:00Z",
});

const digest = (algorithm, text) => createHash(algorithm).update(text).digest("hex");

/** The length and hashes of a file with this text. */
const file = (text, ...algorithms) => ({
  length: text.length,
  hashes: Object.fromEntries(algorithms.map((algorithm) => [algorithm, digest(algorithm, text)])),
});

const role = (names, threshold = 1) => {
  const { keyids } = trust(names, threshold);
  return { keyids, threshold };
};

const keysOf = (names) => trust(names).keys;

export const root = {
  ...header("root"),
  consistent_snapshot: true,
  keys: keysOf("alice bob carol pat"),
  roles: {
    root: role("alice bob carol", 2),
    timestamp: role("bob"),
    snapshot: role("bob"),
    targets: role("alice pat", 2),
  },
};

export const timestamp = {
  ...header("timestamp", 7),
  meta: { "snapshot.json": { version: 5, ...file("a snapshot", "sha256", "sha512") } },
};

export const snapshot = {
  ...header("snapshot", 5),
  meta: {
    "targets.json": { version: 3, ...file("targets", "sha256") },
    "project a.json": { version: 12, length: 4096 },
    "project b.json": { version: 1, hashes: { sha512: digest("sha512", "b") } },
    "project c.json": { version: 2 },
  },
};

export const targets = {
  ...header("targets", 3),
  targets: { "readme.txt": file("hello\n", "sha256") },
};

export const targetsWithDelegations = {
  ...header("targets", 3),
  targets: {
    "dist/app-1.0.tar.gz": file("app 1.0", "sha256", "sha512"),
    "dist/app-1.1.tar.gz": file("app 1.1", "sha256"),
  },
  delegations: {
    keys: keysOf("bob carol"),
    roles: [
      { name: "releases", ...role("bob carol", 2), terminating: true, paths: ["dist/*", "src/*.tar.gz"] },
      { name: "nightly", ...role("carol"), terminating: false, paths: ["nightly/*"] },
      { name: "bin-0", ...role("bob"), terminating: false, path_hash_prefixes: ["00", "01", "8f"] },
    ],
  },
};

export const succinctRoles = {
  ...header("targets", 4),
  targets: {},
  delegations: {
    keys: keysOf("bob"),
    succinct_roles: { ...role("bob"), bit_length: 14, name_prefix: "bin" },
  },
};

const delegatedKey = Object.keys(keysOf("bob"))[0];

export const customAndUnrecognized = {
  ...header("targets", 9),
  targets: {
    "file.txt": {
      ...file("file", "sha256"),
      custom: { licence: "Apache-2.0", sizes: [1, 2, { deep: null }], empty: {} },
      "x-target": [true, false, null],
    },
  },
  delegations: {
    keys: { [delegatedKey]: { ...keysOf("bob")[delegatedKey], "x-key": { owner: "bob" } } },
    roles: [
      {
        name: "project",
        ...role("bob"),
        terminating: false,
        paths: ["project/*"],
        "x-role": 'äöü €\n"quoted" \\ and \u0001',
      },
    ],
    "x-delegations": -5,
  },
  "x-signed": { "": "the empty name", order: 1, unrecognized: { version: 2 } },
};

export const oddNames = {
  ...header("targets", 2),
  targets: Object.fromEntries(
    [
      "",
      " ",
      "../up",
      "urn:x",
      "http://example.org/#a",
      "_:b0",
      "@scope/package",
      "@",
      "日本/语",
      'quo"te',
      "back\\slash",
      "line\nfeed",
      "constructor",
      "123",
      "_type",
      "tuf:path",
      "unrecognized",
    ].map((name) => [name, file(name, "sha256")]),
  ),
};

export const codePointOrder = {
  ...header("targets", 2),
  targets: { "\uffee": file("halfwidth", "sha256"), "\u{1f600}": file("grinning", "sha256") },
  delegations: {
    keys: keysOf("bob"),
    roles: [{ name: "u", ...role("bob"), terminating: false, paths: ["\uffee", "\u{1f600}"] }],
  },
};

export const noncharacters = {
  ...header("targets", 2),
  targets: { "a\ufffeb": { ...file("noncharacter", "sha256"), custom: { text: "\uffff" } } },
};

export const emptyPaths = {
  ...header("targets", 2),
  targets: {},
  delegations: {
    keys: keysOf("bob"),
    roles: [
      { name: "no-paths", ...role("bob"), terminating: false, paths: [] },
      { name: "no-prefixes", ...role("bob"), terminating: false, path_hash_prefixes: [] },
    ],
  },
};

export const unknownHashAlgorithm = {
  ...header("targets", 2),
  targets: {
    "both.txt": {
      length: 1,
      hashes: { sha256: digest("sha256", "1"), "blake2b-256": "0e5751c026e543b2e8ab2eb06099daa1" },
    },
    "only.txt": { length: 1, hashes: { "blake2b-256": "0e5751c026e543b2e8ab2eb06099daa1" } },
  },
};

export const keyvalBeyondPublic = {
  ...root,
  version: 2,
  keys: {
    ...root.keys,
    "someone@example.org": {
      keytype: "sigstore-oidc",
      scheme: "Fulcio",
      keyval: { identity: "someone@example.org", issuer: "https://issuer.example.org" },
      identity: "not the identity of keyval",
    },
    mixed: {
      keytype: "hypothetical",
      scheme: "hypothetical",
      keyval: { public: "00ff", identity: 7 },
    },
  },
};

export const fractionalExpiry = { ...targets, expires: "2035-12-31T18:00:00.123456789-06:00" };

export const largeIntegers = {
  ...header("snapshot", Number.MAX_SAFE_INTEGER),
  meta: {
    "targets.json": { version: 2 ** 31, length: 0 },
    "other.json": { version: 2 ** 31 - 1, length: Number.MAX_SAFE_INTEGER },
  },
};
