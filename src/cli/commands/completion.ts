/// <reference types="node" />
/**
 * `tuf-ld completion`: what it takes.
 * @module
 */
import { Argument, type Command } from "commander";

/** Shells that there is a script for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export interface CompletionOptions {
  readonly json?: boolean;
}

export function registerCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "the shell to complete in").choices(SHELLS))
    .option("--json", "print what can be completed as JSON")
    .addHelpText(
      "after",
      `
Examples:
  source <(tuf-ld completion bash)
  tuf-ld completion zsh > "\${fpath[1]}/_tuf-ld"
  tuf-ld completion fish > ~/.config/fish/completions/tuf-ld.fish`,
    )
    .action(async (shell: (typeof SHELLS)[number], options: CompletionOptions) =>
      (await import("../actions/completion.ts")).completion(program, shell, options),
    );
}
