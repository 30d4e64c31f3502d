/// <reference types="node" />
/**
 * Compares what is to be uploaded with what is signed.
 * @module
 */
import { type Checked, checkPublic } from "../checkPublic.ts";
import type { CheckOptions } from "../commands/check.ts";
import { exitCodeOf } from "../exit.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { folderOf, openRepository } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";
import { withWork } from "../work.ts";

/** Files that are named one by one. */
const SHOWN = 50;

export async function check(options: CheckOptions): Promise<void> {
  const { targets = true, sample, json, quiet } = options;
  if (!targets && sample !== undefined) throw new UsageError("--sample and --no-targets exclude each other");
  const repository = await openRepository(options);
  const request = { folder: folderOf(options), targets, ...(sample === undefined ? {} : { sample }) };
  const checked = await withWork(options, (work) => checkPublic(repository, request, work));
  const [first] = checked.problems;
  if (first !== undefined) process.exitCode = exitCodeOf(first.code);
  if (json) return writeOutput(undefined, toJson({ ok: first === undefined, ...checked }));
  for (const { code, file, message } of checked.problems.slice(0, SHOWN))
    process.stderr.write(`${printable(`${file}: ${code}: ${message}`)}\n`);
  if (checked.problems.length > SHOWN)
    process.stderr.write(`and ${checked.problems.length - SHOWN} more; --json names them all\n`);
  if (!quiet) await writeOutput(undefined, `${describe(checked).map(printable).join("\n")}\n`);
}

function describe({ problems, metadata, targets, read, extra }: Checked): string[] {
  const named = extra.slice(0, SHOWN).map((file) => `extra: ${file}`);
  if (extra.length > SHOWN) named.push(`and ${extra.length - SHOWN} more; --json names them all`);
  const counts = `${metadata} metadata files, ${targets} targets, ${read} target files read`;
  const verdict =
    problems.length === 0
      ? "public/ is what is signed"
      : `public/ is not what is signed: ${problems.length} ${problems.length === 1 ? "file" : "files"} missing or wrong`;
  return [...named, `${verdict} (${counts})`];
}
