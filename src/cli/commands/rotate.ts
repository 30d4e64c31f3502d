/// <reference types="node" />
/**
 * `tuf-ld rotate`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";
import { addFolderOptions, addKeysOption, type FolderOptions } from "../folderOptions.ts";
import { KEY_TYPES } from "./key.ts";

export interface RotateCommandOptions extends FolderOptions {
  readonly old?: string;
  readonly new?: string;
  readonly type: keyof typeof KEY_TYPES;
  readonly unsafePlain?: boolean;
}

export function registerRotate(program: Command): void {
  const rotate = program
    .command("rotate")
    .description("replace a key of a role")
    .argument("<role>", "root, targets, snapshot, timestamp, a delegated role, or bin for all bins")
    .option("--old <keyid>", "the key to replace, or the beginning of its keyid; needed if there are several")
    .addOption(
      new Option(
        "--new <key>",
        "the key in its place: a file, a public key is enough; or did:key:...; default: a new one",
      ).conflicts("unsafePlain"),
    )
    .addOption(
      new Option("--type <type>", "kind of the new key").choices(Object.keys(KEY_TYPES)).default("ed25519"),
    )
    .option("--unsafe-plain", "do not encrypt the new private key");
  addKeysOption(addFolderOptions(rotate))
    .addHelpText(
      "after",
      `
Stages the metadata that lists the key, and that of the role if people sign it:
it must be signed by the new key. Bins, snapshot and timestamp are signed anew by
\`tuf-ld publish\`. Keep the old private key until then: what it signs too, clients
take at every moment. Other roles that list the old key keep it; \`tuf-ld revoke\`
takes it from all.

Examples:
  tuf-ld rotate timestamp
  tuf-ld rotate root --old 3fa2 --new did:key:z6Mk...
  tuf-ld rotate bin --new online.pub`,
    )
    .action(async (role: string, options: RotateCommandOptions) =>
      (await import("../actions/rotate.ts")).rotate(role, options),
    );
}
