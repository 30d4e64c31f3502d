/// <reference types="node" />
/**
 * `tuf-ld recover`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";
import { addFolderOptions, addKeysOption, type FolderOptions } from "../folderOptions.ts";
import { KEY_TYPES } from "./key.ts";

export interface RecoverCommandOptions extends FolderOptions {
  readonly lastGood?: string;
  readonly roles?: readonly string[];
  readonly safe?: readonly string[];
  readonly keep?: readonly string[];
  readonly keepAll?: boolean;
  readonly abort?: boolean;
  readonly type: keyof typeof KEY_TYPES;
  readonly unsafePlain?: boolean;
}

export function registerRecover(program: Command): void {
  const recover = program
    .command("recover")
    .description("recover after the online keys were in other hands, step by step")
    .option(
      "--last-good <state>",
      "begin: the version of the last good snapshot, a folder with a copy of good metadata, or none",
    )
    .option("--roles <role...>", "compromised roles beside those with online keys or keys that are here")
    .option("--safe <role...>", "roles whose keys are here and were in nobody else's hands for certain")
    .addOption(
      new Option("--keep <path...>", "targets that stay, though they came or changed since").conflicts(
        "keepAll",
      ),
    )
    .option("--keep-all", "keep all targets that came or changed since")
    .addOption(
      new Option("--abort", "give the recovery up and believe again what is published").conflicts([
        "lastGood",
        "roles",
        "safe",
        "keep",
        "keepAll",
      ]),
    )
    .addOption(
      new Option("--type <type>", "kind of the new keys").choices(Object.keys(KEY_TYPES)).default("ed25519"),
    )
    .option("--unsafe-plain", "do not encrypt the new private keys");
  addKeysOption(addFolderOptions(recover))
    .addHelpText(
      "after",
      `
Begin on a machine that is yours for certain: the new private keys are made there.
1. Find out when the attacker came. --last-good names the state before that: the
   version of a snapshot that is still there, or better a copy from elsewhere, for
   whoever had the keys and the server can have changed files in their place.
2. New keys are made for timestamp, snapshot, bins and other online roles, and for
   every role that the keys at hand can sign for; --safe takes a role out. These
   roles go back. Whatever differs since in any role is listed: targets,
   delegations, keys, thresholds, custom members. What other keys have signed
   since stays; look at it, and name in --roles what its holders did not sign.
3. The key holders sign root and the role that delegates to the bins.
4. \`tuf-ld publish --recovery\` makes new bins, snapshot and timestamp; until then
   nothing else is published. Clients recover by themselves: a root with other keys
   makes them forget what the old ones signed.
Without options it tells how far it is, and what is next.

Examples:
  tuf-ld recover
  tuf-ld recover --last-good 1204
  tuf-ld recover --last-good /backup/metadata --keep dist/new-1.0.tar.gz
  tuf-ld recover --abort`,
    )
    .action(async (options: RecoverCommandOptions) =>
      (await import("../actions/recover.ts")).recover(options),
    );
}
