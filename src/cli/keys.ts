/// <reference types="node" />
/**
 * Key files and passphrases. A passphrase comes from a prompt or from TUF_LD_PASSPHRASE, never from argv, where
 * every process on the machine could read it.
 * @module
 */
import password from "@inquirer/password";
import { decodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import { parsePrivateKey } from "../key/parse.ts";
import type { PrivateKey } from "../key/privateKey.ts";
import { readInput } from "./io.ts";

/** Reads a private key file, asking for its passphrase if it needs one. @throws ERR_KEY, ERR_PASSPHRASE, ERR_STORAGE */
export async function readPrivateKey(path: string): Promise<PrivateKey> {
  const text = decodeUtf8(await readInput(path), false);
  const given = process.env["TUF_LD_PASSPHRASE"];
  try {
    return await parsePrivateKey(text, given);
  } catch (error) {
    const missing = error instanceof TufLdError && error.code === "ERR_PASSPHRASE" && given === undefined;
    if (!missing || !process.stdin.isTTY || path === "-") throw error;
    return parsePrivateKey(text, await ask(`Passphrase of ${path}`));
  }
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
    else if (first === (await ask("The same again"))) return first;
    else process.stderr.write("the two differ\n");
  }
}

function ask(message: string): Promise<string> {
  return password({ message, mask: true }, { output: process.stderr });
}
