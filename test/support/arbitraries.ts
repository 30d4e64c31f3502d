/**
 * Random valid classic metadata, made to hit the corners: odd names, empty sets, unknown members at every
 * level, unknown hash algorithms, keyvals without a public value.
 * @module
 */
import fc from "fast-check";
import type { JsonValue } from "../../src/document/json.ts";
import type { Signed } from "../../src/vocabulary/types.ts";

const ODD_NAMES = [
  "",
  " ",
  "a b",
  "../x",
  "urn:x",
  "http://example.org/#a",
  "_:b0",
  "@scope/name",
  "@",
  "ö",
  "日本/语",
  "\u{1f600}",
  "\uffee",
  'quo"te',
  "back\\slash",
  "line\nfeed",
  "\u0000\u0008\u007f",
  "unrecognized",
  "order",
  "hashes",
  "constructor",
  "toString",
  "123",
  "_type",
  "type",
  "id",
  "proof",
  "tuf:path",
];

/** A name as TUF and the parser allow it: any well-formed string but `__proto__` and the JSON-LD keyword form. */
export const name: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ODD_NAMES) },
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.string({ unit: "grapheme-ascii", maxLength: 12 }),
  )
  .filter((text) => text !== "__proto__" && !/^@[a-zA-Z]+$/.test(text));

const integer = fc.oneof(fc.nat(100), fc.constantFrom(2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER));
const positive = integer.map((value) => Math.max(1, value));

/** Any JSON value that the strict parser accepts. */
export const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    integer,
    integer.map((value) => (value === 0 ? 0 : -value)),
    name,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3 }),
  ),
})).value as fc.Arbitrary<JsonValue>;

type Entries = Record<string, JsonValue>;

/** Adds members that TUF does not define; names that it does define are left out. */
function withUnknown(base: fc.Arbitrary<Entries>, known: readonly string[]): fc.Arbitrary<Entries> {
  const extra = fc.dictionary(
    name.filter((text) => !known.includes(text)),
    json,
    { maxKeys: 2 },
  );
  return fc
    .tuple(base, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, extra))
    .map(([entries, more]) => ({ ...more, ...entries }));
}

const hex = fc.constantFrom("00", "ab12", "AB12", "e3b0c442").map((text) => text.repeat(4));
const algorithm = fc.constantFrom("sha224", "sha256", "sha384", "sha512", "blake2b-256", "unrecognized", "x");
const hashes = (minKeys: number): fc.Arbitrary<Entries> =>
  fc.dictionary(algorithm, hex, { minKeys, maxKeys: 3 });
const dateTime = fc.constantFrom(
  "2030-01-01T00:00:00Z",
  "2021-12-18T13:28:12.99008-06:00",
  "2022-05-11T19:09:02.663975009Z",
  "0001-01-01T00:00:00+14:00",
);
const set = (minLength = 0): fc.Arbitrary<string[]> => fc.uniqueArray(name, { minLength, maxLength: 4 });

const key = withUnknown(
  fc.record({
    keytype: fc.oneof(fc.constantFrom("ed25519", "ecdsa", "rsa", "sigstore-oidc"), name),
    scheme: fc.oneof(fc.constantFrom("ed25519", "ecdsa-sha2-nistp256"), name),
    keyval: fc.oneof(
      fc.record({ public: name as fc.Arbitrary<JsonValue> }),
      fc.dictionary(fc.oneof(fc.constantFrom("public", "identity", "unrecognized"), name), json, {
        maxKeys: 3,
      }),
    ),
  }) as fc.Arbitrary<Entries>,
  ["keytype", "scheme", "keyval"],
);

const roleMembers = { keyids: set(), threshold: positive };
const role = withUnknown(fc.record(roleMembers) as fc.Arbitrary<Entries>, ["keyids", "threshold"]);

const delegatedRole = withUnknown(
  fc
    .record({
      ...roleMembers,
      terminating: fc.boolean(),
      by: fc.constantFrom("paths", "path_hash_prefixes"),
      values: set(),
    })
    .map(({ by, values, ...rest }) => ({ ...rest, [by]: values })) as fc.Arbitrary<Entries>,
  ["name", "keyids", "threshold", "terminating", "paths", "path_hash_prefixes"],
);

