/**
 * Hex (RFC 4648 section 8): lower case out, both cases in.
 * @module
 */
import { fromHex } from "../platform/decode.ts";
import { type EncodingCode, refuse } from "./refusal.ts";

export function encodeHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

/** @throws TufLdError with `code` when the text is anything but pairs of hex digits. The empty text is no bytes. */
export function decodeHex(text: string, code: EncodingCode): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) refuse(code, "not a hex string");
  return fromHex(text);
}
