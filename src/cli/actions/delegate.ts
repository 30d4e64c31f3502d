/// <reference types="node" />
/**
 * Delegates to a role, and takes delegations away.
 * @module
 */
import type { PublicKey } from "../../key/publicKey.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import type { DelegateOptions } from "../commands/delegate.ts";
import type { FolderOptions } from "../folderOptions.ts";
import { writeOutput } from "../io.ts";
import { readTrustedKey } from "../keys.ts";
import { printable, toJson } from "../output.ts";
import { openRepository } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";

export async function delegate(name: string, options: DelegateOptions): Promise<void> {
  const { paths, key, threshold = 1, terminating = false, before, from, json, quiet } = options;
  const odd = paths.find((path) => path === "" || path.startsWith("/"));
  if (odd !== undefined)
    throw new UsageError(`--paths ${JSON.stringify(odd)}: no target's path is empty or begins with a slash`);
  const repository = await openRepository(options);
  const keys = new Map<string, PublicKey>();
  for (const given of key) {
    const { key: found } = await readTrustedKey(given);
    keys.set(found.id, found);
  }
  if (threshold > keys.size)
    throw new UsageError(`a threshold of ${threshold} needs ${threshold} different keys, not ${keys.size}`);
  const listed = [...keys.values()];
  await repository.delegate(
    { name, paths, keys: listed, threshold, terminating, ...(before === undefined ? {} : { before }) },
    { from },
  );
  const keyids = listed.map((each) => tufKeyid(toTufKey(each)));
  if (json) {
    const facts = { ok: true, role: name, from, paths, terminating, threshold, keyids };
    return writeOutput(undefined, toJson(facts));
  }
  if (quiet) return;
  const lines = [
    `staged: ${from} delegates to ${name}, for ${paths.join(", ")}`,
    `${threshold} of ${keys.size} keys must sign: ${keyids.map((keyid) => keyid.slice(0, 16)).join(", ")}`,
  ];
  await writeOutput(undefined, `${lines.map(printable).join("\n")}\n`);
}

export async function undelegate(name: string, options: FolderOptions): Promise<void> {
  const repository = await openRepository(options);
  await repository.undelegate(name);
  if (options.json) return writeOutput(undefined, toJson({ ok: true, role: name }));
  if (!options.quiet)
    await writeOutput(undefined, `staged: nobody delegates to ${printable(name)} any more\n`);
}
