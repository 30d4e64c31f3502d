/**
 * Percent-encoding of a name as one part of a path.
 * @module
 */

/** Encodes everything but RFC 3986's unreserved characters; `text` must be well-formed Unicode. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
