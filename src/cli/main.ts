/// <reference types="node" />
/**
 * The `tuf-ld` command: assembles the commands and turns errors into messages and exit codes.
 *
 * `commands/` says what each command takes and imports next to nothing, so that help is quick; `actions/` does
 * the work and is imported when it is asked for.
 * @module
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { type Subject, subjectOf, TufLdError } from "../errors.ts";
import { systemReason } from "../systemReasons.ts";
import { registerAccept, registerClaim } from "./commands/accept.ts";
import { registerAdd, registerRemove } from "./commands/add.ts";
import { registerCanonize } from "./commands/canonize.ts";
import { registerCheck } from "./commands/check.ts";
import { registerCompletion } from "./commands/completion.ts";
import { registerConvert } from "./commands/convert.ts";
import { registerDelegate, registerUndelegate } from "./commands/delegate.ts";
import { registerDiscard } from "./commands/discard.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerGet } from "./commands/get.ts";
import { registerInit } from "./commands/init.ts";
import { registerInspect } from "./commands/inspect.ts";
import { registerKey } from "./commands/key.ts";
import { registerList } from "./commands/list.ts";
import { registerMirror } from "./commands/mirror.ts";
import { registerAddSignature, registerPayload } from "./commands/payload.ts";
import { registerProject } from "./commands/project.ts";
import { registerClean, registerPublish } from "./commands/publish.ts";
import { registerRecover } from "./commands/recover.ts";
import { registerRefresh } from "./commands/refresh.ts";
import { registerRepos, registerUntrust } from "./commands/repos.ts";
import { registerRevoke } from "./commands/revoke.ts";
import { registerRole } from "./commands/role.ts";
import { registerRotate } from "./commands/rotate.ts";
import { registerServe } from "./commands/serve.ts";
import { registerSign } from "./commands/sign.ts";
import { registerStatus } from "./commands/status.ts";
import { registerSuites } from "./commands/suites.ts";
import { registerTrust } from "./commands/trust.ts";
import { registerVerify } from "./commands/verify.ts";
import { type Audience, EXIT, exitCodeOf, hintAfter } from "./exit.ts";
import { afterInterruption, Interrupted, interrupt } from "./interruption.ts";
import { type ErrorText, printError, toJson } from "./output.ts";
import { UsageError } from "./usage.ts";

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The command that the arguments name, as far as they were understood: its help is where a hint points. */
let asked = "tuf-ld";
/** Who reads what the command says. */
let audience: Audience = "documents";

type Register = (program: Command) => void;

/** The commands by name, in the order of help. */
const GROUPS: readonly (readonly [
  heading: string,
  audience: Audience,
  commands: Readonly<Record<string, Register>>,
])[] = [
  [
    "Documents and keys:",
    "documents",
    {
      verify: registerVerify,
      sign: registerSign,
      inspect: registerInspect,
      convert: registerConvert,
      canonize: registerCanonize,
      key: registerKey,
    },
  ],
  [
    "Repositories:",
    "client",
    {
      trust: registerTrust,
      repos: registerRepos,
      untrust: registerUntrust,
      refresh: registerRefresh,
      get: registerGet,
      list: registerList,
      explain: registerExplain,
      mirror: registerMirror,
    },
  ],
  [
    "Publishing:",
    "publisher",
    {
      init: registerInit,
      role: registerRole,
      delegate: registerDelegate,
      undelegate: registerUndelegate,
      add: registerAdd,
      remove: registerRemove,
      discard: registerDiscard,
      status: registerStatus,
      publish: registerPublish,
      check: registerCheck,
      payload: registerPayload,
      "add-signature": registerAddSignature,
      clean: registerClean,
      rotate: registerRotate,
      revoke: registerRevoke,
      recover: registerRecover,
      serve: registerServe,
      project: registerProject,
      accept: registerAccept,
      claim: registerClaim,
    },
  ],
  ["More:", "documents", { suites: registerSuites, completion: registerCompletion }],
];

/** Whether arguments that begin so speak of other commands too: help, completion, a name that was mistyped. */
function needsAll(word: string): boolean {
  if (word === "--version" || word === "-V") return false;
  return word === "completion" || !GROUPS.some(([, , commands]) => Object.hasOwn(commands, word));
}

