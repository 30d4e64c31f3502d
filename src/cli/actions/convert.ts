/// <reference types="node" />
/**
 * From any form of a metadata file to another, without loss.
 * @module
 */
import { type FileForm, serializeMetadata } from "../../metadata/file.ts";
import type { ConvertOptions } from "../commands/convert.ts";
import { inFile, readMetadata } from "../documents.ts";
import { assertWritable, writeOutput } from "../io.ts";
import { toJson } from "../output.ts";
import { UsageError } from "../usage.ts";

export async function convert(path: string, options: ConvertOptions): Promise<void> {
  const { to, out, dropProofs = false, json } = options;
  if (json && (out === undefined || out === "-"))
    throw new UsageError("--json needs --out FILE, or the two outputs would mix");
  if (dropProofs && to === "linked") throw new UsageError("--drop-proofs goes with --to classic");
  await assertWritable(out);
  const file = await readMetadata(path);
  // Without a proof there is nothing that the classic form could not hold.
  const keepProofs = file.proof.length > 0 && !dropProofs;
  const form: FileForm = to === "linked" ? "linked" : keepProofs ? "file" : "classic";
  const written = inFile(path, () => serializeMetadata(file, form, Number(options.indent)));
  await writeOutput(out, written);
  if (!json) return;
  const { _type: type, version } = file.signed;
  const counts = { signatures: file.signatures.length, proofs: form === "classic" ? 0 : file.proof.length };
  await writeOutput(undefined, toJson({ ok: true, type, version, form, out, ...counts }));
}
