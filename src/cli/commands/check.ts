/// <reference types="node" />
/**
 * `tuf-ld check`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addFolderOptions, type FolderOptions } from "../folderOptions.ts";
import { parseCount } from "../options.ts";

export interface CheckOptions extends FolderOptions {
  readonly targets?: boolean;
  readonly sample?: number;
}

export function registerCheck(program: Command): void {
  const check = program
    .command("check")
    .description("compare public/ with what is signed, as clients will, before it is uploaded")
    .option("--no-targets", "do not read the bytes of target files, only see that they are there")
    .option("--sample <n>", "read the bytes of so many target files only, chosen at random", parseCount);
  addFolderOptions(check)
    .addHelpText(
      "after",
      `
By the rules of a client that begins with 1.root.json: every metadata file that
timestamp.json leads to is there, is signed, is not expired and has its version,
length and hash, and every target file has its length and hashes. Each file that
is missing or wrong is named, and so is each that nothing signed leads to, which
is no failure. The exit code is that of the first thing that is wrong.

Examples:
  tuf-ld check
  tuf-ld check --sample 100 --json`,
    )
    .action(async (options: CheckOptions) => (await import("../actions/check.ts")).check(options));
}
