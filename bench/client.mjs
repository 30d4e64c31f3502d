/**
 * The client: loading and verifying metadata, and whole refreshes over HTTP, against plain Node and other clients.
 *
 * `floor` is what a classic client in plain JavaScript cannot do without: `JSON.parse`, canonical JSON and one Ed25519
 * verification, with no validation at all. Refreshes are processes of their own that start with nothing; their times
 * are those of the whole process, its start included, as people run them.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseMetadata } from "tuf-ld/metadata";
import { checkFile, roleKeys } from "tuf-ld/proof";
import { targets } from "./documents.mjs";
import { median, race } from "./measure.mjs";
import { pythonTuf } from "./peers/python.mjs";
import { tufJs } from "./peers/tufJs.mjs";
import { plainOlpc } from "./plainOlpc.mjs";
import { binsOf, repositoryOf, serve } from "./repository.mjs";
import { atLeast, atMost } from "./requirements.mjs";
import { figure } from "./table.mjs";

/** @typedef {import("./measure.mjs").Timing} Timing */
/** @typedef {import("./peers/python.mjs").Python} Python */
/** @typedef {{ work: string, timings: Partial<Record<string, Timing>> }} Measured */

const SIZES = [1_000, 10_000, 100_000];
const BITS = 14;
const REFRESHES = 5;
const MAX_BYTES = 1 << 28;

/**
 * @param {import("./main.mjs").BenchOptions} options
 * @returns {Promise<import("./main.mjs").BenchResult>}
 */
