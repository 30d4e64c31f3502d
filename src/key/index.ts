/**
 * Keys and all their names and formats.
 * @module
 */
export { didKey, didKeyUrl, parseDidKey, publicKeyFromMultikey, publicKeyToMultikey } from "./didKey.ts";
export { type Jwk, privateKeyFromJwk, privateKeyToJwk, publicKeyFromJwk, publicKeyToJwk } from "./jwk.ts";
export { type KeyEntry, keyEntries } from "./keyEntries.ts";
export {
  fromMultikeyDocument,
  type MultikeyDocument,
  privateKeyFromMultikey,
  privateKeyToMultikey,
  toMultikeyDocument,
} from "./multikey.ts";
export { type ParsedPublicKey, type PublicKeyFormat, parsePrivateKey, parsePublicKeyAny } from "./parse.ts";
export { privateKeyFromPem, privateKeyToEncryptedPem, unsafePrivateKeyToPlainPem } from "./pemPrivateKey.ts";
export { generateKey, PrivateKey } from "./privateKey.ts";
export { createPublicKey, type KeyType, type PublicKey } from "./publicKey.ts";
export type { Signer } from "./signer.ts";
export { publicKeyFromPem, publicKeyToPem } from "./spki.ts";
export { fromTufKey, type TufKey, type TufScheme, toTufKey, tufKeyid } from "./tufKey.ts";
export {
  type Ed25519VerificationKey2020Document,
  fromVerificationKey2020,
  toVerificationKey2020,
} from "./verificationKey2020.ts";
