/**
 * Two builds side by side: this one, and one that was built in another folder (`--against DIR`, for example a
 * `git worktree` of an earlier commit). Both do the same work in turns, each with scripts of its own, so that what
 * else the machine does slows both alike.
 * @module
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeCsv } from "./csv.mjs";
import { fileOf, snapshot, targets } from "./documents.mjs";
import { median } from "./measure.mjs";
import { repositoryOf, serve } from "./repository.mjs";
import { atLeast, atMost } from "./requirements.mjs";
import { figure } from "./table.mjs";

/** What a run of each build took: CPU milliseconds, or files a second. */
/** @typedef {{ work: string, unit: string, ours: number, theirs: number, pairs: number[] }} Compared */
/** @typedef {{ cpu: number, wall: number } & Record<string, number>} Taken */

const HERE = fileURLToPath(new URL("..", import.meta.url));
const SPENT = fileURLToPath(new URL("spent.cjs", import.meta.url));
const ROUNDS = 7;
/** Targets and bins of a repository that is imported several times: as many targets a bin as PEP 458 has. */
const SMALL = { targets: 284_192, bins: 2_048, imports: 3 };
const PEP458 = { targets: 2_273_539, bins: 16_384, imports: 1 };
/** A ratio of medians above this is a change for the worse. */
const SLOWER = 1.05;

/**
 * @param {import("./main.mjs").BenchOptions} options
 * @returns {Promise<import("./main.mjs").BenchResult>}
 */
