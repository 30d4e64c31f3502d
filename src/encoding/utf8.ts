/**
 * UTF-8 in and out, with one shared encoder and decoder of each kind.
 * @module
 */

const encoder = new TextEncoder();
const fatalDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientDecoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The UTF-8 bytes of `text`. A lone surrogate becomes U+FFFD, so refuse those before. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Writes the UTF-8 bytes of `text` into `bytes`, which has to have room. @returns how many */
export function encodeUtf8Into(text: string, bytes: Uint8Array<ArrayBuffer>): number {
  return encoder.encodeInto(text, bytes).written;
}

/**
 * The text of `bytes`. A byte order mark is kept as U+FEFF, never dropped in silence.
 *
 * @param fatal `true` refuses ill-formed UTF-8; `false` puts U+FFFD in its place.
 * @throws TypeError when `fatal` and the bytes are not well-formed UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array, fatal: boolean): string {
  return (fatal ? fatalDecoder : lenientDecoder).decode(bytes);
}
