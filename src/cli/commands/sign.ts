/// <reference types="node" />
/**
 * `tuf-ld sign`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";
import { type ContextOptions, collect, parseDate, withContextOptions } from "../options.ts";

export interface SignOptions extends ContextOptions {
  readonly key: readonly string[];
  readonly suite?: string;
  /** Default: linked. */
  readonly as?: "linked" | "classic" | "both";
  readonly role?: string;
  readonly keyid?: string;
  readonly created?: Date;
  readonly out?: string;
  readonly full?: boolean;
  readonly yes?: boolean;
  readonly dir?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export function registerSign(program: Command): void {
  const command = program
    .command("sign")
    .description("sign TUF metadata, a credential, or what is staged of a role; other signatures stay")
    .argument("<file>", "TUF metadata in any form, a payload, or a JSON-LD document; - for stdin; or a role")
    .requiredOption("-k, --key <file>", "private key; may be given several times", collect)
    .option("--suite <name>", "suite of the linked proof, by name or URI; default: by the kind of key")
    .addOption(
      new Option(
        "--as <view>",
        "TUF metadata: sign as linked (adds a proof), classic (adds a signature) or both; default: linked",
      ).choices(["linked", "classic", "both"]),
    )
    .option("--role <name>", "the role the file speaks for; targets metadata and payloads of it need it")
    .option("--keyid <id>", "classic: the keyid under which metadata lists the key; default: its hash")
    .option("--created <date>", "when the proof says it was made; default: now", parseDate);
  withContextOptions(command)
    .option("-o, --out <file>", "write here instead of stdout; may be the input file")
    .option("--full", "roles and payloads: show every change; default: long lists of targets are cut")
    .option("-y, --yes", "roles and payloads: sign without asking; needed where there is no terminal")
    .option("--dir <dir>", "roles: the repository; default: $TUF_LD_DIR or the current folder")
    .option("-q, --quiet", "do not tell what was signed; with --yes, nor what is to be signed")
    .option("--json", "print what was done as JSON (a file needs --out)")
    .addHelpText(
      "after",
      `
A linked proof is bound to the role: it counts for no other. Targets metadata
does not say which role it is, so name it with --role, "targets" for the top
level. Passphrases are asked for, or taken from TUF_LD_PASSPHRASE or from the
lines of the file that TUF_LD_PASSPHRASE_FILE names.

A name that is not a file is a role of the repository. What changes is shown in
words, and signed only if you say yes. So it is with a file that
\`tuf-ld payload\` made, on a machine that has no repository. Which role a
payload of targets metadata is for, only its bearer says: name the role with
--role, or type it when you are asked. Of long lists of targets, bins and new
projects only the number is shown unless you give --full.

Examples:
  tuf-ld sign root.json --key root-1.pem -o root.json
  tuf-ld sign 3.targets.json --role targets --key a.pem --key b.pem --as both -o 3.targets.json
  tuf-ld sign credential.json --key issuer.pem --suite eddsa-rdfc-2022
  tuf-ld sign root --key alice.pem
  tuf-ld sign root-payload.json --key bob.pem -o root-payload.json
  tuf-ld sign team-payload.json --role team --key bob.pem -o team-payload.json`,
    )
    .action(async (path: string, options: SignOptions) =>
      (await import("../actions/sign.ts")).sign(path, options),
    );
}
