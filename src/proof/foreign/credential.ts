/**
 * What a verifiable credential says of itself, and whether that is what was signed.
 *
 * Read are VC 1.1 and VC 2.0: the version, the issuer, the validity period, whether there is a status, the related
 * resources, and the rules of `credentialRules.ts`. Not implemented: presentations, schemas, status lists.
 * @module
 */
import { isDateTime } from "../../encoding/dateTime.ts";
import { TufLdError } from "../../errors.ts";
import type { JsonObject } from "../../metadata/file.ts";
import { assertConforming, entriesOf, isUrl, OBJECT_MEMBERS } from "./credentialRules.ts";
import { parseRelatedResources, type RelatedResource } from "./relatedResource.ts";
import { CREDENTIAL_CONTEXTS, contextList } from "./suiteContexts.ts";

/** The members of a credential on which a check acts. */
export interface Credential {
  readonly version: "1.1" | "2.0";
  readonly id?: string;
  /** The issuer's identifier, whether `issuer` is a string or an object. */
  readonly issuer: string;
  /** Those of the members of the validity period that are there, by name. */
  readonly dates: ReadonlyMap<string, string>;
  readonly hasStatus: boolean;
  readonly resources: readonly RelatedResource[];
  /** How many entries the members have that readers act on, by name. */
  readonly entries: ReadonlyMap<string, number>;
}

const KINDS = ["VerifiableCredential", "VerifiablePresentation"] as const;

/**
 * Whether a document gives itself out as a credential or a presentation, by its type or by its contexts; then it
 * has to be one.
 */
export function looksLikeCredential(document: JsonObject): boolean {
  const types = [document["type"], document["@type"]].flatMap(contextList);
  if (types.some((type) => KINDS.some((kind) => type === kind || type === CREDENTIALS + kind))) return true;
  return contextList(document["@context"]).some((entry) => CREDENTIAL_CONTEXTS.has(entry));
}

/**
 * Refuses a document that is a credential, or holds one, in a spelling that its readers do not see.
 * @param nquads the canonical form of the document without proofs
 * @throws ERR_SHAPE
 */
export function assertNoCredential(nquads: string): void {
  const [hidden] = KINDS.filter((kind) => nquads.includes(`> <${CREDENTIALS}${kind}> .\n`));
  if (hidden === undefined) return;
  throw refusal(
    "/type",
    `does not say that there is a ${hidden} among what was signed: verify that by itself`,
  );
}

/** Both versions are read under either context, because both define the terms of the other. */
const STARTS = ["validFrom", "issuanceDate"] as const;
const ENDS = ["validUntil", "expirationDate"] as const;

/**
 * Reads a credential (VC 1.1 section 4, VC 2.0 section 4).
 * @throws ERR_SHAPE with the place
 */
export function parseCredential(document: JsonObject): Credential {
  const version = CREDENTIAL_CONTEXTS.get(contextList(document["@context"])[0]);
  if (version === undefined) {
    throw refusal("/@context/0", "is not the context of VC 1.1 or VC 2.0, so this is not a credential");
  }
  if (!contextList(document["type"]).includes("VerifiableCredential")) {
    throw refusal("/type", 'must include "VerifiableCredential"');
  }
  if (document["credentialSubject"] === undefined) throw refusal("/credentialSubject", "is missing");
  const dates = new Map<string, string>();
  for (const name of [...STARTS, ...ENDS]) {
    const value = document[name];
    if (value === undefined) continue;
    if (!isDateTime(value)) throw refusal(`/${name}`, "must be one date and time with a zone");
    dates.set(name, value);
  }
  if (version === "1.1" && !dates.has("issuanceDate")) throw refusal("/issuanceDate", "is missing");
  const issuer = issuerOf(document["issuer"]);
  assertConforming(document);
  const { id } = document;
  const entries = new Map(OBJECT_MEMBERS.map((name) => [name, entriesOf(document[name]).length]));
  const hasStatus = entries.get("credentialStatus") !== 0;
  const resources = parseRelatedResources(document);
  const read = { version, issuer, dates, hasStatus, resources, entries };
  return typeof id === "string" ? { ...read, id } : read;
}

function issuerOf(issuer: unknown): string {
  const id = typeof issuer === "object" && issuer !== null ? Reflect.get(issuer, "id") : issuer;
  if (isUrl(id) && !Array.isArray(issuer)) return id;
  throw refusal("/issuer", "must be one URL, or an object with one as its id");
}

/**
 * Refuses a credential outside its validity period: `at` is not before the start, and before the end.
 * @throws ERR_CREDENTIAL_TIME
 */
export function assertInTime({ dates }: Credential, at: Date): void {
  for (const [member, value] of dates) {
    const starts = STARTS.some((name) => name === member);
    const instant = Date.parse(value);
    if (starts ? at.getTime() >= instant : at.getTime() < instant) continue;
    const details = { member, value, at: at.toISOString() };
    const message = `the credential is ${starts ? "not valid before" : "no longer valid since"} ${value} (${member})`;
    throw new TufLdError("ERR_CREDENTIAL_TIME", `${message}, judged at ${details.at}`, details);
  }
}

const RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const CREDENTIALS = "https://www.w3.org/2018/credentials#";
const DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime";

/**
 * Refuses a credential whose members, as read above, are not the signed statements about it. A proof over RDF
 * covers statements and not spelling: `expirationDate` under its full IRI, or inside of another object with the
 * credential's own id, is the same statement, and no reader of the JSON sees it.
 *
 * @param nquads the canonical form of the credential without proofs
 * @throws ERR_SHAPE with the member
 */
export function assertStated(credential: Credential, nquads: string): void {
  const lines = nquads.split("\n");
  const subject = subjectOf(credential, lines);
  const stated = (name: string): string[] => {
    const start = `${subject} <${CREDENTIALS}${name}> `;
    return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
  };
  const assertOnly = (name: string, object: string | undefined): void => {
    const found = stated(name);
    const expected = object === undefined ? [] : [`${object} .`];
    if (found.length === expected.length && found[0] === expected[0]) return;
    throw refusal(`/${name}`, "is not what the signed statements say");
  };
  assertOnly("issuer", `<${credential.issuer}>`);
  for (const name of [...STARTS, ...ENDS]) {
    const value = credential.dates.get(name);
    assertOnly(name, value === undefined ? undefined : `"${value}"^^<${DATE_TIME}>`);
  }
  for (const [name, count] of credential.entries) {
    const found = stated(name).length;
    // Entries that are alike may be one statement; related resources have names of their own.
    const agrees = name === "relatedResource" ? found === count : found > 0 === count > 0;
    if (!agrees) throw refusal(`/${name}`, "is not what the signed statements say");
  }
}

/** The credential's own node in the graph. */
function subjectOf({ id }: Credential, lines: readonly string[]): string {
  const end = ` <${RDF_TYPE}> <${CREDENTIALS}VerifiableCredential> .`;
  const subjects = lines.filter((line) => line.endsWith(end)).map((line) => line.slice(0, -end.length));
  const named = id !== undefined && !id.startsWith("_:");
  const candidates = subjects.filter((subject) => (named ? subject === `<${id}>` : subject.startsWith("_:")));
  if (candidates.length === 1) return candidates[0] as string;
  throw refusal("/id", "does not tell which of the signed statements are about this credential");
}

function refusal(path: string, reason: string): TufLdError {
  return new TufLdError("ERR_SHAPE", `${path} ${reason}`, { path, reason });
}
