/**
 * Encrypted PKCS #8 (RFC 8018 PBES2, RFC 5958 section 3), as `openssl pkey` reads and writes it.
 * Written: PBKDF2 with HMAC-SHA-256 and AES-256-CBC. Read: also HMAC-SHA-1, SHA-384 and SHA-512, and AES-128.
 * scrypt and the older ciphers are not implemented.
 * @module
 */
import {
  type DerValue,
  derContent,
  derOid,
  derUnsigned,
  NULL,
  OCTET_STRING,
  OID,
  readDerSequence,
  readDerValues,
  SEQUENCE,
  writeDer,
  writeDerUnsigned,
} from "../encoding/der.ts";
import { decodeHex } from "../encoding/hex.ts";
import { refuse } from "../encoding/refusal.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";

const code = "ERR_KEY";

/** OWASP's figure of 2023 for PBKDF2-HMAC-SHA-256; about a fifth of a second. */
const ITERATIONS = 600_000;
/** A file that asks for more is an attempt to keep the reader busy. */
const ITERATIONS_MAX = 10_000_000;

const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";
const HMAC_SHA1 = "2a864886f70d0207";
const HMAC_SHA256 = "2a864886f70d0209";
const AES_256_CBC = "60864801650304012a";
const PRFS: ReadonlyMap<string, string> = new Map([
  [HMAC_SHA1, "SHA-1"],
  [HMAC_SHA256, "SHA-256"],
  ["2a864886f70d020a", "SHA-384"],
  ["2a864886f70d020b", "SHA-512"],
]);
/** Bits of the key. */
const CIPHERS: ReadonlyMap<string, number> = new Map([
  ["608648016503040102", 128],
  [AES_256_CBC, 256],
]);

interface Parameters {
  readonly hash: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly keyBits: number;
  readonly iv: Uint8Array;
}

/** What OpenSSL and others encrypt private keys with besides, so that the refusal can say it in words. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ["2b06010401da47040b", "scrypt"],
  ["2a864886f70d0307", "3DES"],
  ["2b0e030207", "DES"],
  ["608648016503040116", "AES-192"],
  ["2a864886f70d010c0103", "3DES (PKCS #12)"],
  ["2a864886f70d010503", "DES (PBES1)"],
]);

function unsupported(kind: string, oid: string): never {
  const what = OTHERS.get(oid) ?? `the ${kind} ${oid}`;
  const message = `private keys encrypted with ${what} cannot be read here`;
  throw new TufLdError("ERR_UNSUPPORTED", message, { what: `private keys encrypted with ${what}` });
}

function readAlgorithm(value: DerValue | undefined): { oid: string; parameters: DerValue | undefined } {
  const [oid, parameters, ...rest] = readDerValues(derContent(value, SEQUENCE, code), code);
  if (rest.length > 0) refuse(code, "algorithm identifier with extra members");
  return { oid: derOid(oid, code), parameters };
}

function readSmallNumber(value: DerValue | undefined): number {
  const bytes = derUnsigned(value, code);
  // Beyond four bytes every number is too large for every use here.
  return bytes.length > 4 ? Number.POSITIVE_INFINITY : bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function readParameters(algorithm: DerValue | undefined): Parameters {
  const scheme = readAlgorithm(algorithm);
  if (scheme.oid !== PBES2) unsupported("scheme", scheme.oid);
  const [derivation, encryption] = readDerValues(derContent(scheme.parameters, SEQUENCE, code), code);
  const kdf = readAlgorithm(derivation);
  if (kdf.oid !== PBKDF2) unsupported("key derivation", kdf.oid);
  const [salt, count, ...optional] = readDerValues(derContent(kdf.parameters, SEQUENCE, code), code);
  const iterations = readSmallNumber(count);
  if (iterations > ITERATIONS_MAX) {
    const details = { limit: "PBKDF2 iterations", allowed: ITERATIONS_MAX, actual: iterations };
    throw new TufLdError("ERR_LIMIT", `${iterations} iterations of PBKDF2, over ${ITERATIONS_MAX}`, details);
  }
  if (iterations < 1) refuse(code, "no iterations of PBKDF2");
  // RFC 8018 A.2: keyLength INTEGER OPTIONAL, prf DEFAULT algid-hmacWithSHA1.
  const prf = optional.at(-1)?.tag === SEQUENCE ? readAlgorithm(optional.at(-1)).oid : HMAC_SHA1;
  const cipher = readAlgorithm(encryption);
  const keyBits = CIPHERS.get(cipher.oid) ?? unsupported("cipher", cipher.oid);
  const iv = derContent(cipher.parameters, OCTET_STRING, code);
  if (iv.length !== 16) refuse(code, "AES-CBC with an initialization vector of another length");
  const hash = PRFS.get(prf) ?? unsupported("pseudorandom function", prf);
  return { hash, salt: derContent(salt, OCTET_STRING, code), iterations, keyBits, iv };
}

/** WebCrypto wants bytes that own their memory. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

async function deriveKey(
  passphrase: string,
  p: Parameters,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto;
  const material = await subtle.importKey("raw", encodeUtf8(passphrase), "PBKDF2", false, ["deriveKey"]);
  const params = { name: "PBKDF2", hash: p.hash, salt: owned(p.salt), iterations: p.iterations };
  return subtle.deriveKey(params, material, { name: "AES-CBC", length: p.keyBits }, false, [usage]);
}

/**
 * Decrypts an EncryptedPrivateKeyInfo into a PKCS #8.
 *
 * @throws TufLdError `ERR_PASSPHRASE` missing or wrong; `ERR_LIMIT` over 10,000,000 iterations;
 * `ERR_UNSUPPORTED` for other algorithms; `ERR_KEY` for malformed DER.
 */
