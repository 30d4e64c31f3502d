/**
 * The corners in which sorting by UTF-16 unit and by code point differ.
 * @module
 */
import { byCodePoint } from "../../src/encoding/codePoint.ts";

/** Whether the lines of this canonical form have another order by UTF-16 unit than by code point. */
export function divergesByCodePoint(nquads: string): boolean {
  return ordersDiffer(nquads.split("\n"));
}

/** Whether the members of an object anywhere in this JSON value have two such orders. */
export function membersDiverge(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return (
    (!Array.isArray(value) && ordersDiffer(Object.keys(value))) || Object.values(value).some(membersDiverge)
  );
}

function ordersDiffer(texts: readonly string[]): boolean {
  const byUnit = [...texts].sort();
  return [...texts].sort(byCodePoint).some((text, index) => text !== byUnit[index]);
}
