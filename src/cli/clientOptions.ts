/// <reference types="node" />
/**
 * Options that every command of the client takes: which repository, as of when, and what is accepted.
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { POLICIES, type Policy } from "../proof/threshold.ts";
import { collect, parseCount, parseDate } from "./options.ts";

/** Which of the trusted repositories, and how to tell of the work. */
export interface RepositoryOptions {
  readonly repo?: string;
  readonly home?: string;
  readonly deadline?: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** What counts for which role: one of the policies for a role, or, without a role, for all others. */
export interface Requirement {
  readonly role?: string;
  readonly policy: Policy;
}

/** How a repository is used this time. */
export interface ClientOptions extends RepositoryOptions {
  readonly at?: Date;
  readonly offline?: boolean;
  readonly cached?: boolean;
  /** Default: what `tuf-ld trust` was told. */
  readonly require?: readonly Requirement[];
  readonly suite: readonly string[];
}

/** Several repositories that must agree (TAP 4). */
export interface MapOptions {
  readonly map?: string;
  readonly roots?: string;
}

/** `--home`, `--deadline`, `--quiet`, `--json`. */
export function addCommonOptions(command: Command): Command {
  return command
    .option(
      "--home <dir>",
      "where trusted repositories are kept; default: $TUF_LD_HOME or ~/.local/share/tuf-ld",
    )
    .option(
      "--deadline <seconds>",
      "give up after this time; default: never while data keeps coming",
      parseCount,
    )
    .option("-q, --quiet", "no progress and no notes")
    .option("--json", "print the result as JSON");
}

/** `--require` and `--suite`. */
export function addAcceptanceOptions(command: Command): Command {
  const require = new Option(
    "--require <policy>",
    "what counts toward thresholds: either, classic, linked or both, or ROLE=POLICY for one role; repeatable",
  ).argParser(collectRequirement);
  return command
    .addOption(require)
    .option("--suite <name>", "accept this suite, and only those named; repeatable", collect, []);
}

/** All options of commands that ask a repository. */
export function addClientOptions(command: Command): Command {
  command
    .option("--repo <name>", "the repository, by name or URL; default: the only one that is trusted")
    .option("--at <date>", "judge expiry at this instant; default: now", parseDate)
    .addOption(
      new Option("--cached", "ask the network only if what is cached is not valid any more").conflicts(
        "offline",
      ),
    )
    .option("--offline", "never ask the network");
  return addCommonOptions(addAcceptanceOptions(command));
}

/** `--map` and `--roots`. */
export function addMapOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--map <file>",
        "ask the repositories of this map, which must agree (TAP 4); they are trusted by name",
      ).conflicts("repo"),
    )
    .option("--roots <dir>", "with --map: trust the roots DIR/NAME/root.json instead");
}

function collectRequirement(value: string, previous: readonly Requirement[] = []): Requirement[] {
  const at = value.lastIndexOf("=");
  const policy = POLICIES.find((each) => each === value.slice(at + 1));
  if (policy === undefined || at === 0) {
    throw new InvalidArgumentError(`Give one of ${POLICIES.join(", ")}, or ROLE=POLICY.`);
  }
  return [...previous, at < 0 ? { policy } : { role: value.slice(0, at), policy }];
}
