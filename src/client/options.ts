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
  /**
   * Root files downloaded in one refresh (TUF 5.3.3, Y); those that an earlier one kept are not counted, so that a
   * client which is further behind arrives in several runs. Default 256.
   */
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
  /** Delegated roles that a list goes on without because they cannot be read, if it is asked to. Default 32. */
  readonly unreadableRoles: number;
  /** Longest target path and longest pattern that a search compares, in UTF-16 units. Default 4,096. */
  readonly comparedLength: number;
  /**
   * Work in the search for one target, in compared characters; a role visited counts 50 of them, a target looked at
   * 10. Default 100,000,000, which takes about a second.
   */
  readonly searchSteps: number;
  /** The same for one list of all targets. Default 20,000,000,000. */
  readonly listSteps: number;
  /** Work after which a search lets timers and signals be heard, in the same unit. Default 1,000,000. */
  readonly stepsPerTurn: number;
}

export const DEFAULT_LIMITS: Limits = {
  rootRotations: 256,
  rootMaxBytes: 512_000,
  timestampMaxBytes: 16_384,
  snapshotMaxBytes: 2_000_000,
  targetsMaxBytes: 64 * 1024 * 1024,
  delegatedRoles: 32,
  listedRoles: 1_000_000,
  unreadableRoles: 32,
  comparedLength: 4_096,
  searchSteps: 100_000_000,
  listSteps: 20_000_000_000,
  stepsPerTurn: 1_000_000,
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
