/**
 * Verifiable credentials and other documents of foreign shape: signing and checking them. Loads jsonld.js when
 * it runs; programs that handle TUF metadata alone never need this entry.
 * @module
 */
export {
  type CheckDocumentOptions,
  checkDocument,
  type DocumentFinding,
} from "./proof/foreign/check.ts";
export {
  type ResolveKey,
  resolveDidKey,
  type VerificationMethodDocument,
} from "./proof/foreign/resolveKey.ts";
export type { CanonicalizationOptions } from "./proof/foreign/securedDocument.ts";
export { type SignDocumentOptions, signDocument } from "./proof/foreign/sign.ts";
export {
  type CheckCredentialOptions,
  type CredentialReport,
  checkCredential,
} from "./report/checkCredential.ts";
export { type CheckSignedOptions, checkSigned, type SignedReport } from "./report/checkSigned.ts";
