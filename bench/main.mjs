/**
 * `npm run bench`: measures what dist/ holds, and says which of the project's requirements are met.
 * @module
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { verdict } from "./requirements.mjs";
import { figure, table } from "./table.mjs";

/**
 * `full`: also what takes minutes. `against`: the folder of another build. `progress`: says what is being done.
 * @typedef {{ full: boolean, against: string | undefined, progress: (what: string) => void }} BenchOptions
 */
/**
 * What a bench returns. `figures` goes into `--json` as it is.
 * @typedef {{
 *   title: string,
 *   head: string[],
 *   rows: string[][],
 *   requirements: import("./requirements.mjs").Requirement[],
 *   figures: unknown,
 * }} BenchResult
 */

/** One line per bench: its name and its module, which exports `run`. */
const BENCHES = {
  canonical: () => import("./canonical.mjs"),
  client: () => import("./client.mjs"),
  publishing: () => import("./publishing.mjs"),
  builds: () => import("./builds.mjs"),
};
/** This one needs to be told of another build. */
const BY_DEFAULT = Object.keys(BENCHES).filter((name) => name !== "builds");

const HELP = `Usage: npm run bench -- [options] [bench...]

Benches: ${Object.keys(BENCHES).join(", ")}. Default: all but builds. Run \`npm run build\` first.

  --full          also what takes minutes: stock jsonld.js with 100,000 targets, 17 million published
  --against DIR   with builds: the folder of another build, which does the same work in turns with this one
  --json          figures and requirements as JSON on standard output
  --help          this text

Times are medians of interleaved runs; ratios compare the CPU time of paths within this one run.
Exit code 1 if a requirement is missed.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: "boolean", default: false },
    against: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const names = positionals.length > 0 ? positionals : BY_DEFAULT;
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));

if (values.help || unknown !== undefined) {
  if (unknown !== undefined) process.stderr.write(`no bench is called ${unknown}\n\n`);
  process[unknown === undefined ? "stdout" : "stderr"].write(HELP);
  process.exitCode = unknown === undefined ? 0 : 2;
} else {
  await runAll(/** @type {(keyof typeof BENCHES)[]} */ (names));
}

/** @param {readonly (keyof typeof BENCHES)[]} names */
async function runAll(names) {
  const started = performance.now();
  const progress = (/** @type {string} */ what) => {
    const seconds = ((performance.now() - started) / 1_000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds} s  ${what}\n`);
  };
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? "unknown", cpus: cpus().length };
  /** @type {Record<string, unknown>} */
  const results = {};
  if (!values.json) process.stdout.write(`Node ${machine.node}, ${machine.cpus} x ${machine.cpu}\n`);
  for (const name of names) {
    const { run } = await BENCHES[name]();
    const { title, head, rows, requirements, figures } = await run({
      full: values.full,
      against: values.against,
      progress,
    });
    const verdicts = requirements.map((requirement) => ({ ...requirement, verdict: verdict(requirement) }));
    if (verdicts.some((each) => each.verdict === "MISSED")) process.exitCode = 1;
    results[name] = { figures, requirements: verdicts };
    if (values.json) continue;
    process.stdout.write(`\n${title}\n\n${table(head, rows)}\n`);
    process.stdout.write(table(["requirement", "measured", "must be", "aim", ""], verdicts.map(rowOf)));
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, results }, undefined, 2)}\n`);
}

/** @param {import("./requirements.mjs").Requirement & { verdict: string }} requirement */
function rowOf({ name, value, kind, limit, aim, verdict }) {
  const measured = Number.isNaN(value) ? "" : figure(value);
  return [name, measured, `${kind} ${figure(limit)}`, aim === undefined ? "" : figure(aim), verdict];
}
