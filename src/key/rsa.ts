/**
 * RSA public keys as SubjectPublicKeyInfo (RFC 3279 2.3.1), within bounds that keep verification cheap.
 * @module
 */
import {
  BIT_STRING,
  derBits,
  derContent,
  derOid,
  derUnsigned,
  NULL,
  OID,
  readDerSequence,
  readDerValues,
  SEQUENCE,
  writeDer,
  writeDerUnsigned,
} from "../encoding/der.ts";
import { decodeHex } from "../encoding/hex.ts";
import { refuse } from "../encoding/refusal.ts";

/** rsaEncryption, 1.2.840.113549.1.1.1 */
export const RSA_OID: string = "2a864886f70d010101";

const MODULUS_MIN_BITS = 2_048;
const MODULUS_MAX_BITS = 8_192;

/** n and e, big-endian, without leading zeros. */
export interface RsaPublicNumbers {
  readonly n: Uint8Array;
  readonly e: Uint8Array;
}

/** @throws TufLdError `ERR_KEY` for a modulus outside 2,048 to 8,192 bits, or an exponent even, 1, or over 32 bits. */
export function checkRsaNumbers({ n, e }: RsaPublicNumbers): void {
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (n.length === 0 || bits < MODULUS_MIN_BITS || bits > MODULUS_MAX_BITS) {
    refuse("ERR_KEY", `RSA modulus of ${bits} bits, outside ${MODULUS_MIN_BITS} to ${MODULUS_MAX_BITS}`);
  }
  const isOdd = (number: Uint8Array) => ((number.at(-1) ?? 0) & 1) === 1;
  if (!isOdd(n)) refuse("ERR_KEY", "even RSA modulus");
  if (!isOdd(e) || e.length > 4 || (e.length === 1 && e[0] === 1)) {
    refuse("ERR_KEY", "RSA exponent even, 1, or over 32 bits");
  }
}

/** @throws TufLdError `ERR_KEY` */
export function readRsaSpki(spki: Uint8Array): RsaPublicNumbers {
  const code = "ERR_KEY";
  const [algorithm, key, ...rest] = readDerSequence(spki, code);
  const [oid, parameters, ...more] = readDerValues(derContent(algorithm, SEQUENCE, code), code);
  if (rest.length > 0 || more.length > 0 || derOid(oid, code) !== RSA_OID)
    refuse(code, "not an RSA public key");
  derContent(parameters, NULL, code);
  return readRsaPublicKey(derBits(key, code));
}

/** Reads an RSAPublicKey (RFC 8017 A.1.1), which PEM calls `RSA PUBLIC KEY`. @throws TufLdError `ERR_KEY` */
export function readRsaPublicKey(der: Uint8Array): RsaPublicNumbers {
  const code = "ERR_KEY";
  const numbers = readDerSequence(der, code);
  if (numbers.length !== 2) refuse(code, "an RSA public key is two integers");
  const result = { n: derUnsigned(numbers[0], code), e: derUnsigned(numbers[1], code) };
  checkRsaNumbers(result);
  return result;
}

/** The AlgorithmIdentifier of RSA keys. */
export function writeRsaAlgorithm(): Uint8Array {
  return writeDer(SEQUENCE, writeDer(OID, decodeHex(RSA_OID, "ERR_KEY")), writeDer(NULL));
}

/** The one DER form of these numbers. */
export function writeRsaSpki({ n, e }: RsaPublicNumbers): Uint8Array {
  const key = writeDer(SEQUENCE, writeDerUnsigned(n), writeDerUnsigned(e));
  return writeDer(SEQUENCE, writeRsaAlgorithm(), writeDer(BIT_STRING, Uint8Array.of(0), key));
}

/** Checks an RSA SubjectPublicKeyInfo and returns a copy in canonical DER. @throws TufLdError `ERR_KEY` */
export function canonicalRsaSpki(spki: Uint8Array): Uint8Array {
  return writeRsaSpki(readRsaSpki(spki));
}
