/// <reference types="node" />
/**
 * A folder of private keys, `ROLE-KEYID.pem` with the first 16 digits of the keyid: a key is found by its name and
 * opened, with its passphrase, only when it has to sign.
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { privateKeyToEncryptedPem, unsafePrivateKeyToPlainPem } from "../key/pemPrivateKey.ts";
import type { PrivateKey } from "../key/privateKey.ts";
import type { Signer } from "../key/signer.ts";
import { toTufKey, tufKeyid } from "../key/tufKey.ts";
import { unless } from "../node/files.ts";
import type { KeyRing } from "../repository/signing/signing.ts";
import { writeOutput } from "./io.ts";
import { readPrivateKey } from "./keys.ts";

/** Digits of a keyid in a file's name: enough to tell the keys of one repository apart. */
const DIGITS = 16;

/** The keys in a folder, as a key ring. */
export class KeyFolder implements KeyRing {
  readonly path: string;
  readonly #opened = new Map<string, PrivateKey>();
  #names: readonly string[] | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async has(keyid: string): Promise<boolean> {
    return (await this.#nameOf(keyid)) !== undefined;
  }

  async signer(keyid: string): Promise<Signer | undefined> {
    const name = await this.#nameOf(keyid);
    if (name === undefined) return undefined;
    const key = this.#opened.get(name) ?? (await readPrivateKey(join(this.path, name)));
    this.#opened.set(name, key);
    return key;
  }

  /** The file of a key, or `undefined` if it is not here. */
  async pathOf(keyid: string): Promise<string | undefined> {
    const name = await this.#nameOf(keyid);
    return name === undefined ? undefined : join(this.path, name);
  }

  /** Keeps a new key for a role. @param passphrase `undefined` writes it unencrypted @returns its file */
  async add(role: string, key: PrivateKey, passphrase: string | undefined): Promise<string> {
    const keyid = tufKeyid(toTufKey(key.publicKey));
    const path = join(this.path, `${role}-${keyid.slice(0, DIGITS)}.pem`);
    const pem =
      passphrase === undefined
        ? unsafePrivateKeyToPlainPem(key)
        : await privateKeyToEncryptedPem(key, passphrase);
    // Only its owner reads a private key, and no key is lost to another.
    await writeOutput(path, pem, { mode: 0o600, exclusive: true });
    this.#names = undefined;
    return path;
  }

  async #nameOf(keyid: string): Promise<string | undefined> {
    this.#names ??= (await unless(["ENOENT"], readdir(this.path))) ?? [];
    const end = `-${keyid.slice(0, DIGITS)}.pem`;
    return this.#names.find((name) => name.endsWith(end));
  }
}
