/// <reference types="node" />
/**
 * `tuf-ld convert`: from any form of a metadata file to another, without loss.
 * @module
 */
import { type Command, Option } from "commander";
import { type FileForm, serializeMetadata } from "../../metadata/file.ts";
import { readMetadata } from "../documents.ts";
import { writeOutput } from "../io.ts";
import { toJson } from "../output.ts";

interface Options {
  readonly to: "linked" | "classic";
  readonly out?: string;
  readonly dropProofs?: boolean;
  readonly indent: string;
  readonly json?: boolean;
}

export function registerConvert(program: Command): void {
  program
    .command("convert")
    .description("convert TUF metadata between its classic and its linked form; nothing is lost either way")
    .argument("<file>", "TUF metadata in any form; - for stdin")
    .addOption(new Option("--to <form>", "the form to write").choices(["linked", "classic"]).makeOptionMandatory())
    .option("-o, --out <file>", "write here instead of stdout")
    .option("--drop-proofs", "with --to classic: leave linked proofs out")
    .addOption(new Option("--indent <n>", "spaces of indentation").choices(["0", "1", "2", "4"]).default("2"))
    .option("--json", "print what was done as JSON (needs --out)")
    .addHelpText(
      "after",
      `
The linked form is a JSON-LD document that any JSON-LD or verifiable-credential tool reads. The classic form is
what TUF clients read; linked proofs ride along in members that those clients ignore.

Examples:
  tuf-ld convert --to linked root.json -o root.jsonld
  tuf-ld convert --to classic root.jsonld`,
    )
    .action(async (path: string, options: Options, command: Command) => {
      const { to, out, dropProofs = false, json } = options;
      if (json && out === undefined) command.error("error: --json needs --out, or the two outputs would mix");
      const file = await readMetadata(path);
      const form: FileForm = to === "linked" ? "linked" : file.linked && !dropProofs ? "file" : "classic";
      await writeOutput(out, serializeMetadata(file, form, Number(options.indent)));
      if (json) {
        const { _type: type, version } = file.signed;
        const counts = { signatures: file.signatures.length, proofs: form === "classic" ? 0 : file.proof.length };
        await writeOutput(undefined, toJson({ ok: true, type, version, form, out, ...counts }));
      }
    });
}
