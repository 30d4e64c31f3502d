/**
 * The shapes of what is remembered of a recovery. Whatever lies there under another shape is refused as a whole, before
 * anything of it is used.
 * @module
 */
import type { JsonValue } from "../../document/json.ts";
import type { RecoveryDetails, RecoveryState } from "./recoveryState.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isVersion: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isInstant: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));

function oneOf(...words: readonly unknown[]): Check {
  return (value) => words.includes(value);
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function tuple(...checks: readonly Check[]): Check {
  return (value) =>
    Array.isArray(value) && value.length === checks.length && checks.every((check, at) => check(value[at]));
}

function members(checks: Readonly<Record<string, Check>>): Check {
  return (value) =>
    isObject(value) &&
    Object.entries(checks).every(([name, check]) =>
      check((value as Readonly<Record<string, unknown>>)[name]),
    );
}

const isState = members({
  phase: oneOf("staging", "staged", "done"),
  begun: isInstant,
  lastGood: (value) => value === null || isVersion(value),
  roles: listOf(tuple(isText, listOf(isObject))),
  drafts: listOf(isText),
  compromised: listOf(isText),
  aside: listOf(isText),
});

const isDetails = members({
  copies: listOf(tuple(oneOf("metadata", "signers", "served"), isText, isVersion, isText)),
  taken: listOf(tuple(isText, isVersion)),
  changes: listOf(
    members({
      role: isText,
      path: isText,
      change: oneOf("added", "replaced", "removed"),
      kept: oneOf(true, false),
      target: (value) => value === null || isObject(value),
      differs: (value) => value === undefined || listOf(isText)(value),
    }),
  ),
  // A recovery that an earlier build began has compared less.
  roles: (value) => value === undefined || listOf(isDifference)(value),
  notes: listOf(isText),
});

function isDifference(value: unknown): boolean {
  return members({ role: isText, fate: oneOf("reverted", "stays", "anew"), changes: listOf(isText) })(value);
}

/** The state, if that is what the value is in this format. */
export function stateFrom(value: JsonValue, format: number): RecoveryState | undefined {
  if (!isState(value)) return undefined;
  const { format: found, ...state } = value as unknown as RecoveryState & { readonly format: unknown };
  return found === format ? state : undefined;
}

/** The details, if that is what the value is. */
export function detailsFrom(value: JsonValue): RecoveryDetails | undefined {
  if (!isDetails(value)) return undefined;
  const details = value as unknown as RecoveryDetails;
  return { ...details, roles: details.roles ?? [] };
}
