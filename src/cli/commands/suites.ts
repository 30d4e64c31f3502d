/// <reference types="node" />
/**
 * `tuf-ld suites`: what it takes.
 * @module
 */
import type { Command } from "commander";

export interface SuitesOptions {
  readonly json?: boolean;
}

export function registerSuites(program: Command): void {
  program
    .command("suites")
    .description("list the signature suites by name and URI")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  tuf-ld suites\n  tuf-ld suites --json | jq '.[].id'")
    .action(async (options: SuitesOptions) => (await import("../actions/suites.ts")).listSuites(options));
}
