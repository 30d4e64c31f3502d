/// <reference types="node" />
/**
 * `tuf-ld serve`: what it takes.
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export function registerServe(program: Command): void {
  program
    .command("serve")
    .description("serve a repository over HTTP, to try it out; ends with Ctrl-C")
    .argument("[dir]", "a repository, of which only public/ is served, or any other folder", ".")
    .option("--port <n>", "the port; 0 takes any that is free", parsePort, 8_000)
    .option("--host <address>", "the address to listen on; 0.0.0.0 lets other machines in", "127.0.0.1")
    .option("-q, --quiet", "do not tell of each request")
    .option("--json", "print where it listens as JSON")
    .addHelpText(
      "after",
      `
For publishing, any static web server will do: copy public/ to it, with
timestamp.json last. This one says how long each file may be kept, answers
ranges and conditional requests, and lets web pages of other origins read.
Files whose names begin with a dot are not served.

Examples:
  tuf-ld serve
  tuf-ld serve ~/my-repository --port 0
  tuf-ld serve mirror --host 0.0.0.0 --quiet`,
    )
    .action(async (dir: string, options: ServeOptions) =>
      (await import("../actions/serve.ts")).serve(dir, options),
    );
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("Give a port from 0 to 65535.");
}
