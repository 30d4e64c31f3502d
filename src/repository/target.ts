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

/** Refuses a target that some client could not use. @throws ERR_INPUT */
export function checkTarget({ path, target }: TargetChange): void {
  const reason = pathProblem(path) ?? (target === null ? undefined : targetProblem(target));
  if (reason === undefined) return;
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

function targetProblem({ length, hashes }: NonNullable<TargetChange["target"]>): string | undefined {
  if (!Number.isSafeInteger(length) || length < 0) return "its length must be a whole number of bytes";
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
  return known > 0 ? undefined : "it needs a SHA-2 digest, which clients check and files are named by";
}
