/// <reference types="node" />
/**
 * A completion script for a shell, made from the commands as they are.
 * @module
 */
import type { Command, Option } from "commander";
import type { CompletionOptions, SHELLS } from "../commands/completion.ts";
import { writeOutput } from "../io.ts";
import { toJson } from "../output.ts";

/** What may follow: one of these words, a file, or something that only the person knows. */
type Value = readonly string[] | "file" | "text";

interface OptionWords {
  /** As typed: `--out`, and `-o` if there is one. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Absent for a switch. */
  readonly value?: Value;
}

interface CommandWords {
  /** The words after `tuf-ld`: `key gen`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly argument?: Value;
  readonly options: readonly OptionWords[];
}

const SCRIPTS = { bash, zsh, fish } as const;

export async function completion(
  program: Command,
  shell: (typeof SHELLS)[number],
  { json }: CompletionOptions,
): Promise<void> {
  const words = wordsOf(program, "");
  return writeOutput(undefined, json ? toJson(words) : SCRIPTS[shell](words));
}

function wordsOf(command: Command, path: string): CommandWords[] {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  const own: CommandWords = {
    path,
    commands: help
      .visibleCommands(command)
      .map((each) => ({ name: each.name(), description: each.description() })),
    options: help.visibleOptions(command).map(optionWords),
    ...(argument === undefined
      ? {}
      : { argument: completionOf(`<${argument.name()}>`, argument.argChoices) }),
  };
  return [own, ...command.commands.flatMap((each) => wordsOf(each, `${path} ${each.name()}`.trim()))];
}

/** Placeholders of values that are files. */
const FILE_VALUES: ReadonlySet<string> = new Set(["<file>", "<dir>", "<key>", "<role=file>"]);

function completionOf(placeholder: string, choices: readonly string[] | undefined): Value {
  return choices ?? (FILE_VALUES.has(placeholder) ? "file" : "text");
}

function optionWords({ long, short, flags, description, argChoices, required }: Option): OptionWords {
  const words = [long, short].filter((flag) => flag !== undefined && flag !== null) as string[];
  if (!required) return { flags: words, description };
  const placeholder = flags.slice(flags.lastIndexOf(" ") + 1).replace("...", "");
  return { flags: words, description, value: completionOf(placeholder, argChoices) };
}

/** Every option that takes a value, as patterns `path --flag`, by what completes it. */
function valuePatterns(words: readonly CommandWords[]): ReadonlyMap<string, string[]> {
  const patterns = new Map<string, string[]>();
  for (const { path, options } of words) {
    for (const { flags, value } of options) {
      if (value === undefined) continue;
      const kind = typeof value === "string" ? value : value.join(" ");
      const known = patterns.get(kind) ?? [];
      patterns.set(kind, [...known, ...flags.map((flag) => `"${path} ${flag}"`)]);
    }
  }
  return patterns;
}

/** Patterns `path word` that lead on to a command. */
function commandPatterns(words: readonly CommandWords[]): string {
  const paths = words.filter(({ path }) => path !== "").map(({ path }) => path);
  return paths.map((path) => `"${path.includes(" ") ? path : ` ${path}`}"`).join(" | ");
}

function operandsOf({ commands, argument }: CommandWords): Value | undefined {
  return commands.length > 0 ? commands.map(({ name }) => name) : argument;
}

function bash(words: readonly CommandWords[]): string {
  const fill = (value: Value | undefined): string =>
    value === "file"
      ? "_tuf_ld_files"
      : value === undefined || value === "text"
        ? ":"
        : `_tuf_ld_words ${value.join(" ")}`;
  const values = [...valuePatterns(words)].map(
    ([kind, patterns]) =>
      `    ${patterns.join(" | ")}) ${fill(kind === "file" || kind === "text" ? kind : kind.split(" "))}; return ;;`,
  );
  const cases = words.map((command) => {
    const flags = command.options.flatMap((option) => option.flags).join(" ");
    return `    "${command.path}") case "$current" in -*) _tuf_ld_words ${flags} ;; *) ${fill(operandsOf(command))} ;; esac ;;`;
  });
  return `# bash completion for tuf-ld; source it, or put it where bash-completion looks
_tuf_ld_words() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(printf '%s\\n' "$@")" -- "$current"))
}
_tuf_ld_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$current"))
}
_tuf_ld() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at="" i
  # --option=value is three words here, and so is the ROLE=FILE of --via.
  if [ "$current" = "=" ]; then current=""; elif [ "$previous" = "=" ]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${commandPatterns(words)}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at $previous" in
${values.join("\n")}
  esac
  case "$at" in
${cases.join("\n")}
  esac
}
complete -F _tuf_ld tuf-ld
`;
}

function zsh(words: readonly CommandWords[]): string {
  const fill = (value: Value | undefined): string =>
    value === "file"
      ? "_files"
      : value === undefined || value === "text"
        ? ":"
        : `compadd -- ${value.join(" ")}`;
  const values = [...valuePatterns(words)].map(
    ([kind, patterns]) =>
      `    (${patterns.join("|")}) ${fill(kind === "file" || kind === "text" ? kind : kind.split(" "))}; return ;;`,
  );
  const cases = words.map((command) => {
    const flags = command.options.flatMap((option) => option.flags).join(" ");
    return `    ("${command.path}") if [[ "$current" == -* ]]; then compadd -- ${flags}; else ${fill(operandsOf(command))}; fi ;;`;
  });
  return `#compdef tuf-ld
_tuf_ld() {
  local current="\${words[CURRENT]}" previous="\${words[CURRENT-1]}" at="" i
  # --option=value is one word here.
  if [[ "$current" == --*=* ]]; then
    previous="\${current%%=*}"
    compset -P '*='
    current="\${words[CURRENT]#*=}"
  fi
  # So is ROLE=FILE.
  if [[ "$previous" == --via ]]; then compset -P '*='; fi
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      (${commandPatterns(words).replaceAll(" | ", "|")}) at="\${at:+$at }\${words[i]}" ;;
    esac
  done
  case "$at $previous" in
${values.join("\n")}
  esac
  case "$at" in
${cases.join("\n")}
  esac
}
if [[ "\${funcstack[1]}" == _tuf-ld ]]; then _tuf_ld "$@"; else compdef _tuf_ld tuf-ld; fi
`;
}

function fish(words: readonly CommandWords[]): string {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const lines = words.flatMap((command) => {
    const names = command.path.split(" ").filter((name) => name !== "");
    const below = command.commands.map(({ name }) => name);
    const seen = names.map((name) => `__fish_seen_subcommand_from ${name}`);
    const unseen = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(" ")}`];
    const condition = quote([...seen, ...unseen].join("; and ") || "true");
    const start = `complete -c tuf-ld -n ${condition}`;
    const operands = operandsOf(command);
    return [
      ...(operands === "file" ? [`${start} -F`] : []),
      ...command.commands.map(({ name, description }) => `${start} -f -a ${name} -d ${quote(description)}`),
      ...(command.argument === undefined || typeof command.argument === "string"
        ? []
        : [`${start} -f -a ${quote(command.argument.join(" "))}`]),
      ...command.options.map(({ flags, description, value }) => {
        const named = flags.map((flag) =>
          flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        );
        const takes =
          value === undefined
            ? ""
            : value === "file"
              ? " -r -F"
              : value === "text"
                ? " -x"
                : ` -x -a ${quote(value.join(" "))}`;
        return `${start} ${named.join(" ")}${takes} -d ${quote(description)}`;
      }),
    ];
  });
  return `complete -c tuf-ld -f\n${lines.join("\n")}\n`;
}
