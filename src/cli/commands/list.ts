/// <reference types="node" />
/**
 * `tuf-ld list`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addClientOptions, addMapOptions, type ClientOptions, type MapOptions } from "../clientOptions.ts";

export interface ListOptions extends ClientOptions, MapOptions {
  readonly dir?: string;
}

export function registerList(program: Command): void {
  const list = program
    .command("list")
    .description("list the targets that can be found, delegated ones included, and who may sign for each")
    .argument("[pattern...]", "shell-style patterns; * does not cross /, and dir/ stands for all below it");
  addClientOptions(addMapOptions(list))
    .option("--dir <dir>", "the targets of the repository in this folder, which you publish")
    .addHelpText(
      "after",
      `
Each line has a target's length, its path, and the role that lists it with how
many of that role's keys must sign. All delegated roles are read: with hash
bins that is every bin. A role that cannot be read is named on stderr, and under
"unreadable" with --json; the rest is listed, and the exit code says why the role
could not be read.

In the folder of a repository that you publish (or in $TUF_LD_DIR), and with
--dir, it lists that repository's targets instead, as they will be once what is
staged is published: length, path, role, and whether it is staged only. Any
option that speaks of trusted repositories, such as --repo, lists those.

Examples:
  tuf-ld list
  tuf-ld list --dir shop 'docs/*'
  tuf-ld list '*.pub' registry.npmjs.org/
  tuf-ld list --json | jq '.targets[].path'`,
    )
    .action(async (patterns: string[], options: ListOptions) =>
      (await import("../actions/list.ts")).list(patterns, options),
    );
}
