/**
 * Keys with their TUF names, and files signed with both views.
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import {
  addProof,
  addSignature,
  allSuites,
  generateKey,
  type MetadataFile,
  PrivateKey,
  parseMetadata,
  type Signed,
  serializeMetadata,
  toTufKey,
  tufKeyid,
} from "../../../src/index.ts";

/** The kinds of keys that every peer reads. */
export type Kind = "Ed25519" | "P-256" | "RSA";

/** A key and what metadata calls it. */
export interface NamedKey {
  readonly signer: PrivateKey;
  readonly keyid: string;
  readonly tufKey: ReturnType<typeof toTufKey>;
}

/** A fresh key. */
export async function newKey(kind: Kind | "P-384"): Promise<NamedKey> {
  const signer = await (kind === "RSA" ? newRsaKey() : generateKey(kind));
  const tufKey = toTufKey(signer.publicKey);
  return { signer, tufKey, keyid: tufKeyid(tufKey) };
}

/** 2,048 bits, not the 3,072 of `generateKey`: a run needs many, and every peer takes either. */
function newRsaKey(): Promise<PrivateKey> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return PrivateKey.fromPkcs8(new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })));
}

/** `keys` and a role's member as metadata has them. */
export function roleOf(keys: readonly NamedKey[], threshold: number = keys.length) {
  return {
    keys: Object.fromEntries(keys.map(({ keyid, tufKey }) => [keyid, tufKey])),
    role: { keyids: keys.map(({ keyid }) => keyid), threshold },
  };
}

/** The linked suites that a key of this type signs with. None for RSA: Data Integrity has no suite for it. */
const LINKED: ReadonlyMap<string, readonly string[]> = new Map([
  ["Ed25519", ["Ed25519Signature2020", "eddsa-rdfc-2022", "eddsa-jcs-2022"]],
  ["P-256", ["ecdsa-rdfc-2019"]],
  ["P-384", ["ecdsa-rdfc-2019"]],
]);

/** The file of a `signed` part, without signatures. It is validated as any file that is read. */
export function unsigned(signed: object, unrecognized: object = {}): MetadataFile {
  return parseMetadata(new TextEncoder().encode(JSON.stringify({ ...unrecognized, signed, signatures: [] })));
}

/** Signs both views with each key, the linked one with the first `suites` of its suites. */
export async function signBoth<S extends Signed>(
  file: MetadataFile<S>,
  role: string,
  keys: readonly NamedKey[],
  suites = 1,
): Promise<MetadataFile<S>> {
  let result = file;
  for (const { signer, keyid } of keys) {
    result = await addSignature(result, signer, { keyid });
    for (const name of (LINKED.get(signer.publicKey.type) ?? []).slice(0, suites)) {
      result = await addProof(result, signer, role, { suite: allSuites.get(name) });
    }
  }
  return result;
}

/** The bytes of a file in the form with two views. */
export function bytesOf(file: MetadataFile): Uint8Array {
  return serializeMetadata(file, "file");
}
