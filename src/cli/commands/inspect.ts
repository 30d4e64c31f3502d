/// <reference types="node" />
/**
 * `tuf-ld inspect`: what it takes.
 * @module
 */
import { type Command, Option } from "commander";
import { type ContextOptions, withContextOptions } from "../options.ts";

export interface InspectOptions extends ContextOptions {
  readonly tree?: boolean;
  readonly expanded?: boolean;
  readonly nquads?: boolean;
  readonly json?: boolean;
}

export function registerInspect(program: Command): void {
  const command = program
    .command("inspect")
    .description("show what a document says; nothing is verified")
    .argument("<file>", "TUF metadata in any form, or a JSON-LD document; - for stdin")
    .addOption(new Option("--tree", "the graph as a tree").conflicts(["expanded", "nquads"]))
    .addOption(new Option("--expanded", "the expanded form of JSON-LD").conflicts("nquads"))
    .option("--nquads", "the canonical N-Quads")
    .option("--json", "print JSON");
  withContextOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  tuf-ld inspect root.json\n  tuf-ld inspect --tree root.json\n  tuf-ld inspect --json root.json | jq .expires",
    )
    .action(async (path: string, options: InspectOptions) =>
      (await import("../actions/inspect.ts")).inspect(path, options),
    );
}
