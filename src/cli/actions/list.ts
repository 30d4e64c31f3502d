/// <reference types="node" />
/**
 * All targets that can be found, and who may sign for each.
 * @module
 */
import type { TufLdError, TufLdErrorCode } from "../../errors.ts";
import type { ListOptions } from "../commands/list.ts";
import { exitCodeOf } from "../exit.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { selects } from "../patterns.ts";
import { isInRepository } from "../repositoryFolder.ts";
import { withSession } from "../session.ts";
import { type LocatedTarget, openSource, roleOf, signersOf } from "../targetSource.ts";
import { UsageError } from "../usage.ts";

/** Lines that are written at once. */
const BATCH = 1_000;

export async function list(patterns: readonly string[], options: ListOptions): Promise<void> {
  const { dir, quiet: _, json: __, suite, ...client } = options;
  const asked = suite.length > 0 || Object.values(client).some((value) => value !== undefined);
  if (asked && dir !== undefined)
    throw new UsageError("--dir lists a repository that you publish; the other options are for trusted ones");
  if (!asked && (dir !== undefined || (await isInRepository(options))))
    return (await import("./listOwn.ts")).listOwn(patterns, options);
  await withSession(options, async (session) => {
    const source = await openSource(options, session);
    const entries: object[] = [];
    let lines: string[] = [];
    const flush = async (): Promise<void> => {
      session.progress.stop();
      await writeOutput(undefined, lines.join(""));
      lines = [];
    };
    const unreadable: UnreadableRole[] = [];
    const onUnreadable = (role: string, { code, message }: TufLdError): void => {
      // Before anything else is written: whoever closes our stdout early must not turn this into a success.
      process.exitCode ||= exitCodeOf(code);
      unreadable.push({ role, code, message });
      session.warn(
        `the role "${role}" cannot be read, and what it decides is not listed: ${code} ${message}`,
      );
    };
    for await (const located of source.list({ onUnreadable })) {
      if (!selects(patterns, located.path)) continue;
      if (options.json) entries.push(entryOf(located));
      else if (lines.push(lineOf(located, options.map !== undefined)) >= BATCH) await flush();
    }
    const ok = unreadable.length === 0;
    if (options.json) await writeOutput(undefined, toJson({ ok, targets: entries, unreadable }));
    else await flush();
  });
}

/** A delegated role that the list goes on without. */
interface UnreadableRole {
  readonly role: string;
  readonly code: TufLdErrorCode;
  readonly message: string;
}

function entryOf(located: LocatedTarget): object {
  const { path, target, chain, repositories } = located;
  const { role, of, threshold } = signersOf(roleOf(located));
  const keyids = [...roleOf(located).keys.byKeyid.keys()];
  const delegations = chain.map((link) => link.role);
  const { length, hashes, custom } = target;
  return {
    path,
    length,
    hashes,
    ...(custom === undefined ? {} : { custom }),
    role,
    delegations,
    threshold,
    of,
    keyids,
    repositories,
  };
}

function lineOf(located: LocatedTarget, isMap: boolean): string {
  const { role, of, threshold } = signersOf(roleOf(located));
  const length = String(located.target.length).padStart(12);
  const said = isMap ? `, said by ${located.repositories.join(", ")}` : "";
  return `${length}  ${printable(located.path).padEnd(40)}  ${printable(role)} (${threshold} of ${of} keys${said})\n`;
}
