/**
 * A private key held in memory, as a {@link Signer}.
 * @module
 */
import type { KeyType, RawPrivateKey } from "#platform";
import { refuse } from "../encoding/refusal.ts";
import { decodePoint, uncompressPoint } from "../platform/sec1.ts";
import { backendFor } from "./backend.ts";
import { readPkcs8, writePkcs8 } from "./pkcs8.ts";
import { createPublicKey, type PublicKey } from "./publicKey.ts";
import type { Signer } from "./signer.ts";

/** Keeps the secret out of logs and JSON: only {@link PrivateKey.toPkcs8} gives it away. */
export class PrivateKey implements Signer {
  readonly publicKey: PublicKey;
  readonly #raw: RawPrivateKey;

  private constructor(publicKey: PublicKey, raw: RawPrivateKey) {
    this.publicKey = publicKey;
    this.#raw = raw;
  }

  /**
   * Reads DER PKCS #8. The public half is computed, and one signature is made and verified: a key whose
   * halves do not belong together gives its secret away with the first signature.
   *
   * @throws TufLdError `ERR_KEY`
   */
  static async fromPkcs8(der: Uint8Array): Promise<PrivateKey> {
    const key = readPkcs8(der);
    const backend = await backendFor(key.type);
    const given: RawPrivateKey = { type: key.type, pkcs8: writePkcs8(key) };
    const publicKey = createPublicKey(key.type, await backend.publicKeyBytes(given));
    const point =
      key.type === "P-256" || key.type === "P-384" ? decodePoint(key.type, publicKey.bytes) : undefined;
    const computed = point && uncompressPoint(point);
    const raw = computed ? { type: key.type, pkcs8: writePkcs8({ ...key, point: computed }) } : given;
    const probe = new TextEncoder().encode("tuf-ld: do the two halves of this key belong together?");
    // Some platforms refuse mismatched halves at once, others only show it by a wrong signature.
    const signature = await backend
      .sign(raw, probe)
      .catch((cause) => refuse("ERR_KEY", "unusable private key", cause));
    if (!(await backend.verify(publicKey, probe, signature))) {
      refuse("ERR_KEY", "the public part is not that of the private part");
    }
    return new PrivateKey(publicKey, raw);
  }

  async sign(input: Uint8Array): Promise<Uint8Array> {
    return (await backendFor(this.#raw.type)).sign(this.#raw, input);
  }

  /** The secret, as DER PKCS #8. */
  toPkcs8(): Uint8Array {
    return Uint8Array.from(this.#raw.pkcs8);
  }
}

/** A fresh key. RSA keys have 3,072 bits. @throws TufLdError `ERR_UNSUPPORTED` */
export async function generateKey(type: KeyType): Promise<PrivateKey> {
  return PrivateKey.fromPkcs8(await (await backendFor(type)).generate(type));
}
