/**
 * URLs in messages.
 * @module
 */

/** A URL as it may be shown: without a name or password in it. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, "//");
}
