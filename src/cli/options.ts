/// <reference types="node" />
/**
 * Parsers of option values; what they refuse is a usage error.
 * @module
 */
import { InvalidArgumentError } from "commander";
import { type Policy, POLICIES } from "../proof/threshold.ts";

/** A date, or a date and time, in UTC unless it says otherwise. */
export function parseDate(text: string): Date {
  const date = new Date(/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError("Give a date such as 2026-08-22 or 2026-08-22T12:00:00Z.");
  }
  return date;
}

/** One of the policies. */
export function parsePolicy(text: string): Policy {
  const policy = POLICIES.find((each) => each === text);
  if (policy === undefined) throw new InvalidArgumentError(`Give one of ${POLICIES.join(", ")}.`);
  return policy;
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
