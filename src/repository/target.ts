/**
 * Which targets a repository takes: what our client can find, download and write to any disk. Other clients do not encode
 * `%`, `#` and `?` in paths.
 * @module
 */
import { nameProblem } from "../client/storeName.ts";
import { TufLdError } from "../errors.ts";
import type { TargetChange } from "./changes.ts";
import type { BinLayout } from "./config.ts";
import { MOST_PARTS } from "./profiles.ts";

/** Hexadecimal digits of the digests that files are named by. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ["sha224", 56],
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);
const HEX = /^[0-9a-f]+$/;
/** What JSON-LD reads as a keyword; the validator refuses it as a path too. */
const KEYWORD_FORM = /^@[a-zA-Z]+$/;
const PATH_MAX_UNITS = 1_024;
/** How many arrays and objects may be open within a member of a target. Clients allow 64 in a whole file. */
export const CUSTOM_MAX_DEPTH = 32;

/** Why some client could not use a target, or `undefined` if each can. */
export function changeProblem({ path, target }: TargetChange): string | undefined {
  return pathProblem(path) ?? (target === null ? undefined : targetProblem(target));
}

/** Refuses a target that some client could not use. @throws ERR_INPUT */
export function checkTarget(change: TargetChange): void {
  const reason = changeProblem(change);
  if (reason === undefined) return;
  const { path } = change;
  throw new TufLdError("ERR_INPUT", `${JSON.stringify(path.slice(0, 200))}: ${reason}`, {
    source: path,
    reason,
  });
}

/** Refuses a target so deep below folders that the bins' delegation does not reach it. @throws ERR_INPUT */
export function checkDepth(
  { path, target }: TargetChange,
  { delegator }: Pick<BinLayout, "delegator">,
): void {
  // Nothing is between the top-level targets role and its bins.
  if (target === null || delegator === "targets" || !hasMoreParts(path, MOST_PARTS)) return;
  const reason = `its path has more than ${MOST_PARTS} parts, so that no client would look for it in the bins`;
  throw new TufLdError("ERR_INPUT", `${JSON.stringify(path.slice(0, 200))}: ${reason}`, {
    source: path,
    reason,
  });
}

function hasMoreParts(path: string, most: number): boolean {
  let parts = 1;
  for (let at = path.indexOf("/"); at >= 0 && parts <= most; at = path.indexOf("/", at + 1)) parts++;
  return parts > most;
}

function pathProblem(path: string): string | undefined {
  if (path.length > PATH_MAX_UNITS) return `its path is longer than ${PATH_MAX_UNITS} characters`;
  if (path === "__proto__" || KEYWORD_FORM.test(path)) return "JSON readers could mistake this path";
  return nameProblem(path);
}

function targetProblem(target: NonNullable<TargetChange["target"]>): string | undefined {
  const { length, hashes } = target;
  if (!Number.isSafeInteger(length) || length < 0) return "its length must be a whole number of bytes";
  if (typeof hashes !== "object" || hashes === null) return "its hashes must be an object";
  let known = 0;
  for (const algorithm of Object.keys(hashes)) {
    const digest = hashes[algorithm];
    const digits = DIGITS.get(algorithm);
    if (typeof digest !== "string" || !HEX.test(digest) || digest.length % 2 !== 0)
      return `its ${algorithm} must be lower-case hexadecimal`;
    if (digits === undefined) continue;
    if (digest.length !== digits) return `its ${algorithm} must have ${digits} digits, not ${digest.length}`;
    known++;
  }
  if (known === 0) return "it needs a SHA-2 digest, which clients check and files are named by";
  for (const name in target) {
    if (name === "length" || name === "hashes") continue;
    const problem = valueProblem((target as unknown as Values)[name], CUSTOM_MAX_DEPTH);
    if (problem !== undefined) return `its "${name}" ${problem}`;
  }
  return undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** Clients refuse the whole file that lists such a value, and with it every other target in it. */
function valueProblem(value: unknown, depth: number): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === 0) return `is nested deeper than ${CUSTOM_MAX_DEPTH} levels`;
  for (const name of Object.keys(value)) {
    if (name === "__proto__") return 'has a member "__proto__", which JSON readers could mistake';
    const problem = valueProblem((value as Values)[name], depth - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
