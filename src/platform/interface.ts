/**
 * What a platform supplies: hashes, and the cryptography of raw keys. `node.ts` and `browser.ts` both
 * export exactly the members of {@link Platform}, and everything else imports them as `#platform`.
 * @module
 */

/** The digests that suites name, under their short names. */
export type HashAlgorithm = "sha256" | "sha384" | "sha512";

/** A hash that is fed piece by piece. Strings are hashed as UTF-8; do not split a surrogate pair. */
export interface IncrementalHash {
  update(chunk: string | Uint8Array): void;
  /** Ends the hash; it cannot be used again. */
  digest(): Uint8Array;
  /** As {@link digest}, in lower-case hex. */
  digestHex(): string;
}

/** Kinds of keys, by the names JOSE and WebCrypto give their curves. */
export type KeyType = "Ed25519" | "P-256" | "P-384" | "RSA";

/**
 * A public key as bytes: Ed25519 the 32 bytes of RFC 8032; P-256 and P-384 a compressed SEC 1 point;
 * RSA a DER SubjectPublicKeyInfo. Treat both members as immutable: backends cache by object identity.
 */
export interface RawPublicKey {
  readonly type: KeyType;
  readonly bytes: Uint8Array;
}

/** A private key as DER PKCS #8 (RFC 5208). Immutable, like {@link RawPublicKey}. */
export interface RawPrivateKey {
  readonly type: KeyType;
  readonly pkcs8: Uint8Array;
}

/**
 * One implementation of raw signatures. Signatures are 64 bytes for Ed25519; r and s side by side
 * (IEEE P1363) for ECDSA, with SHA-256 on P-256 and SHA-384 on P-384; RSASSA-PSS with SHA-256 for RSA.
 */
export interface CryptoBackend {
  readonly name: "node" | "webcrypto" | "noble";
  /** Whether this backend can handle keys of this type, here and now. */
  supports(type: KeyType): Promise<boolean>;
  /**
   * Resolves `false` for every signature that does not verify, whatever its length.
   * @throws TufLdError `ERR_KEY` when the key cannot be read at all.
   */
  verify(key: RawPublicKey, input: Uint8Array, signature: Uint8Array): Promise<boolean>;
  sign(key: RawPrivateKey, input: Uint8Array): Promise<Uint8Array>;
  /** A fresh private key, as PKCS #8. RSA keys have 3,072 bits. */
  generate(type: KeyType): Promise<Uint8Array>;
  /**
   * The public half, in the form of {@link RawPublicKey}.
   * @throws TufLdError `ERR_KEY` when the PKCS #8 cannot be read.
   */
  publicKeyBytes(key: RawPrivateKey): Promise<Uint8Array>;
}

/** The members that every platform module exports. */
export interface Platform {
  createHash(algorithm: HashAlgorithm): IncrementalHash;
  /** Lower-case hex digest of one short input; a string is hashed as UTF-8. It runs once per node of a document: it has to be fast. */
  hashHex(algorithm: HashAlgorithm, input: string | Uint8Array): string;
  /** Best first. */
  readonly backends: readonly CryptoBackend[];
}
