/**
 * Adds up the reports that the runs left in .scratch and prints `N passed, N failed, N skipped` as the last line.
 * A step that failed without a report (a build, a demo) counts as one failure. Exits non-zero on any failure.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { missingData } from "./missing.mjs";

const failedSteps = Number(process.argv[2] ?? 0);
let passed = 0;
let failed = 0;
let skipped = 0;
for (const name of [".scratch/test.json", ".scratch/peers.json"]) {
  if (!existsSync(name)) continue;
  const report = JSON.parse(readFileSync(name, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  for (const line of missingData(report)) console.log(line);
  skipped += report.numPendingTests + report.numTodoTests;
}
if (failedSteps > failed) failed += failedSteps;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
