/// <reference types="node" />
/**
 * Carries a draft to signers on other machines and their signatures back.
 * @module
 */
import { append } from "../../encoding/lists.ts";
import { TufLdError } from "../../errors.ts";
import { serializeMetadata } from "../../metadata/file.ts";
import type { EditableFile } from "../../repository/drafts.ts";
import { payloadOf, toPayload, withoutPayload } from "../../repository/signing/payload.ts";
import { digestOf, shortId, signatureLines } from "../ceremony.ts";
import type { AddSignatureOptions, PayloadOptions } from "../commands/payload.ts";
import { inFile, readMetadata } from "../documents.ts";
import { assertWritable, nameOfInput, writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { openRepository } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";

export async function payload(role: string, { out, json, quiet, ...options }: PayloadOptions): Promise<void> {
  if (json && (out === undefined || out === "-"))
    throw new UsageError("--json needs --out FILE, or the two outputs would mix");
  await assertWritable(out);
  const repository = await openRepository(options);
  const request = await repository.signingRequest(role);
  const file = toPayload(request, repository.config.sign);
  await writeOutput(out, serializeMetadata(file, file.linked ? "file" : "classic"));
  const { version } = file.signed;
  const digest = digestOf(file.signed);
  if (json) {
    const { changes, signatures } = request;
    return writeOutput(undefined, toJson({ ok: true, out, role, version, digest, changes, signatures }));
  }
  if (quiet) return;
  const name = out === undefined || out === "-" ? "FILE" : out;
  // Root metadata is for root alone; of other metadata the signer has to know it from elsewhere than the payload.
  const ofRole = file.signed._type === "root" ? "" : ` --role ${role}`;
  const lines = [
    `${role}, version ${version}, digest ${digest}`,
    ...signatureLines(request.signatures),
    `a key holder signs it with \`tuf-ld sign ${name} --key KEY${ofRole} -o ${name}\``,
    `and you take it back with \`tuf-ld add-signature ${role} --in ${name}\``,
  ];
  process.stderr.write(`${lines.map(printable).join("\n")}\n`);
}

export async function addSignature(role: string, options: AddSignatureOptions): Promise<void> {
  const repository = await openRepository(options);
  const added: string[] = [];
  for (const path of options.in) {
    const file = await readMetadata(path);
    const keyids = await inFile(path, async () => {
      const copy = withoutPayload(file);
      const made = payloadOf(file)?.role ?? role;
      // Signatures of one role count for no other, and the person has probably mixed up two files.
      if (made !== role) throw mistaken(role, `it is a payload of "${made}"`);
      if (copy.signed._type !== "root" && copy.signed._type !== "targets")
        throw mistaken(role, `it is ${copy.signed._type} metadata`);
      return repository.addSignatures(role, copy as EditableFile);
    });
    append(
      added,
      keyids.filter((keyid) => !added.includes(keyid)),
    );
    if (options.json || options.quiet) continue;
    const said =
      keyids.length === 0
        ? "nothing new, these keys have signed already"
        : `signed by ${keyids.map(shortId).join(", ")}`;
    await writeOutput(undefined, `${printable(`${nameOfInput(path)}: ${said}`)}\n`);
  }
  const { signatures, file } = await repository.signingRequest(role);
  const { version } = file.signed;
  if (options.json) return writeOutput(undefined, toJson({ ok: true, role, version, added, signatures }));
  if (options.quiet) return;
  const met = signatures.every((each) => each.met);
  const lines = [
    `${role}, version ${version}:`,
    ...signatureLines(signatures).map((line) => `  ${line}`),
    ...(met ? ["`tuf-ld publish` publishes it"] : []),
  ];
  await writeOutput(undefined, `${lines.map(printable).join("\n")}\n`);
}

function mistaken(role: string, why: string): TufLdError {
  const message = `this is not for "${role}": ${why}`;
  return new TufLdError("ERR_EDIT", message, { role, reason: why });
}
