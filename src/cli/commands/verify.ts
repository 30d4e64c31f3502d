/// <reference types="node" />
/**
 * `tuf-ld verify`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";
import { POLICIES, type Policy } from "../../proof/threshold.ts";
import { type ContextOptions, collect, parseCount, parseDate, withContextOptions } from "../options.ts";

export interface VerifyOptions extends ContextOptions {
  /** The target that the file should be; then a trusted repository is asked, and no root at hand. */
  readonly target?: string;
  readonly repo?: string;
  readonly home?: string;
  readonly offline?: boolean;
  readonly cached?: boolean;
  readonly deadline?: number;
  readonly quiet?: boolean;
  readonly root?: string;
  readonly role?: string;
  readonly via: readonly string[];
  readonly key: readonly string[];
  /** Default: all of the keys. */
  readonly threshold?: number;
  /** Default: either. */
  readonly require?: Policy;
  readonly issuer: readonly string[];
  readonly issuerId?: string;
  readonly unsafeIgnoreStatus?: boolean;
  readonly strict?: boolean;
  readonly resource: readonly string[];
  readonly unsafeIgnoreResources?: boolean;
  readonly suite: readonly string[];
  readonly at?: Date;
  readonly json?: boolean;
}

export function registerVerify(program: Command): void {
  const command = program
    .command("verify")
    .description(
      "verify TUF metadata against a trusted root, a credential against its issuer's keys, or a target file",
    )
    .argument("<file>", "TUF metadata in any form, a credential, or with --target any file; - for stdin")
    .optionsGroup("TUF metadata:")
    .option("--root <file>", "the root that you trust")
    .option("--role <name>", "the role the file must speak for; default: its type")
    .option(
      "--via <role=file>",
      "metadata between the root and the file, from the top down: newer roots, then targets; repeatable",
      collect,
      [],
    )
    .option(
      "-k, --key <key>",
      "instead of --root, a key that you trust, as a file or a did:key; repeatable",
      collect,
      [],
    )
    .option("--threshold <n>", "with --key: how many of the keys must sign; default: all", parseCount)
    .addOption(
      new Option("--require <policy>", "what counts toward a threshold; default: either").choices(POLICIES),
    )
    .optionsGroup("Credentials:")
    .option(
      "--issuer <key>",
      "a key of the issuer that you trust, as a file or a did:key; repeatable",
      collect,
      [],
    )
    .option("--issuer-id <id>", "the issuer it must name; needed if that is not a did:key")
    .option("--unsafe-ignore-status", "accept one with a status, which is not looked up")
    .option(
      "--resource <url=file>",
      "a related resource of it, whose digest is checked; repeatable",
      collect,
      [],
    )
    .option("--unsafe-ignore-resources", "accept one with related resources that are not given")
    .option("--strict", "refuse what is otherwise accepted with a note, such as members that nothing signs");
  withContextOptions(command)
    .optionsGroup("Target files:")
    .option("--target <path>", "the file should be this target of a repository that you trust (tuf-ld trust)")
    .option("--repo <name>", "the repository; default: the only one that is trusted")
    .option("--home <dir>", "where trusted repositories are kept")
    .addOption(
      new Option("--cached", "ask the network only if what is cached is not valid").conflicts("offline"),
    )
    .option("--offline", "never ask the network")
    .option("--deadline <seconds>", "give up after this time", parseCount)
    .option("-q, --quiet", "no progress and no notes")
    .optionsGroup("Options:")
    .option("--suite <name>", "accept this suite, and only those named; repeatable", collect, [])
    .option("--at <date>", "judge expiry at this instant; default: now", parseDate)
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
A policy says what makes a key count: a valid classic signature, a valid linked
proof, either of them, or both. Only linked and both bind a file to its role:
under either, one role's file may pass as that of another role with the same
keys, as in classic TUF. A newer root is checked by its own keys too.

Examples:
  tuf-ld verify 15.root.json --root 14.root.json --at 2026-08-22
  tuf-ld verify 14.targets.json --root 15.root.json --require both
  tuf-ld verify timestamp.json --root 13.root.json --via root=14.root.json --via root=15.root.json
  tuf-ld verify 8.registry.npmjs.org.json --root 15.root.json --via targets=14.targets.json \\
    --role registry.npmjs.org
  tuf-ld verify root.json --key alice.pub --key bob.pub --threshold 1
  tuf-ld verify credential.json --issuer issuer.pub
  tuf-ld verify badge.json --issuer issuer.pub --context https://example.org/ours/v1=ours.jsonld
  tuf-ld verify keys.json --target registry.npmjs.org/keys.json --repo sigstore`,
    )
    .action(async (path: string, options: VerifyOptions) => {
      if (options.target === undefined) return (await import("../actions/verify.ts")).verify(path, options);
      return (await import("../actions/verifyTarget.ts")).verifyTarget(path, options.target, options);
    });
}
