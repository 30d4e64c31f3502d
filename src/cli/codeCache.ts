/// <reference types="node" />
/**
 * V8's code cache of the program, for each command a file beside it. Half of what a short command takes beyond Node's
 * own start is compiling, function by function as each is called first; all of that is in a cache made at the end.
 *
 * A cache lies where the program lies: whoever can write there can write the program itself. Nothing depends on it,
 * and whatever goes wrong with it is passed over.
 * @module
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

const DIGEST_BYTES = 32;
/** Made anew after this time, in milliseconds: what the first run did not call gets in with a later one. */
const REFRESH_MS = 60 * 60 * 1000;
/** After this time, in milliseconds, V8 may have dropped the code of the start, as nothing has called it for long. */
const LONG_RUN_MS = 10_000;

/**
 * Evaluates a file of one expression in ASCII, which imports nothing by itself.
 *
 * @param use what the file is used for now: a cache of what all uses need would take longer to read
 */
export function loadCached(path: string, use: string): unknown {
  const program = readFileSync(path);
  const cache = join(dirname(path), `${use}-${process.version}-${process.arch}.cache`);
  const cachedData = attempt(() => codeIn(readFileSync(cache), program));
  const script = new Script(program.toString("latin1"), {
    filename: path,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  // One that V8 rejects was made under other flags of Node: two ways to run it do not take turns in making it.
  if (cachedData === undefined || attempt(() => isFresh(cache)) !== true) {
    process.on("exit", (code) => {
      if (code === 0 && performance.now() < LONG_RUN_MS) writeCache(cache, program, script);
    });
  }
  return script.runInThisContext();
}

/**
 * The code in a cache file, or `undefined` if the file is of another program or is not as it was written: V8 itself
 * compares no more than the length of the program, and crashed on damaged caches.
 */
export function codeIn(file: Uint8Array, program: Uint8Array): Uint8Array | undefined {
  const data = file.subarray(DIGEST_BYTES);
  return digestOf(program, data).equals(file.subarray(0, DIGEST_BYTES)) ? data : undefined;
}

/** What stands before the code in a cache file. */
export function digestOf(program: Uint8Array, data: Uint8Array): Buffer {
  return createHash("sha256").update(program).update(data).digest();
}

function isFresh(path: string): boolean {
  return Date.now() - statSync(path).mtimeMs < REFRESH_MS;
}

function writeCache(path: string, program: Uint8Array, script: Script): void {
  const temporary = `${path}.${process.pid}`;
  // Opened first: where nothing can be written, nothing is made.
  const fd = attempt(() => openSync(temporary, "wx", 0o644));
  if (fd === undefined) return;
  const isKept = attempt(() => {
    const data = script.createCachedData();
    writeFileSync(fd, digestOf(program, data));
    writeFileSync(fd, data);
    closeSync(fd);
    // Others read it meanwhile, so it appears as a whole.
    renameSync(temporary, path);
    return true;
  });
  if (isKept !== true) attempt(() => rmSync(temporary));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
