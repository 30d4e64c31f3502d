/**
 * Multibase with the two bases of Data Integrity (Controlled Identifiers 2.4): `z`, base58btc, and `u`,
 * base64url without padding.
 * @module
 */
import { base58 } from "@scure/base";
import { decodeBase64url, encodeBase64url } from "./base64.ts";
import { type EncodingCode, refuse } from "./refusal.ts";

export type Multibase = "z" | "u";

export function encodeMultibase(base: Multibase, bytes: Uint8Array): string {
  return base + (base === "z" ? base58.encode(bytes) : encodeBase64url(bytes));
}

export interface DecodeMultibaseOptions {
  /** The bases to accept. Default: both. */
  readonly bases?: readonly Multibase[];
  /**
   * Longest result, in bytes; a longer text is refused before it is decoded, because base58 takes quadratic
   * time. Default 6,000.
   */
  readonly maxBytes?: number;
}

/** @throws TufLdError with `code` for another base, a foreign character, or too long a text */
export function decodeMultibase(
  text: string,
  code: EncodingCode,
  { bases = ["z", "u"], maxBytes = 6_000 }: DecodeMultibaseOptions = {},
): Uint8Array {
  const base = bases.find((candidate) => text.startsWith(candidate));
  if (!base) return refuse(code, `multibase does not start with ${bases.join(" or ")}`);
  // A byte takes 1.366 characters of base58 (but a leading zero one), and 1.334 of base64url.
  if (text.length > 1 + Math.ceil(maxBytes * 1.37)) {
    refuse(code, `multibase text of ${text.length} characters, for ${maxBytes} bytes at most`);
  }
  const digits = text.slice(1);
  if (base === "u") return decodeBase64url(digits, code);
  if (!/^[1-9A-HJ-NP-Za-km-z]*$/.test(digits)) refuse(code, "not a base58btc string");
  return base58.decode(digits);
}
