/// <reference types="node" />
/**
 * `tuf-ld status`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addFolderOptions, addKeysOption, type FolderOptions } from "../folderOptions.ts";

export function registerStatus(program: Command): void {
  const status = program
    .command("status")
    .description("tell what is staged, who still has to sign, what expires when, and what to do next");
  addKeysOption(addFolderOptions(status))
    .addHelpText(
      "after",
      `
Ends with 14 if something is expired, or due: half of its time or more is over.
It writes nothing, so a disk that is mounted read-only will do.

Examples:
  tuf-ld status
  tuf-ld status --json`,
    )
    .action(async (options: FolderOptions) => (await import("../actions/status.ts")).status(options));
}
