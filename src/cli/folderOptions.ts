/**
 * Options of the commands that work on a repository. Apart from what opens one (`repositoryFolder.ts`), because
 * every start of the program imports the options, and few need a repository.
 * @module
 */
import type { Command } from "commander";

/** Options of every command that works on a repository. */
export interface FolderOptions {
  readonly dir?: string;
  readonly keys?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** `--dir`, `--quiet`, `--json`. */
export function addFolderOptions(command: Command): Command {
  return command
    .option("--dir <dir>", "the repository; default: $TUF_LD_DIR or the current folder")
    .option("-q, --quiet", "no progress and no notes")
    .option("--json", "print the result as JSON");
}

/** `--keys`, for commands that sign. */
export function addKeysOption(command: Command): Command {
  return command.option("--keys <dir>", "folder of private keys; default: keys/ in the repository");
}
