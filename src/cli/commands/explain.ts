/// <reference types="node" />
/**
 * `tuf-ld explain`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addClientOptions, addMapOptions, type ClientOptions, type MapOptions } from "../clientOptions.ts";

export interface ExplainOptions extends ClientOptions, MapOptions {}

export function registerExplain(program: Command): void {
  const explain = program
    .command("explain")
    .description("show why a target is to be believed: the chain from the root to the file, role by role")
    .argument("<target>", "path of a target");
  addClientOptions(addMapOptions(explain))
    .addHelpText(
      "after",
      `
Examples:
  tuf-ld explain registry.npmjs.org/keys.json
  tuf-ld explain trusted_root.json --offline --at 2026-08-22 --json`,
    )
    .action(async (target: string, options: ExplainOptions) =>
      (await import("../actions/explain.ts")).explain(target, options),
    );
}
