/**
 * Instants as RFC 3339 texts with a zone, the form of `expires` in TUF and of `created` in Data Integrity.
 * @module
 */

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)$/;

/** Whether a value is such a text and names an instant that exists. */
export function isDateTime(value: unknown): value is string {
  return typeof value === "string" && DATE_TIME.test(value) && !Number.isNaN(Date.parse(value));
}
