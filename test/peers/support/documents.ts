/**
 * One document of each kind, with custom and unrecognized members at every level that TUF has.
 * @module
 */
import type { MetadataFile } from "../../../src/index.ts";
import { bytesOf, type NamedKey, newKey, roleOf, signBoth, unsigned } from "./keys.ts";

/** A file of ours, and who may sign it. */
export interface OurFile {
  readonly title: string;
  /** The role as which it is signed. */
  readonly role: string;
  /** The file that delegates to the role. */
  readonly delegator: Uint8Array;
  readonly file: MetadataFile;
  readonly bytes: Uint8Array;
}

const EXPIRES = "2090-01-01T00:00:00Z";
const SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/** What anyone may add anywhere. No member here has a name above U+FFFF: tuf-js sorts those its own way. */
const EXTRA = {
  "x-note": 'quote " backslash \\ slash / tab \t newline \n control \u0001 del \u007f',
  "x-numbers": [0, -1, 2 ** 53 - 1],
  "x-nested": { ö: { "": null, "\u{fffd}": [true, [], {}] }, emoji: "\u{1f600}", z: false },
};

const header = (type: string) => ({
  _type: type,
  spec_version: "1.0.34",
  version: 3,
  expires: EXPIRES,
  ...EXTRA,
});

/** Keys with unrecognized members of their own, beside what every client needs. */
function extended(keys: readonly NamedKey[], threshold?: number) {
  const { keys: entries, role } = roleOf(keys, threshold);
  const more = Object.entries(entries).map(([keyid, key]) => [keyid, { ...key, ...EXTRA }] as const);
  return { keys: Object.fromEntries(more), role: { ...role, ...EXTRA } };
}

/** The files: all need an Ed25519, a P-256 and an RSA signature, and carry proofs of four suites. */
export async function ourFiles(): Promise<readonly OurFile[]> {
  const three = [await newKey("Ed25519"), await newKey("P-256"), await newKey("RSA")];
  const { keys, role } = extended(three);
  const meta = { version: 4, length: 12, hashes: { sha256: SHA256 }, ...EXTRA };
  const target = { length: 6, hashes: { sha256: SHA256, sha512: SHA256.repeat(2) }, ...EXTRA };
  const listed = {
    "plain.txt": target,
    'dir/ö \u{1f600} & \\ ".txt': { ...target, custom: { order: [1, 2], text: EXTRA["x-note"] } },
  };
  const root = {
    ...header("root"),
    consistent_snapshot: true,
    keys,
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  };
  const ordinary = {
    ...header("targets"),
    targets: listed,
    delegations: {
      ...EXTRA,
      keys,
      roles: [
        { name: 'projects ö/"one"', ...role, terminating: true, paths: ["one/*", "a?/[x]*"] },
        { name: "two", ...role, terminating: false, path_hash_prefixes: ["0", "8f", "ff"] },
      ],
    },
  };
  const succinct = {
    ...header("targets"),
    targets: {},
    delegations: { ...EXTRA, keys, succinct_roles: { ...role, bit_length: 9, name_prefix: "bin" } },
  };
  const leaf = { ...header("targets"), targets: listed };
  const sign = async (
    title: string,
    name: string,
    signed: object,
    delegator: object = root,
  ): Promise<OurFile> => {
    const file = await signBoth(unsigned(signed, { "x-envelope": EXTRA }), name, three, 3);
    return { title, role: name, delegator: bytesOf(unsigned(delegator)), file, bytes: bytesOf(file) };
  };
  return [
    await sign("a root", "root", root),
    await sign("a timestamp", "timestamp", { ...header("timestamp"), meta: { "snapshot.json": meta } }),
    await sign("a snapshot", "snapshot", {
      ...header("snapshot"),
      meta: { "targets.json": meta, 'ö "role".json': { version: 1 } },
    }),
    await sign("a targets file with ordinary delegations", "targets", ordinary),
    await sign("a targets file with succinct delegations", "targets", succinct),
    await sign("a delegated targets file", 'projects ö/"one"', leaf, ordinary),
    await sign("a bin", "bin-01f", leaf, succinct),
  ];
}
