/**
 * Every signature and proof of a file, checked for one role and counted under a policy.
 * @module
 */
import { assertLinkable, type MetadataFile, type MetadataText } from "../metadata/file.ts";
import { checkSignatures } from "./classicSignature.ts";
import { DocumentDigests } from "./digests.ts";
import type { Finding } from "./finding.ts";
import { type CheckOptions, checkProofs } from "./linkedProof.ts";
import type { RoleKeys } from "./roleKeys.ts";
import { type Count, countKeys, type Policy } from "./threshold.ts";

/** What was found, entry by entry, and what it adds up to. */
export interface FileCheck {
  readonly findings: readonly Finding[];
  readonly count: Count;
}

/** Options of `checkFile`. */
export interface CheckFileOptions extends CheckOptions {
  /** Under `either`, leave the linked view unread once classic signatures alone meet the threshold. Default false. */
  readonly stopWhenMet?: boolean;
}

/**
 * Checks the views that `policy` asks about; the other view is not looked at and has no findings.
 * @throws the file's `linkedProblem` under `linked` and `both`
 */
export async function checkFile(
  file: MetadataFile,
  role: RoleKeys,
  policy: Policy = "either",
  options: CheckFileOptions = {},
): Promise<FileCheck> {
  return checkText({ file, signedText: undefined }, role, policy, options);
}

/** Checks as {@link checkFile} does, for a caller who has read the file just now. */
export async function checkText(
  { file, signedText }: MetadataText,
  role: RoleKeys,
  policy: Policy,
  options: CheckFileOptions,
): Promise<FileCheck> {
  // What a policy asks for and a document cannot have is no matter of signatures.
  if (policy === "linked" || policy === "both") assertLinkable(file);
  const digests = new DocumentDigests(file.signed, { classic: signedText });
  const classic = policy === "linked" ? [] : await checkSignatures(file, role, options, digests);
  if (policy === "either" && options.stopWhenMet) {
    const count = countKeys(classic, role, policy);
    if (count.met) return { findings: classic, count };
  }
  const linked = policy === "classic" ? [] : await checkProofs(file, role, options, digests);
  const findings = [...classic, ...linked];
  return { findings, count: countKeys(findings, role, policy) };
}