export async function run({ full, progress }) {
  progress("python-tuf: setting it up");
  const python = pythonTuf();
  const folder = mkdtempSync(join(tmpdir(), "tuf-ld-bench-"));
  try {
    /** @type {Measured[]} */
    const loads = [];
    for (const size of SIZES) loads.push(await loadAndVerify(size, python, folder, full, progress));
    const refreshes = await refresh(python, folder, progress);
    const bins = await lookUpInBins(python, folder, progress);
    const [small, middle, large] = loads;
    return {
      title: "The client: metadata loaded and verified, and whole refreshes",
      head: ["work", "client", "cpu ms", "wall ms", "to tuf-ld", "to floor", "runs"],
      rows: [...loads, refreshes.measured, bins.measured].flatMap(rowsOf),
      requirements: [
        ...loads.map((each) => atMost(`tuf-ld / floor, ${each.work}`, ratio(each, "tuf-ld", "floor"), 1.3)),
        atLeast(`python-tuf / tuf-ld, ${middle.work}`, ratio(middle, "python-tuf", "tuf-ld"), 2),
        atLeast(`python-tuf / tuf-ld, ${large.work}`, ratio(large, "python-tuf", "tuf-ld"), 2),
        atLeast(`tuf-js / tuf-ld, ${middle.work}`, ratio(middle, "tuf-js", "tuf-ld"), 300),
        atMost(`linked / classic, ${large.work}`, ratio(large, "tuf-ld linked", "tuf-ld"), 2, 1),
        atLeast(
          `python-tuf / tuf-ld, ${refreshes.measured.work}`,
          ratio(refreshes.measured, "python-tuf", "tuf-ld"),
          2,
        ),
        atMost(`bins read for one target, of ${figure(2 ** BITS)}`, bins.read, 1),
        atMost("peak memory of a refresh with 100,000 targets, MB", refreshes.peak, 500),
        atMost("the same with linked proofs, MB", refreshes.linkedPeak, 500),
      ],
      figures: { python: python?.version, loads: [small, middle, large], refreshes, bins },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {number} size
 * @param {Python | undefined} python
 * @param {string} folder
 * @param {boolean} full
 * @param {(what: string) => void} progress
 * @returns {Promise<Measured>}
 */
async function loadAndVerify(size, python, folder, full, progress) {
  const work = `load ${figure(size)} targets`;
  progress(`${work}: making them`);
  const classic = await repositoryOf(size, "classic");
  const both = await repositoryOf(size, "both");
  const [root, file] = ["1.root.json", "1.targets.json"].map(
    (name) => /** @type {Uint8Array} */ (classic.get(name)),
  );
  const linked = /** @type {Uint8Array} */ (both.get("1.targets.json"));
  const keysOf = (/** @type {Uint8Array} */ bytes) => {
    const { signed } = parseMetadata(bytes, { type: "root" });
    return roleKeys("targets", signed.roles.targets, signed.keys);
  };
  const keys = keysOf(root);
  const linkedKeys = keysOf(/** @type {Uint8Array} */ (both.get("1.root.json")));
  const verifyWithTufJs = tufJs(root);
  const contenders = {
    floor: floor(root, file),
    "tuf-ld": () => load(file, keys, "classic"),
    "tuf-ld linked": () => load(linked, linkedKeys, "linked"),
    ...(size <= 10_000 || full ? { "tuf-js": () => verifyWithTufJs(file) } : {}),
  };
  /** @type {Partial<Record<string, Timing>>} */
  const timings = await race(contenders, {
    onRun: (name, round) => progress(`${work}: ${name}, ${round === 0 ? "warm-up" : `round ${round}`}`),
  });
  if (python !== undefined) {
    progress(`${work}: python-tuf`);
    const paths = [root, file].map((bytes, index) => writeBelow(folder, `${size}.${index}.json`, bytes));
    timings["python-tuf"] = { runs: 0, ...(await python.run("verify", size > 10_000 ? "5" : "7", ...paths)) };
  }
  return { work, timings };
}

/**
 * @param {Uint8Array} file
 * @param {import("tuf-ld/proof").RoleKeys} keys
 * @param {"classic" | "linked"} policy
 */
async function load(file, keys, policy) {
  const metadata = parseMetadata(file, { type: "targets", maxBytes: MAX_BYTES });
  const { count } = await checkFile(metadata, keys, policy, { stopWhenMet: true });
  if (!count.met) throw new Error("the file does not verify");
}

/**
 * @param {Uint8Array} root
 * @param {Uint8Array} file
 */
function floor(root, file) {
  const decoder = new TextDecoder();
  const { signed } = JSON.parse(decoder.decode(root));
  const x = Buffer.from(signed.keys.key.keyval.public, "hex").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return () => {
    const { signed, signatures } = JSON.parse(decoder.decode(file));
    if (!verify(null, Buffer.from(plainOlpc(signed)), key, Buffer.from(signatures[0].sig, "hex"))) {
      throw new Error("the file does not verify");
    }
  };
}

/**
 * @param {Python | undefined} python
 * @param {string} folder
 * @param {(what: string) => void} progress
 */
async function refresh(python, folder, progress) {
  const work = "refresh with 100,000 targets";
  progress(`${work}: making them`);
  const classic = await repositoryOf(100_000, "classic");
  const both = await repositoryOf(100_000, "both");
  const servers = [await serve(classic), await serve(both)];
  const roots = [classic, both].map((files, index) =>
    writeBelow(folder, `${index}.root.json`, /** @type {Uint8Array} */ (files.get("1.root.json"))),
  );
  try {
    const lanes = {
      "tuf-ld": () => ours(servers[0].url, roots[0], "classic"),
      "tuf-ld linked": () => ours(servers[1].url, roots[1], "linked"),
      ...(python === undefined
        ? {}
        : { "python-tuf": () => python.run("refresh", servers[0].url, roots[0]) }),
    };
    const { timings, peaks } = await raceProcesses(work, lanes, progress);
    return { measured: { work, timings }, peak: peaks["tuf-ld"], linkedPeak: peaks["tuf-ld linked"], peaks };
  } finally {
    for (const server of servers) server.close();
  }
}

/**
 * @param {Python | undefined} python
 * @param {string} folder
 * @param {(what: string) => void} progress
 */
async function lookUpInBins(python, folder, progress) {
  const work = `look up in ${figure(2 ** BITS)} bins`;
  progress(`${work}: making them`);
  const path = Object.keys(/** @type {object} */ (targets(1).targets))[0];
  const files = await binsOf(BITS, path);
  const server = await serve(files);
  const root = writeBelow(folder, "bins.root.json", /** @type {Uint8Array} */ (files.get("1.root.json")));
  try {
    await ours(server.url, root, "classic", path);
    const read = server.requests.filter((name) => /\.bin-/.test(name)).length;
    const lanes = {
      "tuf-ld": () => ours(server.url, root, "classic", path),
      ...(python === undefined ? {} : { "python-tuf": () => python.run("refresh", server.url, root, path) }),
    };
    const { timings } = await raceProcesses(work, lanes, progress);
    return { measured: { work, timings }, read };
  } finally {
    server.close();
  }
}

/**
 * Medians of several processes of each kind, one after another in turn.
 * @param {string} work
 * @param {Record<string, () => Promise<import("./peers/python.mjs").PeerTiming>>} lanes
 * @param {(what: string) => void} progress
 */
async function raceProcesses(work, lanes, progress) {
  /** @type {Record<string, import("./peers/python.mjs").PeerTiming[]>} */
  const samples = Object.fromEntries(Object.keys(lanes).map((name) => [name, []]));
  for (let round = 1; round <= REFRESHES; round++) {
    for (const [name, start] of Object.entries(lanes)) {
      progress(`${work}: ${name}, round ${round}`);
      samples[name].push(await start());
    }
  }
  const all = Object.entries(samples);
  const timings = Object.fromEntries(
    all.map(([name, taken]) => [
      name,
      {
        cpu: median(taken.map(({ cpu }) => cpu)),
        wall: median(taken.map(({ wall }) => wall)),
        runs: taken.length,
      },
    ]),
  );
  const peaks = Object.fromEntries(
    all.map(([name, taken]) => [name, Math.max(...taken.map(({ peakBytes = 0 }) => peakBytes)) / 1e6]),
  );
  return { timings, peaks };
}

const start = promisify(execFile);
const REFRESH_ONCE = fileURLToPath(new URL("refreshOnce.mjs", import.meta.url));

/** @param {...string} args */
async function ours(...args) {
  const { stdout } = await start(process.execPath, [REFRESH_ONCE, ...args]);
  return JSON.parse(stdout);
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function writeBelow(folder, name, bytes) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** @param {Measured} measured */
function rowsOf({ work, timings }) {
  return Object.entries(timings).map(([client, timing]) => [
    work,
    client,
    figure(cpu(timing)),
    figure(timing?.wall ?? Number.NaN),
    figure(cpu(timing) / cpu(timings["tuf-ld"])),
    timings.floor === undefined ? "" : figure(cpu(timing) / cpu(timings.floor)),
    String(timing?.runs ?? 0),
  ]);
}

/** @param {Timing | undefined} timing */
const cpu = (timing) => timing?.cpu ?? Number.NaN;

/**
 * @param {Measured} measured
 * @param {string} over
 * @param {string} under
 */
const ratio = ({ timings }, over, under) => cpu(timings[over]) / cpu(timings[under]);
