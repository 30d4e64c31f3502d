/**
 * How a client is set up: where it starts from, where it gets files, what it accepts and how much of it.
 * @module
 */
import type { Policy } from "../proof/threshold.ts";
import type { SuiteSet } from "../suite/registry.ts";
import type { UpdaterEvent } from "./events.ts";
import type { Fetcher } from "./fetcher.ts";
import type { Store } from "./store.ts";

/** Limits on what a repository may make the client do. All have defaults that no ordinary repository meets. */
export interface Limits {
  /** Root files followed in one refresh (TUF 5.3.3, Y). Default 256. */
  readonly rootRotations: number;
  /** Largest root, in bytes (TUF 5.3.3, W). Default 512,000. */
  readonly rootMaxBytes: number;
  /** Largest timestamp, in bytes (TUF 5.4.1, X). Default 16,384. */
  readonly timestampMaxBytes: number;
  /** Largest snapshot whose length the timestamp does not state, in bytes. Default 2,000,000. */
  readonly snapshotMaxBytes: number;
  /** Largest targets file, and largest snapshot whose length is stated, in bytes. Default 64 MiB. */
  readonly targetsMaxBytes: number;
  /** Delegated roles visited in the search for one target (TUF 5.6.7.1). Default 32. */
  readonly delegatedRoles: number;
  /** Delegations followed in one list of all targets. Default 1,000,000. */
  readonly listedRoles: number;
}

export const DEFAULT_LIMITS: Limits = {
  rootRotations: 256,
  rootMaxBytes: 512_000,
  timestampMaxBytes: 16_384,
  snapshotMaxBytes: 2_000_000,
  targetsMaxBytes: 64 * 1024 * 1024,
  delegatedRoles: 32,
  listedRoles: 1_000_000,
};

/**
 * `online`: ask the repository. `cached`: use what the store has as long as all of it is valid, and ask only
 * otherwise. `offline`: never ask. Whatever comes from the store is verified again from the trusted root.
 */
export type Mode = "online" | "cached" | "offline";

/** Options of `Updater`. */
export interface UpdaterOptions {
  /** The root to start from, as shipped with the application or pinned by `tuf-ld trust`. */
  readonly trustedRoot: Uint8Array;
  readonly store: Store;
  readonly fetcher: Fetcher;
  /** Base URLs of the metadata, mirrors in order of preference. */
  readonly metadataUrls: readonly string[];
  /** Base URLs of the target files, mirrors in order of preference. Default: none, and no downloads. */
  readonly targetsUrls?: readonly string[];
  /** What counts toward thresholds, for every role or by role name. Default: either. */
  readonly policy?: Policy | RolePolicy;
  /** The suites that are accepted. Default: `defaultSuites`. */
  readonly suites?: SuiteSet;
  readonly limits?: Partial<Limits>;
  /** Default: online. */
  readonly mode?: Mode;
  /** The instant at which everything is judged, fixed once (TUF 5.2). Default: now, when the updater is made. */
  readonly at?: Date;
  /** Whether names of target files carry their hash under consistent snapshots (TUF 6.2). Default true. */
  readonly prefixTargetsWithHash?: boolean;
  /** How often to begin at the timestamp while the repository publishes under our hands. 1: never again. Default 3. */
  readonly attempts?: number;
  readonly onEvent?: (event: UpdaterEvent) => void;
  /** Ends everything that waits. */
  readonly signal?: AbortSignal;
}

/** A policy for some roles by name, and for all others. */
export interface RolePolicy {
  readonly default: Policy;
  readonly roles: ReadonlyMap<string, Policy>;
}

/** The policy for a role. */
export function policyFor(policy: Policy | RolePolicy | undefined, role: string): Policy {
  if (policy === undefined) return "either";
  return typeof policy === "string" ? policy : (policy.roles.get(role) ?? policy.default);
}
