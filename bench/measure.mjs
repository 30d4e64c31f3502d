/**
 * Timing: contenders take turns, so that a busy machine slows all of them alike, and medians are compared.
 * @module
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import peakBytes from "./peakBytes.cjs";

export { peakBytes };

setFlagsFromString("--expose-gc");
/** @type {() => void} */
const collectGarbage = runInNewContext("gc");

/**
 * What one run of a contender took, in milliseconds. `cpu` is the time of all threads of this process, and
 * decides: `wall` suffers from whoever else uses the machine.
 * @typedef {{ cpu: number, wall: number, runs: number }} Timing
 */

/** Until then the engine is still compiling. Milliseconds of wall time. */
const WARM_UP_MS = 400;

/** What runs longer needs no warming up, in milliseconds of wall time. */
const SLOW_MS = 3_000;

/** A sample repeats a short contender until it has run about this long, in milliseconds of wall time. */
const SAMPLE_MS = 150;

/**
 * Medians of several interleaved runs of each contender, after each has warmed up.
 *
 * @template {string} Name
 * @param {Record<Name, () => unknown>} contenders sync or async
 * @param {{ rounds?: number, budgetMs?: number, onRun?: (name: Name, round: number) => void }} [options]
 *   `rounds`: samples of each, default 7; `budgetMs`: a contender that has used more wall time than this drops
 *   out of further rounds, default 12,000
 * @returns {Promise<Record<Name, Timing>>}
 */
export async function race(contenders, { rounds = 7, budgetMs = 12_000, onRun } = {}) {
  const lanes = /** @type {[Name, () => unknown][]} */ (Object.entries(contenders)).map(([name, run]) => ({
    name,
    run,
    repeat: 1,
    slow: false,
    spent: 0,
    /** @type {{ cpu: number, wall: number }[]} */
    samples: [],
  }));
  for (const lane of lanes) {
    onRun?.(lane.name, 0);
    let last = await sample(lane.run, 1);
    lane.spent += last.wall;
    if (last.wall > SLOW_MS) {
      lane.slow = true;
      lane.samples.push(last);
      continue;
    }
    for (let warm = last.wall; warm < WARM_UP_MS; warm += last.wall) last = await sample(lane.run, 1);
    lane.repeat = Math.max(1, Math.round(SAMPLE_MS / last.wall));
  }
  for (let round = 1; round <= rounds; round++) {
    for (const lane of lanes) {
      if (lane.samples.length > 0 && lane.spent > budgetMs) continue;
      onRun?.(lane.name, round);
      collectGarbage();
      // Garbage collection makes the engine drop code whose objects are gone: let it compile that again.
      if (!lane.slow) await lane.run();
      const taken = await sample(lane.run, lane.repeat);
      lane.samples.push(taken);
      lane.spent += taken.wall * lane.repeat;
    }
  }
  const timings = lanes.map(({ name, samples }) => [
    name,
    {
      cpu: median(samples.map(({ cpu }) => cpu)),
      wall: median(samples.map(({ wall }) => wall)),
      runs: samples.length,
    },
  ]);
  return /** @type {Record<Name, Timing>} */ (Object.fromEntries(timings));
}

/**
 * @param {() => unknown} run
 * @param {number} repeat
 */
async function sample(run, repeat) {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  for (let time = 0; time < repeat; time++) await run();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1_000 / repeat, wall: (performance.now() - wall) / repeat };
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The exponent of growth: the slope of the least-squares line through the logarithms. 1 is linear.
 * @param {readonly (readonly [size: number, cost: number])[]} points
 */
export function slope(points) {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)]);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const above = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return above / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/**
 * Peak memory of a process of its own, in MB (10^6 bytes).
 * @param {URL} script prints the result of {@link peakBytes} as its last line
 * @param {readonly string[]} args
 */
export function peakMemory(script, args) {
  const child = spawnSync(process.execPath, [fileURLToPath(script), ...args], { encoding: "utf8" });
  if (child.status !== 0) throw new Error(`${script} failed:\n${child.stderr}`);
  return Number(child.stdout.trim().split("\n").at(-1)) / 1e6;
}
