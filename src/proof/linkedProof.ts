/**
 * Linked proofs on TUF metadata: adding one to a set, and checking each by itself.
 * @module
 */

import type { TufLdError } from "../errors.ts";
import { didKeyUrl, parseDidKey } from "../key/didKey.ts";
import type { PublicKey } from "../key/publicKey.ts";
import type { Signer } from "../key/signer.ts";
import { assertLinkable, type JsonObject, type MetadataFile } from "../metadata/file.ts";
import { defaultSuites, type SuiteSet } from "../suite/registry.ts";
import type { Suite } from "../suite/suite.ts";
import { TUF_CONTEXTS } from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { DocumentDigests } from "./digests.ts";
import { type Finding, type Reason, reasonOf } from "./finding.ts";
import { keyidsOf, type RoleKeys } from "./roleKeys.ts";
import { roleUrn } from "./roleUrn.ts";
import { type ProofConfiguration, parseTufProof, proofInput } from "./tufProof.ts";

/** Options of `addProof`. */
export interface AddProofOptions {
  /** Default: Ed25519Signature2020 for Ed25519 keys, ecdsa-rdfc-2019 for P-256 and P-384. */
  readonly suite?: Suite;
  /** When the proof was made. Default: now, in whole seconds. */
  readonly created?: Date;
  /** Of this very file, for a caller who signs it several times. */
  readonly digests?: DocumentDigests;
}

/**
 * Signs the linked view for a role and returns the file with the proof added; the other proofs and the classic
 * signatures stay as they are. An earlier proof by the same key, suite and role is replaced.
 *
 * @throws ERR_KEY when the suite takes no such keys, or the signer does not sign what its public key verifies;
 *   the file's `linkedProblem`
 * @example
 * file = await addProof(file, signer, "root");
 */
export async function addProof<S extends Signed>(
  file: MetadataFile<S>,
  signer: Signer,
  roleName: string,
  options: AddProofOptions = {},
): Promise<MetadataFile<S>> {
  assertLinkable(file);
  const suite = options.suite ?? defaultSuiteFor(signer.publicKey);
  const configuration: ProofConfiguration = {
    type: suite.proofType as string,
    ...(suite.cryptosuite === undefined ? {} : { cryptosuite: suite.cryptosuite }),
    created: `${(options.created ?? new Date()).toISOString().slice(0, 19)}Z`,
    verificationMethod: didKeyUrl(signer.publicKey),
    proofPurpose: "assertionMethod",
    domain: roleUrn(roleName),
  };
  const variant = suite.variantFor(signer.publicKey.type);
  const digests = options.digests ?? new DocumentDigests(file.signed);
  const input = proofInput(configuration, suite, variant, digests);
  const value = suite.encodeSignature(await suite.sign(signer, input));
  // Other implementations of the JCS suites sign and expect it (vc-di-eddsa 3.3.1, step 2).
  const context = suite.canonicalization.name === "JCS" ? { "@context": [...TUF_CONTEXTS] } : {};
  const added: JsonObject = { ...configuration, ...context, [suite.proofMember]: value };
  const others = file.proof.filter((proof) => !IDENTITY.every((member) => proof[member] === added[member]));
  return { ...file, linked: true, proof: [...others, added] };
}

/** The members that tell whose proof it is: two proofs that agree in these say the same thing. */
const IDENTITY = ["type", "cryptosuite", "verificationMethod", "domain"] as const;

function defaultSuiteFor({ type }: PublicKey): Suite {
  return defaultSuites.get(type === "Ed25519" ? "Ed25519Signature2020" : "ecdsa-rdfc-2019");
}

/** What a check needs beside the file. */
export interface CheckOptions {
  /** The suites that the verifier accepts; a document has no say. Default: `defaultSuites`. */
  readonly suites?: SuiteSet;
  /** The instant at which a proof's own `expires` is judged. Default: now. */
  readonly at?: Date;
}

/** Checks every linked proof of a file by itself, for a role. Never throws for what the file says. */
export async function checkProofs(
  file: MetadataFile,
  role: RoleKeys,
  options: CheckOptions = {},
  digests: DocumentDigests = new DocumentDigests(file.signed),
): Promise<Finding[]> {
  const { suites = defaultSuites, at = new Date() } = options;
  if (file.linkedProblem !== undefined) return unreadable(file, file.linkedProblem);
  const findings: Finding[] = [];
  for (const [index, proof] of file.proof.entries()) {
    findings.push({ view: "linked", index, ...(await checkProof(proof, role, suites, at, digests)) });
  }
  return findings;
}

/** Of a document without a linked form: no proof is judged, and even without one the reason is told. */
function unreadable({ proof }: MetadataFile, problem: TufLdError): Finding[] {
  const reason: Reason = { code: problem.code, message: `there is no linked view: ${problem.message}` };
  const entries = proof.length === 0 ? [{}] : proof;
  return entries.map(({ verificationMethod }: JsonObject, index) => {
    const keyName = typeof verificationMethod === "string" ? verificationMethod : "";
    return { view: "linked", index, outcome: "ignored", keyName, reason };
  });
}

type Judgement = Omit<Finding, "view" | "index">;

async function checkProof(
  proof: JsonObject,
  role: RoleKeys,
  suites: SuiteSet,
  at: Date,
  digests: DocumentDigests,
): Promise<Judgement> {
  const { type, cryptosuite, verificationMethod } = proof;
  const keyName = typeof verificationMethod === "string" ? verificationMethod : "";
  const name = [type, cryptosuite]
    .filter((part) => typeof part === "string")
    .join(" ")
    .slice(0, 100);
  const suite =
    typeof type === "string" && (cryptosuite === undefined || typeof cryptosuite === "string")
      ? suites.forProof(type, cryptosuite)
      : undefined;
  if (suite === undefined) {
    const reason = {
      code: "ERR_SUITE_UNKNOWN",
      message: `the suite "${name}" is not accepted here`,
    } as const;
    return { outcome: "ignored", keyName, reason };
  }
  const about = { keyName, suite: suite.id };
  try {
    const { configuration, value } = parseTufProof(proof, suite);
    const key = parseDidKey(configuration.verificationMethod);
    if (keyidsOf(role, key).length === 0) {
      const message = `the key ${keyName} is not one of the keys of the role "${role.name}"`;
      return { outcome: "ignored", ...about, reason: { code: "ERR_KEY_UNAUTHORIZED", message } };
    }
    const judged = { ...about, key: key.id };
    const refused = misplaced(configuration, role.name, at);
    if (refused !== undefined) return { outcome: "invalid", ...judged, reason: refused };
    const input = proofInput(configuration, suite, suite.variantFor(key.type), digests);
    if (await suite.verify(key, input, suite.decodeSignature(value))) return { outcome: "valid", ...judged };
    const message = `the ${suite.name} signature is not this key's over this document`;
    return { outcome: "invalid", ...judged, reason: { code: "ERR_SIGNATURE", message } };
  } catch (error) {
    return { outcome: "invalid", ...about, reason: reasonOf(error) };
  }
}

/** Why a proof does not speak for this role at this time, whatever its signature. */
function misplaced({ domain, expires }: ProofConfiguration, role: string, at: Date): Finding["reason"] {
  if (domain !== roleUrn(role)) {
    return { code: "ERR_PROOF_DOMAIN", message: `the proof is for ${domain}, not for ${roleUrn(role)}` };
  }
  if (expires !== undefined && Date.parse(expires) <= at.getTime()) {
    return { code: "ERR_PROOF_EXPIRED", message: `the proof expired at ${expires}` };
  }
  return undefined;
}
