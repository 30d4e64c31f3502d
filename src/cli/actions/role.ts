/// <reference types="node" />
/**
 * Changes what a repository says of a role.
 * @module
 */
import { relative } from "node:path";
import { TufLdError } from "../../errors.ts";
import type { Repository } from "../../repository/repository.ts";
import { shortId } from "../ceremony.ts";
import type { ExpiresOptions } from "../commands/role.ts";
import type { FolderOptions } from "../folderOptions.ts";
import { writeOutput } from "../io.ts";
import { readTrustedKey } from "../keys.ts";
import { printable, toJson } from "../output.ts";
import { keyFolderOf, openRepository } from "../repositoryFolder.ts";
import { assertRoles, keyidIn, roleIn } from "../roleNames.ts";
import { UsageError } from "../usage.ts";

export async function addKey(role: string, given: readonly string[], options: FolderOptions): Promise<void> {
  const repository = await openRepository(options);
  await assertRoles(repository, [role]);
  const keys = [];
  for (const each of given) keys.push((await readTrustedKey(each)).key);
  const keyids = await repository.addKeys(role, keys);
  const folder = keyFolderOf(options);
  const made: string[] = [];
  for (const [at, key] of keys.entries()) {
    const path = await folder.makeFindable(given[at] ?? "", key);
    if (path !== undefined) made.push(relative("", path));
  }
  const names = keyids.map(shortId).join(", ");
  const beside = made.length === 0 ? "" : `; ${made.join(", ")} tells \`publish\` which key lies beside it`;
  await tell(
    options,
    { role, keyids },
    `${role} lists ${names}; staged, \`tuf-ld status\` tells who signs it${beside}`,
  );
}

export async function removeKey(role: string, given: string, options: FolderOptions): Promise<void> {
  const repository = await openRepository(options);
  await assertRoles(repository, [role]);
  const keyid = await keyidIn(repository, role, given);
  await repository.removeKey(role, keyid);
  const line = `${role} no longer lists ${shortId(keyid)}; staged, \`tuf-ld status\` tells who signs it`;
  await tell(options, { role, keyid }, line);
}

export async function threshold(role: string, count: number, options: FolderOptions): Promise<void> {
  const repository = await openRepository(options);
  await assertRoles(repository, [role]);
  await assertEnoughKeys(repository, role, count);
  await repository.setThreshold(role, count);
  const keys = count === 1 ? "1 key" : `${count} keys`;
  const line = `${role} needs the signatures of ${keys}; staged, \`tuf-ld status\` tells who signs it`;
  await tell(options, { role, threshold: count }, line);
}

/** Refuses to ask for more keys than there are; to ask for fewer than before is never worse. @throws ERR_EDIT */
async function assertEnoughKeys(repository: Repository, role: string, count: number): Promise<void> {
  const there = await roleIn(repository, role);
  if (there === undefined || count <= there.keys.length || count <= there.threshold) return;
  const [has, lacks] = [there.keys.length, count - there.keys.length];
  const reason = `it has ${has} ${has === 1 ? "key" : "keys"}, and ${count} cannot sign; add ${lacks} more first, with \`tuf-ld key gen ${role}\` or \`tuf-ld role add-key\``;
  throw new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}

export async function expires(role: string, days: number, options: ExpiresOptions): Promise<void> {
  const repository = await openRepository(options);
  await assertRoles(repository, [role]);
  const { bins } = repository.config;
  const byPublishing = role === "snapshot" || role === "timestamp" || role === bins?.prefix;
  if (options.now && byPublishing)
    throw new UsageError(
      `"${role}" is signed by \`tuf-ld publish\`, and anew by \`tuf-ld publish --renew\`; --now is for roles that people sign`,
    );
  const changed = await repository.setExpiry(role, days);
  if (options.now) await changed.renew(role);
  const when = options.now ? "its next version is staged" : "it holds from the next version on";
  const line = `metadata of ${role} is valid for ${days} ${days === 1 ? "day" : "days"}; ${when}`;
  await tell(options, { role, days, staged: options.now === true }, line);
}

async function tell({ json, quiet }: FolderOptions, facts: object, line: string): Promise<void> {
  if (json) return writeOutput(undefined, toJson({ ok: true, ...facts }));
  if (!quiet) await writeOutput(undefined, `${printable(line)}\n`);
}
