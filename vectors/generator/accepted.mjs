/**
 * The cases whose signatures and proofs are valid. `classic` and `linked` name the keys that must be found.
 * @module
 */
import * as documents from "./documents.mjs";
import { keys, trust } from "./keys.mjs";

export const CREATED = "2026-01-01T00:00:00Z";
export const AT = "2026-06-01T00:00:00Z";

const classic = (key, more = {}) => ({ view: "classic", key, ...more });
const linked = (key, suite = "Ed25519Signature2020", more = {}) => ({
  view: "linked",
  key,
  suite,
  created: CREATED,
  ...more,
});
const both = (key) => [classic(key), linked(key)];

const shape = (name, title, signed, role) => ({
  name,
  title,
  role,
  signed,
  trust: trust("alice"),
  sign: both("alice"),
  classic: "alice",
  linked: "alice",
});

const suite = (name, title, key, suiteName, more = {}) => ({
  name: `suite-${name}`,
  title,
  role: "targets",
  signed: documents.targets,
  trust: trust(key),
  sign: [linked(key, suiteName)],
  classic: "",
  linked: key,
  ...more,
});

const classicSuite = (name, title, key) => ({
  ...suite(name, title, key),
  sign: [classic(key)],
  classic: key,
  linked: "",
});

const [alice, bob] = [keys.alice, keys.bob];

