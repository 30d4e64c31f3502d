/// <reference types="node" />
/**
 * A submission as a folder, which a developer packs up and hands in.
 *
 *     SUBMISSION/metadata.json              the project's signed metadata
 *     SUBMISSION/targets/packages/NAME/…    the files that are new in it
 *     SUBMISSION/targets/simple/NAME/…      the project's pages
 *
 * The index reads folders that others made: nothing in them but these files is taken, and no link is followed.
 * @module
 */
import { randomBytes } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { open, readdir, realpath, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createHash } from "#platform";
import { TufLdError } from "../errors.ts";
import { codeOf, onStorage, unless } from "../node/files.ts";
import { makeFolders } from "../node/folders.ts";
import {
  DEFAULT_SUBMISSION_LIMITS,
  type Submission,
  type SubmittedFile,
} from "../repository/projects/submissionChecks.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import { writeOutput } from "./io.ts";

const METADATA = "metadata.json";
const TARGETS = "targets";
const CHUNK_BYTES = 1 << 20;
/** Folders below `targets`: two of the namespace, and a project in each. */
const MOST_FOLDERS = 16;

/** The metadata file of a submission. */
export function metadataOf(folder: string): string {
  return join(folder, METADATA);
}

/** Reads what somebody handed in. @throws ERR_SUBMISSION, ERR_STORAGE */
export async function readSubmissionFolder(folder: string): Promise<Submission> {
  const root = await onStorage(folder, () => realpath(folder));
  for (const { name } of await entriesOf(root))
    if (name !== METADATA && name !== TARGETS) throw refusal(`it has ${name}, which no submission has`);
  const { length, open: read } = await fileAt(metadataOf(root));
  const { metadataBytes, files: most } = DEFAULT_SUBMISSION_LIMITS;
  if (length > metadataBytes) throw refusal(`its metadata has ${length} bytes; ${metadataBytes} are allowed`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of read()) chunks.push(chunk);
  const files = new Map<string, SubmittedFile>();
  const folders = [""];
  for (const prefix of folders) {
    for (const entry of await entriesOf(join(root, TARGETS, prefix), prefix === "")) {
      const path = prefix + entry.name;
      if (entry.isDirectory()) folders.push(`${path}/`);
      else files.set(path, await fileAt(join(root, TARGETS, path)));
      if (files.size > most || folders.length > MOST_FOLDERS)
        throw refusal(`it has more than ${most} files or ${MOST_FOLDERS} folders`);
    }
  }
  return { metadata: new Uint8Array(Buffer.concat(chunks)), files };
}

/** What is in a folder. @param path without links but those that somebody has put there @throws ERR_SUBMISSION */
async function entriesOf(path: string, optional = false): Promise<Dirent[]> {
  return onStorage(path, async () => {
    await assertNoLink(path);
    const entries = readdir(path, { withFileTypes: true });
    return optional ? ((await unless(["ENOENT"], entries)) ?? []) : entries;
  });
}

/** A regular file. @throws ERR_SUBMISSION for anything else */
async function fileAt(path: string): Promise<SubmittedFile> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const opened = async (): ReturnType<typeof open> => {
    try {
      return await open(path, flags);
    } catch (error) {
      const code = codeOf(error);
      if (code === "ELOOP" || code === "EMLINK") throw refusal(`${path} is a symbolic link`);
      return onStorage(path, () => Promise.reject(error));
    }
  };
  const file = await opened();
  try {
    const found = await file.stat();
    if (!found.isFile()) throw refusal(`${path} is not a file`);
    // Whoever made the folder may change it while it is read: a folder of before may be a link by now.
    await assertNoLink(path);
    return {
      length: found.size,
      async *open() {
        yield* (await opened()).createReadStream({ highWaterMark: CHUNK_BYTES });
      },
    };
  } finally {
    await file.close();
  }
}

/** Refuses a place that a link leads to, on whatever part of the way. @throws ERR_SUBMISSION */
async function assertNoLink(path: string): Promise<void> {
  const real = await unless(["ENOENT"], realpath(path));
  if (real !== undefined && real !== resolve(path))
    throw refusal(`${path} is reached through a symbolic link`);
}

function refusal(reason: string): TufLdError<"ERR_SUBMISSION"> {
  return new TufLdError("ERR_SUBMISSION", `the submission: ${reason}`, { project: "", reason });
}

/** A submission that is being made: it appears under its name when it is whole. */
export class NewSubmission {
  readonly #folder: string;
  readonly #unfinished: string;

  constructor(folder: string) {
    this.#folder = folder.replace(/(?<=.)\/+$/, "");
    // Nobody else can tell this name in advance, and have a link there already.
    this.#unfinished = `${this.#folder}.${randomBytes(8).toString("hex")}.tmp`;
  }

  /** Copies a file in. @returns what its metadata will say of it */
  async copy(path: string, from: string): Promise<TargetFile> {
    const hash = createHash("sha256");
    let length = 0;
    await onStorage(from, async () => {
      const source = await open(from, "r");
      const place = await this.#create(path);
      try {
        if (!(await source.stat()).isFile()) throw notAFile(from);
        for await (const chunk of source.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false })) {
          hash.update(chunk);
          length += chunk.length;
          await place.writeFile(chunk);
        }
        await place.sync();
      } finally {
        await Promise.all([source.close(), place.close()]);
      }
    });
    return { length, hashes: { sha256: hash.digestHex() } };
  }

  /** Writes a file. @returns what its metadata will say of it */
  async write(path: string, bytes: Uint8Array): Promise<TargetFile> {
    await writeOutput(join(this.#unfinished, TARGETS, path), bytes);
    const hash = createHash("sha256");
    hash.update(bytes);
    return { length: bytes.length, hashes: { sha256: hash.digestHex() } };
  }

  /** Writes the metadata, and gives the submission its name. @throws ERR_STORAGE if the name is taken */
  async finish(metadata: Uint8Array): Promise<void> {
    await writeOutput(metadataOf(this.#unfinished), metadata);
    await onStorage(this.#folder, () => rename(this.#unfinished, this.#folder));
  }

  /** Removes what is not finished. */
  async discard(): Promise<void> {
    await rm(this.#unfinished, { recursive: true, force: true });
  }

  async #create(path: string): ReturnType<typeof open> {
    const place = join(this.#unfinished, TARGETS, path);
    await makeFolders(dirname(place));
    return open(place, "wx");
  }
}

function notAFile(path: string): TufLdError {
  const reason = "it is not a file";
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}
