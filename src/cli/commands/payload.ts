/// <reference types="node" />
/**
 * `tuf-ld payload` and `tuf-ld add-signature`: what they take.
 * @module
 */
import type { Command } from "commander";
import { addFolderOptions, type FolderOptions } from "../folderOptions.ts";
import { collect } from "../options.ts";

export interface PayloadOptions extends FolderOptions {
  readonly out?: string;
}

export interface AddSignatureOptions extends FolderOptions {
  readonly in: readonly string[];
}

export function registerPayload(program: Command): void {
  const payload = program
    .command("payload")
    .description("write what is staged of a role to a file, to be signed on another machine")
    .argument("<role>", "the role; `tuf-ld status` lists those that need signatures")
    .option("-o, --out <file>", "write here instead of stdout");
  addFolderOptions(payload)
    .addHelpText(
      "after",
      `
The key holder runs \`tuf-ld sign FILE --key KEY -o FILE\` where the key is, and
you take the file back with \`tuf-ld add-signature\`. Several holders may sign
copies, in any order. The digest that is shown is the same for all of them.

Examples:
  tuf-ld payload root -o root-payload.json`,
    )
    .action(async (role: string, options: PayloadOptions) =>
      (await import("../actions/payload.ts")).payload(role, options),
    );
}

export function registerAddSignature(program: Command): void {
  const add = program
    .command("add-signature")
    .description("take the signatures that a payload got on another machine")
    .argument("<role>", "the role that the payload was made for")
    .requiredOption("--in <file>", "the signed payload; may be given several times; - for stdin", collect);
  addFolderOptions(add)
    .addHelpText(
      "after",
      `
A payload of another draft is refused, and so is a signature by a key that is
not one of the role's.

Examples:
  tuf-ld add-signature root --in root-payload.json
  tuf-ld add-signature root --in from-alice.json --in from-bob.json`,
    )
    .action(async (role: string, options: AddSignatureOptions) =>
      (await import("../actions/payload.ts")).addSignature(role, options),
    );
}