export async function run({ full, against, progress }) {
  const other = resolve(against ?? "");
  if (against === undefined || !existsSync(join(other, "dist", "index.js"))) {
    throw new Error(`name the folder of another build with --against DIR; ${other} holds no dist/index.js`);
  }
  /** @type {[string, string]} */
  const builds = [HERE, other];
  const scratch = mkdtempSync(join(tmpdir(), "tuf-ld-bench-"));
  try {
    /** @type {Compared[]} */
    const compared = [];
    compared.push(...(await documents(builds, scratch, progress)));
    compared.push(await refreshes(builds, scratch, progress));
    compared.push(...(await publishing(builds, scratch, full ? PEP458 : SMALL, progress)));
    return {
      title: `This build against that of ${other}`,
      head: ["work", "unit", "this build", "other", "ratio", "least", "most"],
      rows: compared.map(({ work, unit, ours, theirs, pairs }) => {
        const [least, most] = pairs.length > 0 ? [Math.min(...pairs), Math.max(...pairs)] : [NaN, NaN];
        return [work, unit, ...[ours, theirs, ours / theirs, least, most].map(figure)];
      }),
      requirements: compared.map(({ work, unit, ours, theirs }) =>
        unit === "files/s"
          ? atLeast(`this build / other, ${work}`, ours / theirs, 1 / SLOWER)
          : atMost(`this build / other, ${work}`, ours / theirs, SLOWER),
      ),
      figures: compared,
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/**
 * Digests that are signed, and files that are read and verified.
 *
 * @param {[string, string]} builds
 * @param {string} scratch
 * @param {(what: string) => void} progress
 * @returns {Promise<Compared[]>}
 */
async function documents(builds, scratch, progress) {
  const write = (/** @type {string} */ name, /** @type {Uint8Array | undefined} */ bytes) => {
    const path = join(scratch, name);
    writeFileSync(path, bytes ?? "");
    return path;
  };
  /** @type {Compared[]} */
  const compared = [];
  const compare = async (/** @type {string} */ work, /** @type {string[]} */ ...args) => {
    const start = (/** @type {string} */ build) => script(HERE, "documentOnce.mjs", build, ...args);
    compared.push(await processes(work, builds, progress, start));
  };
  for (const [document, signed] of /** @type {const} */ ([
    ["targets 1,000", targets(1_000)],
    ["targets 100,000", targets(100_000)],
    ["snapshot 16,384", snapshot(16_384)],
  ])) {
    await compare(`digest, ${document}`, "digest", write("document.json", fileOf(signed)));
  }
  for (const view of /** @type {const} */ (["classic", "linked"])) {
    const files = await repositoryOf(100_000, view === "classic" ? "classic" : "both");
    const root = write("root.json", files.get("1.root.json"));
    const file = write("targets.json", files.get("1.targets.json"));
    await compare(`load 100,000 targets, ${view}`, "load", file, root, view);
  }
  return compared;
}

/**
 * @param {[string, string]} builds
 * @param {string} scratch
 * @param {(what: string) => void} progress
 */
async function refreshes(builds, scratch, progress) {
  const work = "refresh with 100,000 targets";
  const files = await repositoryOf(100_000, "classic");
  const server = await serve(files);
  const root = join(scratch, "1.root.json");
  writeFileSync(root, /** @type {Uint8Array} */ (files.get("1.root.json")));
  try {
    return await processes(work, builds, progress, (build) =>
      script(build, "refreshOnce.mjs", server.url, root, "classic"),
    );
  } finally {
    server.close();
  }
}

/**
 * An import, one file more by the command, and batches; each build in a repository of its own.
 *
 * @param {[string, string]} builds
 * @param {string} scratch
 * @param {{ targets: number, bins: number, imports: number }} size
 * @param {(what: string) => void} progress
 * @returns {Promise<Compared[]>}
 */
async function publishing(builds, scratch, { targets: count, bins, imports }, progress) {
  const csv = await writeCsv(scratch, count);
  const what = `${figure(count)} targets, ${figure(bins)} bins`;
  const folderOf = (/** @type {string} */ build) => join(scratch, build === HERE ? "ours" : "theirs");
  const imported = await processes(
    `import ${what}`,
    builds,
    progress,
    async (build) => {
      rmSync(folderOf(build), { recursive: true, force: true });
      await script(build, "publishOnce.mjs", "init", folderOf(build), String(bins), "both", "plain");
      return script(build, "publishOnce.mjs", "import", folderOf(build), csv);
    },
    imports,
  );
  let file = 0;
  const one = await processes(`one file more, ${what}`, builds, progress, async (build) => {
    await script(build, "publishOnce.mjs", "stage", folderOf(build), `packages/new/file-${file++}.whl`);
    return command(build, "publish", "--quiet", "--dir", folderOf(build));
  });
  const batches = await processes(
    `batches of 1,000, ${what}`,
    builds,
    progress,
    async (build) => {
      const taken = await script(build, "publishOnce.mjs", "batches", folderOf(build), "2", "1000");
      return { ...taken, rate: taken.files / (taken.batchesMs / 1_000) };
    },
    3,
    "rate",
  );
  return [imported, one, { ...batches, unit: "files/s" }];
}

/**
 * Medians of processes of both builds, one after another in turn. The first of each is not counted where there are
 * more than three: it makes caches.
 *
 * @param {string} work
 * @param {[string, string]} builds
 * @param {(what: string) => void} progress
 * @param {(build: string) => Promise<Taken>} start
 * @param {number} [rounds]
 * @param {string} [member]
 * @returns {Promise<Compared>}
 */
async function processes(work, builds, progress, start, rounds = ROUNDS, member = "cpu") {
  /** @type {[number[], number[]]} */
  const taken = [[], []];
  for (let round = rounds > 3 ? 0 : 1; round <= rounds; round++) {
    progress(`${work}: round ${round}`);
    // Who begins changes from round to round.
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const value = (await start(builds[index]))[member];
      if (round > 0) taken[index].push(value);
    }
  }
  const pairs = taken[0].map((value, index) => value / taken[1][index]);
  return { work, unit: "cpu ms", ours: median(taken[0]), theirs: median(taken[1]), pairs };
}

const execute = promisify(execFile);
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

/**
 * @param {string} build
 * @param {string} name
 * @param {...string} args
 * @returns {Promise<Taken>}
 */
async function script(build, name, ...args) {
  const path = join(build, "bench", name);
  const { stdout } = await execute(process.execPath, [path, ...args], { maxBuffer: 1 << 20 });
  return JSON.parse(stdout);
}

/**
 * @param {string} build
 * @param {...string} args
 * @returns {Promise<Taken>}
 */
async function command(build, ...args) {
  const program = join(build, "dist", "bin", "tuf-ld.js");
  const { stderr } = await execute(process.execPath, ["--require", SPENT, program, ...args], {
    env: ENVIRONMENT,
  });
  return JSON.parse(stderr.trim().split("\n").at(-1) ?? "");
}