export const accepted = [
  {
    ...shape("root", "root metadata with a threshold of two, signed by two keys", documents.root, "root"),
    trust: trust("alice bob carol", 2),
    sign: [...both("alice"), ...both("bob")],
    classic: "alice bob",
    linked: "alice bob",
  },
  shape("timestamp", "timestamp metadata", documents.timestamp, "timestamp"),
  shape(
    "snapshot-with-hashes",
    "entries with length, with hashes, with both, with neither",
    documents.snapshot,
    "snapshot",
  ),
  shape("targets", "the smallest useful targets metadata", documents.targets, "targets"),
  shape(
    "targets-with-delegations",
    "delegated roles by path patterns and by hash prefixes, in order of priority",
    documents.targetsWithDelegations,
    "targets",
  ),
  shape(
    "targets-with-succinct-roles",
    "16,384 hash bins in one entry (TAP 15)",
    documents.succinctRoles,
    "targets",
  ),
  shape(
    "custom-and-unrecognized-members",
    "`custom`, and members that TUF does not define, at every level",
    documents.customAndUnrecognized,
    "targets",
  ),
  shape("odd-names", "target paths that JSON-LD could mistake", documents.oddNames, "targets"),
  {
    ...shape(
      "odd-role-name",
      "the role's name is percent-encoded in `domain`",
      documents.targets,
      "a b/../ö!'()*~%\u{1f600}",
    ),
  },
  {
    ...shape(
      "sorted-by-code-point",
      "names above U+FFFF sort after those below, where UTF-16 units say otherwise",
      documents.codePointOrder,
      "targets",
    ),
    stockDiffers: "rdf-canonize 5.0.0 sorts by UTF-16 unit; RDFC-1.0 asks for code point order",
  },
  {
    ...shape(
      "escaped-noncharacters",
      "U+FFFE and U+FFFF are escaped, in texts and in JSON literals (RDFC-1.0, appendix A)",
      documents.noncharacters,
      "targets",
    ),
    stockDiffers: "rdf-canonize 5.0.0 leaves U+FFFE and U+FFFF raw; RDFC-1.0 asks for \\uFFFE and \\uFFFF",
  },
  shape("empty-paths", "`paths: []` is not `path_hash_prefixes: []`", documents.emptyPaths, "targets"),
  shape(
    "unknown-hash-algorithm",
    "hash algorithms without a term are covered as unrecognized",
    documents.unknownHashAlgorithm,
    "targets",
  ),
  shape(
    "keyval-beyond-public",
    "keys whose `keyval` holds more or other things than `public`",
    documents.keyvalBeyondPublic,
    "root",
  ),
  shape(
    "expires-with-fraction-and-offset",
    "the lexical form of `expires` is signed as it is",
    documents.fractionalExpiry,
    "targets",
  ),
  shape("large-integers", "integers up to 2^53 - 1", documents.largeIntegers, "snapshot"),

  suite("Ed25519Signature2020", "URDNA2015, SHA-256, Ed25519, proofValue", "alice", "Ed25519Signature2020"),
  suite(
    "Ed25519Signature2018",
    "URDNA2015, SHA-256, Ed25519, detached JWS",
    "alice",
    "Ed25519Signature2018",
    {
      suites: ["https://w3id.org/security#Ed25519Signature2018"],
    },
  ),
  suite("eddsa-rdfc-2022", "RDFC-1.0, SHA-256, Ed25519", "alice", "eddsa-rdfc-2022"),
  suite("eddsa-jcs-2022", "JCS, SHA-256, Ed25519", "alice", "eddsa-jcs-2022"),
  suite(
    "ecdsa-rdfc-2019-P-256",
    "RDFC-1.0, SHA-256, ECDSA (the recorded value is one of many)",
    "pat",
    "ecdsa-rdfc-2019",
  ),
  suite(
    "ecdsa-rdfc-2019-P-384",
    "RDFC-1.0 that hashes blank nodes with SHA-384, SHA-384, ECDSA (one value of many)",
    "quinn",
    "ecdsa-rdfc-2019",
    { signed: documents.targetsWithDelegations },
  ),
  suite("ecdsa-jcs-2019-P-256", "JCS, SHA-256, ECDSA (one value of many)", "pat", "ecdsa-jcs-2019"),
  suite("ecdsa-jcs-2019-P-384", "JCS, SHA-384, ECDSA (one value of many)", "quinn", "ecdsa-jcs-2019"),
  classicSuite("classic-ed25519", "OLPC canonical JSON, Ed25519, hex", "alice"),
  classicSuite(
    "classic-ecdsa-sha2-nistp256",
    "OLPC canonical JSON, ECDSA P-256, hex of DER (one value of many)",
    "pat",
  ),
  classicSuite(
    "classic-ecdsa-sha2-nistp384",
    "OLPC canonical JSON, ECDSA P-384, hex of DER (one value of many)",
    "quinn",
  ),

  {
    ...shape(
      "proof-with-every-member",
      "`expires`, `challenge` and `nonce` are signed too",
      documents.targets,
      "targets",
    ),
    sign: [
      linked("alice", "eddsa-rdfc-2022", {
        extra: { expires: "2030-01-01T00:00:00Z", challenge: 'a "challenge"', nonce: "line\nfeed" },
      }),
    ],
    classic: "",
  },
  {
    ...shape(
      "threshold-2-of-3",
      "each view has two of three keys, and only one key has both",
      documents.targets,
      "targets",
    ),
    trust: trust("alice bob carol", 2),
    sign: [classic("alice"), classic("bob"), linked("alice"), linked("carol", "eddsa-rdfc-2022")],
    classic: "alice bob",
    linked: "alice carol",
  },
  {
    ...shape("threshold-met-in-both-views", "two of three keys in both views", documents.targets, "targets"),
    trust: trust("alice bob carol", 2),
    sign: [...both("alice"), ...both("bob")],
    classic: "alice bob",
    linked: "alice bob",
  },
  {
    ...shape(
      "threshold-one-key-with-three-proofs",
      "three proofs by one key are one key: a threshold of two is not met",
      documents.targets,
      "targets",
    ),
    trust: trust("alice bob carol", 2),
    sign: [linked("alice"), linked("alice", "eddsa-rdfc-2022"), linked("alice", "eddsa-jcs-2022")],
    classic: "",
  },
  {
    ...shape(
      "threshold-one-key-under-two-keyids",
      "one public key under two keyids is one key: a threshold of two is not met",
      documents.targets,
      "targets",
    ),
    trust: {
      threshold: 2,
      keyids: [alice.keyid, "also-alice", bob.keyid],
      keys: { [alice.keyid]: alice.tufKey, "also-alice": alice.tufKey, [bob.keyid]: bob.tufKey },
    },
    sign: [classic("alice"), classic("alice", { keyid: "also-alice" }), linked("alice")],
  },
  {
    ...shape(
      "signature-placeholder",
      "an empty `sig` is a place kept for someone, not a wrong signature",
      documents.targets,
      "targets",
    ),
    trust: trust("alice bob"),
    signatures: [{ keyid: bob.keyid, sig: "" }],
    sign: both("alice"),
  },
];
