/// <reference types="node" />
/**
 * `tuf-ld get`: what it takes.
 * @module
 */
import type { Command } from "commander";
import { addClientOptions, addMapOptions, type ClientOptions, type MapOptions } from "../clientOptions.ts";

export interface GetOptions extends ClientOptions, MapOptions {
  readonly out?: string;
}

export function registerGet(program: Command): void {
  const get = program
    .command("get")
    .description("download targets; a file appears under its name only once it is verified")
    .argument("<target...>", "paths of targets; `tuf-ld list` shows them")
    .option("-o, --out <dir>", "write below this folder; default: the current one");
  addClientOptions(addMapOptions(get))
    .addHelpText(
      "after",
      `
A target is written under its path, folders included. A file that is there and
is the right one is not downloaded again; a broken download is continued.

Examples:
  tuf-ld get trusted_root.json -o ~/.sigstore
  tuf-ld get --repo sigstore registry.npmjs.org/keys.json rekor.pub
  tuf-ld get --map map.json --roots roots rekor.pub`,
    )
    .action(async (targets: string[], options: GetOptions) =>
      (await import("../actions/get.ts")).get(targets, options),
    );
}
