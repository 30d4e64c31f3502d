/**
 * The corner in which rdf-canonize and RDFC-1.0 sort differently.
 * @module
 */
import { byCodePoint } from "../../src/encoding/codePoint.ts";

/** Whether the lines of this canonical form have another order by UTF-16 unit than by code point. */
export function divergesByCodePoint(nquads: string): boolean {
  const lines = nquads.split("\n");
  const byUnit = [...lines].sort();
  return [...lines].sort(byCodePoint).some((line, index) => line !== byUnit[index]);
}
