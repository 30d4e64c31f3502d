/// <reference types="node" />
/**
 * Makes and shows keys.
 * @module
 */
import { didKey, didKeyUrl } from "../../key/didKey.ts";
import { publicKeyToJwk } from "../../key/jwk.ts";
import { toMultikeyDocument } from "../../key/multikey.ts";
import { privateKeyToEncryptedPem, unsafePrivateKeyToPlainPem } from "../../key/pemPrivateKey.ts";
import { generateKey } from "../../key/privateKey.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import { publicKeyToPem } from "../../key/spki.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import { toVerificationKey2020 } from "../../key/verificationKey2020.ts";
import { KEY_TYPES, type KeyGenOptions, type KeyShowOptions } from "../commands/key.ts";
import { assertWritable, type WriteOptions, writeOutput } from "../io.ts";
import { newPassphrase, readTrustedKey, readTrustedKeys } from "../keys.ts";
import { printable, toJson } from "../output.ts";
import { UsageError } from "../usage.ts";

/** Only its owner reads a private key, and no key is lost to another. */
const PRIVATE: WriteOptions = { mode: 0o600, exclusive: true };
/** Everybody may read a public key, and it takes the place of no other. */
const PUBLIC: WriteOptions = { exclusive: true };

export async function generate({
  type,
  out,
  unsafePlain,
  quiet,
  json,
  ...others
}: KeyGenOptions): Promise<void> {
  if (others.dir !== undefined || others.keys !== undefined)
    throw new UsageError("--dir and --keys go with the roles that the keys are for");
  if (json && (out === undefined || out === "-"))
    throw new UsageError("--json needs --out FILE, or the two outputs would mix");
  const publicFile = out === undefined || out === "-" ? undefined : publicFileOf(out);
  // Both are looked at before a passphrase is asked for, so that no half of a pair is left.
  await assertWritable(out, PRIVATE);
  await assertWritable(publicFile, PUBLIC);
  const passphrase = unsafePlain ? undefined : await newPassphrase();
  const made = await generateKey(KEY_TYPES[type]);
  const pem =
    passphrase === undefined
      ? unsafePrivateKeyToPlainPem(made)
      : await privateKeyToEncryptedPem(made, passphrase);
  await writeOutput(out, pem, PRIVATE);
  if (publicFile !== undefined) await writeOutput(publicFile, publicKeyToPem(made.publicKey), PUBLIC);
  const { keyid, did } = describe(made.publicKey);
  if (json)
    return writeOutput(undefined, toJson({ ok: true, file: out, publicFile, ...describe(made.publicKey) }));
  if (quiet) return;
  if (publicFile !== undefined) {
    const how = passphrase === undefined ? "not encrypted" : "encrypted";
    process.stderr.write(printable(`private key  ${out} (${how})`).concat("\n"));
    process.stderr.write(printable(`public key   ${publicFile}`).concat("\n"));
  }
  process.stderr.write(`TUF keyid    ${keyid}\ndid:key      ${did ?? ""}\n`);
}

/** Where a public key is kept beside its private key: x.pub for x.pem, as the folder of keys looks for it. */
function publicFileOf(file: string): string {
  return `${file.replace(/\.pem$/, "")}.pub`;
}

export async function show(path: string, { as, json }: KeyShowOptions): Promise<void> {
  if (as !== undefined) {
    const { key } = await readTrustedKey(path);
    return writeOutput(undefined, await format(key, as, json === true));
  }
  const { keys, unread } = await readTrustedKeys(path);
  for (const { name, error } of unread)
    process.stderr.write(`${printable(`note: the key "${name}" is not read: ${error.message}`)}\n`);
  if (json) {
    const all = keys.map(({ key, name }) => ({
      ...(name === undefined ? {} : { name }),
      ...everything(key),
    }));
    return writeOutput(undefined, toJson(all.length === 1 ? all[0] : { keys: all }));
  }
  const texts = keys.map(({ key, name }, at) => {
    const heading =
      keys.length === 1 ? "" : `${printable(`key ${at + 1}${name === undefined ? "" : `: ${name}`}`)}\n`;
    return heading + textOf(key);
  });
  return writeOutput(undefined, texts.join("\n"));
}

function everything(publicKey: PublicKey): object {
  const formats = {
    tuf: toTufKey(publicKey),
    jwk: publicKeyToJwk(publicKey),
    pem: publicKeyToPem(publicKey),
  };
  return { ...describe(publicKey), ...formats };
}

function textOf(publicKey: PublicKey): string {
  const { type, keyid, did, verificationMethod = "" } = describe(publicKey);
  const lines = [
    ["type", type],
    ["TUF keyid", keyid],
    ["TUF key", JSON.stringify(toTufKey(publicKey))],
    ["JWK", JSON.stringify(publicKeyToJwk(publicKey))],
    ...(did === undefined ? [] : [["did:key", did] as const, ["proof method", verificationMethod] as const]),
  ] as const;
  const text = lines.map(([name, value]) => `${name.padEnd(13)} ${value}\n`).join("");
  return text + publicKeyToPem(publicKey);
}

function describe(key: PublicKey): {
  type: string;
  keyid: string;
  did?: string;
  verificationMethod?: string;
} {
  const keyid = tufKeyid(toTufKey(key));
  if (key.type === "RSA") return { type: key.type, keyid };
  return { type: key.type, keyid, did: didKey(key), verificationMethod: didKeyUrl(key) };
}

async function format(key: PublicKey, as: NonNullable<KeyShowOptions["as"]>, json: boolean): Promise<string> {
  switch (as) {
    case "tuf":
      return toJson(toTufKey(key));
    case "jwk":
      return toJson(publicKeyToJwk(key));
    case "multikey":
      return toJson(toMultikeyDocument(key));
    case "key2020":
      return toJson(await toVerificationKey2020(key));
    case "pem":
      return json ? toJson(publicKeyToPem(key)) : publicKeyToPem(key);
    case "did":
      return json ? toJson(didKey(key)) : `${didKey(key)}\n`;
  }
}
