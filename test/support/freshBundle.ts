/**
 * Runs once before the suites: bundles the command line anew if dist/ was compiled since, so that `npx tsc` is
 * enough between two runs of a test. The suites run a copy in which one number differs: keys are encrypted with
 * a thousand iterations instead of 600,000, which would take most of the time of all commands together. The number
 * stands in each key file, so every program reads these keys. `package.test.ts` looks at the number that is shipped.
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const changed = (path: string): number => statSync(here(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const SHIPPED = "ITERATIONS=6e5";
const QUICK = "ITERATIONS=1e3";

export default function bundleAnew(): void {
  const built = here("../../dist/bin");
  const copy = here("../../.scratch/bin");
  if (changed("../../dist/cli/main.js") > changed("../../dist/bin/tuf-ld.js"))
    execFileSync(process.execPath, [here("../../build/bundleCli.mjs")], { stdio: "inherit" });
  if (changed("../../dist/bin/tuf-ld.js") === 0) return;
  if (changed("../../dist/bin/tuf-ld.js") <= changed("../../.scratch/bin/tuf-ld.js")) return;
  const fresh = `${copy}-${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  cpSync(built, fresh, { recursive: true, filter: (path) => !basename(path).includes(".cache") });
  const program = join(fresh, "main.js");
  const parts = readFileSync(program, "latin1").split(SHIPPED);
  if (parts.length !== 2) throw new Error(`main.js says ${SHIPPED} ${parts.length - 1} times and not once`);
  writeFileSync(program, parts.join(QUICK), "latin1");
  rmSync(copy, { recursive: true, force: true });
  renameSync(fresh, copy);
}
