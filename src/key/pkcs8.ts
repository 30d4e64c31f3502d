/**
 * Private keys in PKCS #8 (RFC 5208, RFC 5958, RFC 5915, RFC 8410): read strictly, kept in one form.
 * @module
 */
import {
  BIT_STRING,
  CONTEXT,
  type DerValue,
  derBits,
  derContent,
  derOid,
  derUnsigned,
  INTEGER,
  OCTET_STRING,
  readDer,
  readDerSequence,
  readDerValues,
  SEQUENCE,
  writeDer,
} from "../encoding/der.ts";
import { refuse } from "../encoding/refusal.ts";
import { type EcCurve, isPrivateScalar } from "../platform/sec1.ts";
import type { KeyType } from "./publicKey.ts";
import { CURVE_OIDS, keyTypeOfAlgorithm, writeAlgorithm } from "./spki.ts";

const code = "ERR_KEY";

/** What a PKCS #8 holds: for Ed25519 and EC the secret alone, for RSA its RSAPrivateKey in DER. */
export interface Pkcs8 {
  readonly type: KeyType;
  /** The Ed25519 seed, the EC scalar (32 or 48 bytes), or the DER RSAPrivateKey of RFC 8017. */
  readonly secret: Uint8Array;
  /** The uncompressed point that an EC key brought along; nobody has checked that it belongs to it. */
  readonly point?: Uint8Array;
}

function readEcPrivateKey(type: EcCurve, der: Uint8Array): Pkcs8 {
  const [version, secret, ...rest] = readDerSequence(der, code);
  if (derUnsigned(version, code).join() !== "1") refuse(code, "EC private key of another version");
  const scalar = derContent(secret, OCTET_STRING, code);
  if (!isPrivateScalar(type, scalar)) refuse(code, `not a private key of ${type}`);
  // RFC 5915: [0] repeats the curve, [1] is the public key.
  const explicit = (tag: number): DerValue | undefined => rest.find((value) => value.tag === CONTEXT + tag);
  if (rest.some(({ tag }) => tag !== CONTEXT && tag !== CONTEXT + 1)) refuse(code, "unknown EC key member");
  const bits = explicit(1);
  if (!bits) return { type, secret: scalar };
  const point = derBits({ tag: BIT_STRING, content: readDer(bits.content, BIT_STRING, code) }, code);
  return { type, secret: scalar, point };
}

/** An ECPrivateKey that stands alone (RFC 5915), which names its curve itself. @throws TufLdError `ERR_KEY` */
export function pkcs8FromSec1(der: Uint8Array): Uint8Array {
  const parameters = readDerSequence(der, code).find(({ tag }) => tag === CONTEXT);
  if (parameters === undefined) return refuse(code, "an EC private key that does not name its curve");
  const curve = derOid(readDerValues(parameters.content, code)[0], code);
  const type = (["P-256", "P-384"] as const).find((each) => CURVE_OIDS[each] === curve);
  if (type === undefined) return refuse(code, `no suite uses the curve ${curve}`);
  return writePkcs8(readEcPrivateKey(type, der));
}

/** @throws TufLdError `ERR_KEY` for anything but a key that a suite here can sign with. */
export function readPkcs8(der: Uint8Array): Pkcs8 {
  const [version, algorithm, key] = readDerSequence(der, code);
  // Version 1 (RFC 5958) may add the public key and attributes; both are dropped and computed again.
  const number = derUnsigned(version, code);
  if (number.length > 1 || (number[0] ?? 0) > 1) refuse(code, "PKCS #8 of another version");
  const type = keyTypeOfAlgorithm(derContent(algorithm, SEQUENCE, code));
  const secret = derContent(key, OCTET_STRING, code);
  if (type === "P-256" || type === "P-384") return readEcPrivateKey(type, secret);
  if (type === "RSA") return { type, secret };
  const seed = readDer(secret, OCTET_STRING, code);
  if (seed.length !== 32) refuse(code, "an Ed25519 private key has 32 bytes");
  return { type, secret: seed };
}

function writeKey({ type, secret, point }: Pkcs8): Uint8Array {
  if (type === "RSA") return secret;
  const octets = writeDer(OCTET_STRING, secret);
  if (type === "Ed25519") return octets;
  const bits = point
    ? writeDer(CONTEXT + 1, writeDer(BIT_STRING, Uint8Array.of(0), point))
    : new Uint8Array();
  return writeDer(SEQUENCE, writeDer(INTEGER, Uint8Array.of(1)), octets, bits);
}

/** Writes the one form that we keep and hand out: version 0, and for EC the public point if there is one. */
export function writePkcs8(key: Pkcs8): Uint8Array {
  const version = writeDer(INTEGER, Uint8Array.of(0));
  return writeDer(SEQUENCE, version, writeAlgorithm(key.type), writeDer(OCTET_STRING, writeKey(key)));
}
