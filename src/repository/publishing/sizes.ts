/**
 * How large published files may be.
 *
 * What is larger than a client reads is lost to it, and a root is lost for good: no later root is reached without it
 * (TUF 5.3.3). So sizes are looked at before anything refers to a file, while its number can still be used again.
 *
 * Clients bound what they fetch by the length that other metadata states, and by a default only where none is stated
 * (TUF 5.3.3, 5.4.1, 5.5.1, 5.6.1). Our timestamp states the length of the snapshot, and our snapshot that of projects'
 * metadata; so the defaults matter for roots, timestamps and all other targets files. python-tuf 7.0, tuf-js 5.0 and
 * go-tuf 2.4 have the same ones, and ours differ from them for targets files alone.
 *
 * @module
 */
import { DEFAULT_LIMITS } from "../../client/options.ts";
import { TufLdError } from "../../errors.ts";
import type { Signed } from "../../vocabulary/types.ts";
import type { RepositoryConfig } from "../config.ts";
import { isProjectRole } from "../projects/project.ts";

/** What python-tuf, tuf-js and go-tuf read of a targets file whose length nothing states, in bytes. */
const PEERS_TARGETS_MAX_BYTES = 5_000_000;

/** The largest files, in bytes. */
export interface SizeLimits {
  readonly root: number;
  readonly timestamp: number;
  /** Of a snapshot and of projects' metadata, whose lengths are stated. */
  readonly stated: number;
  /** Of any other targets file, bins included. */
  readonly targets: number;
}

/** Whether files may be published that our client reads and others do not by default. */
export interface SizeOptions {
  /** Default: what the settings say, and they say no unless somebody changed them. */
  readonly allowLarge?: boolean | undefined;
  /** Other limits than the usual ones. */
  readonly limits?: Partial<SizeLimits> | undefined;
}

/** The limits of a repository. */
export function sizeLimits(config: RepositoryConfig, { allowLarge, limits }: SizeOptions = {}): SizeLimits {
  const { rootMaxBytes: root, timestampMaxBytes: timestamp, targetsMaxBytes: stated } = DEFAULT_LIMITS;
  const isLarge = allowLarge ?? config.allowLarge ?? false;
  return { root, timestamp, stated, targets: isLarge ? stated : PEERS_TARGETS_MAX_BYTES, ...limits };
}

/** The limit for a file of a role. */
export function sizeLimitFor(
  limits: SizeLimits,
  config: RepositoryConfig,
  role: string,
  { _type: type }: Pick<Signed, "_type">,
): number {
  if (type === "root" || type === "timestamp") return limits[type];
  return type === "snapshot" || isProjectRole(config, role) ? limits.stated : limits.targets;
}

/** Why a file is too large, or `undefined`. */
export function tooLarge(role: string, actual: number, allowed: number): TufLdError<"ERR_LIMIT"> | undefined {
  if (actual <= allowed) return undefined;
  const remedy =
    allowed < DEFAULT_LIMITS.targetsMaxBytes && role !== "root" && role !== "timestamp"
      ? "more bins, or other roles for a part of it, make it smaller; if all clients of this repository read more, `publish --allow-large` publishes it"
      : "no client would read it; make it smaller";
  const message = `${role} would have ${actual} bytes, and clients read ${allowed}: ${remedy}`;
  return new TufLdError("ERR_LIMIT", message, { limit: `bytes of ${role}`, allowed, actual });
}

/** @throws ERR_LIMIT for a file that clients would not read */
export function assertSize(role: string, actual: number, allowed: number): void {
  const refusal = tooLarge(role, actual, allowed);
  if (refusal !== undefined) throw refusal;
}
