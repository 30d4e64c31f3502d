/// <reference types="node" />
/**
 * Key files and passphrases. A passphrase comes from a prompt, from TUF_LD_PASSPHRASE, or from the lines of the file
 * that TUF_LD_PASSPHRASE_FILE names; never from argv, where every process on the machine could read it.
 * @module
 */
import { stat } from "node:fs/promises";
import { decodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import { type KeyEntry, keyEntries } from "../key/keyEntries.ts";
import { parsePrivateKey, parsePublicKeyAny } from "../key/parse.ts";
import type { PrivateKey } from "../key/privateKey.ts";
import type { PublicKey } from "../key/publicKey.ts";
import { isMethod } from "../key/verificationMethod.ts";
import { isOpenSshPrivate, isOpenSshPublic, openSshPrivateKey, openSshPublicKeys } from "../node/openSsh.ts";
import type { VerificationMethodDocument } from "../proof/foreign/resolveKey.ts";
import { inFile } from "./documents.ts";
import { nameOfInput, readInput } from "./io.ts";

/**
 * Reads a private key file, asking for its passphrase if it needs one.
 *
 * @param given a file, or `FILE#ID` for one of the keys in it
 * @throws ERR_KEY, ERR_PASSPHRASE, ERR_STORAGE
 */
export async function readPrivateKey(given: string): Promise<PrivateKey> {
  const { path, entries } = await readEntries(given);
  return inFile(path, async () => {
    const secret = entries.filter(({ isPrivate }) => isPrivate);
    return openPrivateKey(onlyOne(secret.length > 0 ? secret : entries, path), path);
  });
}

/** A key that the caller trusts. */
export interface TrustedKey {
  readonly key: PublicKey;
  /** What its file calls it. */
  readonly name?: string;
  /** The verification method document that the key was given as; it may say when the key expires. */
  readonly method?: VerificationMethodDocument;
}

/** The keys in a file. */
export interface TrustedKeys {
  readonly keys: readonly TrustedKey[];
  /** What may be a key and is not read. */
  readonly unread: readonly { readonly name: string; readonly error: TufLdError }[];
}

/** Reads the one key that is given as a file, as `FILE#ID`, or as a did:key. @throws as `readPrivateKey` */
export async function readTrustedKey(given: string): Promise<TrustedKey> {
  const { path, entries } = await readEntries(given);
  return inFile(path, () => trustedKey(onlyOne(entries, path), path));
}

/** Reads all keys of a file. @throws as `readPrivateKey`, if none of them can be read */
export async function readTrustedKeys(given: string): Promise<TrustedKeys> {
  const { path, entries } = await readEntries(given);
  const keys: TrustedKey[] = [];
  const unread: { name: string; error: TufLdError }[] = [];
  for (const entry of entries) {
    try {
      keys.push(await inFile(path, () => trustedKey(entry, path)));
    } catch (error) {
      if (!(error instanceof TufLdError) || error.code !== "ERR_KEY") throw error;
      unread.push({ name: entry.id, error });
    }
  }
  if (keys.length === 0 && unread[0] !== undefined) throw unread[0].error;
  return { keys, unread };
}

/** A key in a file, and how to name it: what the file calls it, or its number there. */
interface NamedEntry extends KeyEntry {
  readonly id: string;
  /** The key itself, of a format that has been read already. */
  readonly key?: PublicKey;
}

async function readEntries(given: string): Promise<{ path: string; entries: readonly NamedEntry[] }> {
  const { path, id } = await placeOf(given);
  const text = path.startsWith("did:") ? path : decodeUtf8(await readInput(path), false);
  return inFile(path, async () => {
    const all = (await entriesOf(text)).map((entry, at) => ({ id: entry.name ?? String(at + 1), ...entry }));
    if (id === undefined) return { path, entries: all };
    const entries = all.filter(
      (each, at) => each.id === id || each.id.endsWith(`#${id}`) || id === String(at + 1),
    );
    if (entries.length > 0) return { path, entries };
    throw keyError(`it has no key "${id}", but ${listed(all)}`);
  });
}

/** A file, or what stands before `#` if that is one. Names of files may have a `#`, and names of keys too. */
async function placeOf(given: string): Promise<{ path: string; id?: string }> {
  if (given.startsWith("did:") || !given.includes("#") || (await exists(given))) return { path: given };
  for (let at = given.indexOf("#"); at >= 0; at = given.indexOf("#", at + 1)) {
    const path = given.slice(0, at);
    if (path === "-" || (await exists(path))) return { path, id: given.slice(at + 1) };
  }
  return { path: given };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function entriesOf(text: string): Promise<readonly (KeyEntry & Pick<NamedEntry, "key">)[]> {
  if (!isOpenSshPublic(text)) return keyEntries(text);
  const keys = await openSshPublicKeys(text);
  return keys.map(({ name, publicKey }) => ({ name, input: "", isPrivate: false, key: publicKey }));
}

function onlyOne(entries: readonly NamedEntry[], path: string): NamedEntry {
  const [only, ...others] = entries;
  if (only === undefined) throw keyError("there is no key in it");
  if (others.length === 0) return only;
  throw keyError(
    `it holds ${entries.length} keys: ${listed(entries)}; name one of them, as in ${nameOfInput(path)}#${only.id}`,
  );
}

function listed(entries: readonly NamedEntry[]): string {
  return entries.map(({ id }) => `"${id}"`).join(", ");
}

function keyError(reason: string): TufLdError<"ERR_KEY"> {
  return new TufLdError("ERR_KEY", reason, { reason });
}

async function trustedKey(entry: NamedEntry, path: string): Promise<TrustedKey> {
  const { name, input, refusal } = entry;
  if (refusal !== undefined) throw keyError(refusal);
  const key = entry.key ?? (await publicPart(entry, path));
  const named = name === undefined ? { key } : { key, name };
  return typeof input !== "string" && isMethod(input) && typeof input["id"] === "string"
    ? { ...named, method: input }
    : named;
}

async function publicPart(entry: NamedEntry, path: string): Promise<PublicKey> {
  const { input, isPrivate } = entry;
  if (typeof input === "string" && isPrivate) return (await openPrivateKey(entry, path)).publicKey;
  try {
    return (await parsePublicKeyAny(input)).publicKey;
  } catch (error) {
    if (!(error instanceof TufLdError) || error.code !== "ERR_KEY") throw error;
    // A private JWK or a secret Multikey.
    return (await parsePrivateKey(input).catch((cause) => Promise.reject(isPrivate ? cause : error)))
      .publicKey;
  }
}

/** As `parsePrivateKey`, of OpenSSH's format too. */
export async function parseAnyPrivateKey(input: KeyEntry["input"], passphrase?: string): Promise<PrivateKey> {
  return typeof input === "string" && isOpenSshPrivate(input)
    ? openSshPrivateKey(input, passphrase)
    : parsePrivateKey(input, passphrase);
}

/** The public key in a text that holds one, of OpenSSH's format too. @throws ERR_KEY */
export async function parsePublicText(text: string): Promise<PublicKey> {
  const [only, ...others] = await entriesOf(text);
  if (only === undefined || others.length > 0) throw keyError("not one key");
  return only.key ?? (await parsePublicKeyAny(only.input)).publicKey;
}

/** What has opened another key in this run: people protect several keys with one passphrase. */
const proven = new Set<string>();
/** How often a person is asked for one passphrase. */
const ATTEMPTS = 3;

async function openPrivateKey({ input }: NamedEntry, path: string): Promise<PrivateKey> {
  // What the key says without any passphrase stands unless there is one to try: that it needs one.
  let refused: unknown;
  const opened = async (passphrase?: string): Promise<PrivateKey | undefined> => {
    try {
      const key = await parseAnyPrivateKey(input, passphrase);
      if (passphrase !== undefined) proven.add(passphrase);
      return key;
    } catch (error) {
      if (!isPassphrase(error)) throw error;
      refused = error;
      return undefined;
    }
  };
  const plain = await opened();
  if (plain !== undefined) return plain;
  // Each costs a fifth of a second, so those that were right before come first.
  for (const passphrase of new Set([...proven, ...(await givenPassphrases())])) {
    const key = await opened(passphrase);
    if (key !== undefined) return key;
  }
  if (!process.stdin.isTTY || path === "-") throw refused;
  for (let left = ATTEMPTS; left > 0; left--) {
    const key = await opened(await ask(`Passphrase of ${nameOfInput(path)}`));
    if (key !== undefined) return key;
    if (left > 1) process.stderr.write("this is not its passphrase; try again\n");
  }
  throw refused;
}

function isPassphrase(error: unknown): boolean {
  return error instanceof TufLdError && error.code === "ERR_PASSPHRASE";
}

let fromFile: Promise<readonly string[]> | undefined;

/** What the environment gives. @throws ERR_STORAGE, ERR_LIMIT */
async function givenPassphrases(): Promise<readonly string[]> {
  const { TUF_LD_PASSPHRASE: one, TUF_LD_PASSPHRASE_FILE: file } = process.env;
  if (file) fromFile ??= readInput(file).then((bytes) => decodeUtf8(bytes, false).split(/\r?\n/));
  return [one ?? "", ...((await fromFile) ?? [])].filter((passphrase) => passphrase !== "");
}

/** A passphrase for a new key, typed twice at a prompt. @throws ERR_PASSPHRASE when there is none to be had */
export async function newPassphrase(): Promise<string> {
  const given = process.env["TUF_LD_PASSPHRASE"];
  if (given !== undefined && given !== "") return given;
  if (!process.stdin.isTTY) {
    const message =
      "a new key is encrypted with a passphrase, and there is neither a terminal nor TUF_LD_PASSPHRASE";
    throw new TufLdError("ERR_PASSPHRASE", message, { reason: "missing" });
  }
  for (;;) {
    const first = await ask("Passphrase for the new key");
    if (first === "") process.stderr.write("an empty passphrase protects nothing\n");
    else if (first === (await ask("The same again"))) {
      proven.add(first);
      return first;
    } else process.stderr.write("the two differ\n");
  }
}

/** @throws ERR_PASSPHRASE at the end of input: Ctrl-D, or a terminal that is gone */
async function ask(message: string): Promise<string> {
  const { default: password } = await import("@inquirer/password");
  const end = new AbortController();
  // The prompt waits for ever once readline has given up its input. It does so at the end, too, when that is no matter.
  const onPause = (): void => end.abort();
  process.stdin.once("pause", onPause);
  try {
    return await password({ message, mask: true }, { output: process.stderr, signal: end.signal });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AbortPromptError") throw error;
    const refusal = "no passphrase was typed: the input ended";
    throw new TufLdError("ERR_PASSPHRASE", refusal, { reason: "missing" }, { cause: error });
  } finally {
    process.stdin.off("pause", onPause);
  }
}
