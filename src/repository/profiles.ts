/**
 * Ready-made layouts: who signs what, how many, for how long.
 *
 * - `simple`: the four top-level roles, one key each, with or without hash bins below targets.
 * - `pep458`: PEP 458's minimum model. root, targets and bins offline with a threshold of two; bin-n, snapshot and
 *   timestamp online, valid for a day.
 * - `pep480`: PEP 480's maximum model. targets delegates to claimed (offline), recently-claimed (online) and
 *   unclaimed (online), in this order; the first two to projects, whose developers hold the keys; the third to bins.
 *
 * @module
 */
import type { DelegatedRole, Delegations, Root, Targets } from "../vocabulary/types.ts";
import {
  type BinLayout,
  expiryOf,
  type ProfileName,
  type RepositoryConfig,
  type SignedView,
} from "./config.ts";
import { binNames, SPEC_VERSION } from "./layout.ts";

/** What `init` was asked for. */
export interface ProfileOptions {
  readonly profile?: ProfileName;
  /** The number of hash bins, a power of two. Default: none for `simple`, 16,384 for the others. */
  readonly bins?: number;
  /** Delegate to bins in one entry (TAP 15). Default false. */
  readonly succinct?: boolean;
  /** Default: both. */
  readonly sign?: SignedView;
}

/** PEP 458's number of bins. */
const PEP458_BINS = 16_384;

/** How many parts a path may have that is listed below a delegation to "any path". */
export const MOST_PARTS = 8;

/**
 * Every path of at most so many parts: `*` does not cross `/`. Patterns rather than hash prefixes, because go-tuf 2
 * compares those with the base64 of a hash and finds nothing.
 */
const ANY_PATH: readonly string[] = Array.from({ length: MOST_PARTS }, (_, depth) =>
  Array(depth + 1)
    .fill("*")
    .join("/"),
);

/** The roles of PEP 480 that delegate to projects, the more trusted first. */
export const CLAIMED = "claimed";
export const RECENTLY_CLAIMED = "recently-claimed";
export const UNCLAIMED = "unclaimed";

const PERIODS: Readonly<Record<ProfileName, Readonly<Record<string, number>>>> = {
  simple: { root: 365, targets: 90, snapshot: 7, timestamp: 1, bin: 7, "*": 90 },
  pep458: { root: 365, targets: 365, bins: 365, snapshot: 1, timestamp: 1, bin: 1, "*": 365 },
  pep480: {
    root: 365,
    targets: 365,
    // For so long an older version can be replayed to new users, to whom what was claimed since is unclaimed then. PEP
    // 480 has it signed every two to four weeks.
    [CLAIMED]: 42,
    [RECENTLY_CLAIMED]: 7,
    [UNCLAIMED]: 7,
    snapshot: 1,
    timestamp: 1,
    bin: 1,
    "*": 365,
  },
};

/** The settings that a profile stands for. @throws RangeError if the number of bins is not a power of two */
export function configOf(options: ProfileOptions = {}): RepositoryConfig {
  const { profile = "simple", sign = "both", succinct = false } = options;
  const count = options.bins ?? (profile === "simple" ? undefined : PEP458_BINS);
  const delegator = { simple: "targets", pep458: "bins", pep480: UNCLAIMED }[profile];
  const bins: BinLayout | undefined =
    count === undefined ? undefined : { delegator, prefix: "bin", bits: bitsOf(count), succinct };
  return {
    profile,
    sign,
    ...(bins === undefined ? {} : { bins }),
    expiryDays: PERIODS[profile],
    keepHours: profile === "simple" ? 24 : 1,
  };
}

function bitsOf(count: number): number {
  const bits = Math.log2(count);
  if (Number.isInteger(bits) && bits >= 1 && bits <= 24) return bits;
  throw new RangeError(`the number of bins must be a power of two from 2 to ${2 ** 24}, not ${count}`);
}

/** The first documents of a new repository, without keys, by role. */
export function firstDocuments(config: RepositoryConfig, now: Date): Map<string, Root | Targets> {
  const { profile, bins } = config;
  const header = (role: string) => ({
    spec_version: SPEC_VERSION,
    version: 1,
    expires: expiryOf(config, role, now),
  });
  const many = profile === "simple" ? 1 : 2;
  const role = (threshold: number) => ({ keyids: [], threshold });
  const targets = (name: string, delegations?: Delegations): Targets => ({
    _type: "targets",
    ...header(name),
    targets: {},
    ...(delegations === undefined ? {} : { delegations }),
  });
  const documents = new Map<string, Root | Targets>();
  documents.set("root", {
    _type: "root",
    ...header("root"),
    consistent_snapshot: true,
    keys: {},
    roles: { root: role(many), timestamp: role(1), snapshot: role(1), targets: role(many) },
  });
  const delegated = (name: string, threshold: number): DelegatedRole => ({
    name,
    keyids: [],
    threshold,
    terminating: false,
    paths: ANY_PATH,
  });
  const toBins = bins === undefined ? undefined : delegationsToBins(bins);
  if (profile === "simple") {
    documents.set("targets", targets("targets", toBins));
  } else if (profile === "pep458") {
    documents.set("targets", targets("targets", { keys: {}, roles: [delegated("bins", 2)] }));
    documents.set("bins", targets("bins", toBins));
  } else {
    const roles = [delegated(CLAIMED, 2), delegated(RECENTLY_CLAIMED, 1), delegated(UNCLAIMED, 1)];
    documents.set("targets", targets("targets", { keys: {}, roles }));
    for (const name of [CLAIMED, RECENTLY_CLAIMED])
      documents.set(name, targets(name, { keys: {}, roles: [] }));
    documents.set(UNCLAIMED, targets(UNCLAIMED, toBins));
  }
  return documents;
}

/** Delegations to all bins, without keys. */
export function delegationsToBins({ prefix, bits, succinct }: BinLayout): Delegations {
  if (succinct) {
    return {
      keys: {},
      succinct_roles: { keyids: [], threshold: 1, bit_length: bits, name_prefix: prefix },
    };
  }
  // The shortest prefixes that tell the bins apart; several for a bin where bits end within a digit.
  const digits = Math.ceil(bits / 4);
  const perBin = 16 ** digits / 2 ** bits;
  const prefixOf = (number: number): string => number.toString(16).padStart(digits, "0");
  const roles = binNames({ prefix, bits }).map((name, bin) => ({
    name,
    keyids: [],
    threshold: 1,
    terminating: false,
    path_hash_prefixes: Array.from({ length: perBin }, (_, index) => prefixOf(bin * perBin + index)),
  }));
  return { keys: {}, roles };
}
