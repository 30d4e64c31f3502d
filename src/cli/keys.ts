/// <reference types="node" />
/**
 * Key files and passphrases. A passphrase comes from a prompt, from TUF_LD_PASSPHRASE, or from the lines of the file
 * that TUF_LD_PASSPHRASE_FILE names; never from argv, where every process on the machine could read it.
 * @module
 */
import { decodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import { parsePrivateKey, parsePublicKeyAny } from "../key/parse.ts";
import type { PrivateKey } from "../key/privateKey.ts";
import type { PublicKey } from "../key/publicKey.ts";
import type { VerificationMethodDocument } from "../proof/foreign/resolveKey.ts";
import { inFile } from "./documents.ts";
import { nameOfInput, readInput } from "./io.ts";

/** Reads a private key file, asking for its passphrase if it needs one. @throws ERR_KEY, ERR_PASSPHRASE, ERR_STORAGE */
export async function readPrivateKey(path: string): Promise<PrivateKey> {
  const text = decodeUtf8(await readInput(path), false);
  return inFile(path, () => openPrivateKey(text, path));
}

/** A key that the caller trusts. */
export interface TrustedKey {
  readonly key: PublicKey;
  /** The verification method document that the key was given as; it may say when the key expires. */
  readonly method?: VerificationMethodDocument;
}

/** Reads a key that is given as a file or as a did:key. @throws as `readPrivateKey` */
export async function readTrustedKey(given: string): Promise<TrustedKey> {
  if (given.startsWith("did:")) return { key: await readKeyText(given, given) };
  const text = decodeUtf8(await readInput(given), false);
  const key = await readKeyText(text, given);
  const method = methodOf(text);
  return method === undefined ? { key } : { key, method };
}

/** The text as a Multikey or Ed25519VerificationKey2020 document, if it is one that has a name. */
function methodOf(text: string): VerificationMethodDocument | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  const document = JSON.parse(text) as VerificationMethodDocument;
  const { id, type } = document;
  const describes = type === "Multikey" || type === "Ed25519VerificationKey2020";
  return describes && typeof id === "string" ? document : undefined;
}

async function readKeyText(text: string, name: string): Promise<PublicKey> {
  return inFile(name, async () => {
    if (/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text))
      return (await openPrivateKey(text, name)).publicKey;
    try {
      return (await parsePublicKeyAny(text)).publicKey;
    } catch (error) {
      if (!(error instanceof TufLdError) || error.code !== "ERR_KEY") throw error;
      // A private JWK or a secret Multikey.
      return (await parsePrivateKey(text).catch(() => Promise.reject(error))).publicKey;
    }
  });
}

/** What has opened another key in this run: people protect several keys with one passphrase. */
const proven = new Set<string>();
/** How often a person is asked for one passphrase. */
const ATTEMPTS = 3;

async function openPrivateKey(text: string, path: string): Promise<PrivateKey> {
  // What the key says without any passphrase stands unless there is one to try: that it needs one.
  let refused: unknown;
  const opened = async (passphrase?: string): Promise<PrivateKey | undefined> => {
    try {
      const key = await parsePrivateKey(text, passphrase);
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
