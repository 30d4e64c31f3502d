/**
 * The checks that a report on TUF metadata is made of.
 * @module
 */

import { TufLdError } from "../errors.ts";
import type { MetadataFile } from "../metadata/file.ts";
import { checkFile } from "../proof/checkFile.ts";
import { reasonOf } from "../proof/finding.ts";
import { distinctKeys, type RoleKeys } from "../proof/roleKeys.ts";
import type { Policy } from "../proof/threshold.ts";
import type { SuiteSet } from "../suite/registry.ts";
import * as rules from "../trust/rules.ts";
import type { RoleType } from "../vocabulary/terms.ts";
import type { Root } from "../vocabulary/types.ts";
import type { PlannedStep, StepResult } from "./report.ts";

/** How files are judged. */
export interface Judging {
  /** What counts toward thresholds. Default: either. */
  readonly policy?: Policy;
  /** The suites that are accepted. Default: `defaultSuites`. */
  readonly suites?: SuiteSet;
  /** The instant at which expiry is judged. */
  readonly at: Date;
}

/** A file and the role that it is asked to speak for. */
export interface RoleFile {
  readonly role: string;
  readonly file: MetadataFile;
}

/** As `RoleFile`, of a root. */
export interface RootFile extends RoleFile {
  readonly file: MetadataFile<Root>;
}

/** How titles call a file. */
export function nameOf({ role, file }: RoleFile): string {
  return `${/^[\w.-]+$/.test(role) ? role : JSON.stringify(role)} version ${file.signed.version}`;
}

const TOP_LEVEL: ReadonlyMap<string, RoleType> = new Map([
  ["root", "root"],
  ["timestamp", "timestamp"],
  ["snapshot", "snapshot"],
  ["targets", "targets"],
]);

/** The type that a top-level role asks for; every other role is one of targets. */
export function typeOfRole(role: string): RoleType {
  return TOP_LEVEL.get(role) ?? "targets";
}

/** The file has the type that its role asks for. */
export function typeStep(subject: RoleFile, expected: RoleType): PlannedStep {
  const { role, file } = subject;
  const { _type: actual, version } = file.signed;
  return {
    id: "type",
    title: `${nameOf(subject)} is metadata of type ${expected}`,
    run: () => {
      const facts = { role, expected, actual, version };
      if (actual === expected) return { facts };
      const message = `the role "${role}" needs metadata of type ${expected}, this is ${actual}`;
      return { facts, error: { code: "ERR_SHAPE", message } };
    },
  };
}

/** Enough of the keys that `keys` gives the role signed the file (TUF 5.3.4, 5.4.2, 5.5.3, 5.6.3). */
export function signatureStep(
  { policy = "either", suites, at }: Judging,
  about: { readonly id: string; readonly whose: string },
  subject: RoleFile,
  keys: () => RoleKeys | NonNullable<StepResult["error"]>,
): PlannedStep {
  const { role, file } = subject;
  return {
    id: about.id,
    title: `${nameOf(subject)} is signed by enough of ${about.whose}`,
    async run(): Promise<StepResult> {
      const named = keys();
      if (!("byKeyid" in named)) return { facts: { role }, error: named };
      const check = await checkFile(file, named, policy, suites === undefined ? { at } : { at, suites });
      const { findings, count } = check;
      const of = distinctKeys(named);
      const facts = { role, policy, valid: count.keys.length, of, threshold: count.threshold };
      return { facts, findings, ...judgedBy(() => rules.assertSigned(named, check)) };
    },
  };
}

/** What a rule of TUF makes of a step: the client goes by the same one. */
function judgedBy(rule: () => void): Pick<StepResult, "error"> {
  try {
    rule();
    return {};
  } catch (error) {
    if (error instanceof TufLdError) return { error: reasonOf(error) };
    throw error;
  }
}

/** The file's `expires` is after the instant asked about. */
export function expiryStep({ at }: Judging, subject: RoleFile): PlannedStep {
  const { role, file } = subject;
  const { expires } = file.signed;
  const name = nameOf(subject);
  return {
    id: role === "root" ? "root-expiry" : "expiry",
    title: `${name} has not expired`,
    run: () => {
      const facts = { role, expires, at: at.toISOString() };
      return { facts, ...judgedBy(() => rules.assertCurrent(role, file.signed, at)) };
    },
  };
}

/** TUF 5.3.5: a new root is the next version. */
export function nextVersionStep(trusted: RootFile, subject: RootFile): PlannedStep {
  const { version: from } = trusted.file.signed;
  const { version } = subject.file.signed;
  return {
    id: "version",
    title: `${nameOf(subject)} is the next one after the trusted root, version ${from}`,
    run: () => ({
      facts: { trusted: from, version },
      ...judgedBy(() => rules.assertNextRoot(trusted.file.signed, subject.file.signed)),
    }),
  };
}
