/// <reference types="node" />
/**
 * Adds targets, from whatever they come.
 * @module
 */
import type { HashAlgorithm } from "#platform";
import { type JsonValue, parseJson } from "../../document/json.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import type { Repository } from "../../repository/repository.ts";
import { CUSTOM_MAX_DEPTH } from "../../repository/target.ts";
import { addCsv } from "../addCsv.ts";
import { addFiles } from "../addFiles.ts";
import { addIndex, type Skipped } from "../addIndex.ts";
import type { AddOptions } from "../commands/add.ts";
import { openIndex } from "../indexSource.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { inBytes } from "../progress.ts";
import { folderOf, openRepository } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";
import { type Work, withWork } from "../work.ts";

const HASHES: readonly HashAlgorithm[] = ["sha256", "sha384", "sha512"];
/** Names that are printed one by one. */
const SHOWN = 20;

/** What is told of it: lines for a person, and facts. */
interface Told {
  readonly lines: readonly string[];
  readonly facts: object;
}

export async function add(paths: readonly string[], options: AddOptions): Promise<void> {
  const { fromCsv, fromIndex, pages = true, strict = false, json, quiet } = options;
  const imported = fromCsv !== undefined || fromIndex !== undefined;
  if (imported && paths.length > 0)
    throw new UsageError(`${paths[0]} is given beside --from-${fromCsv === undefined ? "index" : "csv"}`);
  if (!imported && paths.length === 0)
    throw new UsageError("name files or folders, or give --from-csv or --from-index");
  if (fromIndex === undefined && !pages) throw new UsageError("--no-pages goes with --from-index");
  if (!imported && strict) throw new UsageError("--strict goes with --from-index or --from-csv");
  if (options.as !== undefined && options.base !== undefined)
    throw new UsageError("--as and --base both say how to name files; give one");
  const custom = customOf(options.custom);
  const hashes = hashesOf(options.hash);
  const repository = await openRepository(options);
  const role = options.role ?? repository.config.bins?.prefix ?? "targets";
  const told = await withWork(options, (work) => {
    if (fromCsv !== undefined) return csv(repository, fromCsv, { role, strict }, work);
    if (fromIndex !== undefined) return index(repository, fromIndex, { role, pages, strict }, work);
    return files(repository, paths, options, { role, hashes, ...(custom && { custom }) }, work);
  });
  if (json) return writeOutput(undefined, toJson({ ok: true, role, ...told.facts }));
  if (!quiet) await writeOutput(undefined, `${told.lines.map(printable).join("\n")}\n`);
}

async function files(
  repository: Repository,
  paths: readonly string[],
  { as, base, ...options }: AddOptions,
  request: {
    readonly role: string;
    readonly hashes: readonly HashAlgorithm[];
    readonly custom?: Readonly<Record<string, JsonValue>>;
  },
  work: Work,
): Promise<Told> {
  const naming = { ...(as === undefined ? {} : { as }), ...(base === undefined ? {} : { base }) };
  const facts = await addFiles(repository, paths, { ...naming, ...request, folder: folderOf(options) }, work);
  const { added, bytes, targets } = facts;
  const lines = targets.slice(0, SHOWN).map((name) => `staged ${name}`);
  if (added > SHOWN) lines.push(`and ${added - SHOWN} more`);
  const odd = targets.filter((name) => /[%#?]/.test(name));
  if (odd.length > 0)
    lines.push(`note: ${odd[0]} has "%", "#" or "?" in its name, which several TUF clients cannot ask for`);
  return {
    lines: [...lines, `${counted(added, "target")}, ${inBytes(bytes)}, in ${request.role}`],
    facts,
  };
}

async function csv(
  repository: Repository,
  path: string,
  into: { readonly role: string; readonly strict: boolean },
  work: Work,
): Promise<Told> {
  const facts = await addCsv(repository, path, into, work);
  const { added, skipped, duplicates } = facts;
  const shown = skipped
    .slice(0, SHOWN)
    .map(
      ({ project, targets }) =>
        `skipped ${counted(targets, "target")} of ${project}, which has keys of its own`,
    );
  if (skipped.length > SHOWN) shown.push(`and ${skipped.length - SHOWN} more; --json names them all`);
  const twice = duplicates
    .slice(0, SHOWN)
    .map(
      ({ path: name, lines: [first, second], same }) =>
        `${name} stands on lines ${first} and ${second}, ${same ? "which say the same" : "which differ: the later one counts"}`,
    );
  if (duplicates.length > SHOWN) twice.push(`and ${duplicates.length - SHOWN} more that stand there twice`);
  return { lines: [...shown, ...twice, `staged ${counted(added, "target")} in ${into.role}`], facts };
}

async function index(
  repository: Repository,
  given: string,
  request: { readonly role: string; readonly pages: boolean; readonly strict: boolean },
  work: Work,
): Promise<Told> {
  const source = await openIndex(given, work.signal);
  const facts = await addIndex(repository, source, request, work);
  const { projects, files: count, pages, skipped } = facts;
  const shown = skipped.slice(0, SHOWN).map((each) => `skipped ${skippedLine(each)}`);
  if (skipped.length > SHOWN) shown.push(`and ${skipped.length - SHOWN} more; --json names them all`);
  const line = `staged ${counted(count, "file")} and ${counted(pages, "page")} of ${counted(projects, "project")} in ${request.role}`;
  return { lines: [...shown, skipped.length > 0 ? `${line}; skipped ${skipped.length}` : line], facts };
}

function skippedLine({ project, filename, reason }: Skipped): string {
  return `${project}${filename === undefined ? "" : `: ${filename}`}: ${reason}`;
}

function customOf(text: string | undefined): Readonly<Record<string, JsonValue>> | undefined {
  if (text === undefined) return undefined;
  let value: JsonValue;
  try {
    value = parseJson(encodeUtf8(text), { maxDepth: CUSTOM_MAX_DEPTH });
  } catch (error) {
    throw new UsageError(`--custom is not JSON: ${(error as Error).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError("--custom takes a JSON object");
}

function hashesOf(text = "sha256"): readonly HashAlgorithm[] {
  const names = [...new Set(text.split(","))];
  const known = names.flatMap((name) => HASHES.find((each) => each === name) ?? []);
  if (known.length === names.length) return known;
  throw new UsageError(`--hash takes ${HASHES.join(", ")}, with commas between`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
