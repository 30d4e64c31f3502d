/**
 * The proofs of a document of foreign shape: the set, and the closed shape of each.
 *
 * The members of a proof are closed for the reason that they are in TUF metadata: under RDF canonicalization
 * `expires` could be written as its full IRI, which changes no byte of what is signed and hides it from us.
 * @module
 */
import { isDateTime } from "../../encoding/dateTime.ts";
import { refuse } from "../../encoding/refusal.ts";
import { TufLdError } from "../../errors.ts";
import type { JsonObject } from "../../metadata/file.ts";
import type { Suite } from "../../suite/suite.ts";
import { contextList } from "./suiteContexts.ts";

/** Most proofs of one document. */
export const MAX_PROOFS = 64;

/** A proof whose shape has been checked, with the members that a check acts on (VC Data Integrity 2.1). */
export interface DocumentProof {
  readonly suite: Suite;
  /** The proof without its value: what is signed beside the document. */
  readonly configuration: JsonObject;
  readonly value: string;
  readonly verificationMethod: string;
  readonly proofPurpose: string;
  /** The ids of the proofs that this one follows; empty for a member of the set. */
  readonly previous: readonly string[];
  readonly domain: readonly string[];
  readonly challenge?: string;
  readonly expires?: string;
}

const CODE = "ERR_PROOF_SHAPE";
const REQUIRED = ["type", "verificationMethod", "proofPurpose"] as const;
const DATES = ["created", "expires"] as const;
const TEXTS = [...REQUIRED, ...DATES, "cryptosuite", "id", "challenge", "nonce"] as const;
/** Members that hold one string or several. */
const LISTS = ["previousProof", "domain"] as const;
const MEMBERS: ReadonlySet<string> = new Set([...TEXTS, ...LISTS]);

/**
 * The proofs of a document, in its order.
 * @throws ERR_SHAPE if `proof` is anything but an object or an array of objects; ERR_LIMIT over 64 proofs
 */
export function proofsOf(document: JsonObject): readonly JsonObject[] {
  const { proof } = document;
  if (proof === undefined) return [];
  const proofs = Array.isArray(proof) ? proof : [proof];
  if (proofs.length > MAX_PROOFS) {
    const details = { limit: "proofs", allowed: MAX_PROOFS, actual: proofs.length };
    throw new TufLdError(
      "ERR_LIMIT",
      `the document has ${proofs.length} proofs, over ${MAX_PROOFS}`,
      details,
    );
  }
  return proofs.map((entry, index) => {
    if (typeof entry === "object" && entry !== null && !Array.isArray(entry)) return entry;
    const path = `/proof/${index}`;
    throw new TufLdError("ERR_SHAPE", `${path} must be an object`, { path, reason: "must be an object" });
  });
}

/**
 * Reads a proof of the closed shape.
 * @param context the document's `@context`, which that of a JCS proof must begin
 * @throws ERR_PROOF_SHAPE
 */
export function parseDocumentProof(proof: JsonObject, suite: Suite, context: unknown): DocumentProof {
  const { [suite.proofMember]: value, ...configuration } = proof;
  if (typeof value !== "string") return refuse(CODE, `a ${suite.name} proof needs ${suite.proofMember}`);
  const { "@context": own, ...members } = configuration;
  if (Object.hasOwn(configuration, "@context")) assertOwnContext(own, suite, context);
  for (const name of Object.keys(members)) {
    if (!MEMBERS.has(name)) refuse(CODE, `"${name}" is not a member of a proof that is read here`);
  }
  for (const name of REQUIRED) if (members[name] === undefined) refuse(CODE, `a proof needs "${name}"`);
  for (const name of TEXTS) if (members[name] !== undefined) text(name, members[name]);
  for (const name of DATES) {
    if (members[name] !== undefined && !isDateTime(members[name])) {
      refuse(CODE, `"${name}" must be an RFC 3339 date and time with a zone`);
    }
  }
  if (members["type"] !== suite.proofType || members["cryptosuite"] !== suite.cryptosuite) {
    refuse(CODE, `not a proof of the suite ${suite.name}`);
  }
  const { challenge, expires } = members;
  return {
    suite,
    configuration,
    value,
    verificationMethod: text("verificationMethod", members["verificationMethod"]),
    proofPurpose: text("proofPurpose", members["proofPurpose"]),
    previous: list("previousProof", members["previousProof"]),
    domain: list("domain", members["domain"]),
    ...(challenge === undefined ? {} : { challenge: text("challenge", challenge) }),
    ...(expires === undefined ? {} : { expires: text("expires", expires) }),
  };
}

function text(name: string, value: unknown): string {
  if (typeof value === "string" && value.isWellFormed()) return value;
  return refuse(CODE, `"${name}" must be a string`);
}

function list(name: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (entries.length === 0) refuse(CODE, `"${name}" must not be empty`);
  return [...new Set(entries.map((entry) => text(name, entry)))];
}

/**
 * vc-di-eddsa 3.3.2, step 4: the contexts of a JCS proof are the first ones of its document. A proof over RDF has
 * none of its own, because there it could define the proof's members anew.
 */
function assertOwnContext(own: unknown, suite: Suite, context: unknown): void {
  if (suite.canonicalization.name !== "JCS") refuse(CODE, `a ${suite.name} proof has no @context of its own`);
  const first = contextList(context);
  const entries = contextList(own);
  if (
    entries.length === 0 ||
    entries.some((entry, index) => typeof entry !== "string" || entry !== first[index])
  ) {
    refuse(CODE, "the @context of the proof must be the first entries of the document's");
  }
}
