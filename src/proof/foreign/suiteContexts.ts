/**
 * Which contexts define the proof terms of a suite, and where the suites of before put one silently.
 * @module
 */
import { jcs } from "../../canonical/jcs.ts";
import type { JsonValue } from "../../document/json.ts";
import type { Suite } from "../../suite/suite.ts";

const CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1";
const CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2";
const DATA_INTEGRITY_V1 = "https://w3id.org/security/data-integrity/v1";
const DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2";
const ED25519_2018 = "https://w3id.org/security/suites/ed25519-2018/v1";
const ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1";
const SECURITY_V2 = "https://w3id.org/security/v2";

/** The core contexts of verifiable credentials, by the version of the data model. */
export const CREDENTIAL_CONTEXTS: ReadonlyMap<unknown, "1.1" | "2.0"> = new Map<unknown, "1.1" | "2.0">([
  [CREDENTIALS_V1, "1.1"],
  [CREDENTIALS_V2, "2.0"],
]);

const DATA_INTEGRITY = {
  add: DATA_INTEGRITY_V2,
  definedBy: [DATA_INTEGRITY_V2, DATA_INTEGRITY_V1, CREDENTIALS_V2],
} as const;

/** The contexts that define the terms of a proof, and the one to add when none of them is there. */
interface SuiteContexts {
  readonly add: string;
  readonly definedBy: readonly string[];
}

/** By the `type` of a proof. */
const BY_PROOF_TYPE: ReadonlyMap<string | undefined, SuiteContexts> = new Map<
  string | undefined,
  SuiteContexts
>([
  ["DataIntegrityProof", DATA_INTEGRITY],
  ["Ed25519Signature2020", { add: ED25519_2020, definedBy: [ED25519_2020] }],
  // The 2018 context and credentials/v1 or security/v2 define the same terms and cannot stand together.
  ["Ed25519Signature2018", { add: ED25519_2018, definedBy: [ED25519_2018, CREDENTIALS_V1, SECURITY_V2] }],
]);

/** Most contexts of one document, however often one is named: each is processed again. */
export const MAX_CONTEXTS = 64;

/** `@context` as a list of its entries. */
export function contextList(context: unknown): readonly unknown[] {
  return Array.isArray(context) ? context : [context];
}

/** Whether two lists of contexts hold the same entries in the same order, inline ones compared as text. */
export function sameContexts(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && jcs(a as JsonValue[]) === jcs(b as JsonValue[]);
}

/** Whether the contexts of a document define the terms of Data Integrity. */
export function definesDataIntegrity(context: unknown): boolean {
  return contextList(context).some((entry) => DATA_INTEGRITY.definedBy.some((url) => url === entry));
}

/** The context that a document must have besides its own before this suite can sign it, if any. */
export function missingContext(suite: Suite, context: unknown): string | undefined {
  // A document without contexts is signed as text, and stays without.
  if (context === undefined) return undefined;
  const contexts = BY_PROOF_TYPE.get(suite.proofType);
  const defined = contexts?.definedBy.some((url) => contextList(context).includes(url)) ?? true;
  return defined ? undefined : contexts?.add;
}

/**
 * The `@context` under which a proof configuration is canonicalized: the document's, exactly. For a
 * DataIntegrityProof on a document whose contexts do not define it, `data-integrity/v2` is understood to follow,
 * as in the implementations that made such proofs (VC Data Integrity 2.4.1, context injection).
 */
export function configurationContext(suite: Suite, context: unknown): unknown {
  if (suite.proofType !== "DataIntegrityProof" || definesDataIntegrity(context)) return context;
  return [...contextList(context), DATA_INTEGRITY.add];
}
