/**
 * The test keys. Their secrets are SHA-256 (P-384: SHA-384) of a published text, so they protect nothing.
 * @module
 */
import { createHash } from "node:crypto";
import { encodeHex } from "../../dist/encoding/hex.js";
import { didKeyUrl } from "../../dist/key/didKey.js";
import { writePkcs8 } from "../../dist/key/pkcs8.js";
import { PrivateKey } from "../../dist/key/privateKey.js";
import { toTufKey, tufKeyid } from "../../dist/key/tufKey.js";

const TYPES = {
  alice: "Ed25519",
  bob: "Ed25519",
  carol: "Ed25519",
  mallory: "Ed25519",
  pat: "P-256",
  quinn: "P-384",
};

async function makeKey(name, type) {
  const secretText = `tuf-ld test key ${name}`;
  const hash = type === "P-384" ? "sha384" : "sha256";
  const secret = new Uint8Array(createHash(hash).update(secretText).digest());
  const privateKey = await PrivateKey.fromPkcs8(writePkcs8({ type, secret }));
  const tufKey = toTufKey(privateKey.publicKey);
  return {
    name,
    privateKey,
    publicKey: privateKey.publicKey,
    tufKey,
    keyid: tufKeyid(tufKey),
    published: {
      type,
      secretText,
      secretHash: hash,
      secret: encodeHex(secret),
      publicKey: encodeHex(privateKey.publicKey.bytes),
      verificationMethod: didKeyUrl(privateKey.publicKey),
      tufKey,
      keyid: tufKeyid(tufKey),
    },
  };
}

/** Every test key by name. */
export const keys = Object.fromEntries(
  await Promise.all(Object.entries(TYPES).map(async ([name, type]) => [name, await makeKey(name, type)])),
);

/** What keys.json holds. */
export const publishedKeys = {
  warning: "TEST KEYS. The secrets are public: never trust a signature of theirs.",
  keys: Object.fromEntries(Object.values(keys).map(({ name, published }) => [name, published])),
};

/** A role's keyids and threshold, and the key objects that they name, as trusted metadata would have them. */
export function trust(names, threshold = 1) {
  const list = names.split(" ").map((name) => keys[name]);
  return {
    threshold,
    keyids: list.map(({ keyid }) => keyid),
    keys: Object.fromEntries(list.map(({ keyid, tufKey }) => [keyid, tufKey])),
  };
}
