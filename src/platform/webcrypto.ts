/**
 * Signatures by WebCrypto, in browsers and in Node. Imported keys are cached by object.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { fromBase64url, fromHex } from "./decode.ts";
import { withEd25519Policy } from "./ed25519Policy.ts";
import type { CryptoBackend, KeyType, RawPrivateKey, RawPublicKey } from "./interface.ts";
import { compressPoint, decodePoint, uncompressPoint } from "./sec1.ts";

/** Bytes of salt that we sign with: as many as the digest has, like python-tuf and tuf-js. */
export const PSS_SALT_LENGTH = 32;

type Algorithm = EcKeyImportParams & EcdsaParams & RsaHashedImportParams & { name: string };

/** What `importKey`, `sign` and `verify` are told, in one object: each ignores what it does not need. */
const ALGORITHMS: Readonly<Record<KeyType, Partial<Algorithm> & { name: string }>> = {
  Ed25519: { name: "Ed25519" },
  "P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  "P-384": { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  RSA: { name: "RSA-PSS", hash: "SHA-256" },
};

const importParams = (type: KeyType): Algorithm => ALGORITHMS[type] as Algorithm;

/** WebCrypto takes no views of shared memory, and its types say so; ours need not be that narrow. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);
const view = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : owned(bytes);

/** RFC 8032 7.1, test 1: its public key, and its signature of the empty message. */
const PROBE_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const PROBE_VALID =
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
/** By the same key, with a point of order 8 added to R: valid only for those who multiply by the cofactor. */
const PROBE_COFACTORED =
  "131604d01865fbedf9f662d25311c68a197cf286f2683724873a147fed6ada356f08f3a170fdf2b398d6355bbee90e1fe385fd847fbbd2d5d5d9fc7df1785708";

/** Whether this WebCrypto knows Ed25519 and decides as the policy wants it. */
async function probeEd25519(subtle: SubtleCrypto): Promise<boolean> {
  try {
    const key = await subtle.importKey("raw", fromHex(PROBE_KEY), "Ed25519", false, ["verify"]);
    const accepts = (hex: string) => subtle.verify("Ed25519", key, fromHex(hex), new Uint8Array());
    return (await accepts(PROBE_VALID)) && !(await accepts(PROBE_COFACTORED));
  } catch {
    return false;
  }
}

const unreadable = (cause: unknown): TufLdError<"ERR_KEY"> =>
  new TufLdError("ERR_KEY", "WebCrypto cannot read this key", { reason: "import" }, { cause });

async function importPublicKey({ type, bytes }: RawPublicKey): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto;
  try {
    if (type === "RSA")
      // Its numbers are needed to find out how long a salt is.
      return await subtle.importKey("spki", owned(bytes), importParams(type), true, ["verify"]);
    const point = type === "Ed25519" ? undefined : decodePoint(type, bytes);
    if (type !== "Ed25519" && !point) throw new RangeError("not a point of the curve");
    const raw = point ? uncompressPoint(point) : bytes;
    return await subtle.importKey("raw", owned(raw), importParams(type), false, ["verify"]);
  } catch (cause) {
    throw unreadable(cause);
  }
}

async function importPrivateKey({ type, pkcs8 }: RawPrivateKey, extractable: boolean): Promise<CryptoKey> {
  try {
    return await globalThis.crypto.subtle.importKey("pkcs8", owned(pkcs8), importParams(type), extractable, [
      "sign",
    ]);
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** Looks an imported key up, or imports it. */
function cache<Raw extends object>(make: (raw: Raw) => Promise<CryptoKey>): (raw: Raw) => Promise<CryptoKey> {
  const made = new WeakMap<Raw, Promise<CryptoKey>>();
  return (raw) => {
    const known = made.get(raw);
    if (known) return known;
    const key = make(raw);
    made.set(raw, key);
    return key;
  };
}

const publicCryptoKey = cache(importPublicKey);
const privateCryptoKey = cache((raw: RawPrivateKey) => importPrivateKey(raw, false));
let ed25519Support: Promise<boolean> | undefined;

async function verifyPss(key: CryptoKey, input: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  const { modulusLength } = key.algorithm as RsaHashedKeyAlgorithm;
  if (signature.length !== Math.ceil(modulusLength / 8)) return false;
  const verify = (saltLength: number): Promise<boolean> =>
    subtle.verify({ name: "RSA-PSS", saltLength }, key, view(signature), view(input));
  if (await verify(PSS_SALT_LENGTH)) return true;
  // Few signers use another length, so what finds it is loaded at first use only.
  const { saltLengthOf } = await import("./pss.ts");
  const saltLength = await saltLengthOf(key, signature);
  return saltLength !== undefined && saltLength !== PSS_SALT_LENGTH && verify(saltLength);
}

/** WebCrypto as a backend. In an insecure browser context it supports nothing. */
export const webcryptoBackend: CryptoBackend = withEd25519Policy({
  name: "webcrypto",

  async supports(type) {
    const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
    if (!subtle) return false;
    if (type !== "Ed25519") return true;
    ed25519Support ??= probeEd25519(subtle);
    return ed25519Support;
  },

  async verify(key, input, signature) {
    let imported: CryptoKey;
    try {
      imported = await publicCryptoKey(key);
    } catch (error) {
      // 32 bytes that are no point verify nothing; some platforms notice at import, others later.
      if (key.type === "Ed25519") return false;
      throw error;
    }
    if (key.type === "RSA") return verifyPss(imported, input, signature);
    return globalThis.crypto.subtle.verify(importParams(key.type), imported, view(signature), view(input));
  },

  async sign(key, input) {
    const params =
      key.type === "RSA" ? { name: "RSA-PSS", saltLength: PSS_SALT_LENGTH } : importParams(key.type);
    return new Uint8Array(
      await globalThis.crypto.subtle.sign(params, await privateCryptoKey(key), view(input)),
    );
  },

  async generate(type) {
    const rsa = { modulusLength: 3072, publicExponent: Uint8Array.of(1, 0, 1) };
    const params = { ...importParams(type), ...(type === "RSA" ? rsa : {}) };
    const pair = await globalThis.crypto.subtle.generateKey(params, true, ["sign", "verify"]);
    if (!("privateKey" in pair)) throw new TypeError(`${type} is not a kind of key pair`);
    return new Uint8Array(await globalThis.crypto.subtle.exportKey("pkcs8", pair.privateKey));
  },

  async publicKeyBytes(key) {
    const { subtle } = globalThis.crypto;
    const jwk = await subtle.exportKey("jwk", await importPrivateKey(key, true));
    if (key.type === "RSA") {
      const { kty, n, e } = jwk;
      if (!kty || !n || !e) throw unreadable("no public members");
      const imported = await subtle.importKey("jwk", { kty, n, e }, importParams("RSA"), true, ["verify"]);
      return new Uint8Array(await subtle.exportKey("spki", imported));
    }
    const x = fromBase64url(jwk.x ?? "");
    return key.type === "Ed25519" ? x : compressPoint({ x, y: fromBase64url(jwk.y ?? "") });
  },
});
