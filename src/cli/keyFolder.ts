/// <reference types="node" />
/**
 * A folder of private keys. A key is opened, with its passphrase, only when it has to sign; until then it is known by
 *
 * - its name, `ROLE-KEYID.pem` with the first 16 digits of the keyid, as `key gen ROLE` writes it;
 * - what it is, if it is not encrypted;
 * - its public key beside it, `NAME.pub` for `NAME.pem`.
 *
 * @module
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { decodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import { privateKeyToEncryptedPem, unsafePrivateKeyToPlainPem } from "../key/pemPrivateKey.ts";
import type { PrivateKey } from "../key/privateKey.ts";
import type { PublicKey } from "../key/publicKey.ts";
import type { Signer } from "../key/signer.ts";
import { publicKeyToPem } from "../key/spki.ts";
import { toTufKey, tufKeyid } from "../key/tufKey.ts";
import { BLOCKING } from "../node/fileCalls.ts";
import { onStorage, readWhole, unless, writeDurably } from "../node/files.ts";
import type { KeyMemory } from "../repository/keys/keyMemory.ts";
import type { KeyRing } from "../repository/signing/signing.ts";
import { writeOutput } from "./io.ts";
import { parseAnyPrivateKey, parsePublicText, readPrivateKey } from "./keys.ts";

/** Digits of a keyid in a file's name: enough to tell the keys of one repository apart. */
const DIGITS = 16;
const NAMED = new RegExp(`-[0-9a-f]{${DIGITS}}\\.pem$`);
/** What the names of notes begin with, which are no keys. */
const NOTE = ".tuf-ld-";
/** A larger file is no key, in bytes. */
const KEY_MAX_BYTES = 65_536;

/** What the files of a folder say of themselves. */
interface Contents {
  /** Names of private keys by keyid. */
  readonly byKeyid: ReadonlyMap<string, string>;
  /** Encrypted keys of which nothing tells which they are. */
  readonly unknown: readonly string[];
}

/** The keys in a folder, as a key ring. */
export class KeyFolder implements KeyRing {
  readonly path: string;
  /** Beside the keys lies how far publishing with them has come, one file for each repository. */
  readonly memory: KeyMemory;
  readonly #opened = new Map<string, PrivateKey>();
  #names: readonly string[] | undefined;
  #contents: Promise<Contents> | undefined;

  constructor(path: string) {
    this.path = path;
    const place = (repository: string): string => join(path, `${NOTE}${repository.slice(0, DIGITS)}.json`);
    this.memory = {
      place: (repository) => relative("", place(repository)),
      read: (repository) =>
        onStorage(place(repository), () => readWhole(place(repository), KEY_MAX_BYTES, BLOCKING)),
      write: (repository, bytes) =>
        onStorage(place(repository), () => writeDurably(place(repository), bytes, BLOCKING)),
    };
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

  /** Files, from the current folder, of encrypted keys of which nothing tells which they are. */
  async unknown(): Promise<string[]> {
    return (await this.#read()).unknown.map((name) => relative("", join(this.path, name)));
  }

  /**
   * Keeps the public key of an encrypted key beside it, if it lies in this folder and could not be found otherwise.
   *
   * @returns the file that was written, or `undefined`
   */
  async makeFindable(file: string, key: PublicKey): Promise<string | undefined> {
    const path = resolve(file);
    if (dirname(path) !== resolve(this.path) || !(await this.#read()).unknown.includes(basename(path)))
      return undefined;
    const [beside = path] = publicNames(path);
    // Whatever it holds, it is somebody's.
    if ((await this.#list()).includes(basename(beside))) return undefined;
    await writeOutput(beside, publicKeyToPem(key), { exclusive: true });
    this.#forget();
    return beside;
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
    this.#forget();
    return path;
  }

  #forget(): void {
    this.#names = undefined;
    this.#contents = undefined;
  }

  async #list(): Promise<readonly string[]> {
    const names = this.#names === undefined ? await unless(["ENOENT"], readdir(this.path)) : [];
    this.#names ??= (names ?? []).filter((name) => !name.startsWith(NOTE));
    return this.#names;
  }

  async #nameOf(keyid: string): Promise<string | undefined> {
    const end = `-${keyid.slice(0, DIGITS)}.pem`;
    const named = (await this.#list()).find((name) => name.endsWith(end));
    // Files are read only when a name does not tell.
    return named ?? (await this.#read()).byKeyid.get(keyid);
  }

  #read(): Promise<Contents> {
    this.#contents ??= this.#contentsNow();
    return this.#contents;
  }

  async #contentsNow(): Promise<Contents> {
    const names = await this.#list();
    const byKeyid = new Map<string, string>();
    const unknown: string[] = [];
    for (const name of names) {
      const text = await textOf(join(this.path, name));
      if (text === undefined) continue;
      const found = await publicKeyIn(text);
      const key = found === "encrypted" ? await this.#publicKeyBeside(name) : found;
      if (key !== undefined) byKeyid.set(tufKeyid(toTufKey(key)), name);
      else if (found === "encrypted" && !NAMED.test(name)) unknown.push(name);
    }
    return { byKeyid, unknown };
  }

  async #publicKeyBeside(name: string): Promise<PublicKey | undefined> {
    const names = await this.#list();
    for (const each of publicNames(name)) {
      const text = names.includes(each) ? await textOf(join(this.path, each)) : undefined;
      const read = text === undefined ? undefined : await parsePublicText(text).catch(() => undefined);
      if (read !== undefined) return read;
    }
    return undefined;
  }
}

/** Where the public key of a private key may lie. */
export function publicNames(path: string): string[] {
  return [`${path.replace(/\.[^./]*$/, "")}.pub`, `${path}.pub`];
}

/** A file that may be a key. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > KEY_MAX_BYTES) return undefined;
    return decodeUtf8(await readFile(path), false);
  } catch {
    // One that cannot be read is no key that could sign.
    return undefined;
  }
}

/** The public value of a private key, if the text is one that nothing protects. */
async function publicKeyIn(text: string): Promise<PublicKey | "encrypted" | undefined> {
  try {
    return (await parseAnyPrivateKey(text)).publicKey;
  } catch (error) {
    return error instanceof TufLdError && error.code === "ERR_PASSPHRASE" ? "encrypted" : undefined;
  }
}
