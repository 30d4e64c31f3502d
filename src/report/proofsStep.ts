/**
 * The step that counts the proofs of a document of foreign shape.
 * @module
 */
import type { DocumentFinding } from "../proof/foreign/check.ts";
import type { StepResult } from "./report.ts";

/** Passed if one proof is valid. @param subject what has the proofs, for the message */
export function proofsStep(findings: readonly DocumentFinding[], subject: string): StepResult {
  const valid = findings.filter(({ outcome }) => outcome === "valid");
  const facts = { valid: valid.length, of: findings.length };
  if (valid.length > 0) return { facts, findings };
  const invalid = findings.find(({ outcome }) => outcome === "invalid");
  if (invalid?.reason !== undefined) return { facts, findings, error: invalid.reason };
  const message =
    findings.length === 0
      ? `${subject} has no proof`
      : `no proof could be judged: ${findings[0]?.reason?.message}`;
  return { facts, findings, error: { code: "ERR_NO_SIGNATURE", message } };
}
