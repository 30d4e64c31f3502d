/**
 * Refreshes and downloads as a process of its own, and dies by SIGKILL just before its Nth change to the file
 * system; a write dies half-way. With N = 0 it lives, and prints how many changes it made.
 *
 * Arguments: folder of the compiled sources, N, store folder, targets folder, trusted root, base URL, instant, target.
 * @module
 */
import fs from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { changesMade, dieAt } from "./fatalChange.mjs";

const [compiled, fatal, storeFolder, targetsFolder, rootFile, base, at, target] = process.argv.slice(2);
dieAt(Number(fatal));

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
console.log(changesMade());
