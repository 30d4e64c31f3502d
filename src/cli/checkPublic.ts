/// <reference types="node" />
/**
 * What stands in `public/`, compared with what is signed: by the client's own rules, from the repository's first root,
 * at the current time.
 * @module
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ContentCheck } from "../client/hashes.ts";
import { createMemoryStore } from "../client/memoryStore.ts";
import type { FoundTarget } from "../client/search.ts";
import { Updater } from "../client/updater.ts";
import { TufLdError, type TufLdErrorCode } from "../errors.ts";
import { parseMetadata } from "../metadata/file.ts";
import { createFileFetcher } from "../node/fileFetcher.ts";
import { onStorage } from "../node/files.ts";
import { METADATA, metadataName, TIMESTAMP, targetName, targetNames } from "../repository/layout.ts";
import type { Repository } from "../repository/repository.ts";
import { inBytes } from "./progress.ts";
import type { Work } from "./work.ts";

/** What is asked for. */
export interface CheckPublic {
  /** The folder of the repository. */
  readonly folder: string;
  /** Whether the bytes of target files are read. Default true. */
  readonly targets?: boolean;
  /** Read the bytes of so many target files only, chosen at random; all are looked for. */
  readonly sample?: number;
}

/** Something that a client would stumble over. */
export interface Problem {
  /** The file, below the repository's folder. */
  readonly file: string;
  readonly code: TufLdErrorCode;
  readonly message: string;
}

/** What was found. */
export interface Checked {
  readonly problems: readonly Problem[];
  /** Metadata files that were verified. */
  readonly metadata: number;
  /** Targets that a client finds. */
  readonly targets: number;
  /** Target files whose bytes were read. */
  readonly read: number;
  /** Files that nothing signed leads to. They harm nobody, and `clean` removes metadata among them. */
  readonly extra: readonly string[];
}

/** Compares. Stops at nothing but an interruption. @throws ERR_STORAGE if the folder itself cannot be read */
export async function checkPublic(
  { storage, config }: Repository,
  { folder, targets: readsTargets = true, sample }: CheckPublic,
  work: Work,
): Promise<Checked> {
  const problems: Problem[] = [];
  const tell = (file: string, error: unknown): void => {
    work.signal.throwIfAborted();
    if (!(error instanceof TufLdError)) throw error;
    problems.push({ file, code: error.code, message: error.message });
  };
  const first = metadataName("root", 1);
  const trustedRoot = await storage.get(first);
  const listed = await storage.list("public");
  const none = { metadata: 0, targets: 0, read: 0 };
  if (trustedRoot === undefined) {
    tell(first, missing(first));
    return { problems, ...none, extra: [] };
  }
  const updater = new Updater({
    trustedRoot,
    store: createMemoryStore(),
    fetcher: createFileFetcher(),
    metadataUrls: [pathToFileURL(`${join(folder, METADATA)}/`).href],
    policy: config.sign,
    attempts: 1,
    signal: work.signal,
  });
  const found: FoundTarget[] = [];
  const known = new Set<string>([first, TIMESTAMP]);
  try {
    const { root, snapshot } = await updater.refresh();
    for (let version = 1; version <= root.file.signed.version; version++)
      known.add(metadataName("root", version));
    known.add(metadataName("snapshot", snapshot.file.signed.version));
    const onUnreadable = (role: string, error: TufLdError): void => {
      const version = snapshot.file.signed.meta[`${role}.json`]?.version;
      tell(version === undefined ? role : metadataName(role, version), error);
    };
    for await (const target of updater.list({ onUnreadable })) {
      found.push(target);
      work.bar.draw(() => [undefined, `${updater.accepted.length} metadata files, ${found.length} targets`]);
    }
    const verified = new Set(updater.accepted.map(({ role }) => role));
    for (const [name, { version }] of Object.entries(snapshot.file.signed.meta)) {
      const role = name.replace(/\.json$/, "");
      const file = metadataName(role, version);
      known.add(file);
      // A role that nobody delegates to any more stays in the snapshot, and some client may still ask for it.
      if (verified.has(role) || problems.some((each) => each.file === file)) continue;
      await assertVersion(storage, file, version).catch((error: unknown) => tell(file, error));
    }
  } catch (error) {
    const subject = error instanceof TufLdError ? fileIn(error, folder) : undefined;
    tell(subject ?? METADATA, error);
  }
  const there = new Set(listed);
  let read = 0;
  const chosen = readsTargets ? sampled(found, sample) : new Set<FoundTarget>();
  for (const each of found) {
    for (const hash of Object.values(each.target.hashes)) {
      const file = targetName(each.path, String(hash));
      // The other names are for servers that decode what is asked for, and not all repositories have them.
      for (const name of targetNames(each.path, String(hash))) known.add(name);
      if (!there.has(file)) tell(file, missing(file));
      else if (chosen.has(each)) {
        await readTarget(join(folder, file), file, each, work).catch((error: unknown) => tell(file, error));
        read++;
      }
    }
    work.bar.draw(() => [read / Math.max(1, chosen.size), `${read} files of targets ${each.path}`]);
  }
  return {
    problems,
    metadata: updater.accepted.length,
    targets: found.length,
    read,
    extra: extraAmong(listed, known),
  };
}

