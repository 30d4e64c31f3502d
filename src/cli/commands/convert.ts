/// <reference types="node" />
/**
 * `tuf-ld convert`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";

export interface ConvertOptions {
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
    .addOption(
      new Option("--to <form>", "the form to write").choices(["linked", "classic"]).makeOptionMandatory(),
    )
    .option("-o, --out <file>", "write here instead of stdout; may be the input file")
    .option("--drop-proofs", "with --to classic: leave linked proofs out")
    .addOption(new Option("--indent <n>", "spaces of indentation").choices(["0", "1", "2", "4"]).default("2"))
    .option("--json", "print what was done as JSON (needs --out)")
    .addHelpText(
      "after",
      `
The linked form is a JSON-LD document: JSON-LD libraries read it and verify its
proofs (docs/verify-elsewhere.md). The classic form is what TUF clients read;
linked proofs ride along in members that most of those clients ignore.

Examples:
  tuf-ld convert --to linked root.json -o root.jsonld
  tuf-ld convert --to classic root.jsonld
  curl -s https://example.org/14.targets.json | tuf-ld convert --to linked -`,
    )
    .action(async (path: string, options: ConvertOptions) =>
      (await import("../actions/convert.ts")).convert(path, options),
    );
}
