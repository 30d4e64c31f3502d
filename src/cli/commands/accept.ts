/// <reference types="node" />
/**
 * `tuf-ld accept` and `tuf-ld claim`: what they take.
 * @module
 */
import type { Command } from "commander";
import { addFolderOptions, type FolderOptions } from "../folderOptions.ts";
import { collect, parseCount } from "../options.ts";

export interface AcceptCommandOptions extends FolderOptions {
  readonly key?: readonly string[];
  readonly threshold?: number;
}

export interface ClaimCommandOptions extends FolderOptions {
  readonly all?: boolean;
}

export function registerAccept(program: Command): void {
  const accept = program
    .command("accept")
    .description("check what a developer submits, and stage all of it or nothing (PEP 480)")
    .argument("<project>", "the project that it must be of, as your system of accounts says")
    .argument("<folder>", "the submission, a folder that `tuf-ld project sign` made")
    .option("--key <key>", "a new project: public key that may sign for it; may be given again", collect)
    .option("--threshold <n>", "a new project: how many of these keys must sign; default: 1", parseCount);
  addFolderOptions(accept)
    .addHelpText(
      "after",
      `
A new project goes to the role recently-claimed. The project and --key are what
your system of accounts knows: who owns the name, and that owner's key. What a
submission says itself is never believed. \`tuf-ld publish\` publishes what was
accepted.

Examples:
  tuf-ld accept example uploads/example-1.0 --key did:key:z6Mk...
  tuf-ld accept example uploads/example-1.1
  tuf-ld accept team uploads/team-2.0 --key alice.pub --key bob.pub --threshold 2`,
    )
    .action(async (project: string, submission: string, options: AcceptCommandOptions) =>
      (await import("../actions/projects.ts")).accept(project, submission, options),
    );
}

export function registerClaim(program: Command): void {
  const claim = program
    .command("claim")
    .description("move projects from recently-claimed to claimed, whose keys are offline (PEP 480)")
    .argument("[name...]", "projects")
    .option("--all", "all whose metadata is published");
  addFolderOptions(claim)
    .addHelpText(
      "after",
      `
The holders of the keys of claimed sign the new version; until it is published,
recently-claimed keeps the projects.

Examples:
  tuf-ld claim example
  tuf-ld claim --all`,
    )
    .action(async (names: string[], options: ClaimCommandOptions) =>
      (await import("../actions/projects.ts")).claim(names, options),
    );
}
