/**
 * The URN of a role, which a linked proof carries as `domain` so that it counts for this role alone.
 * @module
 */

const PREFIX = "urn:tuf-ld:role:";
const RESERVED = /[!'()*]/g;

/** `urn:tuf-ld:role:` and the name, with everything but RFC 3986 unreserved characters percent-encoded. @throws TypeError on a lone surrogate */
export function roleUrn(name: string): string {
  if (!name.isWellFormed()) throw new TypeError("a role's name must be well-formed Unicode");
  const encoded = encodeURIComponent(name).replace(
    RESERVED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return PREFIX + encoded;
}
