/// <reference types="node" />
/**
 * Parsers of option values; what they refuse is a usage error.
 * @module
 */
import { InvalidArgumentError } from "commander";

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** A date, or a date and time, in UTC unless it says otherwise. */
export function parseDate(text: string): Date {
  const zoned = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}${text.includes("T") ? "Z" : ""}`;
  const date = new Date(zoned);
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  // JavaScript takes February 30 for March 2.
  const real = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
  if (DATE.test(text) && real && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("Give a date such as 2026-08-22 or 2026-08-22T12:00:00Z.");
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** A whole number of at least one. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number, 1 or more.");
}

/** A time such as 30m, 12h or 7d, in hours. */
export function parseHours(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("Give a time such as 30m, 12h or 7d.");
  return Number(count) * { m: 1 / 60, h: 1, d: 24 }[unit as "m" | "h" | "d"];
}
