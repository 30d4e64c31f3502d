/// <reference types="node" />
/**
 * `tuf-ld repos` and `tuf-ld untrust`: what they take.
 * @module
 */
import type { Command } from "commander";

export interface ReposOptions {
  readonly home?: string;
  readonly json?: boolean;
}

export interface UntrustOptions extends ReposOptions {
  readonly yes?: boolean;
  readonly quiet?: boolean;
}

const HOME = "where trusted repositories are kept; default: $TUF_LD_HOME or ~/.local/share/tuf-ld";

export function registerRepos(program: Command): void {
  program
    .command("repos")
    .description("list the repositories that you trust, and how fresh what you have of each is")
    .option("--home <dir>", HOME)
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Each line has a name, the version of the newest root, when what was last got from
the repository expires, when the repository was last asked with success, and its
URL. The network is not asked.

Examples:
  tuf-ld repos
  tuf-ld repos --json | jq '.repositories[].name'`,
    )
    .action(async (options: ReposOptions) => (await import("../actions/repos.ts")).repos(options));
}

export function registerUntrust(program: Command): void {
  program
    .command("untrust")
    .description("forget a repository: its root, what was decided about it and all that was kept of it")
    .argument("<name>", "the repository's name; `tuf-ld repos` lists them")
    .option("-y, --yes", "do not ask; needed where there is no terminal")
    .option("--home <dir>", HOME)
    .option("-q, --quiet", "no notes")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Files that were downloaded stay. Whoever trusts the repository again starts from
a root that they have to get in a way that they trust.

Examples:
  tuf-ld untrust sigstore
  tuf-ld untrust old-mirror --yes`,
    )
    .action(async (name: string, options: UntrustOptions) =>
      (await import("../actions/repos.ts")).untrust(name, options),
    );
}
