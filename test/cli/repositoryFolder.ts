/**
 * Repositories in folders, made and published by the commands themselves.
 * @module
 */
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createFileStorage } from "../../src/node/fileStorage.ts";
import { Repository } from "../../src/repository/repository.ts";
import { type Folder, folder } from "./tufLd.ts";

/** The passphrase of every key that tests make. */
export const SECRET: { readonly TUF_LD_PASSPHRASE: string } = { TUF_LD_PASSPHRASE: "correct horse" };

/** Runs a command in the repository in `repo/` of a folder, and fails the test unless it ended well. */
export function inRepo(at: Folder, ...args: string[]): string {
  return at.ok([...args, "--dir", "repo"], { env: SECRET });
}

/** As `inRepo` with `--json`. */
export function jsonOf<T = Record<string, unknown>>(at: Folder, ...args: string[]): T {
  return JSON.parse(inRepo(at, ...args, "--json")) as T;
}

/** Adds a target with this text. */
export async function addText(at: Folder, path: string, text: string): Promise<void> {
  const repository = await Repository.open(createFileStorage(at.file("repo")));
  const bytes = new TextEncoder().encode(text);
  const target = {
    length: bytes.length,
    hashes: { sha256: createHash("sha256").update(bytes).digest("hex") },
  };
  await repository.storeTarget(path, target, async function* () {
    yield bytes;
  });
  await repository.changeTargets([{ path, target }]);
}

/** Every file below a folder with its bytes, mode and time of change. */
export function stateOf(folder: string, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const { mode, mtimeMs } = statSync(path);
    if (statSync(path).isDirectory()) {
      found.set(`${prefix}${name}/`, String(mode));
      for (const [below, state] of stateOf(path, `${prefix}${name}/`)) found.set(below, state);
    } else {
      found.set(prefix + name, `${mode} ${mtimeMs} ${readFileSync(path).toString("base64")}`);
    }
  }
  return found;
}

const madeOnce = new Map<string, Promise<Folder[]>>();

/** Removes what `copiesOf` copies from; for `afterAll`. */
export async function removeOriginals(): Promise<void> {
  for (const made of madeOnce.values()) for (const each of await made) each.remove();
}

/** Copies of folders that are made once for all tests of a file. */
export async function copiesOf(name: string, make: () => Promise<Folder[]>): Promise<Folder[]> {
  const made = madeOnce.get(name) ?? make();
  madeOnce.set(name, made);
  return (await made).map((from) => {
    const copy = folder();
    cpSync(from.path, copy.path, { recursive: true, preserveTimestamps: true });
    return copy;
  });
}
