/**
 * The one interface that signing asks for, so that a file, an HSM or a KMS can stand behind it.
 * @module
 */
import type { PublicKey } from "./publicKey.ts";

/** Bytes in, raw signature out. */
export interface Signer {
  readonly publicKey: PublicKey;
  /**
   * Signs `input` as it is, not a digest of it: 64 bytes of RFC 8032 for Ed25519; r and s side by side for
   * ECDSA, with SHA-256 on P-256 and SHA-384 on P-384; RSASSA-PSS with SHA-256 and 32 bytes of salt for RSA.
   */
  sign(input: Uint8Array): Promise<Uint8Array>;
}
