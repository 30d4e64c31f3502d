/**
 * Salt lengths of RSASSA-PSS with SHA-256: TUF repositories in the field hold two kinds of signatures,
 * salted with the length of the digest and with all the room there is.
 * @module
 */

/** Bytes of salt that we sign with, and the first to try. */
export const PSS_SALT_LENGTH = 32;

/** The salt lengths to accept for a modulus of this many bits (RFC 8017 9.1.1, step 3). */
export function pssSaltLengths(modulusBits: number): readonly [digest: number, maximal: number] {
  return [PSS_SALT_LENGTH, Math.ceil((modulusBits - 1) / 8) - 32 - 2];
}
