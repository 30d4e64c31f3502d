/// <reference types="node" />
/**
 * `tuf-ld role`: what it takes.
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { addFolderOptions, type FolderOptions } from "../folderOptions.ts";
import { parseCount } from "../options.ts";

export interface ExpiresOptions extends FolderOptions {
  readonly now?: boolean;
}

const ROLE = "root, targets, snapshot, timestamp, a delegated role, or bin for all bins";

export function registerRole(program: Command): void {
  const role = program
    .command("role")
    .description("change the keys, the threshold or the lifetime of a role")
    .addHelpText(
      "after",
      `
What is changed is staged: the role that lists the keys gets a new version, its
key holders sign it, and \`tuf-ld publish\` publishes it.

Examples:
  tuf-ld role add-key root alice.pub
  tuf-ld role threshold root 2
  tuf-ld role expires timestamp 2`,
    );
  addFolderOptions(
    role
      .command("add-key")
      .description("let keys sign for a role")
      .argument("<role>", ROLE)
      .argument("<key...>", "files of keys, public ones are enough; or did:key:..."),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  tuf-ld role add-key root alice.pub bob.pub\n  tuf-ld role add-key targets did:key:z6Mk...",
    )
    .action(async (name: string, keys: string[], options: FolderOptions) =>
      (await import("../actions/role.ts")).addKey(name, keys, options),
    );
  addFolderOptions(
    role
      .command("remove-key")
      .description("let a key sign for a role no more")
      .argument("<role>", ROLE)
      .argument("<keyid>", "its keyid, or as much of the beginning as no other key of the role has"),
  )
    .addHelpText("after", "\nExamples:\n  tuf-ld role remove-key root 3fa2")
    .action(async (name: string, keyid: string, options: FolderOptions) =>
      (await import("../actions/role.ts")).removeKey(name, keyid, options),
    );
  addFolderOptions(
    role
      .command("threshold")
      .description("set how many keys must sign for a role")
      .argument("<role>", ROLE)
      .argument("<n>", "the number of keys", parseCount),
  )
    .addHelpText("after", "\nExamples:\n  tuf-ld role threshold root 3")
    .action(async (name: string, threshold: number, options: FolderOptions) =>
      (await import("../actions/role.ts")).threshold(name, threshold, options),
    );
  addFolderOptions(
    role
      .command("expires")
      .description("set how long metadata of a role is valid, from its next version on")
      .argument("<role>", ROLE)
      .argument("<days>", "days; fractions such as 0.5 are allowed", parseDays)
      .option("--now", "stage the next version too"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  tuf-ld role expires timestamp 0.5\n  tuf-ld role expires root 180 --now",
    )
    .action(async (name: string, days: number, options: ExpiresOptions) =>
      (await import("../actions/role.ts")).expires(name, days, options),
    );
}

/** A century is as good as for ever. */
const MOST_DAYS = 36_525;

function parseDays(text: string): number {
  const days = /^\d{1,5}(\.\d{1,4})?$/.test(text) ? Number(text) : 0;
  if (days > 0 && days <= MOST_DAYS) return days;
  throw new InvalidArgumentError("Give a number of days, such as 90 or 0.5.");
}
