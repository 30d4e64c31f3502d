/**
 * May this metadata file be trusted, and why? A chain from a root that the caller trusts to one file.
 *
 * This judges files at hand. Fetching, rollback and freeze protection are the client's business.
 * @module
 */
import type { MetadataFile } from "../metadata/file.ts";
import { checkFile } from "../proof/checkFile.ts";
import type { Policy } from "../proof/threshold.ts";
import type { SuiteSet } from "../suite/registry.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import type { RoleType } from "../vocabulary/terms.ts";
import type { Root, Targets } from "../vocabulary/types.ts";
import { type PlannedStep, type Report, runSteps, type StepResult } from "./report.ts";

/** A chain of files and how to judge it. */
export interface MetadataQuestion {
  /** The root that is trusted because the caller says so. */
  readonly root: MetadataFile<Root>;
  /** Targets files from the root's `targets` role down to the one that delegates to `role`, each with its role's name. */
  readonly via?: readonly { readonly role: string; readonly file: MetadataFile<Targets> }[];
  /** The file that is asked about, and the role it is asked to speak for. */
  readonly file: MetadataFile;
  readonly role: string;
  /** What counts toward thresholds. Default: either. */
  readonly policy?: Policy;
  /** The suites that are accepted. Default: `defaultSuites`. */
  readonly suites?: SuiteSet;
  /** The instant at which expiry is judged. */
  readonly at: Date;
}

/** Answers the question. Never throws for what the files say: the report has the reason. */
export async function verifyMetadata(question: MetadataQuestion): Promise<Report> {
  const { root, via = [], file, role } = question;
  const steps: PlannedStep[] = rootSteps(question);
  let delegator: Delegator = { name: "root", signed: root.signed };
  for (const link of via) {
    steps.push(...linkSteps(question, delegator, link.role, link.file));
    delegator = { name: link.role, signed: link.file.signed };
  }
  steps.push(...linkSteps(question, delegator, role, file));
  if (file.signed._type === "root" && file.signed.version !== root.signed.version) {
    // TUF 5.3.4: a new root is signed by a threshold of the old keys and of its own.
    const itself: Delegator = { name: "itself", signed: file.signed };
    steps.push(signatureStep(question, "signatures-own", itself, role, file));
  }
  return runSteps(`${role} version ${file.signed.version}`, steps);
}

/** Whoever says which keys a role has. */
interface Delegator {
  readonly name: string;
  readonly signed: Root | Targets;
}

function rootSteps({ root, file, at }: MetadataQuestion): PlannedStep[] {
  const { version, expires } = root.signed;
  if (root === file) return [];
  return [
    {
      id: "root-expiry",
      title: `the trusted root, version ${version}, has not expired`,
      run: () => judgeExpiry("root", expires, at),
    },
  ];
}

function linkSteps(
  question: MetadataQuestion,
  delegator: Delegator,
  role: string,
  file: MetadataFile,
): PlannedStep[] {
  const { version, expires } = file.signed;
  const expected: RoleType = TOP_LEVEL.get(role) ?? "targets";
  return [
    {
      id: "type",
      title: `the file is of the type that the role "${role}" asks for`,
      run: () => {
        const { _type: actual } = file.signed;
        const facts = { role, expected, actual, version };
        if (actual === expected) return { facts };
        const message = `the role "${role}" needs a file of type ${expected}, this is ${actual}`;
        return { facts, error: { code: "ERR_SHAPE", message } };
      },
    },
    signatureStep(question, "signatures", delegator, role, file),
    {
      id: "expiry",
      title: `"${role}" version ${version} has not expired`,
      run: () => judgeExpiry(role, expires, question.at),
    },
  ];
}

const TOP_LEVEL: ReadonlyMap<string, RoleType> = new Map([
  ["root", "root"],
  ["timestamp", "timestamp"],
  ["snapshot", "snapshot"],
  ["targets", "targets"],
]);

function signatureStep(
  question: MetadataQuestion,
  id: string,
  delegator: Delegator,
  role: string,
  file: MetadataFile,
): PlannedStep {
  const { policy = "either", suites, at } = question;
  return {
    id,
    title: `enough keys that ${delegator.name} names for "${role}" signed it`,
    async run(): Promise<StepResult> {
      const keys = delegatedKeys(delegator.signed, role);
      if (keys === undefined) {
        const message = `${delegator.name} does not delegate to a role "${role}"`;
        return { facts: { role }, error: { code: "ERR_KEY_UNAUTHORIZED", message } };
      }
      const options = suites === undefined ? { at } : { at, suites };
      const { findings, count } = await checkFile(file, keys, policy, options);
      const facts = {
        role,
        policy,
        valid: count.keys.length,
        of: keys.byKeyid.size,
        threshold: count.threshold,
      };
      if (count.met) return { facts, findings };
      if (findings.every(({ outcome }) => outcome === "ignored")) {
        const kind =
          policy === "classic" ? "classic signature" : policy === "linked" ? "linked proof" : "signature";
        const message = `no ${kind} by a key of the role "${role}"`;
        return { facts, findings, error: { code: "ERR_NO_SIGNATURE", message } };
      }
      const message = `${count.keys.length} of the ${keys.byKeyid.size} keys of "${role}" signed (policy: ${policy}), ${count.threshold} are needed`;
      return { facts, findings, error: { code: "ERR_THRESHOLD_UNMET", message } };
    },
  };
}

function judgeExpiry(role: string, expires: string, at: Date): StepResult {
  const facts = { role, expires, at: at.toISOString() };
  if (Date.parse(expires) > at.getTime()) return { facts };
  const message = `"${role}" expired at ${expires}, judged at ${at.toISOString()}`;
  return { facts, error: { code: "ERR_EXPIRED", message } };
}
