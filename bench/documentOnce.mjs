/**
 * One piece of work on one document by one build, in a process of its own: what a run takes once it is warm.
 *
 *     node documentOnce.mjs BUILD digest|load FILE [ROOT VIEW]
 *
 * Prints one JSON object, `{ cpu, wall }` in milliseconds.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { race } from "./measure.mjs";

const [build, work, path, rootPath, view] = process.argv.slice(2);
const entry = (/** @type {string} */ name) =>
  import(pathToFileURL(join(build, "dist", name, "index.js")).href);
const { parseMetadata } = await entry("metadata");
const file = readFileSync(path);
const run = work === "digest" ? await digest() : await load();
const { once } = await race({ once: run }, { rounds: 5 });
process.stdout.write(`${JSON.stringify(once)}\n`);

async function digest() {
  const { digestDirect } = await entry("canonical");
  return () => digestDirect(parseMetadata(file).signed);
}

async function load() {
  const { checkFile, roleKeys } = await entry("proof");
  const { signed } = parseMetadata(readFileSync(rootPath), { type: "root" });
  const keys = roleKeys("targets", signed.roles.targets, signed.keys);
  return async () => {
    const { count } = await checkFile(parseMetadata(file), keys, view, { stopWhenMet: true });
    if (!count.met) throw new Error("the file does not verify");
  };
}
