/**
 * Public keys as Multikey strings (Controlled Identifiers 2.2.2) and as did:key, the form in which
 * `proof.verificationMethod` names a key so that any tool resolves it offline.
 * @module
 */
import { concatBytes } from "../encoding/bytes.ts";
import { decodeMultibase, encodeMultibase } from "../encoding/multibase.ts";
import { refuse } from "../encoding/refusal.ts";
import { createPublicKey, type KeyType, type PublicKey } from "./publicKey.ts";

/** Multicodec prefixes as varints, with the length of what follows. RSA has no Multikey. */
const CODECS: readonly { type: KeyType; prefix: readonly [number, number]; length: number }[] = [
  { type: "Ed25519", prefix: [0xed, 0x01], length: 32 },
  { type: "P-256", prefix: [0x80, 0x24], length: 33 },
  { type: "P-384", prefix: [0x81, 0x24], length: 49 },
];

const DID_KEY = "did:key:";

/** `z6Mk…`, `zDn…` or `z82…`. @throws TufLdError `ERR_KEY` for an RSA key */
export function publicKeyToMultikey({ type, bytes }: PublicKey): string {
  const codec = CODECS.find((candidate) => candidate.type === type);
  if (!codec) return refuse("ERR_KEY", `a key of type ${type} has no Multikey form`);
  return encodeMultibase("z", concatBytes(Uint8Array.from(codec.prefix), bytes));
}

/** Reads a `publicKeyMultibase`; base58btc alone, as the specification has it. @throws TufLdError `ERR_KEY` */
export function publicKeyFromMultikey(text: string): PublicKey {
  const bytes = decodeMultibase(text, "ERR_KEY", { bases: ["z"], maxBytes: 64 });
  const codec = CODECS.find(({ prefix }) => prefix[0] === bytes[0] && prefix[1] === bytes[1]);
  if (!codec) return refuse("ERR_KEY", "a Multikey of a kind that no suite here uses");
  const { type, length } = codec;
  if (bytes.length !== 2 + length) refuse("ERR_KEY", `a Multikey of type ${type} has ${2 + length} bytes`);
  return createPublicKey(type, bytes.subarray(2));
}

/** `did:key:z6Mk…`: the controller of the key. @throws TufLdError `ERR_KEY` for an RSA key */
export function didKey(key: PublicKey): string {
  return DID_KEY + publicKeyToMultikey(key);
}

/** `did:key:z6Mk…#z6Mk…`: the verification method. @throws TufLdError `ERR_KEY` for an RSA key */
export function didKeyUrl(key: PublicKey): string {
  const multikey = publicKeyToMultikey(key);
  return `${DID_KEY}${multikey}#${multikey}`;
}

/**
 * Reads a verification method of did:key, whose fragment repeats the identifier.
 * @throws TufLdError `ERR_KEY` for anything else: another method, no fragment, or a different one.
 */
export function parseDidKey(url: string): PublicKey {
  const [did = "", fragment, ...rest] = url.split("#");
  if (rest.length > 0 || fragment === undefined || did !== DID_KEY + fragment) {
    refuse("ERR_KEY", "not a did:key verification method whose fragment is its identifier");
  }
  return publicKeyFromMultikey(fragment);
}

/** Reads a bare `did:key:z6Mk…`, which names a controller with one key. @throws TufLdError `ERR_KEY` */
export function parseBareDidKey(did: string): PublicKey {
  if (!did.startsWith(DID_KEY)) refuse("ERR_KEY", "not a did:key");
  return publicKeyFromMultikey(did.slice(DID_KEY.length));
}
