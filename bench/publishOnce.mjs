/**
 * One piece of a publisher's work in a process of its own, and what it took from the start of the process.
 *
 *     node publishOnce.mjs init DIR BINS both|classic|linked plain|succinct
 *     node publishOnce.mjs import DIR CSV [THREADS]
 *     node publishOnce.mjs stage DIR PATH
 *     node publishOnce.mjs steps DIR ROUNDS
 *     node publishOnce.mjs batches DIR COUNT SIZE
 *
 * Prints one JSON object. Private keys lie unencrypted in DIR/keys, as online keys do.
 * @module
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { KeyFolder } from "../dist/cli/keyFolder.js";
import { generateKey } from "../dist/key/privateKey.js";
import { createFileStorage } from "../dist/node/fileStorage.js";
import { Repository } from "../dist/repository/repository.js";
import { median, peakBytes } from "./measure.mjs";

const ROLES = ["root", "root", "targets", "targets", "bins", "bins", "bin", "snapshot", "timestamp"];
const [command, folder, ...rest] = process.argv.slice(2);
// As the command does.
const storage = createFileStorage(folder, { blocking: true });
const keys = new KeyFolder(join(folder, "keys"));
const spent = () => {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1_000, wall: performance.now() };
};
const result = await { init, import: importCsv, stage, steps, batches }[command](...rest);
process.stdout.write(`${JSON.stringify({ ...result, ...spent(), peakBytes: peakBytes() })}\n`);

/**
 * @param {string} bins
 * @param {import("tuf-ld/repository").SignedView} sign
 * @param {string} layout
 */
async function init(bins, sign, layout) {
  const succinct = layout === "succinct";
  const repository = await Repository.create(storage, {
    profile: "pep458",
    bins: Number(bins),
    sign,
    succinct,
  });
  for (const role of ROLES) {
    const key = await generateKey("Ed25519");
    await repository.addKeys(role, [key.publicKey]);
    await keys.add(role, key, undefined);
  }
}

/**
 * @param {string} csv
 * @param {string} [threads]
 */
async function importCsv(csv, threads) {
  const { CsvReader } = await import("../dist/repository/imports/csv.js");
  const { createBinWorkers } = await import("../dist/node/binWorkers.js");
  const repository = await Repository.open(storage);
  const reader = new CsvReader(csv);
  async function* changes() {
    for await (const chunk of createReadStream(csv, { highWaterMark: 1 << 20 })) yield reader.read(chunk);
    yield reader.end();
  }
  const started = performance.now();
  const targets = await repository.changeTargets(changes());
  const logged = performance.now();
  const workers = createBinWorkers(folder, storage, threads === undefined ? undefined : Number(threads));
  const { bins } = await repository.publish({ keys, runBins: workers.runBins, lanes: workers.lanes });
  await workers.close();
  const published = performance.now();
  return { targets, bins, logMs: logged - started, publishMs: published - logged };
}

/** @param {string} path */
async function stage(path) {
  const repository = await Repository.open(storage);
  return { changes: await repository.changeTargets([{ path, target: targetOf(path) }]) };
}

/**
 * Bin, snapshot and timestamp, again and again, as in a process that keeps running: the second half counts.
 * @param {string} rounds
 */
async function steps(rounds) {
  const repository = await Repository.open(storage);
  const samples = [];
  for (let round = 0; round < Number(rounds); round++) {
    const path = `packages/steps/file-${round}.whl`;
    await repository.changeTargets([{ path, target: targetOf(path) }]);
    const before = process.cpuUsage();
    await repository.publish({ keys });
    const { user, system } = process.cpuUsage(before);
    samples.push((user + system) / 1_000);
  }
  return { stepsCpu: median(samples.slice(samples.length >> 1)) };
}

/**
 * @param {string} count
 * @param {string} size
 */
async function batches(count, size) {
  const repository = await Repository.open(storage);
  // As `tuf-ld publish` does where many bins change.
  const { createBinWorkers } = await import("../dist/node/binWorkers.js");
  const { runBins, lanes, close } = createBinWorkers(folder, storage);
  const started = performance.now();
  let bins = 0;
  for (let batch = 0; batch < Number(count); batch++) {
    const changes = Array.from({ length: Number(size) }, (_, index) => {
      const path = `packages/uploads/${process.pid}-${batch}-${index}.whl`;
      return { path, target: targetOf(path) };
    });
    await repository.changeTargets(changes);
    bins += (await repository.publish({ keys, runBins, lanes })).bins;
  }
  const batchesMs = performance.now() - started;
  await close();
  return { files: Number(count) * Number(size), bins, batchesMs };
}

/** @param {string} path */
function targetOf(path) {
  return { length: 1_400_000 + path.length, hashes: { sha256: "5a".repeat(32) } };
}
