/**
 * The published test keys of vectors/keys.json, ready to sign and to be trusted.
 * @module
 */
import { decodeHex } from "../../src/encoding/hex.ts";
import { writePkcs8 } from "../../src/key/pkcs8.ts";
import { PrivateKey } from "../../src/key/privateKey.ts";
import { type TufKey, toTufKey, tufKeyid } from "../../src/key/tufKey.ts";
import { type RoleKeys, roleKeys } from "../../src/proof/roleKeys.ts";
import published from "../../vectors/keys.json" with { type: "json" };

export type KeyName = keyof typeof published.keys;
export const KEY_NAMES: readonly KeyName[] = Object.keys(published.keys) as KeyName[];
export const publishedKeys: Readonly<Record<KeyName, Published>> = published.keys as Record<
  KeyName,
  Published
>;

/** An entry of keys.json. */
export interface Published {
  readonly type: "Ed25519" | "P-256" | "P-384";
  readonly secretText: string;
  readonly secretHash: "sha256" | "sha384";
  readonly secret: string;
  readonly publicKey: string;
  readonly verificationMethod: string;
  readonly tufKey: TufKey;
  readonly keyid: string;
}

/** A test key: a signer with its TUF names. */
export interface TestKey {
  readonly name: KeyName;
  readonly signer: PrivateKey;
  /** `PublicKey.id`. */
  readonly id: string;
  readonly tufKey: TufKey;
  readonly keyid: string;
}

async function testKey(name: KeyName): Promise<TestKey> {
  const { type, secret } = publishedKeys[name];
  const signer = await PrivateKey.fromPkcs8(writePkcs8({ type, secret: decodeHex(secret, "ERR_KEY") }));
  const tufKey = toTufKey(signer.publicKey);
  return { name, signer, id: signer.publicKey.id, tufKey, keyid: tufKeyid(tufKey) };
}

export const testKeys: Readonly<Record<KeyName, TestKey>> = Object.fromEntries(
  await Promise.all(KEY_NAMES.map(async (name) => [name, await testKey(name)] as const)),
) as Record<KeyName, TestKey>;

/** A role's member in metadata, and the key objects that it names. */
export function roleOf(names: readonly KeyName[], threshold = 1) {
  const keys = names.map((name) => testKeys[name]);
  return {
    role: { keyids: keys.map(({ keyid }) => keyid), threshold },
    keys: Object.fromEntries(keys.map(({ keyid, tufKey }) => [keyid, tufKey])),
  };
}

/** The keys of a role as trusted metadata would give them. */
export function trusted(roleName: string, names: readonly KeyName[], threshold = 1): RoleKeys {
  const { role, keys } = roleOf(names, threshold);
  return roleKeys(roleName, role, keys);
}
