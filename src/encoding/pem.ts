/**
 * PEM, the textual encoding of RFC 7468: blocks, with any other text before, between and after them.
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

/** A block as it stands. */
export interface PemText {
  readonly label: string;
  /** What stands between its dashes. */
  readonly body: string;
}

const BEGIN = "-----BEGIN ";
const DASHES = "-----";
/** OpenSSL writes the curve of a key before it, although the key says it too. */
const PARAMETERS = "EC PARAMETERS";

/** Whether this could only be meant as PEM. */
export const isPem = (text: string): boolean => /(?:^|\n)[ \t]*-----BEGIN [A-Z0-9 ]+-----/.test(text);

/** The blocks of a text, but for parameters. @throws TufLdError `ERR_KEY` */
export function pemBlocks(text: string): PemText[] {
  if (text.length > PEM_MAX_CHARS) refuse("ERR_KEY", `PEM text over ${PEM_MAX_CHARS} characters`);
  const blocks: PemText[] = [];
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at)) {
    const start = text.indexOf(DASHES, at + BEGIN.length);
    const label = text.slice(at + BEGIN.length, start);
    if (start < 0 || !/^[A-Z0-9 ]{1,64}$/.test(label))
      refuse("ERR_KEY", "a PEM block that does not begin well");
    const end = text.indexOf(`${DASHES}END ${label}${DASHES}`, start);
    const body = text.slice(start + DASHES.length, end);
    if (end < 0 || body.includes(DASHES)) refuse("ERR_KEY", `a PEM block of ${label} that does not end`);
    if (label !== PARAMETERS) blocks.push({ label, body });
    at = end + DASHES.length;
  }
  return blocks;
}

/** @throws TufLdError `ERR_KEY` */
export function decodePemText({ label, body }: PemText): PemBlock {
  return { label, bytes: decodeBase64(body.replace(/[ \t\r\n]+/g, ""), "ERR_KEY") };
}

/** Reads the only block of a text. @throws TufLdError `ERR_KEY` */
export function decodePem(text: string): PemBlock {
  const [block, ...others] = pemBlocks(text);
  if (block === undefined || others.length > 0) return refuse("ERR_KEY", "not one PEM block");
  return decodePemText(block);
}

/** A block as text. */
export function pemText({ label, body }: PemText): string {
  return `${BEGIN}${label}${DASHES}${body}${DASHES}END ${label}${DASHES}\n`;
}

/** Ends with a line feed, as OpenSSL writes it. */
export function encodePem({ label, bytes }: PemBlock): string {
  const lines = encodeBase64(bytes).match(/.{1,64}/g) ?? [];
  return pemText({ label, body: ["", ...lines, ""].join("\n") });
}
