/// <reference types="node" />
/**
 * Target files as a repository publishes them: under consistent snapshots their names carry their hashes.
 * @module
 */
import { randomBytes } from "node:crypto";
import { copyFile, link, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FoundTarget } from "../client/search.ts";
import type { TargetSink } from "../client/sink.ts";
import { RESERVED_PREFIX } from "../client/storeName.ts";
import { namingHash } from "../client/urls.ts";
import { onStorage, syncFolder } from "../node/files.ts";
import { createTargetFolder } from "../node/targetFolder.ts";

/** The target files of a mirror. */
export interface MirrorTargets {
  /** A sink that writes a target under its published name. */
  sinkFor(found: FoundTarget): TargetSink;
  /** Gives a verified target its other published names: clients differ in which of several hashes they ask for. */
  addNames(found: FoundTarget): Promise<void>;
}

/** The hashes that are checked on the way in; no other may name a file. */
const CHECKED = ["sha256", "sha512", "sha384"] as const;

/** @param prefix whether names carry hashes */
export function createMirrorTargets(folder: string, prefix: boolean): MirrorTargets {
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
      if (!prefix) return;
      const file = sink.pathOf(nameOf(found));
      for (const algorithm of CHECKED) {
        const hash = found.target.hashes[algorithm];
        if (hash !== undefined)
          await onStorage(file, () => alias(file, sink.pathOf(hashed(found.path, hash))));
      }
    },
  };
}

function hashed(path: string, hash: string | undefined): string {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  return [...parts, hash === undefined ? name : `${hash}.${name}`].join("/");
}

/** One more name for a file; a copy where the file system has no links. It appears whole. */
async function alias(file: string, name: string): Promise<void> {
  if (name === file) return;
  const [there, own] = await Promise.all([stat(name).catch(() => undefined), stat(file)]);
  if (there?.ino === own.ino && there.dev === own.dev) return;
  const temporary = join(dirname(name), `${RESERVED_PREFIX}${randomBytes(9).toString("hex")}`);
  try {
    await link(file, temporary).catch(() => copyFile(file, temporary));
    await rename(temporary, name);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(name));
}
