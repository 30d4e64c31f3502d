/**
 * Refreshes and downloads as a process of its own, and dies by SIGKILL just before its Nth change to the file
 * system; a write dies half-way. With N = 0 it lives, and prints how many changes it made.
 *
 * Arguments: folder of the compiled sources, N, store folder, targets folder, trusted root, base URL, instant, target.
 * @module
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [compiled, fatal, storeFolder, targetsFolder, rootFile, base, at, target] = process.argv.slice(2);
let changes = 0;

/** Counts a change and, if it is the fatal one, does a part of it and dies. */
function change(half = () => undefined) {
  changes += 1;
  if (changes !== Number(fatal)) return;
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
const open = fs.promises.open;
fs.promises.open = async (path, flags = "r", ...rest) => {
  if (typeof flags === "number" ? (flags & 3) !== fs.constants.O_RDONLY : /[wa+]/.test(flags)) change();
  const handle = await open(path, flags, ...rest);
  for (const name of ["write", "writeFile", "appendFile"]) {
    const real = handle[name].bind(handle);
    handle[name] = (data, ...more) => {
      change(() => fs.writeSync(handle.fd, Buffer.from(data).subarray(0, data.length >> 1)));
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

const load = (file) => import(pathToFileURL(join(compiled, file)).href);
const { createFileStore, createNodeFetcher, createTargetFolder } = await load("node/index.js");
const { Updater } = await load("client/updater.js");
const updater = new Updater({
  trustedRoot: new Uint8Array(fs.readFileSync(rootFile)),
  store: createFileStore(storeFolder),
  fetcher: createNodeFetcher(),
  metadataUrls: [`${base}metadata/`],
  targetsUrls: [`${base}targets/`],
  policy: "both",
  at: new Date(at),
});
await updater.download(await updater.find(target), createTargetFolder(targetsFolder));
console.log(changes);
