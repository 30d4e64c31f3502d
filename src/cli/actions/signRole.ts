/// <reference types="node" />
/**
 * Signs what is staged of a role, after showing what changes.
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { PrivateKey } from "../../key/privateKey.ts";
import {
  changeLines,
  confirmed,
  digestOf,
  type Section,
  shortId,
  showRequest,
  signatureLines,
} from "../ceremony.ts";
import type { SignOptions } from "../commands/sign.ts";
import { EXIT } from "../exit.ts";
import { writeOutput } from "../io.ts";
import { readPrivateKey } from "../keys.ts";
import { printable, toJson } from "../output.ts";
import { folderOf, openRepository } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";

/** Whether the argument of `sign` is a role: no file has this name, and there is a repository. */
export async function isRole(name: string, options: SignOptions): Promise<boolean> {
  if (name === "-" || (await isFile(name))) return false;
  return options.dir !== undefined || (await isFile(join(folderOf(options), "tuf-ld.json")));
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}

export async function signRole(role: string, options: SignOptions): Promise<void> {
  refuseOptions(options, ["suite", "as", "role", "keyid", "created", "out"], "a role of a repository");
  const repository = await openRepository(options);
  const request = await repository.signingRequest(role);
  const { version } = request.file.signed;
  const sections: Section[] = [
    ["What changes:", changeLines(role, request.before?.signed, request.file.signed, options)],
    ["Signed so far:", signatureLines(request.signatures)],
  ];
  showRequest(`${role}, version ${version}`, request.file.signed, sections, options);
  const facts = { role, version, digest: digestOf(request.file.signed) };
  if (!(await confirmed(`Sign ${role}, version ${version}?`, options))) return notSigned(facts, options);
  const signers = await openKeys(options.key);
  let done = request;
  const keys: string[] = [];
  for (const signer of signers) {
    // What was shown is what is signed, or nothing.
    done = await repository.sign(role, signer, { expected: request.file });
    keys.push(done.keys.flatMap((each) => keyidIn(each.byKeyid, signer))[0] ?? "");
  }
  const before = new Set(request.signatures.flatMap(({ signed }) => signed));
  const { signatures } = done;
  if (options.json) return writeOutput(undefined, toJson({ ok: true, ...facts, keys, signatures }));
  if (options.quiet) return;
  const ready = signatures.every(({ met }) => met);
  const lines = [
    ...keys.map((keyid) =>
      before.has(keyid) ? `key ${shortId(keyid)} had signed already` : `signed with key ${shortId(keyid)}`,
    ),
    ...signatureLines(signatures),
    ...(ready ? ["`tuf-ld publish` publishes it"] : []),
  ];
  process.stderr.write(`${lines.map(printable).join("\n")}\n`);
}

/** All keys are opened before the first signs, so that a wrong passphrase leaves nothing half done. */
export async function openKeys(paths: readonly string[]): Promise<PrivateKey[]> {
  const signers: PrivateKey[] = [];
  for (const path of paths) signers.push(await readPrivateKey(path));
  return signers;
}

/** Says that the answer was no. */
export async function notSigned(facts: object, { json }: SignOptions): Promise<void> {
  process.exitCode = EXIT.other;
  if (json) await writeOutput(undefined, toJson({ ok: false, ...facts, keys: [] }));
  process.stderr.write("not signed\n");
}

/** Refuses options whose answer is given by what is signed. @throws UsageError */
export function refuseOptions(
  options: SignOptions,
  names: readonly (keyof SignOptions)[],
  what: string,
): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} is not for ${what}`);
}

function keyidIn(
  byKeyid: ReadonlyMap<string, { readonly key?: { readonly id: string } | undefined }>,
  { publicKey }: PrivateKey,
): string[] {
  return [...byKeyid].filter(([, { key }]) => key?.id === publicKey.id).map(([keyid]) => keyid);
}