function build(): Command {
  const program = new Command("tuf-ld")
    .description(
      "The Update Framework as Linked Data: sign, verify and convert TUF metadata and credentials.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpCommand("help [command]", "print help for a command")
    .addHelpText(
      "after",
      `
Examples:
  tuf-ld key gen -o me.pem
  tuf-ld sign root.json --key me.pem -o root.json
  tuf-ld verify timestamp.json --root root.json
  tuf-ld trust https://tuf-repo-cdn.sigstore.dev --root root.json
  tuf-ld get trusted_root.json
  tuf-ld help verify

Passphrases of keys are asked for. Without a terminal, TUF_LD_PASSPHRASE is one,
and TUF_LD_PASSPHRASE_FILE names a file with one a line: each key is opened by
the one that fits.

Exit codes: 0 ok, 1 other, 2 usage, 10 no signature, 11 target not found,
12 threshold or signature, 14 expired, 15 rollback, 16 hash or length,
17 no trusted root, 18 malformed, 20 network, 21 storage, 130 interrupted.`,
    );
  // To describe them all takes as long as a short command's own work.
  const [, , word = ""] = process.argv;
  const all = needsAll(word);
  for (const [heading, , commands] of GROUPS) {
    program.commandsGroup(heading);
    for (const [name, register] of Object.entries(commands)) if (all || name === word) register(program);
  }
  prepare(program, "tuf-ld");
  program.hook("preAction", (_, command) => {
    asked =
      command.parent === program
        ? `tuf-ld ${command.name()}`
        : `tuf-ld ${command.parent?.name()} ${command.name()}`;
    audience = audienceOf(word, command.opts());
  });
  return program;
}

/** For whom a command is: `verify --target` asks a repository, and `list --dir` lists one's own. */
function audienceOf(word: string, options: { readonly target?: unknown; readonly dir?: unknown }): Audience {
  if (word === "verify" && options.target !== undefined) return "client";
  if (word === "list" && options.dir !== undefined) return "publisher";
  return GROUPS.find(([, , commands]) => Object.hasOwn(commands, word))?.[1] ?? "documents";
}

/** What no command inherits: errors come to us, and help asks for nothing that is not documented. */
function prepare(command: Command, name: string): void {
  command.helpOption("-h, --help", "print this help");
  command.configureOutput({ outputError: () => undefined });
  for (const option of command.options) {
    if (Array.isArray(option.defaultValue)) option.defaultValueDescription = "none";
  }
  command.exitOverride((error) => {
    asked = name;
    throw error;
  });
  for (const each of command.commands) prepare(each, `${name} ${each.name()}`);
}

interface Ending extends ErrorText, Subject {
  readonly exit: number;
  readonly details?: object;
}

/** How an error ends the command. */
function endingOf(error: unknown): Ending {
  if (error instanceof TufLdError) {
    const { code, message, details } = error;
    const hint = hintAfter(error, audience);
    return { exit: exitCodeOf(code), code, message, ...subjectOf(error), details, hint };
  }
  if (error instanceof CommanderError || error instanceof UsageError) {
    const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    const hint = `\`${asked} --help\` shows the options and examples`;
    return { exit: EXIT.usage, code: "ERR_USAGE", message, hint };
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = "this is a defect of tuf-ld; please report it with the command that you ran";
  return { exit: EXIT.other, code: "ERR_INTERNAL", message, hint };
}

function tellInterrupted(): void {
  process.stderr.write(afterInterruption(asked) ?? "");
}

function end(error: unknown): number {
  if (error instanceof CommanderError && (error.exitCode === 0 || error.code === "commander.help")) {
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  const isAtPrompt = error instanceof Error && error.name === "ExitPromptError";
  if (isAtPrompt || error instanceof Interrupted) tellInterrupted();
  if (isAtPrompt) return EXIT.interrupted;
  if (error instanceof Interrupted) return error.exit;
  const { exit, ...text } = endingOf(error);
  if (process.argv.includes("--json")) process.stdout.write(toJson({ ok: false, error: text }));
  printError(text);
  if (text.code === "ERR_INTERNAL" && process.env["TUF_LD_DEBUG"] !== undefined) {
    process.stderr.write(`${(error as Error).stack}\n`);
  }
  return exit;
}

for (const [signal, code] of [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => interrupt(code, tellInterrupted));
}
process.on("uncaughtException", (error) => process.exit(end(error)));
// Whoever reads us (head, less) has seen enough: no message, but no success that was not there either.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode || EXIT.other);
  const path = "standard output";
  const reason = systemReason(error.code) ?? error.message;
  process.exit(end(new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason }, { cause: error })));
});
process.stderr.on("error", () => undefined);

// A command that waits for something that never comes has not succeeded, whatever Node makes of an empty event loop.
const stall = (): never =>
  process.exit(end(new Error("nothing is left to wait for, and no end was reached")));
process.on("beforeExit", stall);
build()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = end(error);
  })
  .finally(() => process.off("beforeExit", stall));
