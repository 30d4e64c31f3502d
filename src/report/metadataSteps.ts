/**
 * The checks that a report on TUF metadata is made of.
 * @module
 */
import type { MetadataFile } from "../metadata/file.ts";
import { checkFile, type FileCheck } from "../proof/checkFile.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import type { Policy } from "../proof/threshold.ts";
import type { SuiteSet } from "../suite/registry.ts";
import type { RoleType } from "../vocabulary/terms.ts";
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
      // Two keyids may name one key.
      const of = new Set([...named.byKeyid].map(([keyid, entry]) => entry.key?.id ?? keyid)).size;
      const facts = { role, policy, valid: count.keys.length, of, threshold: count.threshold };
      return count.met ? { facts, findings } : { facts, findings, error: unmet(check, role, policy, of) };
    },
  };
}

function unmet(
  { findings, count }: FileCheck,
  role: string,
  policy: Policy,
  of: number,
): NonNullable<StepResult["error"]> {
  if (findings.every(({ outcome }) => outcome === "ignored")) {
    return { code: "ERR_NO_SIGNATURE", message: `no ${KINDS[policy]} by a key of the role "${role}"` };
  }
  const what = policy === "either" ? "signed" : `made a valid ${KINDS[policy]}`;
  const invalid = findings.filter(({ outcome }) => outcome === "invalid").length;
  const wrong =
    invalid === 0 ? "" : `; ${invalid} ${invalid === 1 ? "is" : "are"} not valid for this document`;
  const message = `${count.keys.length} of the ${of} keys of "${role}" ${what}, ${count.threshold} must${wrong}`;
  return { code: "ERR_THRESHOLD_UNMET", message };
}

/** What a policy counts, in words. */
const KINDS: Readonly<Record<Policy, string>> = {
  either: "signature",
  classic: "classic signature",
  linked: "linked proof",
  both: "classic signature and a linked proof",
};

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
      if (Date.parse(expires) > at.getTime()) return { facts };
      const message = `${name} expired at ${expires}, judged at ${at.toISOString()}`;
      return { facts, error: { code: "ERR_EXPIRED", message } };
    },
  };
}

/** TUF 5.3.5: a new root is the next version. */
export function nextVersionStep(trusted: RoleFile, subject: RoleFile): PlannedStep {
  const { version: from } = trusted.file.signed;
  const { version } = subject.file.signed;
  return {
    id: "version",
    title: `${nameOf(subject)} is the next one after the trusted root, version ${from}`,
    run: () => {
      const facts = { trusted: from, version };
      if (version === from + 1) return { facts };
      if (version < from) {
        const message = `root version ${version} is older than the trusted root, version ${from}`;
        return { facts, error: { code: "ERR_ROLLBACK", message } };
      }
      const message =
        version === from
          ? `this is not the trusted root, and both say that they are version ${from}`
          : `root version ${version} does not follow the trusted root, version ${from}: those between are missing`;
      return { facts, error: { code: "ERR_VERSION_MISMATCH", message } };
    },
  };
}
