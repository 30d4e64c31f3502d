/**
 * The little of DER (ITU-T X.690) that keys and ECDSA signatures need, read strictly: definite and
 * minimal lengths, minimal integers, nothing left over.
 * @module
 */
import { concatBytes } from "./bytes.ts";
import { encodeHex } from "./hex.ts";
import { type EncodingCode, refuse } from "./refusal.ts";

/** Tags, with the constructed bit where DER sets it. `CONTEXT` + n is [n] EXPLICIT. */
export const INTEGER: number = 0x02;
export const BIT_STRING: number = 0x03;
export const OCTET_STRING: number = 0x04;
export const NULL: number = 0x05;
export const OID: number = 0x06;
export const SEQUENCE: number = 0x30;
export const CONTEXT: number = 0xa0;

/** One tag-length-value. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Reads as many values as the bytes hold. @throws TufLdError with `code` */
export function readDerValues(bytes: Uint8Array, code: EncodingCode): DerValue[] {
  const values: DerValue[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const tag = bytes[offset] ?? 0;
    if ((tag & 0x1f) === 0x1f) refuse(code, "DER tag of several bytes");
    let length = bytes[offset + 1] ?? refuse(code, "DER ends within a header");
    offset += 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      // 0 would be the indefinite length of BER; 3 bytes allow 16 MB, more than any key has.
      if (count === 0 || count > 3) refuse(code, "DER length of a form that is not accepted");
      length = 0;
      for (let i = 0; i < count; i++) length = (length << 8) | (bytes[offset + i] ?? 0);
      offset += count;
      if (length < 0x80 || length < 2 ** (8 * (count - 1))) refuse(code, "DER length is not minimal");
    }
    if (offset + length > bytes.length) refuse(code, "DER value is truncated");
    values.push({ tag, content: bytes.subarray(offset, offset + length) });
    offset += length;
  }
  return values;
}

/** The content of exactly one value with this tag. @throws TufLdError with `code` */
export function readDer(bytes: Uint8Array, tag: number, code: EncodingCode): Uint8Array {
  const [value, ...rest] = readDerValues(bytes, code);
  if (rest.length > 0) refuse(code, "bytes after the DER value");
  return derContent(value, tag, code);
}

/** The members of a SEQUENCE that is all of `bytes`. @throws TufLdError with `code` */
export function readDerSequence(bytes: Uint8Array, code: EncodingCode): DerValue[] {
  return readDerValues(readDer(bytes, SEQUENCE, code), code);
}

/** The content, if there is such a value and it has this tag. @throws TufLdError with `code` */
export function derContent(value: DerValue | undefined, tag: number, code: EncodingCode): Uint8Array {
  if (value?.tag !== tag)
    refuse(code, `DER tag ${tag} expected, ${value ? `${value.tag}` : "nothing"} found`);
  if (tag === NULL && value.content.length > 0) refuse(code, "DER NULL with content");
  return value.content;
}

/** A non-negative INTEGER as big-endian bytes with no leading zero; 0 is no bytes. @throws TufLdError with `code` */
export function derUnsigned(value: DerValue | undefined, code: EncodingCode): Uint8Array {
  const content = derContent(value, INTEGER, code);
  const [first, second] = content;
  if (first === undefined) refuse(code, "empty DER integer");
  if (first >= 0x80) refuse(code, "negative DER integer");
  if (first !== 0) return content;
  if (second !== undefined && second < 0x80) refuse(code, "DER integer is not minimal");
  return content.subarray(1);
}

/** A BIT STRING of whole bytes. @throws TufLdError with `code` */
export function derBits(value: DerValue | undefined, code: EncodingCode): Uint8Array {
  const content = derContent(value, BIT_STRING, code);
  if (content[0] !== 0) refuse(code, "DER bit string not of whole bytes");
  return content.subarray(1);
}

/** An OBJECT IDENTIFIER, as the hex of its content. @throws TufLdError with `code` */
export function derOid(value: DerValue | undefined, code: EncodingCode): string {
  return encodeHex(derContent(value, OID, code));
}

/** Writes one value whose content is the parts, joined. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : length < 0x10000
          ? [tag, 0x82, length >> 8, length & 0xff]
          : [tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return concatBytes(Uint8Array.from(header), content);
}

/** Writes big-endian bytes, leading zeros or not, as a non-negative INTEGER. */
export function writeDerUnsigned(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? new Uint8Array() : bytes.subarray(start);
  const sign = (digits[0] ?? 0x80) >= 0x80 ? Uint8Array.of(0) : new Uint8Array();
  return writeDer(INTEGER, sign, digits);
}
