/**
 * python-tuf, in a virtual environment of its own below .scratch/, where PyPI is reachable.
 * @module
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const REQUIREMENTS = ["tuf==7.0.1", "securesystemslib[crypto]==1.6.0"];
const SCRATCH = fileURLToPath(new URL("../../.scratch", import.meta.url));
const SCRIPT = fileURLToPath(new URL("python_tuf.py", import.meta.url));

/** @typedef {{ cpu: number, wall: number, runs?: number, peakBytes?: number }} PeerTiming */
/** @typedef {{ version: string, run: (...args: string[]) => Promise<PeerTiming> }} Python */

/**
 * Sets python-tuf up, once.
 * @returns {Python | undefined} `undefined` where there is no Python or no PyPI
 */
export function pythonTuf() {
  const folder = `${SCRATCH}/python-tuf`;
  const python = `${folder}/bin/python`;
  if (!existsSync(folder)) {
    mkdirSync(SCRATCH, { recursive: true });
    const made = [
      ["python3", "-m", "venv", `${folder}.new`],
      [`${folder}.new/bin/python`, "-m", "pip", "install", "--quiet", ...REQUIREMENTS],
    ].every(
      ([command, ...args]) => spawnSync(command, args, { stdio: "ignore", timeout: 300_000 }).status === 0,
    );
    if (!made) {
      rmSync(`${folder}.new`, { recursive: true, force: true });
      return undefined;
    }
    // The interpreter finds its packages from where it lies, so the folder may move.
    renameSync(`${folder}.new`, folder);
  }
  const run = promisify(execFile);
  return {
    version: REQUIREMENTS[0],
    async run(...args) {
      const { stdout } = await run(python, [SCRIPT, ...args], { maxBuffer: 1 << 20 });
      return JSON.parse(stdout);
    },
  };
}
