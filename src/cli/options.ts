/// <reference types="node" />
/**
 * Parsers of option values; what they refuse is a usage error.
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";

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

/** The contexts that a person gives besides those that are pinned. */
export interface ContextOptions {
  /** Each as URL=FILE. */
  readonly context: readonly string[];
  /** A folder with a list, contexts.json. */
  readonly contexts?: string;
}

/** Adds the options of `ContextOptions` to a command that processes documents of others. */
export function withContextOptions(command: Command): Command {
  return command
    .option(
      "--context <url=file>",
      "a JSON-LD context that is not pinned, from a file; its digest is printed; repeatable",
      collect,
      [],
    )
    .option("--contexts <dir>", "a folder of such contexts; contexts.json there names the file of each URL");
}

/** The first of these options that was given, for who refuses them. */
export function givenContext({ context, contexts }: ContextOptions): Readonly<Record<string, unknown>> {
  return { context: context[0], contexts };
}
