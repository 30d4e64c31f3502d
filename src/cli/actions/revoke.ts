/// <reference types="node" />
/**
 * Takes a key from every role that lists it.
 * @module
 */
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import type { PublicKey } from "../../key/publicKey.ts";
import { revokeKey } from "../../repository/keys/rotation.ts";
import { shortId } from "../ceremony.ts";
import type { RevokeCommandOptions } from "../commands/revoke.ts";
import { writeOutput } from "../io.ts";
import { readTrustedKey } from "../keys.ts";
import { printable, toJson } from "../output.ts";
import { keyFolderOf, openRepository } from "../repositoryFolder.ts";

export async function revoke(given: string, options: RevokeCommandOptions): Promise<void> {
  const { replaceWith, json, quiet } = options;
  const repository = await openRepository(options);
  const key = await keyOrKeyid(given);
  const replacement = replaceWith === undefined ? undefined : (await readTrustedKey(replaceWith)).key;
  const done = await revokeKey(
    repository,
    key,
    replacement === undefined ? {} : { replaceWith: replacement },
  );
  const folder = keyFolderOf(options);
  const files: string[] = [];
  for (const keyid of done.keyids) {
    const path = await folder.pathOf(keyid);
    if (path !== undefined) files.push(relative("", path));
  }
  const roles = done.places.map(({ role }) => role);
  if (json)
    return writeOutput(
      undefined,
      toJson({
        ok: true,
        keyids: done.keyids,
        roles,
        projects: done.projects,
        drafts: done.drafts,
        files,
        replaced: replacement !== undefined,
      }),
    );
  if (quiet) return;
  const lines = [
    `key ${done.keyids.map(shortId).join(", ")} is taken from ${roles.join(", ")}${replacement === undefined ? "" : ", and the other key is in its place"}`,
    ...done.projects.map(
      (project) =>
        `the project ${project} still lists it; \`tuf-ld project keys ${project}\` changes that once its developers have signed with another key`,
    ),
    ...files.map((file) => `its private key stays where it is: ${file}`),
    `staged: ${done.drafts.join(", ")}; clients trust the key until this is signed and published, \`tuf-ld status\` tells who signs`,
  ];
  await writeOutput(undefined, `${lines.map(printable).join("\n")}\n`);
}

/** Whatever is a file is read; the rest is a name. */
async function keyOrKeyid(given: string): Promise<PublicKey | string> {
  const isFile =
    given === "-" || given.startsWith("did:") || (await stat(given).catch(() => undefined))?.isFile();
  return isFile ? (await readTrustedKey(given)).key : given;
}
