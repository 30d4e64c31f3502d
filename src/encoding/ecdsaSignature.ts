/**
 * ECDSA signatures between DER (Ecdsa-Sig-Value of RFC 3279 2.2.3, what classic TUF carries) and the r
 * and s side by side of IEEE P1363 (what WebCrypto and Data Integrity use).
 * @module
 */
import { concatBytes } from "./bytes.ts";
import { derUnsigned, readDerSequence, SEQUENCE, writeDer, writeDerUnsigned } from "./der.ts";
import { type EncodingCode, refuse } from "./refusal.ts";

/**
 * @param size bytes of r and of s: 32 for P-256, 48 for P-384.
 * @throws TufLdError with `code` for anything but strict DER of two integers that fit.
 */
export function ecdsaDerToP1363(der: Uint8Array, size: number, code: EncodingCode): Uint8Array {
  const values = readDerSequence(der, code);
  if (values.length !== 2) refuse(code, "an ECDSA signature is two integers");
  const signature = new Uint8Array(2 * size);
  values.forEach((value, i) => {
    const integer = derUnsigned(value, code);
    if (integer.length > size) refuse(code, "an integer of the ECDSA signature is too large");
    signature.set(integer, (i + 1) * size - integer.length);
  });
  return signature;
}

/** The inverse of {@link ecdsaDerToP1363}. */
export function ecdsaP1363ToDer(signature: Uint8Array): Uint8Array {
  const size = signature.length / 2;
  const halves = [signature.subarray(0, size), signature.subarray(size)];
  return writeDer(SEQUENCE, concatBytes(...halves.map(writeDerUnsigned)));
}
