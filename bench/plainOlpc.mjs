/**
 * OLPC canonical JSON as one writes it on a page: what our faster one, and everything linked, is compared with.
 * @module
 */

/**
 * Takes metadata that is known to be in order: no fractions, no lone surrogates.
 * @param {unknown} value
 * @returns {string}
 */
export function plainOlpc(value) {
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(plainOlpc).join(",")}]`;
  const entries = /** @type {Record<string, unknown>} */ (value);
  const names = Object.keys(entries).sort();
  return `{${names.map((name) => `${plainOlpc(name)}:${plainOlpc(entries[name])}`).join(",")}}`;
}
