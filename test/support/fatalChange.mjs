/**
 * Counts the changes that this process makes to the file system, through `node:fs/promises` or on its own thread, and
 * kills it just before a chosen one; a write dies half-way. Imported before what is tested.
 * @module
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

let changes = 0;
let fatal = 0;

/** Counts from 1 again, and dies at change number `number`; 0 lives. */
export function dieAt(number) {
  changes = 0;
  fatal = number;
}

/** How many changes there were since `dieAt`. */
export function changesMade() {
  return changes;
}

/** Counts a change and, if it is the fatal one, does a part of it and dies. */
function change(half = () => undefined) {
  changes += 1;
  if (changes !== fatal) return;
  half();
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment; nothing more must happen.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

for (const name of ["rename", "unlink", "link", "mkdir", "rm", "rmdir", "writeFile", "truncate", "symlink"]) {
  const real = fs.promises[name];
  fs.promises[name] = (...args) => {
    change();
    return real(...args);
  };
}
const isForWriting = (flags) =>
  typeof flags === "number" ? (flags & 3) !== fs.constants.O_RDONLY : /[wa+]/.test(flags);
const { writeSync } = fs;
const dieHalfWay = (descriptor, data) =>
  change(() => writeSync(descriptor, Buffer.from(data).subarray(0, data.length >> 1)));

for (const name of ["renameSync", "unlinkSync", "linkSync", "mkdirSync", "rmdirSync", "fsync"]) {
  const real = fs[name];
  fs[name] = (...args) => {
    change();
    return real(...args);
  };
}
const { openSync, writeFileSync } = fs;
fs.openSync = (path, flags = "r", ...rest) => {
  if (isForWriting(flags)) change();
  return openSync(path, flags, ...rest);
};
fs.writeFileSync = (descriptor, data, ...rest) => {
  dieHalfWay(descriptor, data);
  return writeFileSync(descriptor, data, ...rest);
};

const open = fs.promises.open;
fs.promises.open = async (path, flags = "r", ...rest) => {
  if (isForWriting(flags)) change();
  const handle = await open(path, flags, ...rest);
  for (const name of ["write", "writeFile", "appendFile"]) {
    const real = handle[name].bind(handle);
    handle[name] = (data, ...more) => {
      dieHalfWay(handle.fd, data);
      return real(data, ...more);
    };
  }
  for (const name of ["sync", "datasync", "truncate"]) {
    const real = handle[name].bind(handle);
    handle[name] = (...more) => {
      change();
      return real(...more);
    };
  }
  return handle;
};
syncBuiltinESMExports();
