/// <reference types="node" />
/**
 * `tuf-ld completion`: a completion script for a shell, made from the commands as they are.
 * @module
 */
import { Argument, type Command } from "commander";
import { writeOutput } from "../io.ts";
import { toJson } from "../output.ts";

export function registerCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .option("--json", "print the words as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  source <(tuf-ld completion bash)\n  tuf-ld completion fish > ~/.config/fish/completions/tuf-ld.fish",
    )
    .action(async (shell: string, { json }: { json?: boolean }) => {
      const words = wordsOf(program, []);
      if (json) return writeOutput(undefined, toJson(Object.fromEntries(words)));
      return writeOutput(undefined, shell === "fish" ? fish(words) : bash(words, shell === "zsh"));
    });
}

/** For every command, by its words after the program's name: what may come next. */
function wordsOf(command: Command, path: readonly string[]): [string, string[]][] {
  const below = command.commands.map((each) => each.name());
  const options = command.createHelp().visibleOptions(command).map((option) => option.long ?? option.short ?? "");
  const own: [string, string[]] = [path.join(" "), [...below, ...options]];
  return [own, ...command.commands.flatMap((each) => wordsOf(each, [...path, each.name()]))];
}

function bash(words: readonly (readonly [string, readonly string[]])[], zsh: boolean): string {
  const cases = words.map(([path, next]) => `    "${path}") words="${next.join(" ")}" ;;`).join("\n");
  return `${zsh ? "autoload -U +X bashcompinit && bashcompinit\n" : ""}_tuf_ld() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) case " ${words.map(([path]) => path).join(" ")} " in *" $word "*) path="\${path:+$path }$word" ;; esac ;; esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _tuf_ld tuf-ld
`;
}

function fish(words: readonly (readonly [string, readonly string[]])[]): string {
  return words
    .flatMap(([path, next]) => {
      const names = path.split(" ").filter((name) => name !== "");
      const seen = names.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ");
      const condition = seen === "" ? "__fish_use_subcommand" : seen;
      return next.map((word) => {
        const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
        return `complete -c tuf-ld -n '${condition}' ${what}`;
      });
    })
    .join("\n")
    .concat("\n");
}
