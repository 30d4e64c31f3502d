/**
 * Signatures and proofs on TUF metadata: adding, checking and counting them.
 * @module
 */
export { checkFile, type FileCheck } from "./checkFile.ts";
export { type AddSignatureOptions, addSignature, checkSignatures } from "./classicSignature.ts";
export type { Finding, Reason } from "./finding.ts";
export { type AddProofOptions, addProof, type CheckOptions, checkProofs } from "./linkedProof.ts";
export { keyidsOf, type RoleKey, type RoleKeys, roleKeys } from "./roleKeys.ts";
export { roleUrn } from "./roleUrn.ts";
export { type Count, countKeys, POLICIES, type Policy } from "./threshold.ts";
export { canonizeConfiguration, type ProofConfiguration, parseTufProof } from "./tufProof.ts";
