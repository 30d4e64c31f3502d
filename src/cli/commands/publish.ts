/// <reference types="node" />
/**
 * `tuf-ld publish` and `tuf-ld clean`: what they take.
 * @module
 */
import type { Command } from "commander";
import { addFolderOptions, addKeysOption, type FolderOptions } from "../folderOptions.ts";
import { parseHours } from "../options.ts";

export interface PublishCommandOptions extends FolderOptions {
  readonly dryRun?: boolean;
  readonly renew?: boolean;
  readonly recovery?: boolean;
  readonly allowLarge?: boolean;
}

export interface CleanCommandOptions extends FolderOptions {
  /** In hours. */
  readonly keep?: number;
  readonly targets?: boolean;
  readonly now?: boolean;
}

export function registerPublish(program: Command): void {
  const publish = program
    .command("publish")
    .description("sign with the keys at hand and publish what is ready")
    .option("--dry-run", "tell what would be published, write nothing and open no key")
    .option("--renew", "sign anew what expires within half of its time; stage it where others have to sign")
    .option("--recovery", "publish the recovery that goes on; nothing else is published meanwhile")
    .option("--allow-large", "publish targets files that some clients do not read unless they are told to");
  addKeysOption(addFolderOptions(publish))
    .addHelpText(
      "after",
      `
Clients see all of it or nothing: timestamp.json moves last. If it is
interrupted, run it again. What waits for signatures stays staged. Keys with
several passphrases are opened without a terminal by the lines of the file that
TUF_LD_PASSPHRASE_FILE names. \`tuf-ld key gen --help\` says how keys are found.

Nothing is published that clients would not read: a root of more than 512,000
bytes, a timestamp of more than 16,384, another file of more than 64 MiB, and
without --allow-large a targets file of more than 5,000,000, which python-tuf,
tuf-js and go-tuf read by default. "allowLarge": true in tuf-ld.json allows it
for good.

--renew is for a timer. Keys that are here and cannot be opened stop nothing; what
others have to sign is staged, and its holders are asked. It ends with 14 while
something that is due, or expired, still waits for a signature.
docs/keep-it-alive.md has recipes for cron, systemd and CI.

Examples:
  tuf-ld publish --dry-run
  tuf-ld publish
  tuf-ld publish --renew --quiet`,
    )
    .action(async (options: PublishCommandOptions) =>
      (await import("../actions/publish.ts")).publish(options),
    );
}

export function registerClean(program: Command): void {
  const clean = program
    .command("clean")
    .description("remove published files that nothing refers to any more; roots always stay")
    .option(
      "--keep <time>",
      "keep what was replaced within this time (30m, 12h, 7d), clients may be reading it",
      parseHours,
    )
    .option("--targets", "remove target files too that no metadata lists any more")
    .option("--now", "keep nothing for clients that are in the midst of an update");
  addFolderOptions(clean)
    .addHelpText(
      "after",
      `
\`tuf-ld publish\` does this too, for what it has replaced. clean also finds what
publishing that was interrupted has left. With --targets it removes target files
that neither metadata in public/, replaced versions included, nor staged changes
list, and that are older than the time of --keep.

Examples:
  tuf-ld clean
  tuf-ld clean --keep 7d
  tuf-ld clean --targets
  tuf-ld clean --targets --now`,
    )
    .action(async (options: CleanCommandOptions) => (await import("../actions/publish.ts")).clean(options));
}
