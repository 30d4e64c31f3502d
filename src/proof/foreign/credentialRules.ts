/**
 * The rules of the data model on what stands in a credential: VC 2.0 sections 4.3 to 4.5, 4.7 to 4.11, and 5. VC 1.1
 * asks for the same or more of these members, and credentials of it are judged by the same rules.
 *
 * An optional member that is `null` or `[]` counts as left out.
 * @module
 */
import { expandReference } from "../../canonical/reference.ts";
import type { ContextLoader } from "../../document/loader.ts";
import { isDateTime } from "../../encoding/dateTime.ts";
import { TufLdError } from "../../errors.ts";
import type { JsonObject } from "../../metadata/file.ts";
import { contextList, MAX_CONTEXTS } from "./suiteContexts.ts";

/** Members whose entries need a type (VC 2.0 4.5), and of these the ones that need an id too (4.11). */
const TYPED = ["credentialStatus", "credentialSchema", "termsOfUse", "refreshService", "evidence"] as const;
const IDENTIFIED: readonly string[] = ["credentialSchema", "relatedResource"];
/** Every optional member whose entries a reader acts on. */
export const OBJECT_MEMBERS: readonly string[] = [...TYPED, "relatedResource"] as const;
/** Most values of all inline contexts of one credential: processing them costs up to the square. */
const MAX_CONTEXT_VALUES = 2_000;

/** The values of a member that are there: `null` and `[]` are not. */
export function entriesOf(value: unknown): readonly unknown[] {
  const pending: unknown[] = [value];
  const entries: unknown[] = [];
  // The list grows while it is walked.
  for (const next of pending) {
    if (Array.isArray(next)) for (const item of next) pending.push(item);
    else if (next !== null && next !== undefined) entries.push(next);
  }
  return entries;
}

/** Absolute, and without what no URL holds. */
export function isUrl(value: unknown): value is string {
  return typeof value === "string" && /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i.test(value);
}

/**
 * Refuses a credential that breaks a rule.
 * @throws ERR_SHAPE with the place; ERR_LIMIT over 64 contexts, or 2,000 values in inline ones
 */
export function assertConforming(document: JsonObject): void {
  assertContexts(document["@context"]);
  assertType(document["type"], "/type");
  assertId(document["id"], "/id");
  assertSubjects(document["credentialSubject"]);
  for (const name of OBJECT_MEMBERS) {
    for (const [index, entry] of entriesOf(document[name]).entries()) {
      const path = `/${name}${Array.isArray(document[name]) ? `/${index}` : ""}`;
      if (!isObject(entry)) throw refusal(path, "must be an object");
      if (name !== "relatedResource") assertType(entry["type"], `${path}/type`);
      if (IDENTIFIED.includes(name) && entry["id"] === undefined) throw refusal(`${path}/id`, "is missing");
      assertId(entry["id"], `${path}/id`);
    }
  }
  const { validFrom, validUntil } = document;
  // VC 2.0 4.9: validFrom is at the same instant as validUntil or before it.
  if (isDateTime(validFrom) && isDateTime(validUntil) && Date.parse(validFrom) > Date.parse(validUntil))
    throw refusal("/validUntil", "is before validFrom");
}

/** VC 2.0 4.3: URLs, and objects that are contexts. */
function assertContexts(context: unknown): void {
  const entries = contextList(context);
  assertWithin("contexts", entries.length, MAX_CONTEXTS);
  const inline: unknown[] = entries.filter(isObject);
  // The list grows while it is walked.
  for (const value of inline) {
    if (typeof value !== "object" || value === null) continue;
    for (const member of Object.values(value)) inline.push(member);
    assertWithin("contextValues", inline.length, MAX_CONTEXT_VALUES);
  }
  for (const [index, entry] of entries.entries())
    if (!isUrl(entry) && !isObject(entry))
      throw refusal(`/@context/${index}`, "must be a URL or a context object");
}

function assertWithin(limit: string, actual: number, allowed: number): void {
  if (actual <= allowed) return;
  const message = `the credential has ${actual} ${limit}, and ${allowed} are allowed`;
  throw new TufLdError("ERR_LIMIT", message, { limit, allowed, actual });
}

/** VC 2.0 4.5: one or more types. Whether each of them means something is for the contexts to say. */
function assertType(type: unknown, path: string): void {
  if (type === undefined) throw refusal(path, "is missing");
  const types = contextList(type);
  const wrong = types.length === 0 || types.some((each) => typeof each !== "string" || !/^\S+$/.test(each));
  if (wrong) throw refusal(path, "must be one or more types, each a term or a URL");
}

/** VC 2.0 4.4: one URL. */
function assertId(id: unknown, path: string): void {
  if (id !== undefined && !isUrl(id)) throw refusal(path, "must be one URL");
}

/** VC 2.0 4.8: one or more objects, each with claims. */
function assertSubjects(value: unknown): void {
  const subjects = contextList(value);
  if (subjects.length === 0) throw refusal("/credentialSubject", "has no subject");
  for (const [index, subject] of subjects.entries()) {
    const path = `/credentialSubject${Array.isArray(value) ? `/${index}` : ""}`;
    if (!isObject(subject)) throw refusal(path, "must be an object");
    if (Object.keys(subject).length === 0) throw refusal(path, "makes no claim");
    assertId(subject["id"], `${path}/id`);
  }
}

/**
 * Refuses a credential whose contexts contradict one another or leave one of its types without a meaning. A proof
 * over JCS processes no context; readers of the credential do. Contexts that are not pinned are left out, and then
 * types that are terms are not judged.
 *
 * @throws ERR_CONTEXT, ERR_UNDEFINED_TERM
 */
export async function assertTerms(document: JsonObject, loader: ContextLoader): Promise<void> {
  const contexts = contextList(document["@context"]);
  const known = contexts.filter((entry) => typeof entry !== "string" || loader.pins(entry));
  const types = contextList(document["type"]);
  const judged = known.length === contexts.length ? types : types.filter(isUrl);
  const part = { "@context": known, "@type": ["VerifiableCredential", ...judged] };
  await expandReference({ ...part, id: "urn:x" }, { loader, validated: true });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refusal(path: string, reason: string): TufLdError {
  return new TufLdError("ERR_SHAPE", `${path} ${reason}`, { path, reason });
}
