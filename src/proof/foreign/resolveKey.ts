/**
 * From the name of a verification method to its public key.
 * @module
 */
import { isDateTime } from "../../encoding/dateTime.ts";
import { refuse } from "../../encoding/refusal.ts";
import { parseBareDidKey, parseDidKey } from "../../key/didKey.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import { publicKeyOfMethod } from "../../key/verificationMethod.ts";

/** A verification method of one of the kinds that `key/verificationMethod.ts` lists. */
export type VerificationMethodDocument = Readonly<Record<string, unknown>>;

/**
 * What a caller knows of a verification method: its key, its document (which may say that the key is revoked or
 * expired), or `undefined` for one that it does not know.
 */
export type ResolveKey = (
  verificationMethod: string,
) =>
  | PublicKey
  | VerificationMethodDocument
  | undefined
  | Promise<PublicKey | VerificationMethodDocument | undefined>;

const isDidKey = (url: string): boolean => url.startsWith("did:key:");

/** Whether a verification method is named by the did:key alone, which has just one key. */
export const isBareDidKey = (url: string): boolean => isDidKey(url) && !url.includes("#");

const didKeyOf = (url: string): PublicKey => (isBareDidKey(url) ? parseBareDidKey(url) : parseDidKey(url));

/** Knows did:key alone, which holds its key in its name. @throws ERR_KEY for a malformed did:key */
export const resolveDidKey: ResolveKey = (url) => (isDidKey(url) ? didKeyOf(url) : undefined);

/**
 * The key behind a verification method at an instant.
 * @throws ERR_KEY for a document that is malformed, of another method, revoked or expired, and for a did:key
 *   that was resolved to another key than the one in its name
 */
export async function keyOf(url: string, resolve: ResolveKey, at: Date): Promise<PublicKey | undefined> {
  const resolved = await resolve(url);
  if (resolved === undefined) return undefined;
  const key = isPublicKey(resolved) ? resolved : await keyOfDocument(url, resolved, at);
  if (isDidKey(url) && didKeyOf(url).id !== key.id)
    refuse("ERR_KEY", "the key is not the one of its did:key");
  return key;
}

function isPublicKey(resolved: PublicKey | VerificationMethodDocument): resolved is PublicKey {
  return "bytes" in resolved && resolved.bytes instanceof Uint8Array;
}

async function keyOfDocument(
  url: string,
  document: VerificationMethodDocument,
  at: Date,
): Promise<PublicKey> {
  const { id, expires } = document;
  if (id !== url) refuse("ERR_KEY", "the document is that of another verification method");
  if (expires !== undefined) {
    if (!isDateTime(expires)) return refuse("ERR_KEY", '"expires" must be a date and time with a zone');
    if (Date.parse(expires) <= at.getTime()) refuse("ERR_KEY", `the key expired at ${expires}`);
  }
  return publicKeyOfMethod(document);
}
