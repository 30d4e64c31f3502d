/// <reference types="node" />
/**
 * `tuf-ld init`: what it takes.
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";

export interface InitOptions {
  readonly profile: "simple" | "pep458" | "pep480";
  readonly bins?: number;
  readonly succinct?: boolean;
  readonly sign: "classic" | "linked" | "both";
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export function registerInit(program: Command): void {
  program
    .command("init")
    .description("make a repository in a folder, and say what to do next")
    .argument("[dir]", "the folder; default: $TUF_LD_DIR or the current folder")
    .addOption(
      new Option("--profile <name>", "who signs what")
        .choices(["simple", "pep458", "pep480"])
        .default("simple"),
    )
    .option("--bins <n>", "number of hash bins, a power of two; default: 16384, none for simple", parseBins)
    .option("--succinct", "delegate to the bins in one entry (TAP 15); not every client reads that")
    .addOption(
      new Option("--sign <view>", "what files carry: classic signatures, linked proofs, or both")
        .choices(["classic", "linked", "both"])
        .default("both"),
    )
    .option("-q, --quiet", "do not say what to do next")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Profiles:
  simple  root, targets, snapshot and timestamp, one key each
  pep458  as PEP 458: root, targets and bins offline with two signatures each;
          the bins, snapshot and timestamp online
  pep480  as PEP 480: claimed (offline), recently-claimed and unclaimed projects;
          developers sign for their projects

Nothing is published until \`tuf-ld publish\`.

Examples:
  tuf-ld init
  tuf-ld init releases --bins 16
  tuf-ld init index --profile pep458 --bins 1024`,
    )
    .action(async (dir: string | undefined, options: InitOptions) =>
      (await import("../actions/init.ts")).init(dir, options),
    );
}

function parseBins(text: string): number {
  const count = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (count >= 2 && count <= 2 ** 24 && Number.isInteger(Math.log2(count))) return count;
  throw new InvalidArgumentError("Give a power of two from 2 to 16777216.");
}
