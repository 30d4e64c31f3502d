/// <reference types="node" />
/**
 * `tuf-ld trust`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";
import {
  addAcceptanceOptions,
  addCommonOptions,
  type RepositoryOptions,
  type Requirement,
} from "../clientOptions.ts";
import { collect, parseCount } from "../options.ts";

export interface TrustOptions extends Omit<RepositoryOptions, "repo"> {
  readonly root?: string;
  readonly rootSha256?: string;
  readonly tofu?: boolean;
  readonly rootVersion?: number;
  readonly targetsUrl: readonly string[];
  readonly mirror: readonly string[];
  readonly require?: readonly Requirement[];
  readonly suite: readonly string[];
  readonly plainTargetNames?: boolean;
  readonly name?: string;
  readonly replace?: boolean;
  readonly offline?: boolean;
}

export function registerTrust(program: Command): void {
  const trust = program
    .command("trust")
    .description("trust a repository, starting from a root of which you know that it is the right one")
    .argument("<url>", "where the repository's metadata is: a URL, or a folder such as that of a mirror")
    .addOption(
      new Option("--root <file>", "the root, as its publisher gave it to you").conflicts([
        "rootSha256",
        "tofu",
      ]),
    )
    .addOption(
      new Option("--root-sha256 <hex>", "get the root from the repository and compare its SHA-256").conflicts(
        "tofu",
      ),
    )
    .option("--tofu", "trust on first use: take whatever root the repository sends, and warn")
    .addOption(
      new Option(
        "--root-version <n>",
        "with --root-sha256 or --tofu: get this version; default: 1, or root.json",
      ).argParser(parseCount),
    )
    .option(
      "--targets-url <url>",
      "where the target files are; default: targets/ beside metadata/, else below the URL; repeatable",
      collect,
      [],
    )
    .option(
      "--mirror <url>",
      "another place with the same metadata, asked after the first; repeatable",
      collect,
      [],
    )
    .option("--plain-target-names", "the names of target files do not carry their hashes")
    .option("--name <name>", "what to call the repository; default: made from the URL")
    .option("--replace", "take root and URLs in place of those that are trusted under this name")
    .option("--offline", "pin the root of a file without a look at the repository");
  addCommonOptions(addAcceptanceOptions(trust))
    .addHelpText(
      "after",
      `
The root is pinned: every later run starts from it and follows the chain of
roots from there. Before that the repository is looked at: where its metadata is
(at the URL, or in metadata/ below it), and whether the keys of this root, or of
the roots that follow it, signed what is there. \`tuf-ld refresh\` does the rest,
\`tuf-ld repos\` lists what is trusted, and \`tuf-ld untrust\` forgets it.

Examples:
  tuf-ld trust https://tuf-repo-cdn.sigstore.dev --root root.json --name sigstore
  tuf-ld trust https://example.org/metadata/ --root-sha256 e2a930b2...4 --require both
  tuf-ld trust https://example.org/metadata/ --root root.json \\
    --mirror https://eu.example.org/metadata/
  tuf-ld trust ./mirror --root root.json`,
    )
    .action(async (url: string, options: TrustOptions) =>
      (await import("../actions/trust.ts")).trust(url, options),
    );
}
