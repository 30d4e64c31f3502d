/// <reference types="node" />
/**
 * Where below a folder the file of a target path belongs, however hostile the path.
 * @module
 */

import { lstat, mkdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { nameProblem } from "../client/storeName.ts";
import { percentEncode } from "../encoding/percent.ts";
import { TufLdError } from "../errors.ts";
import { codeOf, syncFolder, unless } from "./files.ts";

/**
 * `tree`: the path's own folders. `flat`: the whole path, percent-encoded, as one name in the folder, as
 * python-tuf does by default; it takes every path whose encoding the file system can hold.
 */
export type TargetLayout = "tree" | "flat";

/** The parts of the file's path below the folder. @throws ERR_STORAGE for a path that this layout does not take */
export function targetParts(path: string, layout: TargetLayout): string[] {
  if (!path.isWellFormed() || path === "") throw refusal(path, "it is empty or not well-formed Unicode");
  if (layout === "flat") return [percentEncoded(path)];
  const reason = nameProblem(path) ?? (process.platform === "win32" ? windowsProblem(path) : undefined);
  if (reason !== undefined) throw refusal(path, reason);
  return path.split("/");
}

/** Every byte but letters, digits, `_`, `-`, `~` and `.`; the dots too if there is nothing else but one or two. */
function percentEncoded(path: string): string {
  const encoded = percentEncode(path);
  return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll(".", "%2E") : encoded;
}

/** Why Windows would make another name of this path, or a device. */
export function windowsProblem(path: string): string | undefined {
  for (const part of path.split("/")) {
    if (/[<>:"|?*]/.test(part)) return 'it has one of < > : " | ? *';
    if (/[. ]$/.test(part)) return "a part ends with a dot or a space";
    if (
      /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i.test(
        part,
      )
    ) {
      return "a part is the name of a device";
    }
  }
  return undefined;
}

/**
 * The folder in which the file belongs, or `undefined` if it does not exist and `make` is false. Each part is looked
 * at before it is entered, so that a symbolic link that leads out of `root` is neither followed nor written through.
 *
 * @throws ERR_STORAGE
 */
export async function enterFolders(
  root: string,
  parts: readonly string[],
  make: boolean,
): Promise<string | undefined> {
  const realRoot = await unless(["ENOENT"], realpath(root));
  if (realRoot === undefined) return undefined;
  let folder = realRoot;
  for (const part of parts) {
    const path = join(folder, part);
    let found = await unless(["ENOENT"], lstat(path));
    if (found === undefined) {
      if (!make) return undefined;
      await makeFolder(path, folder);
      found = await lstat(path);
    }
    if (found.isSymbolicLink()) {
      folder = await realpath(path);
      if (folder !== realRoot && !folder.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) {
        throw refusal(path, "a symbolic link leads out of the folder");
      }
    } else if (found.isDirectory()) {
      folder = path;
    } else {
      throw refusal(path, "part of the path is not a folder");
    }
  }
  return folder;
}

async function makeFolder(path: string, parent: string): Promise<void> {
  try {
    await mkdir(path);
    await syncFolder(parent);
  } catch (error) {
    // Another download made it.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function refusal(path: string, reason: string): TufLdError {
  return new TufLdError("ERR_STORAGE", `${JSON.stringify(path)}: ${reason}`, { path, reason });
}
