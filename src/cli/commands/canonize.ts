/// <reference types="node" />
/**
 * `tuf-ld canonize`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";
import { type ContextOptions, withContextOptions } from "../options.ts";

export interface CanonizeOptions extends ContextOptions {
  readonly hash?: boolean;
  readonly view: "linked" | "classic";
  readonly engine: "direct" | "reference";
  readonly digest: "sha256" | "sha384";
  readonly json?: boolean;
}

export function registerCanonize(program: Command): void {
  const command = program
    .command("canonize")
    .description("print the canonical form of a document, the bytes that its signatures cover")
    .argument("<file>", "TUF metadata in any form, or a JSON-LD document; - for stdin")
    .option("--hash", "print the digest of the canonical form instead")
    .addOption(
      new Option("--view <view>", "linked: canonical N-Quads; classic: OLPC canonical JSON")
        .choices(["linked", "classic"])
        .default("linked"),
    )
    .addOption(
      new Option("--engine <engine>", "for TUF metadata; both write the same bytes")
        .choices(["direct", "reference"])
        .default("direct"),
    )
    .addOption(
      new Option("--digest <name>", "digest of --hash").choices(["sha256", "sha384"]).default("sha256"),
    )
    .option("--json", "print JSON");
  withContextOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  tuf-ld canonize root.json\n  tuf-ld canonize --hash root.json\n  tuf-ld canonize --view classic root.json | sha256sum",
    )
    .action(async (path: string, options: CanonizeOptions) =>
      (await import("../actions/canonize.ts")).canonize(path, options),
    );
}
