/**
 * Keys for simulated repositories: made once for the whole test run, and handed out in order.
 * @module
 */
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import { type TufKey, toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";

/** A key, and what metadata calls it. */
export interface RepositoryKey {
  readonly signer: PrivateKey;
  readonly keyid: string;
  readonly tufKey: TufKey;
}

type Kind = Parameters<typeof generateKey>[0];

const pools = new Map<Kind, Promise<RepositoryKey>[]>();

async function make(kind: Kind): Promise<RepositoryKey> {
  const signer = await generateKey(kind);
  const tufKey = toTufKey(signer.publicKey);
  return { signer, tufKey, keyid: tufKeyid(tufKey) };
}

/** Hands out keys that are all different from one another; another ring hands out the same ones again. */
export class KeyRing {
  readonly #used = new Map<Kind, number>();

  next(kind: Kind = "Ed25519"): Promise<RepositoryKey> {
    const index = this.#used.get(kind) ?? 0;
    this.#used.set(kind, index + 1);
    const pool = pools.get(kind) ?? [];
    pools.set(kind, pool);
    pool[index] ??= make(kind);
    return pool[index];
  }
}
