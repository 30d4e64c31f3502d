/**
 * Hex (RFC 4648 section 8): lower case out, both cases in.
 * @module
 */
import { hex } from "@scure/base";
import { type EncodingCode, refuse } from "./refusal.ts";

export function encodeHex(bytes: Uint8Array): string {
  return hex.encode(bytes);
}

/** @throws TufLdError with `code` when the text is anything but pairs of hex digits. The empty text is no bytes. */
export function decodeHex(text: string, code: EncodingCode): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) refuse(code, "not a hex string");
  return hex.decode(text);
}
