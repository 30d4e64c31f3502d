/// <reference types="node" />
/**
 * Making folders. Node's recursive `mkdir` does not return in some file systems where nothing can be made, so each
 * folder is made by itself.
 * @module
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it.
 *
 * @returns those that were missing, the uppermost first
 * @throws what the operating system says of the first that cannot be made
 */
export async function makeFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  let at = resolve(path);
  while ((await stat(at).catch(() => undefined)) === undefined && dirname(at) !== at) {
    missing.push(at);
    at = dirname(at);
  }
  // For a file in the folder's place the operating system has the word.
  if (missing.length === 0 && !(await stat(at)).isDirectory()) await mkdir(at);
  missing.reverse();
  for (const folder of missing) {
    try {
      await mkdir(folder);
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw error;
    }
  }
  return missing;
}
