/// <reference types="node" />
/**
 * Prints a report, and ends the command as its first failure says.
 * @module
 */
import type { Subject } from "../errors.ts";
import type { Reason } from "../proof/finding.ts";
import type { Report, Step } from "../report/report.ts";
import { type Audience, EXIT, exitCodeOf, hintAfter } from "./exit.ts";
import { writeOutput } from "./io.ts";
import { type ErrorText, printError, renderReport, toJson } from "./output.ts";

/** Which file a step is about, by the role among its facts; `undefined` if that is not certain. */
export type FileOf = (role: string | undefined) => string | undefined;

/** Prints a report to stdout and why it failed to stderr, and sets the exit code. */
export async function printReport(
  report: Report,
  { json }: { readonly json?: boolean },
  audience: Audience,
  fileOf: FileOf = () => undefined,
): Promise<void> {
  const refusal = report.ok ? undefined : refusalOf(report, audience, fileOf);
  // Before anything is written: whoever closes our stdout early must not turn a refusal into a success.
  process.exitCode = refusal?.exit ?? EXIT.ok;
  const shown = refusal === undefined ? report : { ...report, error: refusal.error };
  await writeOutput(undefined, json ? toJson(shown) : renderReport(report));
  if (refusal !== undefined) printError(refusal.error);
}

/** What to do where the step that failed says more than the error's code. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ["signer", "a credential must be signed by a key of the issuer that it names"],
  ["trusted", "give the key of whom you trust with --issuer; nobody else's proof counts"],
  ["issuer", "give the issuer's key with --issuer, and its name with --issuer-id if that is not a did:key"],
  ["proofs", "the issuer signs it with `tuf-ld sign`"],
  ["gap", "roots are trusted one version after another: name those between with --via root=FILE"],
]);

/** Codes whose own hint speaks of metadata. */
const ABOUT_METADATA: ReadonlySet<string> = new Set([
  "ERR_KEY_UNAUTHORIZED",
  "ERR_NO_SIGNATURE",
  "ERR_VERSION_MISMATCH",
]);

function hintOf({ id, facts }: Step, { code, about = {} }: Reason, audience: Audience): string {
  const gap = id === "version" && Number(facts["version"]) > Number(facts["trusted"]);
  const special =
    audience === "documents" && ABOUT_METADATA.has(code) ? HINTS.get(gap ? "gap" : id) : undefined;
  return special ?? hintAfter({ code, facts, about }, audience);
}

function subjectOfStep({ facts }: Step, fileOf: FileOf): Subject {
  const role = typeof facts["role"] === "string" ? facts["role"] : undefined;
  const file = fileOf(role);
  return { ...(role === undefined ? {} : { role }), ...(file === undefined ? {} : { file }) };
}

function refusalOf(
  { failure, steps }: Report,
  audience: Audience,
  fileOf: FileOf,
): { readonly exit: number; readonly error: ErrorText } {
  const reason = failure?.reason;
  if (failure !== undefined && reason !== undefined) {
    const { code } = reason;
    const about = { ...subjectOfStep(failure, fileOf), ...reason.about };
    const isNamed = about.file === undefined || reason.message.includes(about.url ?? about.file);
    const message = isNamed ? reason.message : `${about.file}: ${reason.message}`;
    const hint = hintOf(failure, { ...reason, about }, audience);
    return { exit: exitCodeOf(code), error: { code, message, ...about, hint } };
  }
  const open = steps.find(({ outcome }) => outcome === "not run");
  const why = open?.facts["why"];
  const message = `not checked: ${open?.title}${why === undefined ? "" : ` (${why})`}`;
  const hint = "a check that did not run is never a pass; --help shows what each check needs";
  return { exit: EXIT.other, error: { code: "ERR_UNSUPPORTED", message, hint } };
}
