/**
 * Runs once before the suites: bundles the command line anew if dist/ was compiled since, so that `npx tsc` is
 * enough between two runs of a test.
 * @module
 */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const changed = (path: string): number => statSync(here(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

export default function bundleAnew(): void {
  if (changed("../../dist/cli/main.js") <= changed("../../dist/bin/tuf-ld.js")) return;
  execFileSync(process.execPath, [here("../../build/bundleCli.mjs")], { stdio: "inherit" });
}
