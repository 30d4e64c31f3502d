/**
 * Keys as Multikey verification methods (Controlled Identifiers 2.2.2), public and private.
 * @module
 */
import { concatBytes, equalBytes } from "../encoding/bytes.ts";
import { decodeMultibase, encodeMultibase } from "../encoding/multibase.ts";
import { refuse } from "../encoding/refusal.ts";
import { didKey, didKeyUrl, publicKeyFromMultikey, publicKeyToMultikey } from "./didKey.ts";
import { readPkcs8, writePkcs8 } from "./pkcs8.ts";
import { PrivateKey } from "./privateKey.ts";
import type { KeyType, PublicKey } from "./publicKey.ts";

export interface MultikeyDocument {
  readonly "@context": "https://w3id.org/security/multikey/v1";
  readonly id: string;
  readonly type: "Multikey";
  readonly controller: string;
  readonly publicKeyMultibase: string;
}

/** Multicodec prefixes of private keys, as varints. */
const SECRET_CODECS: readonly { type: KeyType; prefix: readonly [number, number]; length: number }[] = [
  { type: "Ed25519", prefix: [0x80, 0x26], length: 32 },
  { type: "P-256", prefix: [0x86, 0x26], length: 32 },
  { type: "P-384", prefix: [0x87, 0x26], length: 48 },
];

/** The key under its did:key name. @throws TufLdError `ERR_KEY` for an RSA key */
export function toMultikeyDocument(key: PublicKey): MultikeyDocument {
  return {
    "@context": "https://w3id.org/security/multikey/v1",
    id: didKeyUrl(key),
    type: "Multikey",
    controller: didKey(key),
    publicKeyMultibase: publicKeyToMultikey(key),
  };
}

/** The names in the document are not looked at: a name gives no trust. @throws TufLdError `ERR_KEY`, also if revoked */
export function fromMultikeyDocument(document: Readonly<Record<string, unknown>>): PublicKey {
  const { type, publicKeyMultibase } = document;
  if (type !== "Multikey" || typeof publicKeyMultibase !== "string")
    return refuse("ERR_KEY", "not a Multikey");
  if (document["revoked"] !== undefined) refuse("ERR_KEY", "the Multikey is revoked");
  return publicKeyFromMultikey(publicKeyMultibase);
}

/**
 * Reads a `secretKeyMultibase`, such as `z3u2…`. Ed25519 keys may have their public half after the seed, as
 * older packages write them (`zrv…`); it has to be theirs.
 *
 * @throws TufLdError `ERR_KEY`
 */
export async function privateKeyFromMultikey(text: string): Promise<PrivateKey> {
  const bytes = decodeMultibase(text, "ERR_KEY", { bases: ["z"], maxBytes: 66 });
  const codec = SECRET_CODECS.find(({ prefix }) => prefix[0] === bytes[0] && prefix[1] === bytes[1]);
  if (!codec) return refuse("ERR_KEY", "not a secret Multikey of a known kind");
  const { type, length } = codec;
  const secret = bytes.subarray(2, 2 + length);
  const publicHalf = bytes.subarray(2 + length);
  if (publicHalf.length !== 0 && !(type === "Ed25519" && publicHalf.length === 32)) {
    refuse("ERR_KEY", `a secret Multikey of type ${type} has ${2 + length} bytes`);
  }
  const key = await PrivateKey.fromPkcs8(writePkcs8({ type, secret }));
  if (publicHalf.length > 0 && !equalBytes(publicHalf, key.publicKey.bytes)) {
    refuse("ERR_KEY", "the public part is not that of the private part");
  }
  return key;
}

/** The secret, as `secretKeyMultibase`. @throws TufLdError `ERR_KEY` for an RSA key */
export function privateKeyToMultikey(key: PrivateKey): string {
  const { type, secret } = readPkcs8(key.toPkcs8());
  const codec = SECRET_CODECS.find((candidate) => candidate.type === type);
  if (!codec) return refuse("ERR_KEY", `a key of type ${type} has no Multikey form`);
  return encodeMultibase("z", concatBytes(Uint8Array.from(codec.prefix), secret));
}
