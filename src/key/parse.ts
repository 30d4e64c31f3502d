/**
 * Keys in whatever format a person has at hand. It loads every format, so keep it out of bundles that
 * only verify.
 * @module
 */
import { decodeHex } from "../encoding/hex.ts";
import { isPem } from "../encoding/pem.ts";
import { refuse } from "../encoding/refusal.ts";
import { parseBareDidKey, parseDidKey, publicKeyFromMultikey } from "./didKey.ts";
import { privateKeyFromJwk, publicKeyFromJwk } from "./jwk.ts";
import { fromMultikeyDocument, privateKeyFromMultikey } from "./multikey.ts";
import { privateKeyFromPem } from "./pemPrivateKey.ts";
import type { PrivateKey } from "./privateKey.ts";
import { createPublicKey, type PublicKey } from "./publicKey.ts";
import { publicKeyFromPem } from "./spki.ts";
import { fromTufKey } from "./tufKey.ts";
import { fromVerificationKey2020 } from "./verificationKey2020.ts";

export type PublicKeyFormat =
  | "PEM"
  | "did:key"
  | "Multikey"
  | "hex"
  | "JWK"
  | "TUF"
  | "Ed25519VerificationKey2020";

export interface ParsedPublicKey {
  readonly format: PublicKeyFormat;
  readonly publicKey: PublicKey;
}

/** Characters of a key's text; the largest is the PEM of an RSA private key. */
const KEY_MAX_CHARS = 65_536;

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refuse("ERR_KEY", "a key in JSON that is not JSON", cause);
  }
  return isObject(value) ? value : refuse("ERR_KEY", "a key in JSON is an object");
}

async function parsePublicKeyObject(object: JsonObject): Promise<ParsedPublicKey> {
  const { keytype, scheme, keyval, kty, type } = object;
  if (typeof kty === "string") {
    if ("d" in object) refuse("ERR_KEY", "a private JWK where a public key belongs");
    return { format: "JWK", publicKey: publicKeyFromJwk(object) };
  }
  if (typeof keytype === "string" && typeof scheme === "string" && isObject(keyval)) {
    const publicKey = fromTufKey({ keytype, scheme, keyval });
    if (!publicKey) return refuse("ERR_KEY", `no suite has the keytype ${keytype} with the scheme ${scheme}`);
    return { format: "TUF", publicKey };
  }
  if (type === "Multikey") return { format: type, publicKey: fromMultikeyDocument(object) };
  if (type === "Ed25519VerificationKey2020") {
    return { format: type, publicKey: await fromVerificationKey2020(object) };
  }
  return refuse("ERR_KEY", "a JSON object that is no key of a known format");
}

/**
 * Reads a public key from a PEM, did:key (with or without its fragment), Multikey string, 64 hex digits
 * (Ed25519), or from a JWK, TUF key object, Multikey or Ed25519VerificationKey2020, as text or parsed.
 *
 * @throws TufLdError `ERR_KEY`, for private keys too
 */
export async function parsePublicKeyAny(input: string | JsonObject): Promise<ParsedPublicKey> {
  if (typeof input !== "string") return parsePublicKeyObject(input);
  if (input.length > KEY_MAX_CHARS) refuse("ERR_KEY", `a key over ${KEY_MAX_CHARS} characters`);
  const text = input.trim();
  if (isPem(text)) return { format: "PEM", publicKey: publicKeyFromPem(text) };
  if (text.startsWith("{")) return parsePublicKeyObject(parseJsonObject(text));
  if (text.startsWith("did:")) {
    return { format: "did:key", publicKey: text.includes("#") ? parseDidKey(text) : parseBareDidKey(text) };
  }
  if (text.startsWith("z")) return { format: "Multikey", publicKey: publicKeyFromMultikey(text) };
  if (/^[0-9a-fA-F]{64}$/.test(text)) {
    return { format: "hex", publicKey: createPublicKey("Ed25519", decodeHex(text, "ERR_KEY")) };
  }
  return refuse("ERR_KEY", "not a public key of a known format");
}

/**
 * Reads a private key from a PEM (PKCS #8, plain or encrypted), a private JWK or a secret Multikey.
 *
 * @param passphrase only for an encrypted PEM
 * @throws TufLdError `ERR_KEY`; `ERR_PASSPHRASE` missing or wrong; `ERR_LIMIT`; `ERR_UNSUPPORTED`
 */
export async function parsePrivateKey(input: string | JsonObject, passphrase?: string): Promise<PrivateKey> {
  if (typeof input !== "string") return privateKeyFromJwk(input);
  if (input.length > KEY_MAX_CHARS) refuse("ERR_KEY", `a key over ${KEY_MAX_CHARS} characters`);
  const text = input.trim();
  if (isPem(text)) return privateKeyFromPem(text, passphrase);
  if (text.startsWith("{")) return privateKeyFromJwk(parseJsonObject(text));
  if (text.startsWith("z")) return privateKeyFromMultikey(text);
  return refuse("ERR_KEY", "not a private key of a known format");
}
