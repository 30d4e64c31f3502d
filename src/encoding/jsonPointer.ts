/**
 * JSON Pointers (RFC 6901), which name the places that refusals speak of.
 * @module
 */

/** The pointer to the member or element of this name below a place; the whole document is `""`. */
export function pointerBelow(pointer: string, ...names: readonly string[]): string {
  let place = pointer;
  for (const name of names) place += `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return place;
}
