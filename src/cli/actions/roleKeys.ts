/// <reference types="node" />
/**
 * Makes keys for roles of a repository, keeps them in its folder of keys, and stages that the roles list them.
 * @module
 */
import { didKey } from "../../key/didKey.ts";
import type { Repository } from "../../repository/repository.ts";
import { shortId } from "../ceremony.ts";
import type { KeyGenOptions } from "../commands/key.ts";
import { writeOutput } from "../io.ts";
import { discardKeys, makeKeys } from "../newKeys.ts";
import { printable, toJson } from "../output.ts";
import { keyFolderOf, openRepository } from "../repositoryFolder.ts";
import { assertRoles, roleIn } from "../roleNames.ts";
import { UsageError } from "../usage.ts";

export async function generateFor(roles: readonly string[], options: KeyGenOptions): Promise<void> {
  const { out, unsafePlain, json, quiet } = options;
  if (out !== undefined)
    throw new UsageError("--out is for a key without a role; keys of roles go to the folder of keys");
  const repository = await openRepository(options);
  // Before anything is asked or written: a mistyped role leaves no key behind.
  await assertRoles(repository, roles);
  if (!quiet) await warnOfMore(repository, roles);
  const made = await makeKeys(roles, keyFolderOf(options), options);
  const keys: { role: string; keyid: string; did: string; file: string }[] = [];
  try {
    for (const { role, publicKey, file } of made) {
      const [keyid = ""] = await repository.addKeys(role, [publicKey]);
      keys.push({ role, keyid, did: didKey(publicKey), file });
    }
  } catch (error) {
    await discardKeys(made.slice(keys.length));
    throw error;
  }
  if (json) return writeOutput(undefined, toJson({ ok: true, keys }));
  if (quiet) return;
  const how = unsafePlain ? "not encrypted" : "encrypted";
  const lines = keys.map(({ role, keyid, file }) => `${role}: key ${shortId(keyid)} in ${file} (${how})`);
  lines.push("staged; `tuf-ld status` tells what comes next");
  process.stderr.write(`${lines.map(printable).join("\n")}\n`);
}

/** Says which roles have keys already: whoever wanted another key in place of one has to rotate. */
async function warnOfMore(repository: Repository, roles: readonly string[]): Promise<void> {
  for (const role of new Set(roles)) {
    const keys = (await roleIn(repository, role))?.keys ?? [];
    if (keys.length === 0) continue;
    const has = keys.length === 1 ? "a key" : `${keys.length} keys`;
    const text = `warning: ${role} has ${has} already, and this adds another; \`tuf-ld rotate ${role}\` replaces a key`;
    process.stderr.write(`${printable(text)}\n`);
  }
}
