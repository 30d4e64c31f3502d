/// <reference types="node" />
/**
 * The platform of Node: hashes and signatures by node:crypto, with KeyObjects cached by key object.
 * @module
 */
import * as crypto from "node:crypto";
import { TufLdError } from "../errors.ts";
import { withEd25519Policy } from "./ed25519Policy.ts";
import type {
  CryptoBackend,
  HashAlgorithm,
  IncrementalHash,
  KeyType,
  RawPrivateKey,
  RawPublicKey,
} from "./interface.ts";
import { nobleBackend } from "./noble.ts";
import { compressPoint, decodePoint } from "./sec1.ts";
import { PSS_SALT_LENGTH, webcryptoBackend } from "./webcrypto.ts";

export type * from "./interface.ts";

export function createHash(algorithm: HashAlgorithm): IncrementalHash {
  const hash = crypto.createHash(algorithm);
  return {
    update(chunk) {
      hash.update(chunk);
    },
    // A plain Uint8Array, so that nothing downstream can come to rely on a Buffer.
    digest: () => new Uint8Array(hash.digest()),
    digestHex: () => hash.digest("hex"),
  };
}

export function hashHex(algorithm: HashAlgorithm, input: string | Uint8Array): string {
  return crypto.hash(algorithm, input, "hex");
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

const unreadable = (cause?: unknown): TufLdError<"ERR_KEY"> =>
  new TufLdError("ERR_KEY", "OpenSSL cannot read this key", { reason: "import" }, { cause });

function importPublicKey({ type, bytes }: RawPublicKey): crypto.KeyObject {
  try {
    if (type === "RSA") {
      return crypto.createPublicKey({ format: "der", type: "spki", key: Buffer.from(bytes) });
    }
    if (type === "Ed25519") {
      const jwk = { kty: "OKP", crv: type, x: base64url(bytes) };
      return crypto.createPublicKey({ format: "jwk", key: jwk });
    }
    const point = decodePoint(type, bytes);
    if (!point) throw new RangeError("not a point of the curve");
    const jwk = { kty: "EC", crv: type, x: base64url(point.x), y: base64url(point.y) };
    return crypto.createPublicKey({ format: "jwk", key: jwk });
  } catch (cause) {
    throw unreadable(cause);
  }
}

function importPrivateKey({ pkcs8 }: RawPrivateKey): crypto.KeyObject {
  try {
    return crypto.createPrivateKey({ format: "der", type: "pkcs8", key: Buffer.from(pkcs8) });
  } catch (cause) {
    throw unreadable(cause);
  }
}

function derivePublicKey(key: crypto.KeyObject): crypto.KeyObject {
  try {
    return crypto.createPublicKey(key);
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** Looks a key object up, or makes it: importing costs more than verifying. */
function cache<Raw extends object>(make: (raw: Raw) => crypto.KeyObject): (raw: Raw) => crypto.KeyObject {
  const made = new WeakMap<Raw, crypto.KeyObject>();
  return (raw) => {
    const known = made.get(raw);
    if (known) return known;
    const key = make(raw);
    made.set(raw, key);
    return key;
  };
}

const publicKeyObject = cache(importPublicKey);
const privateKeyObject = cache(importPrivateKey);

const DIGESTS: Readonly<Record<KeyType, string | null>> = {
  Ed25519: null,
  "P-256": "sha256",
  "P-384": "sha384",
  RSA: "sha256",
};

function verifyPss(key: crypto.KeyObject, input: Uint8Array, signature: Uint8Array): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (signature.length !== Math.ceil(bits / 8)) return false;
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_AUTO: saltLength } = crypto.constants;
  return crypto.verify("sha256", input, { key, padding, saltLength }, signature);
}

const nodeBackend: CryptoBackend = withEd25519Policy({
  name: "node",
  supports: async () => true,

  async verify(key, input, signature) {
    const object = publicKeyObject(key);
    if (key.type === "RSA") return verifyPss(object, input, signature);
    if (key.type === "Ed25519") return crypto.verify(null, input, object, signature);
    return crypto.verify(DIGESTS[key.type], input, { key: object, dsaEncoding: "ieee-p1363" }, signature);
  },

  async sign(raw, input) {
    const key = privateKeyObject(raw);
    const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
    const options =
      raw.type === "RSA"
        ? { key, padding, saltLength: PSS_SALT_LENGTH }
        : { key, dsaEncoding: "ieee-p1363" as const };
    return new Uint8Array(crypto.sign(DIGESTS[raw.type], input, options));
  },

  async generate(type) {
    const { privateKey } =
      type === "RSA"
        ? crypto.generateKeyPairSync("rsa", { modulusLength: 3072 })
        : type === "Ed25519"
          ? crypto.generateKeyPairSync("ed25519")
          : crypto.generateKeyPairSync("ec", { namedCurve: type });
    return new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" }));
  },

  async publicKeyBytes(raw) {
    const key = derivePublicKey(privateKeyObject(raw));
    if (raw.type === "RSA") return new Uint8Array(key.export({ format: "der", type: "spki" }));
    const { x = "", y = "" } = key.export({ format: "jwk" });
    const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"));
    return raw.type === "Ed25519" ? bytes(x) : compressPoint({ x: bytes(x), y: bytes(y) });
  },
});

export const backends: readonly CryptoBackend[] = [nodeBackend, webcryptoBackend, nobleBackend(createHash)];
