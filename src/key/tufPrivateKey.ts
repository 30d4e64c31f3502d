/**
 * Private keys as securesystemslib and older tools of TUF write them in JSON: a TUF key object whose `keyval` has a
 * `private` member, 64 hex digits for Ed25519 and PEM for the others. Nothing protects them.
 * @module
 */
import { decodeHex } from "../encoding/hex.ts";
import { refuse } from "../encoding/refusal.ts";
import { privateKeyFromPem } from "./pemPrivateKey.ts";
import { writePkcs8 } from "./pkcs8.ts";
import { PrivateKey } from "./privateKey.ts";
import { fromTufKey } from "./tufKey.ts";

/** Reads one. Its public part must be there, and belong to it. @throws TufLdError `ERR_KEY` */
export async function privateKeyFromTuf(object: Readonly<Record<string, unknown>>): Promise<PrivateKey> {
  const { keytype, scheme } = object;
  const keyval = object["keyval"] as Readonly<Record<string, unknown>>;
  const secret = keyval["private"];
  if (typeof keytype !== "string" || typeof scheme !== "string") return refuse("ERR_KEY", "not a TUF key");
  if (typeof secret !== "string" || secret === "")
    return refuse("ERR_KEY", "a TUF key without its private part");
  const key =
    keytype === "ed25519"
      ? await PrivateKey.fromPkcs8(writePkcs8({ type: "Ed25519", secret: seed(secret) }))
      : await privateKeyFromPem(secret);
  if (fromTufKey({ keytype, scheme, keyval })?.id !== key.publicKey.id)
    refuse("ERR_KEY", "the public part is not that of the private part");
  return key;
}

function seed(hex: string): Uint8Array {
  const bytes = decodeHex(hex, "ERR_KEY");
  return bytes.length === 32 ? bytes : refuse("ERR_KEY", "an Ed25519 private key has 32 bytes");
}
