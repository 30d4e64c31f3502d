/// <reference types="node" />
/**
 * The last good state that a person names: a version, or a folder with a copy.
 * @module
 */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { nameProblem } from "../client/storeName.ts";
import { largest } from "../encoding/lists.ts";
import { TufLdError } from "../errors.ts";
import { parseMetadata } from "../metadata/file.ts";
import { onStorage, readWhole, unless } from "../node/files.ts";
import { type MetadataSource, ownMetadata } from "../repository/recovery/recoverySurvey.ts";
import type { Repository } from "../repository/repository.ts";
import { INPUT_MAX_BYTES } from "./io.ts";
import { UsageError } from "./usage.ts";

/** Where metadata lies in a copy of a repository, of its public folder, or of its metadata. */
const PLACES = ["", "metadata", "public/metadata"];
const SNAPSHOT = /^([1-9]\d{0,15})\.snapshot\.json$/;

/** The source that `given` names; `none` is none. @throws ERR_STORAGE, UsageError */
export async function goodMetadata(
  { storage }: Repository,
  given: string,
): Promise<MetadataSource | undefined> {
  if (given === "none") return undefined;
  if (/^[1-9]\d{0,15}$/.test(given)) return ownMetadata(storage, Number(given));
  if (!(await stat(given).catch(() => undefined))?.isDirectory())
    throw new UsageError(
      `--last-good takes the version of a snapshot, a folder, or none; ${given} is none of these`,
    );
  for (const place of PLACES) {
    const folder = join(given, place);
    const names = (await unless(["ENOENT", "ENOTDIR"], readdir(folder))) ?? [];
    const versions = names.flatMap((name) => Number(SNAPSHOT.exec(name)?.[1] ?? 0) || []);
    if (versions.length === 0) continue;
    const get = async (name: string): Promise<Uint8Array | undefined> => {
      // Roles have names that somebody else chose.
      if (nameProblem(name) !== undefined || name.includes("/")) return undefined;
      const path = join(folder, name);
      return onStorage(path, () => readWhole(path, INPUT_MAX_BYTES));
    };
    return { get, snapshotVersion: (await named(get)) ?? largest(versions) };
  }
  const reason = "there is no snapshot in it, such as 12.snapshot.json";
  throw new TufLdError("ERR_STORAGE", `${given}: ${reason}`, { path: given, reason });
}

/** The snapshot that the timestamp of the copy names, if it has one. */
async function named(get: MetadataSource["get"]): Promise<number | undefined> {
  const bytes = await get("timestamp.json");
  if (bytes === undefined) return undefined;
  return parseMetadata(bytes, { type: "timestamp" }).signed.meta["snapshot.json"]?.version;
}
