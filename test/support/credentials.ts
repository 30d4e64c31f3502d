/**
 * Small credentials for tests, and keys to sign them with.
 * @module
 */
import { didKey } from "../../src/key/didKey.ts";
import { generateKey, type PrivateKey } from "../../src/key/privateKey.ts";
import type { JsonObject } from "../../src/metadata/file.ts";

export const VC1 = "https://www.w3.org/2018/credentials/v1";
export const VC2 = "https://www.w3.org/ns/credentials/v2";
export const DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2";
export const ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1";

/** An instant at which the credentials below are valid, and one at which their proofs are made. */
export const AT: Date = new Date("2026-02-01T00:00:00Z");
export const CREATED: Date = new Date("2026-01-01T00:00:00Z");

/** VC 2.0, valid throughout 2026. */
export function credential(issuer: string, members: object = {}, subject: object = {}): JsonObject {
  return {
    "@context": [VC2],
    id: "urn:uuid:00000000-0000-4000-8000-000000000001",
    type: ["VerifiableCredential"],
    issuer,
    validFrom: "2026-01-01T00:00:00Z",
    validUntil: "2027-01-01T00:00:00Z",
    credentialSubject: { id: "did:example:subject", name: "A", ...subject },
    ...members,
  } as JsonObject;
}

/** VC 1.1, valid throughout 2026. */
export function oldCredential(issuer: string, members: object = {}): JsonObject {
  return {
    "@context": [VC1],
    id: "urn:uuid:00000000-0000-4000-8000-000000000002",
    type: ["VerifiableCredential"],
    issuer,
    issuanceDate: "2026-01-01T00:00:00Z",
    expirationDate: "2027-01-01T00:00:00Z",
    credentialSubject: { id: "did:example:subject" },
    ...members,
  } as JsonObject;
}

/** A fresh key and the did:key of its issuer. */
export async function newIssuer(
  type: "Ed25519" | "P-256" | "P-384" = "Ed25519",
): Promise<{ key: PrivateKey; did: string }> {
  const key = await generateKey(type);
  return { key, did: didKey(key.publicKey) };
}

/** The proofs of a document, as a list. */
export function proofsOf(document: JsonObject): JsonObject[] {
  return [document["proof"] ?? []].flat() as JsonObject[];
}

/** Freezes a JSON value to its depths: a write into it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null)
    for (const member of Object.values(Object.freeze(value))) frozen(member);
  return value;
}
