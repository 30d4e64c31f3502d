/**
 * Counting toward a threshold: distinct public keys, never entries, keyids or proofs (TUF 5.3.4). Pure.
 * @module
 */
import type { Finding } from "./finding.ts";
import type { RoleKeys } from "./roleKeys.ts";

/**
 * What counts toward a role's threshold: keys with a valid `classic` signature, keys with a valid `linked`
 * proof, keys with `either`, or only keys with `both`.
 */
export type Policy = "classic" | "linked" | "either" | "both";

/** Every policy, the default first. */
export const POLICIES: readonly Policy[] = ["either", "classic", "linked", "both"];

/** The outcome of a count. */
export interface Count {
  readonly policy: Policy;
  readonly threshold: number;
  /** `PublicKey.id` of every key that counts, each once. */
  readonly keys: readonly string[];
  readonly met: boolean;
}

/** Counts the distinct keys of `findings` that satisfy `policy`. */
export function countKeys(findings: readonly Finding[], role: RoleKeys, policy: Policy): Count {
  const classic = validKeys(findings, "classic");
  const linked = validKeys(findings, "linked");
  const keys =
    policy === "classic"
      ? [...classic]
      : policy === "linked"
        ? [...linked]
        : policy === "both"
          ? [...classic].filter((key) => linked.has(key))
          : [...new Set([...classic, ...linked])];
  return { policy, threshold: role.threshold, keys, met: keys.length >= role.threshold };
}

function validKeys(findings: readonly Finding[], view: Finding["view"]): Set<string> {
  const valid = findings.filter((finding) => finding.view === view && finding.outcome === "valid");
  return new Set(valid.flatMap(({ key }) => (key === undefined ? [] : [key])));
}
