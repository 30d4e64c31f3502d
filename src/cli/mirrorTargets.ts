/// <reference types="node" />
/**
 * Target files as a repository publishes them: under consistent snapshots their names carry their hashes.
 * @module
 */
import { randomBytes } from "node:crypto";
import { copyFile, link, lstat, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { FoundTarget } from "../client/search.ts";
import type { TargetSink } from "../client/sink.ts";
import { RESERVED_PREFIX } from "../client/storeName.ts";
import { namingHash, namingHashes, servedPath } from "../client/urls.ts";
import { onStorage, syncFolder } from "../node/files.ts";
import { createTargetFolder } from "../node/targetFolder.ts";
import { enterFolders } from "../node/targetPlace.ts";

/** The target files of a mirror. */
export interface MirrorTargets {
  /** A sink that writes a target under its published name. */
  sinkFor(found: FoundTarget): TargetSink;
  /** Gives a verified target its other published names: clients differ in which of several hashes they ask for, and servers decode. */
  addNames(found: FoundTarget): Promise<void>;
}

/**
 * @param prefix whether names carry hashes
 * @param paths the targets that are copied: none gets a second name that is the path of another
 */
export function createMirrorTargets(
  folder: string,
  prefix: boolean,
  paths: ReadonlySet<string>,
): MirrorTargets {
  const sink = createTargetFolder(folder);
  const nameOf = ({ path, target }: FoundTarget): string =>
    prefix ? hashed(path, namingHash(target)) : path;
  return {
    sinkFor(found) {
      const name = nameOf(found);
      return {
        existing: () => sink.existing(name),
        create: (_, fingerprint) => sink.create(name, fingerprint),
      };
    },
    async addNames(found) {
      const { path, target } = found;
      const file = sink.pathOf(nameOf(found));
      const served = servedPath(path);
      const isFree = served !== undefined && (prefix || !paths.has(served));
      for (const hash of prefix ? namingHashes(target) : [undefined])
        for (const each of isFree ? [path, served] : [path])
          await onStorage(file, () => alias(file, folder, hashed(each, hash)));
    },
  };
}

function hashed(path: string, hash: string | undefined): string {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  return [...parts, hash === undefined ? name : `${hash}.${name}`].join("/");
}

/** One more name for a file; a copy where the file system has no links. It appears whole. */
async function alias(file: string, folder: string, path: string): Promise<void> {
  const parts = path.split("/");
  const parent = (await enterFolders(folder, parts.slice(0, -1), true)) ?? folder;
  const name = join(parent, parts.at(-1) ?? "");
  const [there, own] = await Promise.all([lstat(name).catch(() => undefined), stat(file)]);
  if (there?.ino === own.ino && there.dev === own.dev) return;
  const temporary = join(parent, `${RESERVED_PREFIX}${randomBytes(9).toString("hex")}`);
  try {
    await link(file, temporary).catch(() => copyFile(file, temporary));
    await rename(temporary, name);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(parent);
}
