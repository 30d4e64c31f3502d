/**
 * Private keys as PEM: PKCS #8, plain or encrypted with a passphrase.
 * @module
 */
import { decodePemText, encodePem, pemBlocks } from "../encoding/pem.ts";
import { refuse } from "../encoding/refusal.ts";
import { decryptPkcs8, encryptPkcs8 } from "./pbes2.ts";
import { pkcs8FromSec1, writePkcs8 } from "./pkcs8.ts";
import { PrivateKey } from "./privateKey.ts";

/** What converts every private key that OpenSSL reads and we do not. */
const CONVERT = "`openssl pkcs8 -topk8 -in FILE -out NEW.pem` converts it";

/**
 * Reads a `PRIVATE KEY`, an `ENCRYPTED PRIVATE KEY`, or a plain `EC PRIVATE KEY` or `RSA PRIVATE KEY` block. A
 * passphrase for a plain key is ignored.
 *
 * @throws TufLdError `ERR_PASSPHRASE` missing or wrong; `ERR_KEY`; `ERR_LIMIT`; `ERR_UNSUPPORTED`
 */
export async function privateKeyFromPem(text: string, passphrase?: string): Promise<PrivateKey> {
  const [block, ...others] = pemBlocks(text);
  if (block === undefined || others.length > 0) return refuse("ERR_KEY", "not one PEM block");
  // RFC 1421 headers, in which OpenSSL says how it encrypts keys of the formats from before PKCS #8.
  if (/^\s*Proc-Type:.*ENCRYPTED/.test(block.body))
    refuse("ERR_KEY", `an ${block.label} that is encrypted in the way of before PKCS #8; ${CONVERT}`);
  const { label, bytes } = decodePemText(block);
  if (label === "EC PRIVATE KEY") return PrivateKey.fromPkcs8(pkcs8FromSec1(bytes));
  if (label === "RSA PRIVATE KEY") return PrivateKey.fromPkcs8(writePkcs8({ type: "RSA", secret: bytes }));
  if (label === "PRIVATE KEY") return PrivateKey.fromPkcs8(bytes);
  if (label === "ENCRYPTED PRIVATE KEY") return PrivateKey.fromPkcs8(await decryptPkcs8(bytes, passphrase));
  return refuse("ERR_KEY", `PEM of a ${label}, which is no private key that is read here`);
}

/** Encrypted; `openssl pkey` reads it. @throws TypeError for an empty passphrase */
export async function privateKeyToEncryptedPem(key: PrivateKey, passphrase: string): Promise<string> {
  return encodePem({ label: "ENCRYPTED PRIVATE KEY", bytes: await encryptPkcs8(key.toPkcs8(), passphrase) });
}

/** Without any protection: whoever reads the text can sign. */
export function unsafePrivateKeyToPlainPem(key: PrivateKey): string {
  return encodePem({ label: "PRIVATE KEY", bytes: key.toPkcs8() });
}
