/**
 * Base64 with padding, and base64url without (RFC 4648 sections 4 and 5). Every byte string has one
 * spelling: missing or extra padding, white space and stray bits in the last character are refused.
 * @module
 */
import { fromBase64, fromBase64url } from "../platform/decode.ts";
import { type EncodingCode, refuse } from "./refusal.ts";

export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** @throws TufLdError with `code` */
export function decodeBase64(text: string, code: EncodingCode): Uint8Array {
  return decode(text, fromBase64, encodeBase64) ?? refuse(code, "not a base64 string");
}

export function encodeBase64url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @throws TufLdError with `code` */
export function decodeBase64url(text: string, code: EncodingCode): Uint8Array {
  return decode(text, fromBase64url, encodeBase64url) ?? refuse(code, "not an unpadded base64url string");
}

/** What `read` makes of a text, if that is written as this very text. */
function decode(
  text: string,
  read: (text: string) => Uint8Array,
  write: (bytes: Uint8Array) => string,
): Uint8Array | undefined {
  try {
    const bytes = read(text);
    return write(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
