/**
 * Did somebody whom I trust sign this document, and is what it says what was signed? For documents of any shape
 * but that of a credential, which has an issuer and a time: see `checkCredential.ts`.
 *
 * Loads jsonld.js when a proof over RDF is judged: keep it out of what only reads TUF metadata.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { PublicKey } from "../key/publicKey.ts";
import { type CheckDocumentOptions, checkSecured, type DocumentFinding } from "../proof/foreign/check.ts";
import { assertNoCredential, looksLikeCredential } from "../proof/foreign/credential.ts";
import { SecuredDocument } from "../proof/foreign/securedDocument.ts";
import { defaultSuites } from "../suite/registry.ts";
import { proofsStep } from "./proofsStep.ts";
import { type Report, runSteps, type StepResult } from "./report.ts";

/** What is asked of a signed document. */
export interface CheckSignedOptions extends CheckDocumentOptions {
  /** The keys that the caller trusts; one of them must have signed. */
  readonly keys: readonly PublicKey[];
}

/** The answer about a signed document. */
export interface SignedReport extends Report {
  /** What was found about each proof, also of those by other keys. */
  readonly findings: readonly DocumentFinding[];
}

/**
 * Answers for a signed document that is no credential: it has a valid proof, one by a key that the caller trusts,
 * and says no more than was signed. Never throws for what the document says: the report has the reason.
 *
 * @example
 * const report = await checkSigned(document, { keys: [parseDidKey("did:key:z6Mk…#z6Mk…")] });
 */
export async function checkSigned(document: object, options: CheckSignedOptions): Promise<SignedReport> {
  let secured: SecuredDocument | undefined;
  let findings: readonly DocumentFinding[] = [];
  let trusted: readonly DocumentFinding[] = [];
  const known = (): SecuredDocument => secured as SecuredDocument;

  const shape = (): StepResult => {
    secured = new SecuredDocument(document, options);
    if (!looksLikeCredential(secured.body)) return {};
    const reason = "gives itself out as a credential or a presentation, which is another question";
    throw new TufLdError("ERR_SHAPE", `the document ${reason}`, { path: "", reason });
  };
  const proofs = async (): Promise<StepResult> => {
    findings = await checkSecured(known(), options);
    return proofsStep(findings, "the document");
  };
  const signer = (): StepResult => {
    const valid = findings.filter(({ outcome }) => outcome === "valid");
    trusted = valid.filter(({ key }) => options.keys.some(({ id }) => id === key));
    const facts = { keys: [...new Set(trusted.map(({ keyName }) => keyName))] };
    if (trusted.length > 0) return { facts };
    const message = `${valid.map(({ keyName }) => keyName).join(", ")} signed, which is none of the keys that you trust`;
    return { facts, error: { code: "ERR_KEY_UNAUTHORIZED", message } };
  };
  const content = async (): Promise<StepResult> => {
    const { suites = defaultSuites } = options;
    const byText = trusted.some(
      ({ suite }) => suites.suites.find(({ id }) => id === suite)?.canonicalization.name === "JCS",
    );
    if (!byText) assertNoCredential(await known().canonicalDocument());
    return { facts: { covered: byText ? "text" : "statements" } };
  };

  const report = await runSteps("document", [
    { id: "shape", title: "it is a document that can be signed", run: shape },
    { id: "proofs", title: "a proof of it is valid", run: proofs },
    { id: "trusted", title: "a key that you trust signed it", run: signer },
    { id: "content", title: "what it says was signed", run: content },
  ]);
  return { ...report, findings };
}
