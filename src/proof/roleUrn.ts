/**
 * The URN of a role, which a linked proof carries as `domain` so that it counts for this role alone.
 * @module
 */
import { percentEncode } from "../encoding/percent.ts";

const PREFIX = "urn:tuf-ld:role:";

/**
 * `urn:tuf-ld:role:` and the name, with everything but RFC 3986 unreserved characters percent-encoded.
 * @throws TypeError on a lone surrogate
 */
export function roleUrn(name: string): string {
  if (!name.isWellFormed()) throw new TypeError("a role's name must be well-formed Unicode");
  return PREFIX + percentEncode(name);
}
