/**
 * Publishing at the size of PEP 458: an import, one file more, batches of uploads, and what clients download.
 *
 * Every piece of work is a process of its own. One file more is `tuf-ld publish` with that file staged: bin, snapshot,
 * timestamp. python-tuf does these three steps with the classic form of the very files that we start from. Both are
 * measured as whole processes, and as the steps alone in a process that keeps running.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { parseMetadata, serializeMetadata } from "tuf-ld/metadata";
import { writeCsv } from "./csv.mjs";
import { uploads } from "./documents.mjs";
import { median } from "./measure.mjs";
import { pythonTuf } from "./peers/python.mjs";
import { atLeast, atMost } from "./requirements.mjs";
import { figure } from "./table.mjs";

const SCRIPT = fileURLToPath(new URL("publishOnce.mjs", import.meta.url));
const SPENT = fileURLToPath(new URL("spent.cjs", import.meta.url));
const COMMAND = fileURLToPath(new URL("../dist/bin/tuf-ld.js", import.meta.url));
const PEP458 = { targets: 2_273_539, bins: 16_384 };
/** PyPI today, in bins of about half of what 16,384 would hold: who returns to the same snapshot downloads half. */
const TODAY = { targets: 17_000_000, bins: 32_768 };
const ROUNDS = 5;
const STEPS = 30;
const BATCHES = 3;
const BATCH = 1_000;
/** The mean download from PyPI today, in bytes. */
const MEAN_DOWNLOAD = 1_400_000;

/** @typedef {{ cpu: number, wall: number, peakBytes: number } & Record<string, number>} Taken */
/** @typedef {Record<"root" | "targets" | "bins" | "snapshot" | "timestamp" | "bin", [plain: number, gzip: number]>} Sizes */

/**
 * @param {import("./main.mjs").BenchOptions} options
 * @returns {Promise<import("./main.mjs").BenchResult>}
 */
