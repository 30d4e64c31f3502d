/// <reference types="node" />
/**
 * Keys that are made for roles and kept in the folder of keys, and taken back if nothing came of it.
 * @module
 */
import { unlink } from "node:fs/promises";
import { relative } from "node:path";
import { generateKey } from "../key/privateKey.ts";
import type { PublicKey } from "../key/publicKey.ts";
import { KEY_TYPES } from "./commands/key.ts";
import type { KeyFolder } from "./keyFolder.ts";
import { newPassphrase } from "./keys.ts";

/** A key that was made. */
export interface MadeKey {
  readonly role: string;
  readonly publicKey: PublicKey;
  /** Its file, from the current folder. */
  readonly file: string;
  readonly encrypted: boolean;
}

/** How keys are made. */
export interface NewKeyOptions {
  readonly type: keyof typeof KEY_TYPES;
  readonly unsafePlain?: boolean;
}

/** Makes a key for each of the roles, in this order; a role may come more than once. @throws ERR_PASSPHRASE, ERR_STORAGE */
export async function makeKeys(
  roles: readonly string[],
  folder: KeyFolder,
  { type, unsafePlain }: NewKeyOptions,
): Promise<MadeKey[]> {
  const passphrase = unsafePlain ? undefined : await newPassphrase();
  const made: MadeKey[] = [];
  for (const role of roles) {
    const key = await generateKey(KEY_TYPES[type]);
    const file = relative("", await folder.add(role, key, passphrase));
    made.push({ role, publicKey: key.publicKey, file, encrypted: passphrase !== undefined });
  }
  return made;
}

/** Removes keys that nothing lists: they would only be taken for ones that count. */
export async function discardKeys(made: readonly MadeKey[]): Promise<void> {
  for (const { file } of made) await unlink(file);
}
