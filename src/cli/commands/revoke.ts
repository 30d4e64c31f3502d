/// <reference types="node" />
/**
 * `tuf-ld revoke`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addFolderOptions, addKeysOption, type FolderOptions } from "../folderOptions.ts";

export interface RevokeCommandOptions extends FolderOptions {
  readonly replaceWith?: string;
}

export function registerRevoke(program: Command): void {
  const revoke = program
    .command("revoke")
    .description("take a key from every role that lists it")
    .argument("<key>", "its keyid or the beginning of it, a file of the key, or did:key:...")
    .option("--replace-with <key>", "put this key in its place everywhere: a file or did:key:...");
  addKeysOption(addFolderOptions(revoke))
    .addHelpText(
      "after",
      `
Refuses as a whole if some role would be left with fewer keys than must sign.
Projects keep their developers' keys: \`tuf-ld project keys\` changes those.
What is staged has to be signed and published: until then clients trust the key.
If somebody else has used an online key, \`tuf-ld recover\` is what you need.

Examples:
  tuf-ld revoke 3fa2c9
  tuf-ld revoke old.pub --replace-with new.pub
  tuf-ld revoke did:key:z6Mk... --json`,
    )
    .action(async (key: string, options: RevokeCommandOptions) =>
      (await import("../actions/revoke.ts")).revoke(key, options),
    );
}
