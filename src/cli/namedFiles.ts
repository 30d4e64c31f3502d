/// <reference types="node" />
/**
 * The files that a person names, folders included, and what they are called as targets.
 * @module
 */
import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { TufLdError } from "../errors.ts";
import { onStorage, unless } from "../node/files.ts";
import { UsageError } from "./usage.ts";

/** A file and its name as a target. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** How files are named. */
export interface Naming {
  /** The one file's name, or what stands for the one folder's name. */
  readonly as?: string;
  /** Names are relative to this folder. Default: to the folder that each argument is in. */
  readonly base?: string;
}

/** Parts of a repository: none of them may become a target, the private keys least of all. */
const OWN_PARTS = ["keys", "staged", "state", "public", "tuf-ld.json"];

/**
 * The files, in the order of the arguments, those of a folder sorted.
 *
 * @param repository the folder whose own parts are refused
 * @throws UsageError, ERR_STORAGE, ERR_INPUT for what cannot be a target
 */
export async function* namedFiles(
  args: readonly string[],
  naming: Naming,
  repository: string,
): AsyncGenerator<NamedFile, void, undefined> {
  const own = (await unless(["ENOENT", "ENOTDIR"], realpath(repository))) ?? resolve(repository);
  for (const arg of args) {
    const name = nameOf(arg, args, naming);
    const [found, real] = await onStorage(arg, () => Promise.all([stat(arg), realpath(arg)]));
    assertNotOwn(arg, real, own);
    if (found.isDirectory()) yield* below({ path: arg, real, name, root: real, above: [], own });
    else if (!found.isFile()) throw refusal(arg, NO_FILE);
    else if (name === "") throw new UsageError(`${arg} has no name relative to --base; give --as NAME`);
    else yield { name, path: arg, size: found.size };
  }
}

/** What a file is called, or what stands before the names of what is in a folder. */
function nameOf(arg: string, args: readonly string[], { as, base }: Naming): string {
  if (as !== undefined) {
    if (args.length > 1)
      throw new UsageError("--as is the name of one file or folder, and several are given");
    return as.replace(/\/+$/, "");
  }
  if (base === undefined) {
    const last = basename(arg);
    // As `cp -r` has it: what is in `.` goes without a name of the folder.
    return last === "." || last === ".." ? "" : last;
  }
  const path = relative(resolve(base), resolve(arg));
  if (path === ".." || path.startsWith(`..${sep}`)) throw new UsageError(`${arg} is not in ${base}`);
  return path.split(sep).join("/");
}

interface Folder {
  readonly path: string;
  readonly real: string;
  readonly name: string;
  /** The real path of the folder that was named: links stay within. */
  readonly root: string;
  readonly above: readonly string[];
  readonly own: string;
}

async function* below(folder: Folder): AsyncGenerator<NamedFile, void, undefined> {
  const { path, real, root, above, own } = folder;
  if (above.includes(real)) throw refusal(path, "its symbolic links go round in a circle");
  const entries = await onStorage(path, () => readdir(real, { withFileTypes: true }));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const shown = join(path, entry.name);
    const name = folder.name === "" ? entry.name : `${folder.name}/${entry.name}`;
    const place = await placeOf(entry, real, shown, root);
    assertNotOwn(shown, place, own);
    const found = await onStorage(shown, () => stat(place));
    if (found.isDirectory())
      yield* below({ path: shown, real: place, name, root, above: [...above, real], own });
    else if (found.isFile()) yield { name, path: shown, size: found.size };
    else throw refusal(shown, NO_FILE);
  }
}

/** The real path of an entry. */
async function placeOf(entry: Dirent, folder: string, shown: string, root: string): Promise<string> {
  const path = join(folder, entry.name);
  if (!entry.isSymbolicLink()) return path;
  const place = await unless(["ENOENT", "ELOOP"], realpath(path));
  if (place === undefined) throw refusal(shown, "it is a symbolic link that leads nowhere");
  if (isWithin(place, root)) return place;
  throw refusal(shown, "it is a symbolic link that leads out of the folder that was named");
}

function assertNotOwn(shown: string, real: string, repository: string): void {
  if (!OWN_PARTS.some((part) => isWithin(real, join(repository, part)))) return;
  throw refusal(shown, "it belongs to the repository itself; name what is to be added");
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

const NO_FILE = "it is neither a file nor a folder";

function refusal(path: string, reason: string): TufLdError<"ERR_INPUT"> {
  return new TufLdError("ERR_INPUT", `${path}: ${reason}`, { source: path, reason });
}
