/**
 * Lists whose size others decide. Spread into the arguments of a call, some hundred thousand entries are more than the
 * engine's stack takes.
 * @module
 */

/** Adds to the end of a list. */
export function append<T>(list: T[], more: Iterable<T>): void {
  for (const each of more) list.push(each);
}

/** The largest of some numbers; 0 if there is none above. */
export function largest(numbers: Iterable<number>): number {
  let found = 0;
  for (const each of numbers) if (each > found) found = each;
  return found;
}
