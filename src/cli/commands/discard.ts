/// <reference types="node" />
/**
 * `tuf-ld discard`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addFolderOptions, type FolderOptions } from "../folderOptions.ts";

export interface DiscardOptions extends FolderOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

export function registerDiscard(program: Command): void {
  const discard = program
    .command("discard")
    .description("give up what is staged of a role, or everything that is staged")
    .argument("[role...]", "roles with something staged; bin for the changes of targets in all bins")
    .option("--all", "everything that is staged")
    .option("-y, --yes", "do not ask; needed where there is no terminal");
  addFolderOptions(discard)
    .addHelpText(
      "after",
      `
What is given up is shown in words, and goes only if you say yes; so do the
signatures on it, and drafts of roles to which nobody would delegate any more.
What is published stays as it is. Private keys and the files of targets stay
where they are. In a recovery, \`tuf-ld recover --abort\` is what you need.

Examples:
  tuf-ld discard root
  tuf-ld discard targets bin
  tuf-ld discard --all --yes`,
    )
    .action(async (roles: string[], options: DiscardOptions) =>
      (await import("../actions/discard.ts")).discard(roles, options),
    );
}
