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
import type { Reason } from "../finding.ts";
import { contextList, sameContexts } from "./suiteContexts.ts";

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
  /** With a zone, whether or not the proof gives one. */
  readonly expires?: string;
  /** What was accepted though no writer should write it so. */
  readonly notes: readonly Reason[];
}

const CODE = "ERR_PROOF_SHAPE";
const REQUIRED = ["type", "verificationMethod", "proofPurpose"] as const;
const DATES = ["created", "expires"] as const;
const TEXTS = [...REQUIRED, ...DATES, "cryptosuite", "id", "challenge", "nonce"] as const;
/** Most entries of `previousProof`, `domain` and a proof's own `@context`. */
const MAX_ENTRIES = 64;
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
 * @param context the document's `@context`. A JCS proof's own holds the first entries of it; that of a proof over
 *   RDF is the same, or there is none
 * @throws ERR_PROOF_SHAPE; ERR_LIMIT over 64 entries of `previousProof`, `domain` or the proof's `@context`
 */
export function parseDocumentProof(proof: JsonObject, suite: Suite, context: unknown): DocumentProof {
  const { [suite.proofMember]: value, ...signed } = proof;
  if (typeof value !== "string") return refuse(CODE, `a ${suite.name} proof needs ${suite.proofMember}`);
  const { "@context": own, ...members } = signed;
  const notes: Reason[] = [];
  const note = (message: string | undefined): void => {
    if (message !== undefined) notes.push({ code: CODE, message });
  };
  if (Object.hasOwn(signed, "@context")) note(checkOwnContext(own, suite, context));
  for (const name of Object.keys(members)) {
    if (!MEMBERS.has(name)) refuse(CODE, `"${name}" is not a member of a proof that is read here`);
  }
  for (const name of REQUIRED) if (members[name] === undefined) refuse(CODE, `a proof needs "${name}"`);
  for (const name of TEXTS) if (members[name] !== undefined) text(name, members[name]);
  for (const name of DATES) note(checkDate(name, members[name]));
  note(suite.remark?.(value));
  if (members["type"] !== suite.proofType || members["cryptosuite"] !== suite.cryptosuite) {
    refuse(CODE, `not a proof of the suite ${suite.name}`);
  }
  const { challenge, expires } = members;
  return {
    suite,
    // An @context that is the document's changes nothing of what a proof over RDF signs.
    configuration: suite.canonicalization.name === "JCS" ? signed : members,
    value,
    notes,
    verificationMethod: text("verificationMethod", members["verificationMethod"]),
    proofPurpose: text("proofPurpose", members["proofPurpose"]),
    previous: list("previousProof", members["previousProof"]),
    domain: list("domain", members["domain"]),
    ...(challenge === undefined ? {} : { challenge: text("challenge", challenge) }),
    ...(expires === undefined ? {} : { expires: zoned(text("expires", expires)) }),
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
  assertFew(name, entries);
  return [...new Set(entries.map((entry) => text(name, entry)))];
}

/** Before anything is made of them: a document may have millions. */
function assertFew(name: string, entries: readonly unknown[]): void {
  if (entries.length <= MAX_ENTRIES) return;
  const details = { limit: name, allowed: MAX_ENTRIES, actual: entries.length };
  const message = `"${name}" of a proof has ${entries.length} entries, over ${MAX_ENTRIES}`;
  throw new TufLdError("ERR_LIMIT", message, details);
}

/** VC Data Integrity 2.1: "Time values that are incorrectly serialized without an offset" are in UTC. */
const zoned = (date: string): string => (isDateTime(date) ? date : `${date}Z`);

/** Refuses what is no date and time; says so where the zone is missing. */
function checkDate(name: string, value: unknown): string | undefined {
  if (value === undefined || isDateTime(value)) return undefined;
  if (isDateTime(`${value}Z`)) return `"${name}" has no time zone and is read as UTC`;
  return refuse(CODE, `"${name}" must be an RFC 3339 date and time with a zone`);
}

/**
 * vc-di-eddsa 3.3.2, step 4: the contexts of a JCS proof are the first ones of its document. Those of a proof over
 * RDF must be its document's own, because any other could define the proof's members anew.
 */
function checkOwnContext(own: unknown, suite: Suite, context: unknown): string | undefined {
  const entries = contextList(own);
  assertFew("@context", entries);
  if (suite.canonicalization.name !== "JCS") {
    if (context === undefined || !sameContexts(entries, contextList(context)))
      refuse(CODE, `a ${suite.name} proof has no @context of its own but its document's`);
    return "it repeats the @context of its document";
  }
  const first = contextList(context).slice(0, entries.length);
  if (context === undefined || entries.length === 0 || !sameContexts(entries, first))
    refuse(CODE, "the @context of the proof must be the first entries of the document's");
  return undefined;
}
