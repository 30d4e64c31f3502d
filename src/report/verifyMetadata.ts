/**
 * May this metadata file be trusted, and why? A chain from a root that the caller trusts to one file, or from
 * keys that the caller trusts.
 *
 * This judges files at hand. Fetching, rollback and freeze protection are the client's business.
 * @module
 */
import { olpc } from "../classic/olpc.ts";
import type { JsonValue } from "../document/json.ts";
import type { MetadataFile } from "../metadata/file.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import type { Root, Targets } from "../vocabulary/types.ts";
import {
  expiryStep,
  type Judging,
  nameOf,
  nextVersionStep,
  type RoleFile,
  type RootFile,
  signatureStep,
  typeOfRole,
  typeStep,
} from "./metadataSteps.ts";
import { type PlannedStep, type Report, runSteps } from "./report.ts";

/** A chain of files and how to judge it. */
export interface MetadataQuestion extends Judging {
  /** The root that is trusted because the caller says so. */
  readonly root: MetadataFile<Root>;
  /**
   * The files between `root` and `file`, from the top down, each with its role's name: newer roots one after
   * another, then targets files from the role `targets` to the one that delegates to `role`.
   */
  readonly via?: readonly { readonly role: string; readonly file: MetadataFile<Root | Targets> }[];
  /** The file that is asked about, and the role it is asked to speak for. */
  readonly file: MetadataFile;
  readonly role: string;
}

/** Answers the question. Never throws for what the files say: the report has the reason. */
export async function verifyMetadata(question: MetadataQuestion): Promise<Report> {
  const { root, via = [], file, role } = question;
  const steps: PlannedStep[] = [];
  let delegator: RoleFile = { role: "root", file: root };
  for (const link of [...via, { role, file }]) {
    if (link.role === "root" && isRootFile(link) && isRootFile(delegator)) {
      steps.push(...rootSteps(question, delegator, link));
    } else {
      // TUF 5.3.10: of a chain of roots only the last has to be unexpired.
      if (delegator.role === "root") steps.push(expiryStep(question, delegator));
      steps.push(...delegatedSteps(question, delegator, link));
    }
    delegator = link;
  }
  if (isRoot(delegator.file) && delegator.role === "root") steps.push(expiryStep(question, delegator));
  return runSteps(nameOf({ role, file }), steps);
}

/** A file and keys that are trusted for its role because the caller says so, without a root. */
export interface KeysQuestion extends Judging {
  readonly file: MetadataFile;
  /** The role's name, its keys and how many of them must sign. */
  readonly keys: RoleKeys;
}

/** Answers whether enough of these keys signed the file, and whether it is in time. As `verifyMetadata`. */
export async function verifyByKeys(question: KeysQuestion): Promise<Report> {
  const { file, keys } = question;
  const subject: RoleFile = { role: keys.name, file };
  return runSteps(nameOf(subject), [
    typeStep(subject, typeOfRole(keys.name)),
    signatureStep(question, { id: "signatures", whose: "the keys that you trust" }, subject, () => keys),
    expiryStep(question, subject),
  ]);
}

function isRoot(file: MetadataFile): file is MetadataFile<Root> {
  return file.signed._type === "root";
}

function isRootFile(file: RoleFile): file is RootFile {
  return isRoot(file.file);
}

function delegatedSteps(question: Judging, delegator: RoleFile, subject: RoleFile): PlannedStep[] {
  // Below the top level every role is one of targets, whatever its name.
  const expected = isRoot(delegator.file) ? typeOfRole(subject.role) : "targets";
  return [
    typeStep(subject, expected),
    delegationStep(question, delegator, subject),
    expiryStep(question, subject),
  ];
}

/** TUF 5.3.4, 5.3.5: a new root is signed by a threshold of the old keys and of its own, and is the next version. */
function rootSteps(question: Judging, trusted: RootFile, subject: RootFile): PlannedStep[] {
  const type = typeStep(subject, "root");
  const signed = delegationStep(question, trusted, subject);
  if (sameSigned(trusted.file, subject.file)) return [type, signed];
  const own = namedStep(question, { id: "signatures-own", whose: "its own keys" }, subject, subject);
  return [type, signed, own, nextVersionStep(trusted, subject)];
}

function sameSigned(a: MetadataFile, b: MetadataFile): boolean {
  if (a.signed.version !== b.signed.version) return false;
  const text = ({ signed }: MetadataFile): string => olpc(signed as unknown as JsonValue);
  return text(a) === text(b);
}

function delegationStep(question: Judging, delegator: RoleFile, subject: RoleFile): PlannedStep {
  const whose = `the keys that ${nameOf(delegator)} names`;
  return namedStep(question, { id: "signatures", whose }, delegator, subject);
}

function namedStep(
  question: Judging,
  about: { readonly id: string; readonly whose: string },
  delegator: RoleFile,
  subject: RoleFile,
): PlannedStep {
  return signatureStep(question, about, subject, () => {
    const { signed } = delegator.file;
    const delegates = signed._type === "root" || signed._type === "targets";
    const message = `${nameOf(delegator)} does not delegate to a role "${subject.role}"`;
    const keys = delegates ? delegatedKeys(signed, subject.role) : undefined;
    return keys ?? { code: "ERR_KEY_UNAUTHORIZED", message };
  });
}
