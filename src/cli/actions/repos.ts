/// <reference types="node" />
/**
 * Lists what is trusted, and forgets it.
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { TufLdError } from "../../errors.ts";
import { parseMetadata } from "../../metadata/file.ts";
import { onStorage, unless } from "../../node/files.ts";
import { type Reason, reasonOf } from "../../proof/finding.ts";
import { confirmed } from "../ceremony.ts";
import type { ReposOptions, UntrustOptions } from "../commands/repos.ts";
import { exitCodeOf } from "../exit.ts";
import { writeOutput } from "../io.ts";
import { printable, printError, table, toJson } from "../output.ts";
import {
  forgetRepository,
  homeFolder,
  loadRepository,
  notTrusted,
  type OpenRepository,
  trustedNames,
} from "../repositories.ts";

/** What is shown of a repository; nothing of it is verified here. */
interface Shown {
  readonly name: string;
  readonly metadataUrls: readonly string[];
  readonly targetsUrls: readonly string[];
  readonly root: { readonly version: number; readonly expires: string; readonly pinned: number };
  /** The timestamp that was last accepted; `null` before the first refresh. */
  readonly timestamp: { readonly version: number; readonly expires: string } | null;
  /** When the repository was last asked with success; `null` before the first refresh. */
  readonly refreshed: string | null;
}

/** A repository whose files here are damaged. */
interface Damaged {
  readonly name: string;
  readonly error: Reason;
}

export async function repos(options: ReposOptions): Promise<void> {
  const home = homeFolder(options.home);
  const repositories: (Shown | Damaged)[] = [];
  for (const name of await trustedNames(home)) {
    try {
      const repository = await loadRepository(home, name);
      if (repository !== undefined) repositories.push(await shownOf(repository));
    } catch (error) {
      repositories.push({ name, error: reasonOf(error) });
    }
  }
  const damaged = repositories.find((each): each is Damaged => "error" in each);
  if (damaged !== undefined) {
    process.exitCode = exitCodeOf(damaged.error.code);
    const hint = `\`tuf-ld untrust ${damaged.name}\` forgets it, and \`tuf-ld trust\` begins anew`;
    printError({ ...damaged.error, hint });
  }
  if (options.json) return writeOutput(undefined, toJson({ ok: damaged === undefined, home, repositories }));
  if (repositories.length === 0)
    return writeOutput(undefined, `no repository is trusted (in ${home}): \`tuf-ld trust --help\`\n`);
  const rows = repositories.map((each) => rowOf(each).map(printable));
  await writeOutput(undefined, table([["name", "root", "expires", "last refresh", "metadata"], ...rows]));
}

async function shownOf({
  name,
  metadataUrls,
  targetsUrls,
  root: pinned,
  trustedRoot,
  storeFolder,
}: OpenRepository): Promise<Shown> {
  const { version, expires } =
    (await kept(storeFolder, "root")) ?? parseMetadata(trustedRoot, { type: "root" }).signed;
  const root = { version, expires, pinned: pinned.version };
  const timestamp = (await kept(storeFolder, "timestamp")) ?? null;
  const found = await unless(["ENOENT", "ENOTDIR"], stat(join(storeFolder, "timestamp.json")));
  const refreshed = timestamp === null || found === undefined ? null : found.mtime.toISOString();
  return { name, metadataUrls, targetsUrls, root, timestamp, refreshed };
}

/** What the client keeps of a role; `undefined` for what it would pass over. */
async function kept(
  folder: string,
  type: "root" | "timestamp",
): Promise<{ readonly version: number; readonly expires: string } | undefined> {
  const path = join(folder, `${type}.json`);
  const bytes = await onStorage(path, () => unless(["ENOENT", "ENOTDIR"], readFile(path)));
  if (bytes === undefined) return undefined;
  try {
    const { version, expires } = parseMetadata(bytes, { type }).signed;
    return { version, expires };
  } catch (error) {
    if (error instanceof TufLdError) return undefined;
    throw error;
  }
}

function rowOf(each: Shown | Damaged): string[] {
  if ("error" in each) return [each.name, "-", "-", "-", `${each.error.code}: ${each.error.message}`];
  const { name, root, timestamp, refreshed, metadataUrls } = each;
  const first = timestamp !== null && timestamp.expires < root.expires ? timestamp : root;
  return [name, String(root.version), first.expires, refreshed ?? "never", metadataUrls.join(" ")];
}

export async function untrust(name: string, options: UntrustOptions): Promise<void> {
  const home = homeFolder(options.home);
  const names = await trustedNames(home);
  if (!names.includes(name)) throw notTrusted(`no repository "${name}" is trusted`, home, names);
  const agreed = await confirmed(
    `Forget "${name}", its root and all that is kept of it?`,
    options,
    "`tuf-ld repos`",
  );
  if (agreed) await forgetRepository(home, name);
  if (options.json) return writeOutput(undefined, toJson({ ok: true, name, forgotten: agreed }));
  if (options.quiet !== true)
    await writeOutput(undefined, agreed ? `${name} is not trusted any more\n` : "nothing was changed\n");
}
