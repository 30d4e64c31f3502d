/**
 * What the project asks of a measured figure, and whether the figure meets it.
 * @module
 */

/**
 * `value` is NaN when it was not measured. `aim` is what we would like, `limit` what must be.
 * @typedef {{ name: string, value: number, kind: "at least" | "at most", limit: number, aim?: number }} Requirement
 */

/** @type {(name: string, value: number, limit: number, aim?: number) => Requirement} */
export const atLeast = (name, value, limit, aim) => ({ name, value, kind: "at least", limit, aim });

/** @type {(name: string, value: number, limit: number, aim?: number) => Requirement} */
export const atMost = (name, value, limit, aim) => ({ name, value, kind: "at most", limit, aim });

/**
 * @param {Requirement} requirement
 * @returns {"not run" | "MISSED" | "met" | "aim met"}
 */
export function verdict({ value, kind, limit, aim }) {
  if (Number.isNaN(value)) return "not run";
  const reaches = (/** @type {number} */ mark) => (kind === "at least" ? value >= mark : value <= mark);
  if (!reaches(limit)) return "MISSED";
  return aim !== undefined && reaches(aim) ? "aim met" : "met";
}
