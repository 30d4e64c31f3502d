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
import { KEY_MAX_CHARS, type KeyEntry, keyEntries } from "./keyEntries.ts";
import { privateKeyFromMultikey } from "./multikey.ts";
import { privateKeyFromPem } from "./pemPrivateKey.ts";
import type { PrivateKey } from "./privateKey.ts";
import { createPublicKey, type PublicKey } from "./publicKey.ts";
import { publicKeyFromPem } from "./spki.ts";
import { fromTufKey } from "./tufKey.ts";
import { privateKeyFromTuf } from "./tufPrivateKey.ts";
import { isMethod, type METHOD_TYPES, privateKeyOfMethod, publicKeyOfMethod } from "./verificationMethod.ts";

export type PublicKeyFormat = "PEM" | "did:key" | "hex" | "JWK" | "TUF" | (typeof METHOD_TYPES)[number];

export interface ParsedPublicKey {
  readonly format: PublicKeyFormat;
  readonly publicKey: PublicKey;
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

async function parsePublicKeyObject(object: JsonObject): Promise<ParsedPublicKey> {
  const { keytype, scheme, keyval, kty } = object;
  if (typeof kty === "string") {
    if ("d" in object) refuse("ERR_KEY", "a private JWK where a public key belongs");
    return { format: "JWK", publicKey: publicKeyFromJwk(object) };
  }
  if (typeof keytype === "string" && typeof scheme === "string" && isObject(keyval)) {
    const publicKey = fromTufKey({ keytype, scheme, keyval });
    if (!publicKey) return refuse("ERR_KEY", `no suite has the keytype ${keytype} with the scheme ${scheme}`);
    return { format: "TUF", publicKey };
  }
  if (isMethod(object)) return { format: object.type, publicKey: await publicKeyOfMethod(object) };
  const { type } = object;
  const what = typeof type === "string" ? `an object of the type ${type.slice(0, 100)}` : "an object";
  return refuse("ERR_KEY", `${what} in JSON that is no key of a known format`);
}

/** The only key of a text. @throws TufLdError `ERR_KEY` */
function onlyEntry(text: string): KeyEntry {
  const [entry, ...others] = keyEntries(text);
  if (entry === undefined) return refuse("ERR_KEY", "there is no key in it");
  if (others.length > 0) refuse("ERR_KEY", `${others.length + 1} keys where one belongs`);
  return entry;
}

/**
 * Reads a public key from a PEM, did:key (with or without its fragment), Multikey string, 64 hex digits
 * (Ed25519), or from a JWK, TUF key object or verification method, as text or parsed; also from a JWK set, a DID
 * document or an array that holds one. {@link keyEntries} takes apart what holds several.
 *
 * @throws TufLdError `ERR_KEY`, for private keys too
 */
export async function parsePublicKeyAny(input: string | JsonObject): Promise<ParsedPublicKey> {
  if (typeof input !== "string") return parsePublicKeyObject(input);
  const { input: only } = onlyEntry(input);
  if (typeof only !== "string") return parsePublicKeyObject(only);
  const text = only.trim();
  if (isPem(text)) return { format: "PEM", publicKey: publicKeyFromPem(text) };
  if (text.startsWith("did:")) {
    return { format: "did:key", publicKey: text.includes("#") ? parseDidKey(text) : parseBareDidKey(text) };
  }
  if (text.startsWith("z")) return { format: "Multikey", publicKey: publicKeyFromMultikey(text) };
  if (/^[0-9a-fA-F]{64}$/.test(text)) {
    return { format: "hex", publicKey: createPublicKey("Ed25519", decodeHex(text, "ERR_KEY")) };
  }
  return refuse("ERR_KEY", "not a public key of a known format");
}

async function parsePrivateKeyObject(object: JsonObject): Promise<PrivateKey> {
  if (typeof object["kty"] === "string") return privateKeyFromJwk(object);
  if (isObject(object["keyval"])) return privateKeyFromTuf(object);
  const key = isMethod(object) ? await privateKeyOfMethod(object) : undefined;
  return key ?? refuse("ERR_KEY", "an object in JSON that holds no private key of a known format");
}

/**
 * Reads a private key from a PEM (PKCS #8, plain or encrypted; SEC 1 and PKCS #1, plain), a private JWK, a TUF key
 * object with its private part, a verification method with its secret, or a secret Multikey.
 *
 * @param passphrase only for an encrypted PEM
 * @throws TufLdError `ERR_KEY`; `ERR_PASSPHRASE` missing or wrong; `ERR_LIMIT`; `ERR_UNSUPPORTED`
 */
export async function parsePrivateKey(input: string | JsonObject, passphrase?: string): Promise<PrivateKey> {
  if (typeof input !== "string") return parsePrivateKeyObject(input);
  if (input.length > KEY_MAX_CHARS) refuse("ERR_KEY", `a key over ${KEY_MAX_CHARS} characters`);
  if (/^[0-9a-f]{32}@@@@\d+@@@@/.test(input.trim())) {
    const why = "an encrypted key of securesystemslib before 1.0, which alone reads it; make a new key";
    refuse("ERR_KEY", why);
  }
  const { input: only } = onlyEntry(input);
  if (typeof only !== "string") return parsePrivateKeyObject(only);
  const text = only.trim();
  if (isPem(text)) return privateKeyFromPem(text, passphrase);
  if (text.startsWith("z")) return privateKeyFromMultikey(text);
  return refuse("ERR_KEY", "not a private key of a known format");
}
