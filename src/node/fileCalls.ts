/// <reference types="node" />
/**
 * The calls to the operating system of which writing and reading files consist, in two ways.
 *
 * Node does a call on another thread while this one goes on, and the two changes of threads cost several times what
 * the call does: for the small files of a repository, of which there are thousands. A thread that has nothing else to
 * do meanwhile makes its calls itself.
 * @module
 */
import {
  closeSync,
  fstatSync,
  fsync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { link, mkdir, open, readdir, rename, rmdir, unlink } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";

/** What is done with an open file. */
export interface OpenFile {
  stat(): Promise<Stats>;
  readFile(): Promise<Uint8Array>;
  writeFile(bytes: Uint8Array): Promise<unknown>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What is done with names. All of them fail as those of `node:fs/promises` do. */
export interface FileCalls {
  open(path: string, flags: string | number): Promise<OpenFile>;
  link(path: string, name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string): Promise<unknown>;
  rmdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
}

/** On Node's other threads: for a process that serves others at the same time. */
export const WAITING: FileCalls = { open, link, rename, unlink, mkdir, rmdir, readdir };

/** How long signals and messages may have to wait, in seconds. */
const TURN = 0.02;
let turnBegan = 0;

const fsyncLater = promisify(fsync);

/** On this thread, but for syncing: that takes as long as the disk does, and several may go on at once. */
export const BLOCKING: FileCalls = {
  async open(path, flags) {
    if (process.uptime() - turnBegan > TURN) {
      await setImmediate();
      turnBegan = process.uptime();
    }
    return new BlockingFile(openSync(path, flags));
  },
  link: async (path, name) => linkSync(path, name),
  rename: async (from, to) => renameSync(from, to),
  unlink: async (path) => unlinkSync(path),
  mkdir: async (path) => mkdirSync(path),
  rmdir: async (path) => rmdirSync(path),
  readdir: async (path) => readdirSync(path),
};

class BlockingFile implements OpenFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async stat(): Promise<Stats> {
    return fstatSync(this.#descriptor);
  }

  async readFile(): Promise<Uint8Array> {
    return readFileSync(this.#descriptor);
  }

  async writeFile(bytes: Uint8Array): Promise<void> {
    writeFileSync(this.#descriptor, bytes);
  }

  async sync(): Promise<void> {
    await fsyncLater(this.#descriptor);
  }

  async close(): Promise<void> {
    closeSync(this.#descriptor);
  }
}
