/// <reference types="node" />
/**
 * `tuf-ld list`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addClientOptions, addMapOptions, type ClientOptions, type MapOptions } from "../clientOptions.ts";

export interface ListOptions extends ClientOptions, MapOptions {}

export function registerList(program: Command): void {
  const list = program
    .command("list")
    .description("list the targets that can be found, delegated ones included, and who may sign for each")
    .argument("[pattern...]", "shell-style patterns; * does not cross /, and dir/ stands for all below it");
  addClientOptions(addMapOptions(list))
    .addHelpText(
      "after",
      `
Each line has a target's length, its path, and the role that lists it with how
many of that role's keys must sign. All delegated roles are read: with hash
bins that is every bin.

Examples:
  tuf-ld list
  tuf-ld list '*.pub' registry.npmjs.org/
  tuf-ld list --json | jq '.targets[].path'`,
    )
    .action(async (patterns: string[], options: ListOptions) =>
      (await import("../actions/list.ts")).list(patterns, options),
    );
}