export async function run({ full, progress }) {
  progress("python-tuf: setting it up");
  const python = pythonTuf();
  const scratch = mkdtempSync(join(tmpdir(), "tuf-ld-bench-"));
  try {
    /** @type {string[][]} */
    const rows = [];
    /** @type {import("./requirements.mjs").Requirement[]} */
    const requirements = [];
    /** @type {Record<string, unknown>} */
    const figures = {};
    /** @type {[string, Sizes][]} */
    const sizes = [];
    for (const { targets, bins } of full ? [PEP458, TODAY] : [PEP458]) {
      const what = `${figure(targets)} targets, ${figure(bins)} bins`;
      const folder = join(scratch, `both-${targets}`);
      await inProcess("init", folder, String(bins), "both", "plain");
      progress(`${what}: writing the CSV`);
      const csv = await writeCsv(scratch, targets);
      progress(`${what}: importing`);
      const imported = await inProcess("import", folder, csv);
      rmSync(csv);
      const rate = targets / ((imported.logMs + imported.publishMs) / 1_000);
      rows.push(row(`import ${what}`, "tuf-ld", imported, `${figure(rate)} targets/s`));
      /** @type {Taken[]} */
      const ours = [];
      /** @type {Taken[]} */
      const theirs = [];
      const classic = python && classicCopy(folder, join(scratch, `classic-${targets}`));
      for (let round = 0; round < ROUNDS; round++) {
        progress(`${what}: one file more, round ${round + 1}`);
        await inProcess("stage", folder, `packages/new/file-${round}.whl`);
        ours.push(await publishWithCommand(folder));
        if (python !== undefined && classic !== undefined) {
          theirs.push(/** @type {any} */ (await python.run("publish", classic, `packages/new/${round}.whl`)));
        }
      }
      const [one, other] = [ours, theirs].map((all) => median(all.map(({ cpu }) => cpu)));
      rows.push(row(`one file more, ${what}`, "tuf-ld", middle(ours), "both signatures"));
      if (theirs.length > 0)
        rows.push(row(`one file more, ${what}`, "python-tuf", middle(theirs), "classic"));
      progress(`${what}: one file more, in a process that keeps running`);
      const ourSteps = (await inProcess("steps", folder, String(STEPS))).stepsCpu;
      const theirSteps =
        python === undefined || classic === undefined
          ? Number.NaN
          : /** @type {any} */ (await python.run("steps", classic, String(STEPS))).stepsCpu;
      rows.push([`the three steps alone, ${what}`, "tuf-ld", figure(ourSteps), "", "", "both signatures"]);
      rows.push([`the three steps alone, ${what}`, "python-tuf", figure(theirSteps), "", "", "classic"]);
      progress(`${what}: batches of ${figure(BATCH)}`);
      const uploaded = await inProcess("batches", folder, String(BATCHES), String(BATCH));
      const perSecond = uploaded.files / (uploaded.batchesMs / 1_000);
      rows.push(
        row(
          `${BATCHES} batches of ${figure(BATCH)}, ${what}`,
          "tuf-ld",
          uploaded,
          `${figure(perSecond)} files/s`,
        ),
      );
      requirements.push(
        atLeast(`targets imported a second, ${what}`, rate, 25_000, 50_000),
        atMost(`peak memory of the import, MB, ${what}`, imported.peakBytes / 1e6, 1_000),
        atMost(`CPU ms to publish one file, ${what}`, one, 400),
        atLeast(`python-tuf / tuf-ld, the three steps alone, ${what}`, theirSteps / ourSteps, 1, 3),
        atLeast(
          `python-tuf / tuf-ld, the same as whole processes, ${what}`,
          theirs.length > 0 ? other / one : Number.NaN,
          1,
          3,
        ),
        atLeast(`files a second in batches of ${figure(BATCH)}, ${what}`, perSecond, 200, 1_000),
      );
      figures[what] = { imported, ours, theirs, ourSteps, theirSteps, uploaded };
      sizes.push([`both, ${figure(targets)} targets`, sizesOf(folder)]);
      rmSync(folder, { recursive: true });
    }
    for (const [name, sign, layout] of /** @type {const} */ ([
      ["classic", "classic", "plain"],
      ["linked", "linked", "plain"],
      ["both", "both", "plain"],
      ["both, succinct bins", "both", "succinct"],
      ["classic, succinct bins", "classic", "succinct"],
    ])) {
      progress(`what clients download: ${name}`);
      sizes.push([name, await sampleSizes(scratch, sign, layout)]);
    }
    const overheads = sizes.map(([name, files]) => overheadOf(name, files));
    return {
      title: "Publishing, at the size of PEP 458",
      head: ["work", "by", "cpu ms", "wall ms", "peak MB", "result"],
      rows: [...rows, ...overheads.flatMap(({ rows }) => rows), ...PEP_ROWS],
      requirements,
      figures: {
        python: python?.version,
        work: figures,
        overheads: overheads.map(({ name, bytes }) => ({ name, bytes })),
      },
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** What PEP 458 gives for its own model, in percent of a mean download. */
const PEP_ROWS = [
  ["download of a new user", "PEP 458's own model", "", "", "", "69%"],
  ["of one who returns, new snapshot", "PEP 458's own model", "", "", "", "9%"],
  ["of one who returns, same snapshot", "PEP 458's own model", "", "", "", "5%"],
];

const execute = promisify(execFile);
/** Without a setting of some machines that has Node read hundreds of certificates at each start, whatever it runs. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

/**
 * @param {...string} args
 * @returns {Promise<Taken>}
 */
async function inProcess(...args) {
  const { stdout } = await execute(process.execPath, [SCRIPT, ...args], { maxBuffer: 1 << 20 });
  return JSON.parse(stdout);
}

/**
 * `tuf-ld publish`, as people run it.
 * @param {string} folder
 * @returns {Promise<Taken>}
 */
async function publishWithCommand(folder) {
  const args = ["--require", SPENT, COMMAND, "publish", "--quiet", "--dir", folder];
  const { stderr } = await execute(process.execPath, args, { env: ENVIRONMENT });
  return JSON.parse(stderr.trim().split("\n").at(-1) ?? "");
}

/**
 * @param {string} work
 * @param {string} by
 * @param {Taken} taken
 * @param {string} result
 */
function row(work, by, { cpu, wall, peakBytes }, result) {
  return [work, by, figure(cpu), figure(wall), figure(peakBytes / 1e6), result];
}

/**
 * @param {Taken[]} all
 * @returns {Taken}
 */
function middle(all) {
  const of = (/** @type {string} */ name) => median(all.map((each) => each[name]));
  return { cpu: of("cpu"), wall: of("wall"), peakBytes: of("peakBytes") };
}

/**
 * Bin 0, snapshot and timestamp without proofs, and their keys, as python-tuf's script takes them.
 *
 * @param {string} folder
 * @param {string} copy
 */
function classicCopy(folder, copy) {
  mkdirSync(copy);
  const files = newest(folder);
  const { signed: root } = parseMetadata(files.root, { type: "root" });
  const { signed: bins } = parseMetadata(files.bins, { type: "targets" });
  const bin = bins.delegations?.roles?.[0]?.keyids[0] ?? "";
  const names = { bin, snapshot: root.roles.snapshot.keyids[0], timestamp: root.roles.timestamp.keyids[0] };
  /** @type {Record<string, unknown>} */
  const given = {};
  for (const [role, keyid] of Object.entries(names)) {
    const file = parseMetadata(files[/** @type {keyof typeof names} */ (role)]);
    writeFileSync(join(copy, `${role}.json`), serializeMetadata(file, "classic", 0));
    const pem = readFileSync(join(folder, "keys", `${role}-${keyid.slice(0, 16)}.pem`), "utf8");
    const raw = Buffer.from(pem.split("\n").slice(1, -2).join(""), "base64").subarray(-32).toString("hex");
    given[role] = [keyid, root.keys[keyid] ?? bins.delegations?.keys[keyid], raw];
  }
  writeFileSync(join(copy, "keys.json"), JSON.stringify(given));
  return copy;
}

/**
 * The newest file of each kind.
 * @param {string} folder
 */
function newest(folder) {
  const metadata = join(folder, "public", "metadata");
  const names = readdirSync(metadata);
  const of = (/** @type {string} */ role) => {
    const versions = names
      .filter((name) => name.endsWith(`.${role}.json`))
      .map((name) => Number.parseInt(name, 10));
    return readFileSync(join(metadata, `${Math.max(...versions)}.${role}.json`));
  };
  return {
    root: of("root"),
    targets: of("targets"),
    bins: of("bins"),
    snapshot: of("snapshot"),
    bin: of("bin-0000"),
    timestamp: readFileSync(join(metadata, "timestamp.json")),
  };
}

/**
 * Sizes of published files; of bins the mean of those that hold targets.
 * @param {string} folder
 * @returns {Sizes}
 */
function sizesOf(folder) {
  const metadata = join(folder, "public", "metadata");
  const empty = 1_200;
  const bins = readdirSync(metadata)
    .filter((name) => /\.bin-00[0-3][0-9a-f]\.json$/.test(name))
    .map((name) => join(metadata, name))
    .filter((path) => statSync(path).size > 2 * empty)
    .map((path) => size(readFileSync(path)));
  const mean = (/** @type {0 | 1} */ at) => bins.reduce((sum, each) => sum + each[at], 0) / bins.length;
  const { bin: _, ...files } = newest(folder);
  const entries = Object.entries(files).map(([name, bytes]) => [name, size(bytes)]);
  return { ...Object.fromEntries(entries), bin: [mean(0), mean(1)] };
}

/**
 * @param {Uint8Array} bytes
 * @returns {[number, number]}
 */
function size(bytes) {
  return [bytes.length, gzipSync(bytes).length];
}

/**
 * All bins published, and 64 of them filled as PEP 458's model fills all.
 *
 * @param {string} scratch
 * @param {"classic" | "linked" | "both"} sign
 * @param {"plain" | "succinct"} layout
 */
async function sampleSizes(scratch, sign, layout) {
  const folder = join(scratch, `${sign}-${layout}`);
  await inProcess("init", folder, String(PEP458.bins), sign, layout);
  const { createHash } = await import("node:crypto");
  const path = join(scratch, "sample.csv");
  let text = "";
  for (const { path, length, sha256 } of uploads(PEP458.targets)) {
    const hash = createHash("sha256").update(path).digest();
    // The leading 14 bits are the bin's number; the first 64 bins are those whose leading 8 bits are 0.
    if (hash[0] === 0) text += `${path},${length},${sha256}\n`;
  }
  writeFileSync(path, text);
  await inProcess("import", folder, path);
  const sizes = sizesOf(folder);
  rmSync(folder, { recursive: true });
  return sizes;
}

/**
 * Bytes on the wire for one file, and what share of a mean download they are.
 *
 * @param {string} name
 * @param {Sizes} files
 */
function overheadOf(name, files) {
  const sum = (/** @type {(keyof Sizes)[]} */ ...kinds) => {
    const [plain, gzip] = [0, 1].map((at) => kinds.reduce((total, kind) => total + files[kind][at], 0));
    return { plain, gzip };
  };
  const bytes = {
    "download of a new user": sum("root", "timestamp", "snapshot", "targets", "bins", "bin"),
    "of one who returns, new snapshot": sum("timestamp", "snapshot", "bin"),
    "of one who returns, same snapshot": sum("timestamp", "bin"),
  };
  const share = (/** @type {number} */ count) => `${figure((100 * count) / MEAN_DOWNLOAD)}%`;
  const rows = Object.entries(bytes).map(([what, { plain, gzip }]) => [
    what,
    name,
    "",
    "",
    "",
    `${figure(Math.round(plain))} B ${share(plain)}, gzip ${figure(Math.round(gzip))} B ${share(gzip)}`,
  ]);
  return { name, rows, bytes };
}
