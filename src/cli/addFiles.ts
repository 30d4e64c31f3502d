/// <reference types="node" />
/**
 * Files as targets: each is hashed, then copied under its published names while it is hashed again.
 * @module
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { createHash, type HashAlgorithm } from "#platform";
import { ContentCheck } from "../client/hashes.ts";
import type { JsonValue } from "../document/json.ts";
import { TufLdError } from "../errors.ts";
import { onStorage } from "../node/files.ts";
import type { TargetChange } from "../repository/changes.ts";
import type { Repository } from "../repository/repository.ts";
import { checkTarget } from "../repository/target.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import { type NamedFile, type Naming, namedFiles } from "./namedFiles.ts";
import { inBytes } from "./progress.ts";
import { UsageError } from "./usage.ts";
import type { Work } from "./work.ts";

/** What is asked for. */
export interface AddFiles extends Naming {
  readonly role: string;
  readonly hashes: readonly HashAlgorithm[];
  readonly custom?: Readonly<Record<string, JsonValue>>;
  /** The folder of the repository. */
  readonly folder: string;
}

/** What was added. */
export interface AddedFiles {
  readonly added: number;
  readonly bytes: number;
  /** The first of them. */
  readonly targets: readonly string[];
}

const CHUNK_BYTES = 1 << 20;
/** Targets of bins that are staged at once; those of a draft are, all together. */
const BATCH = 10_000;
/** Names that are reported. */
const NAMED = 1_000;

/** Adds files. All names are looked at before the first file is copied. @throws ERR_INPUT, ERR_STORAGE, ERR_EDIT */
export async function addFiles(
  repository: Repository,
  args: readonly string[],
  request: AddFiles,
  work: Work,
): Promise<AddedFiles> {
  const files = (): AsyncIterable<NamedFile> => namedFiles(args, request, request.folder);
  const total = await lookAt(files(), args.length > 1, work);
  if (total.files === 0) throw new UsageError(`there are no files in ${args.join(", ")}`);
  const { role, hashes } = request;
  const inBatches = role === repository.config.bins?.prefix;
  const copier = new Copier(repository, request, work, total.bytes * (1 + hashes.length), total.files);
  const targets: string[] = [];
  let batch: TargetChange[] = [];
  const stage = async (): Promise<void> => {
    // What metadata lists must be there after a loss of power.
    await repository.storage.settle();
    await repository.changeTargets(batch, { role });
    batch = [];
    copier.stored.length = 0;
  };
  try {
    for await (const file of files()) {
      batch.push({ path: file.name, target: await copier.copy(file) });
      if (targets.length < NAMED) targets.push(file.name);
      if (inBatches && batch.length >= BATCH) await stage();
    }
    if (batch.length > 0) await stage();
  } catch (error) {
    // What is not listed must not lie where clients, or people with a list of the folder, find it.
    for (const name of copier.stored) await repository.storage.remove(name);
    throw error;
  }
  return { added: copier.files, bytes: copier.bytes, targets };
}

/** Counts the files and refuses names that could not be targets. */
async function lookAt(
  files: AsyncIterable<NamedFile>,
  mayCollide: boolean,
  { signal, bar }: Work,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const names = new Map<string, string>();
  let count = 0;
  let bytes = 0;
  for await (const { name, path, size } of files) {
    signal.throwIfAborted();
    checkTarget({ path: name, target: null });
    const other = names.get(name);
    if (other !== undefined) throw inputError(path, `it would have the same name as ${other}: ${name}`);
    if (mayCollide) names.set(name, path);
    count++;
    bytes += size;
    bar.draw(() => [undefined, `${count} files, ${inBytes(bytes)}`]);
  }
  return { files: count, bytes };
}

class Copier {
  files = 0;
  bytes = 0;
  /** Names that were made and are not staged yet. */
  readonly stored: string[] = [];
  readonly #repository: Repository;
  readonly #request: AddFiles;
  readonly #work: Work;
  readonly #total: number;
  readonly #count: number;
  readonly #buffer = new Uint8Array(CHUNK_BYTES);
  #read = 0;

  constructor(repository: Repository, request: AddFiles, work: Work, total: number, count: number) {
    this.#repository = repository;
    this.#request = request;
    this.#work = work;
    this.#total = total;
    this.#count = count;
  }

  /** @throws ERR_INPUT if the file changes meanwhile: nothing of it is stored then */
  async copy(file: NamedFile): Promise<TargetFile> {
    const { hashes, custom } = this.#request;
    const running = hashes.map((algorithm) => [algorithm, createHash(algorithm)] as const);
    let length = 0;
    for await (const chunk of this.#chunks(file)) {
      length += chunk.length;
      for (const [, hash] of running) hash.update(chunk);
    }
    const digests = Object.fromEntries(running.map(([algorithm, hash]) => [algorithm, hash.digestHex()]));
    const target: TargetFile = { length, hashes: digests, ...(custom === undefined ? {} : { custom }) };
    await this.#repository.storeTarget(file.name, target, () => this.#checked(file, target), this.stored);
    this.files++;
    this.bytes += length;
    return target;
  }

  async *#checked(file: NamedFile, target: TargetFile): AsyncGenerator<Uint8Array, void, undefined> {
    const check = await ContentCheck.open(file.path, target);
    try {
      for await (const chunk of this.#chunks(file)) {
        check.update(chunk);
        yield chunk;
      }
      check.end();
    } catch (error) {
      const changed =
        error instanceof TufLdError &&
        (error.code === "ERR_HASH_MISMATCH" || error.code === "ERR_LENGTH_MISMATCH");
      throw changed ? inputError(file.path, "it changed while it was read; nothing of it was added") : error;
    }
  }

  /** One buffer for all: whoever is given a chunk is done with it before asking for the next. */
  async *#chunks({ path, name }: NamedFile): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal, bar } = this.#work;
    // Not blocking: a named pipe that took the file's place would otherwise be waited for.
    const file = await onStorage(path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
    try {
      if (!(await file.stat()).isFile()) throw inputError(path, "it is not a file any more");
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead } = await onStorage(path, () => file.read(this.#buffer, 0, CHUNK_BYTES));
        if (bytesRead === 0) return;
        yield this.#buffer.subarray(0, bytesRead);
        this.#read += bytesRead;
        bar.draw(() => [
          Math.min(1, this.#read / Math.max(1, this.#total)),
          `${this.files} of ${this.#count} files, ${inBytes(this.bytes)} ${name}`,
        ]);
      }
    } finally {
      await file.close();
    }
  }
}

function inputError(source: string, reason: string): TufLdError<"ERR_INPUT"> {
  return new TufLdError("ERR_INPUT", `${source}: ${reason}`, { source, reason });
}