export async function decryptPkcs8(der: Uint8Array, passphrase: string | undefined): Promise<Uint8Array> {
  const [algorithm, data, ...rest] = readDerSequence(der, code);
  if (rest.length > 0) refuse(code, "encrypted private key with extra members");
  const parameters = readParameters(algorithm);
  const ciphertext = derContent(data, OCTET_STRING, code);
  if (!passphrase) {
    throw new TufLdError("ERR_PASSPHRASE", "the private key is encrypted: it needs a passphrase", {
      reason: "missing",
    });
  }
  const key = await deriveKey(passphrase, parameters, "decrypt");
  try {
    const params = { name: "AES-CBC", iv: owned(parameters.iv) };
    const plain = new Uint8Array(await globalThis.crypto.subtle.decrypt(params, key, owned(ciphertext)));
    // CBC is not authenticated: one wrong passphrase in 256 gives valid padding, and then no DER.
    readDerSequence(plain, code);
    return plain;
  } catch (cause) {
    const message = "the passphrase does not decrypt the private key";
    throw new TufLdError("ERR_PASSPHRASE", message, { reason: "wrong" }, { cause });
  }
}

/** Encrypts a PKCS #8 into an EncryptedPrivateKeyInfo. @throws TypeError for an empty passphrase */
export async function encryptPkcs8(pkcs8: Uint8Array, passphrase: string): Promise<Uint8Array> {
  if (passphrase === "") throw new TypeError("an empty passphrase protects nothing");
  const salt = globalThis.crypto.getRandomValues(new Uint8Array(16));
  const iv = globalThis.crypto.getRandomValues(new Uint8Array(16));
  const parameters = { hash: "SHA-256", salt, iterations: ITERATIONS, keyBits: 256, iv };
  const key = await deriveKey(passphrase, parameters, "encrypt");
  const data = await globalThis.crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, owned(pkcs8));

  const identifier = (oid: string, ...rest: Uint8Array[]) =>
    writeDer(SEQUENCE, writeDer(OID, decodeHex(oid, code)), ...rest);
  const iterations = writeDerUnsigned(
    Uint8Array.of(ITERATIONS >> 16, (ITERATIONS >> 8) & 0xff, ITERATIONS & 0xff),
  );
  const prf = identifier(HMAC_SHA256, writeDer(NULL));
  const kdf = identifier(PBKDF2, writeDer(SEQUENCE, writeDer(OCTET_STRING, salt), iterations, prf));
  const cipher = identifier(AES_256_CBC, writeDer(OCTET_STRING, iv));
  const scheme = identifier(PBES2, writeDer(SEQUENCE, kdf, cipher));
  return writeDer(SEQUENCE, scheme, writeDer(OCTET_STRING, new Uint8Array(data)));
}
