/**
 * JSON as text, digit by digit also where a double cannot hold an integer (`jsonExact.ts`).
 * @module
 */

/** JSON text of a value, as `JSON.stringify` writes it, and of a `bigint` every digit. `indent` is in spaces. */
export function jsonText(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch {
    // A bigint is refused there, so that nobody has to look for one first.
  }
  // Every number that is no integer gives way to a fraction whose whole part is its position.
  const exact: (bigint | number)[] = [];
  const text = JSON.stringify(
    value,
    (_, each: unknown) =>
      typeof each === "bigint" || (typeof each === "number" && !Number.isInteger(each))
        ? exact.push(each) - 0.5
        : each,
    indent,
  );
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|\d+\.5/g, (token) =>
    token.startsWith('"') ? token : String(exact[Math.floor(Number(token))]),
  );
}
