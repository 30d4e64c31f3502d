/**
 * PEM, the textual encoding of RFC 7468: one block, and only white space around it.
 * @module
 */
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { refuse } from "./refusal.ts";

/** Characters. An RSA private key of 8,192 bits takes about 6,500. */
const PEM_MAX_CHARS = 65_536;

export interface PemBlock {
  /** The words between `BEGIN` and the dashes: `PUBLIC KEY`, say. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** Whether this could only be meant as PEM. */
export const isPem = (text: string): boolean => text.trimStart().startsWith("-----BEGIN ");

/** @throws TufLdError `ERR_KEY` */
export function decodePem(text: string): PemBlock {
  if (text.length > PEM_MAX_CHARS) refuse("ERR_KEY", `PEM text over ${PEM_MAX_CHARS} characters`);
  const lines = text.trim().split(/\r?\n/);
  const label = /^-----BEGIN ([A-Z0-9 ]+)-----$/.exec(lines[0] ?? "")?.[1];
  if (!label || lines.at(-1) !== `-----END ${label}-----`) refuse("ERR_KEY", "not one PEM block");
  const body = lines.slice(1, -1).map((line) => line.trim());
  return { label, bytes: decodeBase64(body.join(""), "ERR_KEY") };
}

/** Ends with a line feed, as OpenSSL writes it. */
export function encodePem({ label, bytes }: PemBlock): string {
  const lines = encodeBase64(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
