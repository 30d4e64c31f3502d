/// <reference types="node" />
/**
 * `tuf-ld refresh`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addClientOptions, type ClientOptions } from "../clientOptions.ts";

export function registerRefresh(program: Command): void {
  addClientOptions(
    program.command("refresh").description("bring the metadata of a trusted repository up to date"),
  )
    .addHelpText(
      "after",
      `
Examples:
  tuf-ld refresh
  tuf-ld refresh --repo sigstore --json
  tuf-ld refresh --require linked
  tuf-ld refresh --offline --at 2026-08-22`,
    )
    .action(async (options: ClientOptions) => (await import("../actions/refresh.ts")).refresh(options));
}
