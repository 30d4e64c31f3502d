/// <reference types="node" />
/**
 * The names of a mirror's metadata files. Delegated roles are called as their delegators like, so each name that is
 * written has one owner: a role takes no name of the top-level roles, and none that another role has.
 * @module
 */
import { open, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { nameProblem } from "../client/storeName.ts";
import { TufLdError } from "../errors.ts";
import { ownName, unless } from "../node/files.ts";
import { windowsProblem } from "../node/targetPlace.ts";

/** A role and the version in its files' names, if they have one. */
export interface NamedRole {
  readonly role: string;
  readonly version: number | undefined;
}

const TOP_LEVEL: ReadonlySet<string> = new Set(["root", "timestamp", "snapshot", "targets"]);
/** What the files of top-level roles are called, with and without consistent snapshots (TUF 6), in any case. */
const TAKEN = /^(?:\d+\.)?(?:root|timestamp|snapshot|targets)\.json$/;

/**
 * Where readers look for each role's file. Servers decode all of a URL before they look, and `file:` URLs cannot hold an
 * encoded slash that means one; so a role whose name has slashes gets two names, if both are free.
 *
 * @param folds whether the folder takes two spellings of a name, such as `A` and `a`, for one
 * @throws ERR_STORAGE for a role that cannot have a name of its own
 */
export function metadataNames(roles: readonly NamedRole[], folds: boolean): Map<NamedRole, string[]> {
  const owners = new Map<string, string>();
  const names = new Map<NamedRole, string[]>();
  const keyOf = (name: string): string => (folds ? folded(name) : name);
  // Names with slashes come last: they have a second one to fall back on.
  const slashes = ({ role }: NamedRole): number => role.split("/").length;
  for (const each of roles.toSorted((one, other) => slashes(one) - slashes(other))) {
    const { role, version } = each;
    const prefix = version === undefined ? "" : `${version}.`;
    const decoded = `${prefix}${role}.json`;
    const encoded = `${prefix}${role.replaceAll("/", "%2F")}.json`;
    const own: string[] = [];
    let reason: string | undefined;
    for (const name of new Set([decoded, encoded])) {
      const problem = problemOf(name) ?? (TOP_LEVEL.has(role) ? undefined : ownerOf(name, keyOf, owners));
      if (problem === undefined) own.push(name);
      else reason = problem;
    }
    if (own.length === 0) throw refusal(role, decoded, reason ?? "it has no name");
    for (const key of own.map(keyOf)) for (const place of [key, ...foldersOf(key)]) owners.set(place, role);
    names.set(each, own);
  }
  return names;
}

function problemOf(name: string): string | undefined {
  return nameProblem(name) ?? (process.platform === "win32" ? windowsProblem(name) : undefined);
}

/** Why a name cannot be that of a delegated role: whose it is already, or whose it would be. */
function ownerOf(
  name: string,
  keyOf: (name: string) => string,
  owners: ReadonlyMap<string, string>,
): string | undefined {
  if (TAKEN.test(folded(name))) return "that is the name of a file of a top-level role";
  const key = keyOf(name);
  const above = foldersOf(key).map((folder) => folder.slice(0, -1));
  // A file of this name, a folder of this name, or a file where this name needs a folder.
  const owner = [key, `${key}/`, ...above]
    .map((place) => owners.get(place))
    .find((each) => each !== undefined);
  return owner === undefined ? undefined : `that is where the role ${JSON.stringify(owner)} lies`;
}

/** The folders that a name needs, each with a slash at its end. */
function foldersOf(name: string): string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => `${parts.slice(0, index + 1).join("/")}/`);
}

/** What file systems that do not tell spellings apart make of a name, roughly: they may tell more apart, and not less. */
function folded(name: string): string {
  return name.normalize("NFD").toUpperCase().toLowerCase();
}

/** Refuses names of which a folder would take two for one. @throws ERR_STORAGE */
export function assertDistinct(names: Iterable<string>, folds: boolean): void {
  if (!folds) return;
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(folded(name));
    if (other !== undefined && other !== name)
      throw refusal(name, name, `the folder does not tell it from ${JSON.stringify(other)}`);
    seen.set(folded(name), name);
  }
}

function refusal(what: string, path: string, reason: string): TufLdError {
  const message = `${JSON.stringify(what)} cannot be a file of this mirror: ${reason}`;
  return new TufLdError("ERR_STORAGE", message, { path, reason });
}

/** Whether a folder takes `A` and `a` for one name. */
export async function foldsNames(folder: string): Promise<boolean> {
  const name = ownName("part");
  const path = join(folder, name);
  await (await open(path, "wx")).close();
  try {
    return (await unless(["ENOENT"], stat(join(folder, name.toUpperCase())))) !== undefined;
  } finally {
    await unlink(path);
  }
}
