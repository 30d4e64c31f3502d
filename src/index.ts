/**
 * The Update Framework as Linked Data: what most programs need, by name. Everything else is under the
 * subpaths, one for each noun: `tuf-ld/document`, `tuf-ld/key`, `tuf-ld/suite`, and so on.
 * @module
 */
export { type Details, type Subject, subjectOf, TufLdError, type TufLdErrorCode } from "./errors.ts";
export { didKey, didKeyUrl } from "./key/didKey.ts";
export { generateKey, PrivateKey } from "./key/privateKey.ts";
export type { PublicKey } from "./key/publicKey.ts";
export type { Signer } from "./key/signer.ts";
export { fromTufKey, toTufKey, tufKeyid } from "./key/tufKey.ts";
export { type FileForm, type MetadataFile, parseMetadata, serializeMetadata } from "./metadata/file.ts";
export { checkFile, type FileCheck } from "./proof/checkFile.ts";
export { addSignature } from "./proof/classicSignature.ts";
export type { Finding } from "./proof/finding.ts";
export { addProof } from "./proof/linkedProof.ts";
export { type RoleKeys, roleKeys } from "./proof/roleKeys.ts";
export type { Policy } from "./proof/threshold.ts";
export type { Report, Step } from "./report/report.ts";
export { verifyMetadata } from "./report/verifyMetadata.ts";
export { allSuites, defaultSuites, suiteSet } from "./suite/registry.ts";
export { delegatedKeys } from "./trust/delegation.ts";
export type { Root, Signed, Snapshot, Targets, Timestamp } from "./vocabulary/types.ts";
