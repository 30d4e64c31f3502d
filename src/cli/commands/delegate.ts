/// <reference types="node" />
/**
 * `tuf-ld delegate` and `tuf-ld undelegate`: what they take.
 * @module
 */
import type { Command } from "commander";
import { addFolderOptions, type FolderOptions } from "../folderOptions.ts";
import { parseCount } from "../options.ts";

export interface DelegateOptions extends FolderOptions {
  readonly paths: readonly string[];
  readonly key: readonly string[];
  readonly terminating?: boolean;
  readonly before?: string;
  readonly threshold?: number;
  readonly from: string;
}

export function registerDelegate(program: Command): void {
  const delegate = program
    .command("delegate")
    .description("let another role, with keys of its own, speak for some of the targets")
    .argument("<name>", "what to call the role")
    .requiredOption("--paths <glob...>", "the paths that it may speak for; * does not cross /")
    .requiredOption("--key <key...>", "its keys: files, public ones are enough, or did:key:...")
    .option("--threshold <n>", "how many of the keys must sign; default: 1", parseCount)
    .option("--terminating", "where this role does not list a path that it may speak for, nobody does")
    .option("--before <role>", "ask it before this role; default: after all others")
    .option("--from <role>", "the role that delegates", "targets");
  addFolderOptions(delegate)
    .addHelpText(
      "after",
      `
The new role begins without targets: \`tuf-ld add --role NAME\` adds some. Both
documents are staged; the key holders of the role that delegates sign, those of
the new role sign, and \`tuf-ld publish\` publishes them.

Examples:
  tuf-ld delegate docs --paths 'docs/*' 'docs/*/*' --key alice.pub
  tuf-ld delegate nightly --paths 'nightly/*' --key a.pub b.pub --threshold 2 \\
    --terminating --before docs`,
    )
    .action(async (name: string, options: DelegateOptions) =>
      (await import("../actions/delegate.ts")).delegate(name, options),
    );
}

export function registerUndelegate(program: Command): void {
  const undelegate = program
    .command("undelegate")
    .description("take a delegation away, with all targets that only this role lists")
    .argument("<name>", "the role");
  addFolderOptions(undelegate)
    .addHelpText(
      "after",
      `
Staged like any other change; \`tuf-ld publish\` publishes it.

Examples:
  tuf-ld undelegate docs`,
    )
    .action(async (name: string, options: FolderOptions) =>
      (await import("../actions/delegate.ts")).undelegate(name, options),
    );
}
