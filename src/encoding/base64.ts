/**
 * Base64 with padding, and base64url without (RFC 4648 sections 4 and 5). Every byte string has one
 * spelling: missing or extra padding, white space and stray bits in the last character are refused.
 * @module
 */
import { base64, base64urlnopad } from "@scure/base";
import { type EncodingCode, refuse } from "./refusal.ts";

export function encodeBase64(bytes: Uint8Array): string {
  return base64.encode(bytes);
}

/** @throws TufLdError with `code` */
export function decodeBase64(text: string, code: EncodingCode): Uint8Array {
  // The pattern is ours because engines with native base64 skip white space where others do not.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) refuse(code, "not a base64 string");
  try {
    return base64.decode(text);
  } catch (cause) {
    return refuse(code, "not a base64 string", cause);
  }
}

export function encodeBase64url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes);
}

/** @throws TufLdError with `code` */
export function decodeBase64url(text: string, code: EncodingCode): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) refuse(code, "not an unpadded base64url string");
  try {
    return base64urlnopad.decode(text);
  } catch (cause) {
    return refuse(code, "not an unpadded base64url string", cause);
  }
}
