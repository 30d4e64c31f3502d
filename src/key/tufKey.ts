/**
 * Keys as classic TUF metadata writes them (TUF 4.2, `KEY`), and the keyid of a key that we write.
 * @module
 */
import { hashHex } from "#platform";
import { decodeHex, encodeHex } from "../encoding/hex.ts";
import { isPem } from "../encoding/pem.ts";
import { refuse } from "../encoding/refusal.ts";
import type { EcCurve } from "../platform/sec1.ts";
import { createPublicKey, type PublicKey } from "./publicKey.ts";
import { publicKeyFromPem, publicKeyToPem } from "./spki.ts";

/** A TUF key object: `keyval.public` is hex for Ed25519, PEM or the hex of a point for EC, PEM for RSA. */
export interface TufKey {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public: string };
}

/** The schemes of the classic suites. */
export type TufScheme = "ed25519" | "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "rsassa-pss-sha256";

function fromPem(text: string, type: PublicKey["type"]): PublicKey {
  const key = publicKeyFromPem(text);
  if (key.type !== type) refuse("ERR_KEY", `a key of type ${key.type} where the scheme asks for ${type}`);
  return key;
}

const fromPemOrPoint =
  (curve: EcCurve) =>
  (text: string): PublicKey =>
    isPem(text) ? fromPem(text, curve) : createPublicKey(curve, decodeHex(text, "ERR_KEY"));

/** Every pair of keytype and scheme that is read here. `ecdsa` is the specification's, the others are older. */
const READERS: ReadonlyMap<string, (text: string) => PublicKey> = new Map([
  ["ed25519 ed25519", (text: string) => createPublicKey("Ed25519", decodeHex(text, "ERR_KEY"))],
  ["ecdsa ecdsa-sha2-nistp256", fromPemOrPoint("P-256")],
  ["ecdsa-sha2-nistp256 ecdsa-sha2-nistp256", fromPemOrPoint("P-256")],
  ["ecdsa ecdsa-sha2-nistp384", fromPemOrPoint("P-384")],
  ["ecdsa-sha2-nistp384 ecdsa-sha2-nistp384", fromPemOrPoint("P-384")],
  ["rsa rsassa-pss-sha256", (text: string) => fromPem(text, "RSA")],
]);

/**
 * Reads the key of a TUF key object. Members that TUF lets others add are ignored.
 *
 * @returns `undefined` when no suite here has this keytype and scheme: such a key counts for nothing.
 * @throws TufLdError `ERR_KEY` when the suite is known and the value malformed.
 */
export function fromTufKey({
  keytype,
  scheme,
  keyval,
}: {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public?: unknown };
}): PublicKey | undefined {
  const read = READERS.get(`${keytype} ${scheme}`);
  if (!read) return undefined;
  const text = keyval.public;
  if (typeof text !== "string") return refuse("ERR_KEY", "keyval.public is not a string");
  return read(text);
}

/** Writes the key in the form of the TUF specification, which every client reads. */
export function toTufKey(key: PublicKey): TufKey & { readonly scheme: TufScheme } {
  switch (key.type) {
    case "Ed25519":
      return { keytype: "ed25519", keyval: { public: encodeHex(key.bytes) }, scheme: "ed25519" };
    case "P-256":
      return { keytype: "ecdsa", keyval: { public: publicKeyToPem(key) }, scheme: "ecdsa-sha2-nistp256" };
    case "P-384":
      return { keytype: "ecdsa", keyval: { public: publicKeyToPem(key) }, scheme: "ecdsa-sha2-nistp384" };
    case "RSA":
      return { keytype: "rsa", keyval: { public: publicKeyToPem(key) }, scheme: "rsassa-pss-sha256" };
  }
}

/**
 * The keyid of a key object with just these members: SHA-256, in hex, of its OLPC canonical JSON
 * (TUF 4.2). For keys that we write; a keyid that is read is a name and never assumed to be a hash.
 */
export function tufKeyid({ keytype, scheme, keyval }: TufKey): string {
  // OLPC canonical JSON escapes these two characters and nothing else.
  const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
  return hashHex(
    "sha256",
    `{"keytype":${quote(keytype)},"keyval":{"public":${quote(keyval.public)}},"scheme":${quote(scheme)}}`,
  );
}
