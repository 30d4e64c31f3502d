/**
 * Private keys as PEM: PKCS #8, plain or encrypted with a passphrase.
 * @module
 */
import { decodePem, encodePem } from "../encoding/pem.ts";
import { refuse } from "../encoding/refusal.ts";
import { decryptPkcs8, encryptPkcs8 } from "./pbes2.ts";
import { PrivateKey } from "./privateKey.ts";

/**
 * Reads a `PRIVATE KEY` or an `ENCRYPTED PRIVATE KEY` block. A passphrase for a plain key is ignored.
 *
 * @throws TufLdError `ERR_PASSPHRASE` missing or wrong; `ERR_KEY`; `ERR_LIMIT`; `ERR_UNSUPPORTED`
 */
export async function privateKeyFromPem(text: string, passphrase?: string): Promise<PrivateKey> {
  const { label, bytes } = decodePem(text);
  if (label === "PRIVATE KEY") return PrivateKey.fromPkcs8(bytes);
  if (label === "ENCRYPTED PRIVATE KEY") return PrivateKey.fromPkcs8(await decryptPkcs8(bytes, passphrase));
  return refuse(
    "ERR_KEY",
    `PEM of a ${label}, not of a private key in PKCS #8 (openssl pkcs8 -topk8 makes one)`,
  );
}

/** Encrypted; `openssl pkey` reads it. @throws TypeError for an empty passphrase */
export async function privateKeyToEncryptedPem(key: PrivateKey, passphrase: string): Promise<string> {
  return encodePem({ label: "ENCRYPTED PRIVATE KEY", bytes: await encryptPkcs8(key.toPkcs8(), passphrase) });
}

/** Without any protection: whoever reads the text can sign. */
export function unsafePrivateKeyToPlainPem(key: PrivateKey): string {
  return encodePem({ label: "PRIVATE KEY", bytes: key.toPkcs8() });
}