const roleName = name.filter(
  (text) => text !== "" && !["root", "timestamp", "snapshot", "targets"].includes(text),
);

const delegations = withUnknown(
  fc.oneof(
    fc
      .record({
        keys: fc.dictionary(name, key, { maxKeys: 3 }),
        names: fc.uniqueArray(roleName, { maxLength: 4 }),
        roles: fc.array(delegatedRole, { minLength: 4, maxLength: 4 }),
      })
      .map(({ keys, names, roles }) => ({
        keys,
        roles: names.map((each, index) => ({ ...(roles[index] as Entries), name: each })),
      })),
    fc.record({
      keys: fc.dictionary(name, key, { maxKeys: 2 }),
      succinct_roles: withUnknown(
        fc.record({
          ...roleMembers,
          bit_length: fc.integer({ min: 1, max: 32 }),
          name_prefix: name,
        }) as fc.Arbitrary<Entries>,
        ["keyids", "threshold", "bit_length", "name_prefix"],
      ),
    }),
  ) as fc.Arbitrary<Entries>,
  ["keys", "roles", "succinct_roles"],
);

const metaFile = withUnknown(
  fc.record(
    { version: positive, length: integer, hashes: hashes(1) },
    { requiredKeys: ["version"] },
  ) as fc.Arbitrary<Entries>,
  ["version", "length", "hashes"],
);

/** An entry of `targets`. */
export const targetFile: fc.Arbitrary<Entries> = withUnknown(
  fc.record(
    { length: integer, hashes: hashes(1), custom: json },
    { requiredKeys: ["length", "hashes"] },
  ) as fc.Arbitrary<Entries>,
  ["length", "hashes", "custom"],
);

const header = {
  spec_version: fc.constantFrom("1.0", "1.0.34", "1.31.0"),
  version: positive,
  expires: dateTime,
};
const HEADER_NAMES = ["_type", "spec_version", "version", "expires"];

const root = withUnknown(
  fc
    .record(
      {
        _type: fc.constant("root"),
        ...header,
        consistent_snapshot: fc.boolean(),
        keys: fc.dictionary(name, key, { maxKeys: 3 }),
        four: fc.array(role, { minLength: 4, maxLength: 4 }),
        more: fc.dictionary(fc.constantFrom("mirrors", "", "x y"), role, { maxKeys: 2 }),
      },
      { requiredKeys: ["_type", "spec_version", "version", "expires", "keys", "four", "more"] },
    )
    .map(({ four, more, ...rest }) => ({
      ...rest,
      roles: { ...more, root: four[0], timestamp: four[1], snapshot: four[2], targets: four[3] },
    })) as fc.Arbitrary<Entries>,
  [...HEADER_NAMES, "consistent_snapshot", "keys", "roles"],
);

const timestamp = withUnknown(
  fc
    .record({
      _type: fc.constant("timestamp"),
      ...header,
      snapshot: metaFile,
      others: fc.dictionary(name, metaFile, { maxKeys: 1 }),
    })
    .map(({ snapshot, others, ...rest }) => ({
      ...rest,
      meta: { ...others, "snapshot.json": snapshot },
    })) as fc.Arbitrary<Entries>,
  [...HEADER_NAMES, "meta"],
);

const snapshot = withUnknown(
  fc.record({
    _type: fc.constant("snapshot"),
    ...header,
    meta: fc.dictionary(name, metaFile, { maxKeys: 5 }),
  }) as fc.Arbitrary<Entries>,
  [...HEADER_NAMES, "meta"],
);

const targets = withUnknown(
  fc.record(
    {
      _type: fc.constant("targets"),
      ...header,
      targets: fc.dictionary(name, targetFile, { maxKeys: 5 }),
      delegations,
    },
    { requiredKeys: ["_type", "spec_version", "version", "expires", "targets"] },
  ) as fc.Arbitrary<Entries>,
  [...HEADER_NAMES, "targets", "delegations"],
);

/** The `signed` member of a valid classic metadata file of any type. */
export const signed: fc.Arbitrary<Signed> = fc.oneof(
  root,
  timestamp,
  snapshot,
  targets,
) as unknown as fc.Arbitrary<Signed>;
