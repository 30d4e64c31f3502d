/**
 * Verification methods of every kind that a suite here uses (Controlled Identifiers 2.2, and the suites of before).
 *
 * | type | public | private |
 * | --- | --- | --- |
 * | Multikey | publicKeyMultibase | secretKeyMultibase |
 * | JsonWebKey, JsonWebKey2020 | publicKeyJwk | secretKeyJwk, privateKeyJwk |
 * | Ed25519VerificationKey2020 | publicKeyMultibase | privateKeyMultibase |
 * | Ed25519VerificationKey2018 | publicKeyBase58 | privateKeyBase58 |
 *
 * @module
 */

import { decodeMultibase } from "../encoding/multibase.ts";
import { refuse } from "../encoding/refusal.ts";
import { privateKeyFromJwk, publicKeyFromJwk } from "./jwk.ts";
import { fromMultikeyDocument, privateKeyFromMultikey } from "./multikey.ts";
import { writePkcs8 } from "./pkcs8.ts";
import { PrivateKey } from "./privateKey.ts";
import { createPublicKey, type PublicKey } from "./publicKey.ts";
import { fromVerificationKey2020 } from "./verificationKey2020.ts";

const code = "ERR_KEY";

export const METHOD_TYPES = [
  "Multikey",
  "JsonWebKey",
  "JsonWebKey2020",
  "Ed25519VerificationKey2020",
  "Ed25519VerificationKey2018",
] as const;

type MethodType = (typeof METHOD_TYPES)[number];
type Entries = Readonly<Record<string, unknown>>;

/** Whether a document says that it is a verification method of a known type. */
export function isMethod(document: Entries): document is Entries & { readonly type: MethodType } {
  return (METHOD_TYPES as readonly unknown[]).includes(document["type"]);
}

/**
 * The public key. Names in the document are not looked at: a name gives no trust.
 * @throws TufLdError `ERR_KEY`, also if the method is revoked
 */
export async function publicKeyOfMethod(document: Entries): Promise<PublicKey> {
  const { type, publicKeyJwk, publicKeyBase58 } = document;
  if (document["revoked"] !== undefined) refuse(code, `the ${String(type)} is revoked`);
  switch (type) {
    case "Ed25519VerificationKey2020":
      return fromVerificationKey2020(document);
    case "JsonWebKey":
    case "JsonWebKey2020": {
      const jwk = object(publicKeyJwk, "publicKeyJwk");
      if ("d" in jwk) refuse(code, "a private JWK in publicKeyJwk");
      return publicKeyFromJwk(jwk);
    }
    case "Ed25519VerificationKey2018":
      return createPublicKey("Ed25519", base58(publicKeyBase58, "publicKeyBase58", 32));
    default:
      return fromMultikeyDocument(document);
  }
}

/** The private key, or `undefined` of a document that has none. @throws TufLdError `ERR_KEY` */
export async function privateKeyOfMethod(document: Entries): Promise<PrivateKey | undefined> {
  const key = await secretOf(document);
  if (key === undefined) return undefined;
  const hasPublic = ["publicKeyMultibase", "publicKeyJwk", "publicKeyBase58"].some(
    (name) => name in document,
  );
  if (hasPublic && (await publicKeyOfMethod(document)).id !== key.publicKey.id)
    refuse(code, "the public part is not that of the private part");
  return key;
}

async function secretOf(document: Entries): Promise<PrivateKey | undefined> {
  const { secretKeyMultibase, privateKeyMultibase = secretKeyMultibase } = document;
  if (typeof privateKeyMultibase === "string") return privateKeyFromMultikey(privateKeyMultibase);
  const { secretKeyJwk, privateKeyJwk = secretKeyJwk, privateKeyBase58 } = document;
  if (privateKeyJwk !== undefined) return privateKeyFromJwk(object(privateKeyJwk, "privateKeyJwk"));
  if (privateKeyBase58 === undefined) return undefined;
  // The seed, and after it the public half, which is compared with that of the document.
  const bytes = base58(privateKeyBase58, "privateKeyBase58", 64);
  const key = await PrivateKey.fromPkcs8(writePkcs8({ type: "Ed25519", secret: bytes.subarray(0, 32) }));
  if (createPublicKey("Ed25519", bytes.subarray(32)).id !== key.publicKey.id)
    refuse(code, "the public part is not that of the private part");
  return key;
}

function object(value: unknown, name: string): Entries {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Entries;
  return refuse(code, `"${name}" must be an object`);
}

function base58(value: unknown, name: string, length: number): Uint8Array {
  if (typeof value !== "string") return refuse(code, `"${name}" must be a string`);
  const bytes = decodeMultibase(`z${value}`, code, { bases: ["z"], maxBytes: length });
  if (bytes.length !== length) refuse(code, `"${name}" has ${bytes.length} bytes, and not ${length}`);
  return bytes;
}
