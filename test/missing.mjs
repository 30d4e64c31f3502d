/**
 * Says at the end of a run how many tests were skipped because data of others is not here, and in which files.
 * A test file needs the data if it, or what it imports from `test`, names the folder: nobody has to keep a list.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["shared/data", "shared/cases"];

/** The text of a test file and of the helpers that it imports. */
function textOf(file, seen = new Set()) {
  if (seen.has(file) || !existsSync(file)) return "";
  seen.add(file);
  const text = readFileSync(file, "utf8");
  const imported = [...text.matchAll(/from "(\.{1,2}\/[^"]+\.(?:ts|mjs))"/g)]
    .map(([, path]) => join(dirname(file), path))
    .filter((path) => relative(ROOT, path).startsWith("test"));
  return text + imported.map((path) => textOf(path, seen)).join("");
}

/**
 * The lines to print about a report of vitest; none where all data is here.
 * @param {{ testResults: { name: string; assertionResults: { status: string }[] }[] }} report
 * @param {(folder: string) => boolean} isHere
 */
export function missingData(report, isHere = (folder) => existsSync(join(ROOT, "..", folder))) {
  const absent = FOLDERS.filter((folder) => !isHere(folder));
  const files = new Map();
  for (const { name, assertionResults } of report.testResults) {
    const text = absent.length === 0 ? "" : textOf(name);
    if (!absent.some((folder) => text.includes(folder))) continue;
    const skipped = assertionResults.filter(
      ({ status }) => status !== "passed" && status !== "failed",
    ).length;
    const file = relative(ROOT, name);
    files.set(file, (files.get(file) ?? 0) + skipped);
  }
  if (files.size === 0) return [];
  const count = [...files.values()].reduce((sum, each) => sum + each, 0);
  return [
    ...[...files].sort().map(([file, skipped]) => `  ${file}: ${skipped} skipped`),
    `${count} tests need data that is not here: CONTRIBUTING.md, Test data`,
  ];
}
