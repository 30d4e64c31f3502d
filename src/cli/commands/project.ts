/// <reference types="node" />
/**
 * `tuf-ld project`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";
import type { SignedView } from "../../repository/config.ts";
import { addFolderOptions, type FolderOptions } from "../folderOptions.ts";
import { collect, parseCount } from "../options.ts";

export interface ProjectSignOptions {
  readonly key: readonly string[];
  readonly previous?: string;
  readonly previousKey?: readonly string[];
  readonly remove?: readonly string[];
  readonly yank?: readonly string[];
  readonly requiresPython?: string;
  readonly expires: number;
  readonly as: SignedView;
  readonly out: string;
  readonly json?: boolean;
}

export interface ProjectKeysOptions extends FolderOptions {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly threshold?: number;
}

export function registerProject(program: Command): void {
  const project = program
    .command("project")
    .description("projects of a package index, which their developers sign (PEP 480)")
    .addHelpText(
      "after",
      `
The metadata of project NAME is the role project-NAME; it speaks for
packages/NAME/* and simple/NAME/*, with NAME normalised as PEP 503 says.

Examples:
  tuf-ld project sign example dist/example-1.0.tar.gz --key me.pem -o example-1.0
  tuf-ld project list
  tuf-ld project sign --help`,
    );
  registerSign(project);
  registerKeys(project);
  registerProjectList(project);
}

function registerSign(project: Command): void {
  project
    .command("sign")
    .description("make a submission: the next version of your project's metadata, signed, and its new files")
    .argument("<name>", "the project")
    .argument("[file...]", "files that are new in this version")
    .requiredOption("-k, --key <file>", "your private key; may be given several times", collect)
    .option(
      "--previous <path>",
      "the version before: its submission, or its metadata file; default: this is the first",
    )
    .option("--previous-key <key>", "a key that may have signed --previous, beside yours", collect)
    .option("--remove <file>", "list this file no more; may be given several times", collect)
    .option("--yank <file>", "tell installers not to choose this file (PEP 592)", collect)
    .option("--requires-python <spec>", "what the new files ask for, for the project's pages")
    .option("--expires <days>", "days until a new version is needed", parseCount, 365)
    .addOption(
      new Option("--as <view>", "the signatures that the index asks for")
        .choices(["classic", "linked", "both"])
        .default("both"),
    )
    .requiredOption("-o, --out <folder>", "the submission, a new folder")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Where several developers must sign, the next one adds a signature:
\`tuf-ld sign SUBMISSION/metadata.json --role project-NAME --as both --key ...\`.
The project's simple pages are made and signed too.

Examples:
  tuf-ld project sign example dist/example-1.0.tar.gz --key me.pem -o example-1.0
  tuf-ld project sign example dist/*-1.1* --key me.pem --previous example-1.0 -o example-1.1
  tuf-ld project sign example --yank example-1.0.zip --key me.pem --previous example-1.1 -o out`,
    )
    .action(async (name: string, files: string[], options: ProjectSignOptions) =>
      (await import("../actions/projectSign.ts")).projectSign(name, files, options),
    );
}

function registerKeys(project: Command): void {
  const keys = project
    .command("keys")
    .description("show or change who may sign for a project, as administrator of the index")
    .argument("<name>", "the project")
    .option("--add <key>", "a public key, or did:key:...; may be given several times", collect)
    .option("--remove <keyid>", "a keyid, or enough of its beginning", collect)
    .option("--threshold <n>", "how many of the keys must sign", parseCount);
  addFolderOptions(keys)
    .addHelpText(
      "after",
      `
For a claimed project this edits the offline role claimed; while a claim waits for
its signatures, recently-claimed too, which \`tuf-ld publish\` publishes at once. To
replace a key: add the new one, accept a version that it has signed, remove the
old one. A key of the index itself cannot be a project's.

Examples:
  tuf-ld project keys example
  tuf-ld project keys example --add bob.pub --threshold 2
  tuf-ld project keys example --remove 3fa2`,
    )
    .action(async (name: string, options: ProjectKeysOptions) =>
      (await import("../actions/projects.ts")).projectKeys(name, options),
    );
}

function registerProjectList(project: Command): void {
  const list = project
    .command("list")
    .description("list the projects of the index, the role that delegates to each, and its version");
  addFolderOptions(list)
    .addHelpText("after", "\nExamples:\n  tuf-ld project list\n  tuf-ld project list --json")
    .action(async (options: FolderOptions) => (await import("../actions/projects.ts")).projectList(options));
}
