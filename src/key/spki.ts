/**
 * SubjectPublicKeyInfo (RFC 5280 4.1.2.7, RFC 5480, RFC 8410), as DER and as PEM.
 * @module
 */
import {
  BIT_STRING,
  derBits,
  derContent,
  derOid,
  OID,
  readDerSequence,
  readDerValues,
  SEQUENCE,
  writeDer,
} from "../encoding/der.ts";
import { decodeHex } from "../encoding/hex.ts";
import { decodePem, encodePem } from "../encoding/pem.ts";
import { refuse } from "../encoding/refusal.ts";
import { decodePoint, type EcCurve, uncompressPoint } from "../platform/sec1.ts";
import { createPublicKey, type KeyType, type PublicKey } from "./publicKey.ts";
import { RSA_OID, readRsaPublicKey, writeRsaAlgorithm, writeRsaSpki } from "./rsa.ts";

/** Object identifiers, as the hex of their DER content. */
export const ED25519_OID: string = "2b6570";
export const EC_OID: string = "2a8648ce3d0201";
export const CURVE_OIDS: Readonly<Record<EcCurve, string>> = {
  "P-256": "2a8648ce3d030107",
  "P-384": "2b81040022",
};

/** Which kind of key an AlgorithmIdentifier names. @throws TufLdError `ERR_KEY` */
export function keyTypeOfAlgorithm(algorithm: Uint8Array): KeyType {
  const [oid, parameters, ...rest] = readDerValues(algorithm, "ERR_KEY");
  const name = derOid(oid, "ERR_KEY");
  if (rest.length > 0) refuse("ERR_KEY", "algorithm identifier with extra members");
  if (name === RSA_OID) return "RSA";
  if (name === ED25519_OID && !parameters) return "Ed25519";
  if (name !== EC_OID) refuse("ERR_KEY", `no suite uses keys of the algorithm ${name}`);
  const curve = derOid(parameters, "ERR_KEY");
  if (curve === CURVE_OIDS["P-256"]) return "P-256";
  if (curve === CURVE_OIDS["P-384"]) return "P-384";
  return refuse("ERR_KEY", `no suite uses the curve ${curve}`);
}

/** The AlgorithmIdentifier of keys of a type. */
export function writeAlgorithm(type: KeyType): Uint8Array {
  if (type === "RSA") return writeRsaAlgorithm();
  const oid = (hex: string) => writeDer(OID, decodeHex(hex, "ERR_KEY"));
  return type === "Ed25519"
    ? writeDer(SEQUENCE, oid(ED25519_OID))
    : writeDer(SEQUENCE, oid(EC_OID), oid(CURVE_OIDS[type]));
}

/** @throws TufLdError `ERR_KEY` */
export function publicKeyFromSpki(spki: Uint8Array): PublicKey {
  const [algorithm, key, ...rest] = readDerSequence(spki, "ERR_KEY");
  if (rest.length > 0) refuse("ERR_KEY", "public key with extra members");
  const type = keyTypeOfAlgorithm(derContent(algorithm, SEQUENCE, "ERR_KEY"));
  return createPublicKey(type, type === "RSA" ? spki : derBits(key, "ERR_KEY"));
}

/** DER; points are uncompressed, as everyone reads them. */
export function publicKeyToSpki({ type, bytes }: PublicKey): Uint8Array {
  if (type === "RSA") return bytes;
  const point = type === "Ed25519" ? undefined : decodePoint(type, bytes);
  const content = point ? uncompressPoint(point) : bytes;
  return writeDer(SEQUENCE, writeAlgorithm(type), writeDer(BIT_STRING, Uint8Array.of(0), content));
}

/** Reads a `PUBLIC KEY` block, or an `RSA PUBLIC KEY` (PKCS #1). @throws TufLdError `ERR_KEY` */
export function publicKeyFromPem(text: string): PublicKey {
  const { label, bytes } = decodePem(text);
  if (label === "RSA PUBLIC KEY") return createPublicKey("RSA", writeRsaSpki(readRsaPublicKey(bytes)));
  if (label !== "PUBLIC KEY") refuse("ERR_KEY", `PEM of a ${label}, not of a PUBLIC KEY`);
  return publicKeyFromSpki(bytes);
}

export function publicKeyToPem(key: PublicKey): string {
  return encodePem({ label: "PUBLIC KEY", bytes: publicKeyToSpki(key) });
}
