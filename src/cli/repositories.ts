/// <reference types="node" />
/**
 * The repositories that this person trusts, one folder each:
 *
 * | file                   | what                                                                 |
 * | ---------------------- | -------------------------------------------------------------------- |
 * | HOME/NAME/repository.json | its URLs, what it must be signed with, and which root is pinned   |
 * | HOME/NAME/N.root.json  | the pinned root: every run starts from it                            |
 * | HOME/NAME/store/       | what the client has accepted; verified anew whenever it is read      |
 *
 * @module
 */
import { readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { hashHex } from "#platform";
import type { RolePolicy } from "../client/options.ts";
import { parseJson } from "../document/json.ts";
import { equalBytes } from "../encoding/bytes.ts";
import { concerning } from "../encoding/refusal.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import { ensureFolder, onStorage, readWhole, syncFolder, unless, writeDurably } from "../node/files.ts";
import { INPUT_MAX_BYTES } from "./io.ts";
import { parseRepositoryFile, repositoryFile } from "./repositoryFile.ts";
import { baseUrl } from "./repositoryUrls.ts";
import { UsageError } from "./usage.ts";

/** Everything that was decided about a repository when it was trusted. */
export interface Repository {
  readonly name: string;
  /** Base URLs, mirrors in order of preference. */
  readonly metadataUrls: readonly string[];
  readonly targetsUrls: readonly string[];
  readonly policy: RolePolicy;
  /** Names of the accepted suites. Absent: the defaults. */
  readonly suites?: readonly string[];
  /** Whether names of target files carry their hash under consistent snapshots (TUF 6.2). */
  readonly prefixTargetsWithHash: boolean;
  /** The pinned root. */
  readonly root: { readonly version: number; readonly sha256: string };
}

/** A repository with its pinned root and the folder of what the client keeps. */
export interface OpenRepository extends Repository {
  readonly trustedRoot: Uint8Array;
  readonly storeFolder: string;
}

const NAME = /^[\w-][\w.-]{0,99}$/;

/** Whether this can be a repository's name, and so a folder's. */
export function isRepositoryName(name: string): boolean {
  return NAME.test(name);
}

/** The folder of all repositories: `--home`, else TUF_LD_HOME, else where the system keeps the data of programs. */
export function homeFolder(given: string | undefined): string {
  const named = given ?? (process.env["TUF_LD_HOME"] || undefined);
  if (named !== undefined) return resolve(named);
  const data = process.env["XDG_DATA_HOME"] ?? "";
  // The XDG specification has relative paths ignored.
  return join(isAbsolute(data) ? data : join(homedir(), ".local", "share"), "tuf-ld");
}

/** The names of all trusted repositories, sorted. @throws ERR_STORAGE */
export async function trustedNames(home: string): Promise<string[]> {
  const entries = await onStorage(home, () => unless(["ENOENT"], readdir(home, { withFileTypes: true })));
  const names: string[] = [];
  for (const entry of entries ?? []) {
    if (!entry.isDirectory() || !isRepositoryName(entry.name)) continue;
    if ((await readOptional(join(home, entry.name, "repository.json"))) !== undefined) names.push(entry.name);
  }
  return names.sort();
}

/**
 * Opens a trusted repository.
 *
 * @param asked its name or one of its URLs. Default: the only one there is
 * @throws ERR_NO_TRUSTED_ROOT, ERR_STORAGE; ERR_HASH_MISMATCH if the pinned root is not the one that was pinned;
 *   ERR_SHAPE and ERR_JSON_SYNTAX if somebody has damaged repository.json; UsageError if several are possible
 */
export async function openRepository(home: string, asked?: string): Promise<OpenRepository> {
  const name = asked === undefined ? await onlyName(home) : await nameFor(home, asked);
  const found = await loadRepository(home, name);
  if (found !== undefined) return found;
  throw notTrusted(`no repository "${name}" is trusted`, home, await trustedNames(home));
}

async function onlyName(home: string): Promise<string> {
  const names = await trustedNames(home);
  const [only] = names;
  if (only === undefined) throw notTrusted("no repository is trusted yet", home, []);
  if (names.length === 1) return only;
  throw new UsageError(`several repositories are trusted (${names.join(", ")}): choose one with --repo`);
}

async function nameFor(home: string, asked: string): Promise<string> {
  if (isRepositoryName(asked)) return asked;
  const url = await baseUrl(asked);
  const names = await trustedNames(home);
  for (const name of names) {
    const { metadataUrls = [] } = (await loadRepository(home, name)) ?? {};
    if (metadataUrls.includes(url)) return name;
  }
  throw notTrusted(`no trusted repository is at ${url}`, home, names);
}

/** That a repository is not trusted, with those that are. */
export function notTrusted(what: string, home: string, others: readonly string[]): TufLdError {
  const known = others.length === 0 ? "" : `; trusted are ${others.join(", ")}`;
  return new TufLdError("ERR_NO_TRUSTED_ROOT", `${what} (in ${home})${known}`, { place: home });
}

/** Loads a repository by name; `undefined` if there is none. @throws as `openRepository` */
export async function loadRepository(home: string, name: string): Promise<OpenRepository | undefined> {
  const folder = join(home, name);
  const path = join(folder, "repository.json");
  const bytes = await readOptional(path);
  if (bytes === undefined) return undefined;
  const repository = concerning({ file: path }, () =>
    parseRepositoryFile(name, parseJson(bytes, { maxBytes: 1_000_000 }), path),
  );
  const { version, sha256 } = repository.root;
  const rootPath = join(folder, `${version}.root.json`);
  const trustedRoot = await readOptional(rootPath);
  if (trustedRoot === undefined) throw notTrusted(`the pinned root ${rootPath} is missing`, home, []);
  const actual = hashHex("sha256", trustedRoot);
  if (actual !== sha256) {
    const message = `${rootPath} is not the root that was pinned: its sha256 is ${actual}, not ${sha256}`;
    const facts = { path: rootPath, algorithm: "sha256", expected: sha256, actual };
    throw new TufLdError("ERR_HASH_MISMATCH", message, facts);
  }
  return { ...repository, trustedRoot, storeFolder: join(folder, "store") };
}

/**
 * Pins a root. A repository of that name that starts from another root is forgotten, with all that was accepted
 * from it; with the same root only what is decided about it changes.
 *
 * @throws ERR_STORAGE
 */
export async function saveRepository(home: string, repository: Repository, root: Uint8Array): Promise<void> {
  const folder = join(home, repository.name);
  const path = join(folder, "repository.json");
  await onStorage(path, async () => {
    await ensureFolder(folder);
    const rootPath = join(folder, `${repository.root.version}.root.json`);
    const before = await readWhole(rootPath, INPUT_MAX_BYTES);
    if (before === undefined || !equalBytes(before, root)) {
      // In this order: killed in between, there is no repository rather than a mixture of two.
      await rm(path, { force: true });
      await syncFolder(folder);
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
      await writeDurably(rootPath, root);
    }
    await writeDurably(path, encodeUtf8(`${JSON.stringify(repositoryFile(repository), undefined, 2)}\n`));
  });
}

/** Forgets a repository with all that is kept of it. @throws ERR_STORAGE */
export async function forgetRepository(home: string, name: string): Promise<void> {
  const folder = join(home, name);
  await onStorage(folder, async () => {
    // First, so that whatever is left by an interruption is no repository.
    await rm(join(folder, "repository.json"), { force: true });
    await syncFolder(folder);
    await rm(folder, { recursive: true });
    await syncFolder(home);
  });
}

function readOptional(path: string): Promise<Uint8Array | undefined> {
  return onStorage(path, () => unless(["ENOTDIR"], readWhole(path, INPUT_MAX_BYTES)));
}
