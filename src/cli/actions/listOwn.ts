/// <reference types="node" />
/**
 * The targets of a repository that one publishes: as they will be once everything that is staged is published.
 * @module
 */
import { readHead } from "../../repository/changes.ts";
import { everyTarget } from "../../repository/contents.ts";
import { TIMESTAMP } from "../../repository/layout.ts";
import type { RepositoryStorage } from "../../repository/storage.ts";
import type { TargetFile } from "../../vocabulary/types.ts";
import type { ListOptions } from "../commands/list.ts";
import { writeOutput } from "../io.ts";
import { printable } from "../output.ts";
import { isLiteral, selects } from "../patterns.ts";
import { folderOf, openRepository } from "../repositoryFolder.ts";

/** Lines that are written at once. */
const BATCH = 1_000;

export async function listOwn(patterns: readonly string[], options: ListOptions): Promise<void> {
  const { json, quiet } = options;
  const repository = await openRepository(options);
  const { storage } = repository;
  if (!quiet)
    process.stderr.write(
      `${printable(`the repository in ${folderOf(options)}, staged targets included; --repo NAME lists a trusted one`)}\n`,
    );
  const before = await stateOf(storage);
  // Not inside `withDrafts`: whoever reads our lines may take hours over them, and nobody could publish meanwhile.
  const drafts = await repository.withDrafts(async (each) => each);
  // Without patterns, only the bins that these paths belong to are read.
  const among = patterns.length > 0 && patterns.every(isLiteral) ? patterns : undefined;
  let lines: string[] = [];
  let count = 0;
  const flush = async (): Promise<void> => {
    await writeOutput(undefined, lines.join(""));
    lines = [];
  };
  // Entry by entry: those of an index fit in no one string.
  if (json) lines.push('{\n  "targets": [');
  for await (const [role, path, target, staged] of everyTarget(storage, drafts, among)) {
    if (!selects(patterns, path)) continue;
    const line = json
      ? `${count === 0 ? "" : ","}\n    ${JSON.stringify(entryOf(role, path, target, staged))}`
      : lineOf(role, path, target, staged);
    count++;
    if (lines.push(line) >= BATCH) await flush();
  }
  if (json) lines.push(`${count === 0 ? "" : "\n  "}],\n  "ok": true\n}\n`);
  await flush();
  if ((await stateOf(storage)) !== before)
    process.stderr.write("warning: the repository has changed meanwhile; list it again\n");
}

/** What differs after anybody has published or has staged changes of targets in bins. */
async function stateOf(storage: RepositoryStorage): Promise<string> {
  return `${await storage.get(TIMESTAMP)} ${JSON.stringify(await readHead(storage))}`;
}

function entryOf(
  role: string,
  path: string,
  { length, hashes, custom }: TargetFile,
  staged: boolean,
): object {
  return { path, length, hashes, ...(custom === undefined ? {} : { custom }), role, staged };
}

function lineOf(role: string, path: string, { length }: TargetFile, staged: boolean): string {
  const size = String(length).padStart(12);
  return `${size}  ${printable(path).padEnd(40)}  ${printable(role)}${staged ? " (staged)" : ""}\n`;
}
