/// <reference types="node" />
/**
 * The repository that a command works on: a folder, and beside it the private keys that are kept there.
 *
 *     DIR/tuf-ld.json   settings
 *     DIR/keys/         private keys, each readable by its owner alone; see keyFolder.ts for names
 *     DIR/staged/       edits that are not published
 *     DIR/public/       what a web server serves: metadata/ and targets/
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createFileStorage } from "../node/fileStorage.ts";
import { Repository } from "../repository/repository.ts";
import type { FolderOptions } from "./folderOptions.ts";
import { KeyFolder } from "./keyFolder.ts";

/** The folder of the repository. */
export function folderOf({ dir }: FolderOptions): string {
  return resolve(dir ?? (process.env["TUF_LD_DIR"] || "."));
}

/** Whether there is a repository where a command would look for one. */
export async function isInRepository(options: FolderOptions): Promise<boolean> {
  const found = await stat(join(folderOf(options), "tuf-ld.json")).catch(() => undefined);
  return found?.isFile() === true;
}

/** Opens the repository that a command was given. @throws ERR_NOT_A_REPOSITORY, ERR_SHAPE */
export async function openRepository(options: FolderOptions): Promise<Repository> {
  return Repository.open(createFileStorage(folderOf(options), { blocking: true }));
}

/** The private keys that a command may use. */
export function keyFolderOf(options: FolderOptions): KeyFolder {
  return new KeyFolder(options.keys === undefined ? join(folderOf(options), "keys") : resolve(options.keys));
}
