/**
 * Instants as RFC 3339 texts with a zone, the form of `expires` in TUF and of `created` in Data Integrity.
 * @module
 */

const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,12})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Whether a value is such a text and names an instant that exists. */
export function isDateTime(value: unknown): value is string {
  const date = typeof value === "string" ? DATE_TIME.exec(value)?.[1] : undefined;
  if (date === undefined) return false;
  // Some engines read 30 February as 2 March, others refuse it: the day must come back as it was.
  const midnight = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
}
