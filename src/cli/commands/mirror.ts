/// <reference types="node" />
/**
 * `tuf-ld mirror`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addClientOptions, type ClientOptions } from "../clientOptions.ts";

export function registerMirror(program: Command): void {
  const mirror = program
    .command("mirror")
    .description("make, or bring up to date, a verified copy of a repository that works offline")
    .argument("<dir>", "the copy: metadata goes to DIR/metadata, target files to DIR/targets")
    .argument("[pattern...]", "shell-style patterns of targets to copy; default: all of them");
  addClientOptions(mirror)
    .addHelpText(
      "after",
      `
Only verified files get their names, and timestamp.json is written last: while
this runs the copy is the old one or the new one. What an interrupted run has
downloaded is not downloaded again. The copy starts at the root that you
pinned; whoever uses it needs that one or a newer one. Patterns limit target
files; if none has a wildcard, only the roles on the way to them are copied.

Examples:
  tuf-ld mirror /media/stick/sigstore
  tuf-ld mirror ./mirror '*.pub' registry.npmjs.org/keys.json
  tuf-ld trust ./mirror --root root.json --name offline`,
    )
    .action(async (dir: string, patterns: string[], options: ClientOptions) =>
      (await import("../actions/mirror.ts")).mirror(dir, patterns, options),
    );
}
