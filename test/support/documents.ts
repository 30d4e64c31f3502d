/**
 * Small valid documents of each role, written by hand: what a test changes in them is all that is unusual.
 * @module
 */
import type { JsonValue } from "../../src/document/json.ts";

/** A JSON object that a test may write into. */
export type Draft = Record<string, JsonValue>;

const header = { spec_version: "1.0.34", version: 3, expires: "2030-01-01T00:00:00Z" };
const key = { keytype: "ed25519", scheme: "ed25519", keyval: { public: "00".repeat(32) } };
const role = { keyids: ["k1", "k2"], threshold: 1 };

/** A new copy of the `signed` member of a role, with every optional member. */
export function draft(type: "root" | "timestamp" | "snapshot" | "targets" | "bins"): Draft {
  // structuredClone would keep two members that share a value in one copy.
  return JSON.parse(JSON.stringify(DRAFTS[type])) as Draft;
}

const meta = { version: 1, length: 10, hashes: { sha256: "ab".repeat(32), sha512: "cd".repeat(64) } };
const delegated = { threshold: 1, terminating: false };

const DRAFTS = {
  root: {
    _type: "root",
    ...header,
    consistent_snapshot: true,
    keys: { k1: key, k2: key },
    roles: { root: role, timestamp: role, snapshot: role, targets: role, mirrors: role },
  },
  timestamp: { _type: "timestamp", ...header, meta: { "snapshot.json": meta } },
  snapshot: { _type: "snapshot", ...header, meta: { "targets.json": meta, "a/b.json": { version: 1 } } },
  targets: {
    _type: "targets",
    ...header,
    targets: { "a/b.txt": { length: 0, hashes: { sha256: "ab".repeat(32) }, custom: { any: [1, null] } } },
    delegations: {
      keys: { k1: key },
      roles: [
        { name: "one", keyids: ["k1"], ...delegated, paths: ["a/*", "b/*"] },
        { name: "two", keyids: ["k1"], ...delegated, path_hash_prefixes: ["00", "01"] },
      ],
    },
  },
  bins: {
    _type: "targets",
    ...header,
    targets: {},
    delegations: {
      keys: { k1: key },
      succinct_roles: { keyids: ["k1"], threshold: 1, bit_length: 8, name_prefix: "bin" },
    },
  },
};
