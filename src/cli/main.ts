#!/usr/bin/env node
/// <reference types="node" />
/**
 * The `tuf-ld` command: assembles the commands and turns errors into messages and exit codes.
 * @module
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { TufLdError } from "../errors.ts";
import { registerCanonize } from "./commands/canonize.ts";
import { registerCompletion } from "./commands/completion.ts";
import { registerConvert } from "./commands/convert.ts";
import { registerInspect } from "./commands/inspect.ts";
import { registerKey } from "./commands/key.ts";
import { registerSign } from "./commands/sign.ts";
import { registerSuites } from "./commands/suites.ts";
import { registerVerify } from "./commands/verify.ts";
import { EXIT, exitCodeOf, hintFor } from "./exit.ts";
import { style, toJson } from "./output.ts";

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function build(): Command {
  const program = new Command("tuf-ld")
    .description("The Update Framework as Linked Data: sign, verify and convert TUF metadata and credentials.")
    .version(version(), "-V, --version", "print the version")
    .helpCommand("help [command]", "print help for a command")
    .showHelpAfterError("(add --help for the options and examples)")
    .exitOverride();
  for (const register of [
    registerKey,
    registerConvert,
    registerCanonize,
    registerSign,
    registerVerify,
    registerInspect,
    registerSuites,
    registerCompletion,
  ]) {
    register(program);
  }
  for (const command of everyCommand(program)) command.exitOverride();
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Prints an error as `tuf-ld: CODE: what happened` and a `hint:` line, and says how to exit. */
function report(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof Error && error.name === "ExitPromptError") return EXIT.interrupted;
  if (!(error instanceof TufLdError)) {
    process.stderr.write(`tuf-ld: ERR_INTERNAL: ${error instanceof Error ? error.message : String(error)}\n`);
    process.stderr.write("hint: this is a defect of tuf-ld; please report it with the command that you ran\n");
    if (process.env["TUF_LD_DEBUG"] !== undefined) process.stderr.write(`${(error as Error).stack}\n`);
    return EXIT.other;
  }
  const { code, message, details } = error;
  const hint = hintFor(code);
  if (json) process.stdout.write(toJson({ ok: false, error: { code, message, details, hint } }));
  process.stderr.write(`tuf-ld: ${style("red", code, process.stderr)}: ${message}\nhint: ${hint}\n`);
  return exitCodeOf(code);
}

process.once("SIGINT", () => process.exit(EXIT.interrupted));
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever reads us (head, less) has seen enough.
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.storage);
});

try {
  await build().parseAsync();
} catch (error) {
  process.exitCode = report(error, process.argv.includes("--json"));
}
