/// <reference types="node" />
/**
 * Brings the top-level metadata up to date and says what it is now.
 * @module
 */
import type { Accepted } from "../../client/updater.ts";
import type { ClientOptions } from "../clientOptions.ts";
import { writeOutput } from "../io.ts";
import { table, toJson } from "../output.ts";
import { homeFolder, openRepository } from "../repositories.ts";
import { createUpdater, withSession } from "../session.ts";
import { signersOf } from "../targetSource.ts";

export async function refresh(options: ClientOptions): Promise<void> {
  const repository = await openRepository(homeFolder(options.home), options.repo);
  const { result, text } = await withSession(options, async (session) => {
    const updater = createUpdater(repository, options, session);
    const { root, timestamp, snapshot, targets } = await updater.refresh();
    const roles = [root, timestamp, snapshot, targets].map(summary);
    const result = {
      ok: true,
      repository: repository.name,
      at: updater.at.toISOString(),
      roles,
      failedMirrors: session.failedMirrors,
    };
    return { result, text: render(repository.name, roles) };
  });
  await writeOutput(undefined, options.json ? toJson(result) : text);
}

interface RoleSummary {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  readonly from: string;
  readonly policy: string;
  readonly valid: number;
  readonly of: number;
  readonly threshold: number;
}

function summary(accepted: Accepted): RoleSummary {
  const { version, expires } = accepted.file.signed;
  const { policy } = accepted.check.count;
  return { ...signersOf(accepted), version, expires, policy, from: accepted.from };
}

const SOURCES: ReadonlyMap<string, string> = new Map([
  ["network", "new"],
  ["store", "as before"],
  ["trusted", "pinned"],
]);

function render(name: string, roles: readonly RoleSummary[]): string {
  const rows = roles.map(({ role, version, expires, threshold, of, policy, from }) => [
    role,
    String(version),
    expires,
    `${threshold} of ${of} keys (${policy})`,
    SOURCES.get(from) ?? from,
  ]);
  return `${name} is up to date\n${table([["role", "version", "expires", "signed by", ""], ...rows])}`;
}