async function assertVersion(storage: Repository["storage"], file: string, expected: number): Promise<void> {
  const bytes = await storage.get(file);
  if (bytes === undefined) throw missing(file);
  const { version } = parseMetadata(bytes).signed;
  if (version === expected) return;
  const message = `${file} is version ${version}, and the snapshot names ${expected}`;
  throw new TufLdError("ERR_VERSION_MISMATCH", message, { role: file, expected, actual: version });
}

async function readTarget(path: string, file: string, { target }: FoundTarget, work: Work): Promise<void> {
  const check = await ContentCheck.open(file, target);
  let bytes = 0;
  await onStorage(path, async () => {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      work.signal.throwIfAborted();
      check.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
      work.bar.draw(() => [bytes / Math.max(1, target.length), `${inBytes(bytes)} ${file}`]);
    }
  });
  check.end();
}

/** Some of them, or all. */
function sampled<T>(all: readonly T[], count: number | undefined): Set<T> {
  if (count === undefined || count >= all.length) return new Set(all);
  const rest = [...all];
  const chosen = new Set<T>();
  while (chosen.size < count) {
    const [one] = rest.splice(Math.floor(Math.random() * rest.length), 1);
    if (one !== undefined) chosen.add(one);
  }
  return chosen;
}

/** Files that nothing leads to, without earlier versions of what is current: these are cleaned by and by. */
function extraAmong(listed: readonly string[], known: ReadonlySet<string>): string[] {
  const current = new Map<string, number>();
  for (const file of known) {
    const [role, version] = versionOf(file) ?? [];
    if (role !== undefined && version !== undefined) current.set(role, version);
  }
  const isOlder = (file: string): boolean => {
    const [role = "", version = 0] = versionOf(file) ?? [];
    return version < (current.get(role) ?? 0);
  };
  return listed.filter((file) => !known.has(file) && !isOlder(file)).sort();
}

function versionOf(file: string): readonly [role: string, version: number] | undefined {
  const [, digits, role] = /^public\/metadata\/(\d+)\.(.+)\.json$/s.exec(file) ?? [];
  return role === undefined ? undefined : [role, Number(digits)];
}

/** The file that a refusal is about. */
function fileIn(error: TufLdError, folder: string): string | undefined {
  const base = pathToFileURL(`${folder}/`).href;
  const [url] = /file:\S+\.json/.exec(error.message) ?? [];
  return url?.startsWith(base) ? decodeURIComponent(url.slice(base.length)) : undefined;
}

function missing(file: string): TufLdError<"ERR_FILE_NOT_FOUND"> {
  return new TufLdError("ERR_FILE_NOT_FOUND", `${file} is missing`, { url: file });
}
