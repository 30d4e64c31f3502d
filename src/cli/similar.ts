/**
 * Names like one that was mistyped.
 * @module
 */

const MOST = 5;

/** The names that have most in common with `given`: the same last part, then the longest common ends. */
export function nearest(given: string, names: readonly string[]): string[] {
  return names
    .map((name) => [likeness(given.toLowerCase(), name.toLowerCase()), name] as const)
    .sort(([a, one], [b, other]) => b - a || (one < other ? -1 : 1))
    .slice(0, MOST)
    .map(([, name]) => name);
}

function likeness(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return (start + end) / Math.max(a.length, b.length, 1) + (lastPart(a) === lastPart(b) ? 1 : 0);
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
