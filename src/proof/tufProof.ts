/**
 * The closed shape of a linked proof on TUF metadata, and the canonical form of its configuration.
 *
 * A proof of another shape is refused rather than read generously: a member that we do not know would be signed
 * without anyone having acted on it, and proof chains (`previousProof`) have no meaning in TUF.
 * @module
 */
import { createHash } from "#platform";
import { jcs } from "../canonical/jcs.ts";
import { escapeLiteral, TYPED } from "../canonical/nquads.ts";
import { concatBytes } from "../encoding/bytes.ts";
import { isDateTime } from "../encoding/dateTime.ts";
import { refuse } from "../encoding/refusal.ts";
import type { JsonObject } from "../metadata/file.ts";
import type { DigestName } from "../suite/algorithms.ts";
import type { Suite, SuiteVariant } from "../suite/suite.ts";
import { TUF_CONTEXTS } from "../vocabulary/terms.ts";
import type { DocumentDigests } from "./digests.ts";

/** A linked proof without its value: what is signed beside the document (Data Integrity 2.1). */
export interface ProofConfiguration {
  readonly type: string;
  readonly cryptosuite?: string;
  readonly created?: string;
  readonly expires?: string;
  readonly verificationMethod: string;
  readonly proofPurpose: "assertionMethod";
  /** The role's URN. */
  readonly domain: string;
  readonly challenge?: string;
  readonly nonce?: string;
}

const CODE = "ERR_PROOF_SHAPE";
const REQUIRED = ["type", "verificationMethod", "proofPurpose", "domain"] as const;
const DATES = ["created", "expires"] as const;
const MEMBERS: ReadonlySet<string> = new Set([...REQUIRED, ...DATES, "cryptosuite", "challenge", "nonce"]);
/** Characters of a member that nothing is compared with: one that goes on for ever would make the file unreadable. */
const MEMBER_MAX_CHARS = 1_024;
/** An IRI as N-Quads can hold it; every tool that reads the proof must read the same one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what an IRI must not have
const IRI = /^[a-z][a-z0-9+.-]*:[^\u0000-\u0020<>"{}|^`\\\ud800-\udfff]+$/i;

/** Reads a proof of the closed shape. @throws ERR_PROOF_SHAPE */
export function parseTufProof(
  proof: JsonObject,
  suite: Suite,
): { readonly configuration: ProofConfiguration; readonly value: string } {
  const { [suite.proofMember]: value, ...members } = proof;
  if (typeof value !== "string") refuse(CODE, `a ${suite.name} proof needs ${suite.proofMember}`);
  const configuration = withoutContext(members, suite);
  for (const [name, member] of Object.entries(configuration)) {
    if (!MEMBERS.has(name)) refuse(CODE, `"${name}" is not a member of a proof on TUF metadata`);
    if (typeof member !== "string" || !member.isWellFormed()) refuse(CODE, `"${name}" must be a string`);
    // The domain is the role's name, which is as long as it is.
    if (name !== "domain" && member.length > MEMBER_MAX_CHARS)
      refuse(CODE, `"${name}" has over ${MEMBER_MAX_CHARS} characters`);
  }
  for (const name of REQUIRED) if (configuration[name] === undefined) refuse(CODE, `a proof needs "${name}"`);
  for (const name of DATES) {
    if (configuration[name] !== undefined && !isDateTime(configuration[name])) {
      refuse(CODE, `"${name}" must be an RFC 3339 date and time with a zone`);
    }
  }
  if (configuration["type"] !== suite.proofType || configuration["cryptosuite"] !== suite.cryptosuite) {
    refuse(CODE, `not a proof of the suite ${suite.name}`);
  }
  if (configuration["proofPurpose"] !== "assertionMethod")
    refuse(CODE, 'proofPurpose must be "assertionMethod"');
  if (!IRI.test(configuration["verificationMethod"] as string))
    refuse(CODE, "verificationMethod must be a URL");
  return { configuration: configuration as unknown as ProofConfiguration, value };
}

/**
 * A JCS proof takes the document's contexts along (vc-di-eddsa 3.3.1, step 2). They are signed whether or not it
 * names them, and can only be those of TUF.
 */
function withoutContext(members: JsonObject, suite: Suite): JsonObject {
  const { "@context": own, ...rest } = members;
  if (own === undefined || suite.canonicalization.name !== "JCS") return members;
  if (JSON.stringify(own) === JSON.stringify(TUF_CONTEXTS)) return rest;
  return refuse(CODE, "the @context of the proof must be the document's");
}

const SEC = "https://w3id.org/security#";

/** The predicates of a proof configuration in the order in which their lines sort, with how to write objects. */
const LINES: readonly (readonly [keyof ProofConfiguration, string, (value: string) => string])[] = [
  ["created", "http://purl.org/dc/terms/created", (value) => `"${value}"${TYPED.dateTime}`],
  ["type", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", (value) => `<${SEC}${value}>`],
  ["challenge", `${SEC}challenge`, (value) => `"${escapeLiteral(value)}"`],
  ["cryptosuite", `${SEC}cryptosuite`, (value) => `"${escapeLiteral(value)}"^^<${SEC}cryptosuiteString>`],
  ["domain", `${SEC}domain`, (value) => `"${escapeLiteral(value)}"`],
  ["expires", `${SEC}expiration`, (value) => `"${value}"${TYPED.dateTime}`],
  ["nonce", `${SEC}nonce`, (value) => `"${escapeLiteral(value)}"`],
  ["proofPurpose", `${SEC}proofPurpose`, (value) => `<${SEC}${value}>`],
  ["verificationMethod", `${SEC}verificationMethod`, (value) => `<${value}>`],
];

/** The canonical N-Quads of a proof configuration: one blank node, `_:c14n0` (RDFC-1.0 4.4). */
export function canonizeConfiguration(configuration: ProofConfiguration): string {
  let lines = "";
  for (const [name, predicate, object] of LINES) {
    const value = configuration[name];
    if (value !== undefined) lines += `_:c14n0 <${predicate}> ${object(value)} .\n`;
  }
  return lines;
}

/** What a suite signs: the digest of the configuration, then that of the document (Data Integrity 4.2). */
export function proofInput(
  configuration: ProofConfiguration,
  suite: Suite,
  variant: SuiteVariant,
  digests: DocumentDigests,
): Uint8Array {
  const canonicalization = suite.canonicalization.name;
  const digest = variant.digest.name as Exclude<DigestName, "none">;
  const hash = createHash(digest);
  hash.update(
    canonicalization === "JCS"
      ? jcs({ "@context": [...TUF_CONTEXTS], ...configuration })
      : canonizeConfiguration(configuration),
  );
  return concatBytes(hash.digest(), digests.linkedDigest(canonicalization, digest));
}
