/**
 * The sources as JavaScript, for child processes: Node 20 does not run TypeScript.
 * @module
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Compiles `src/ENTRY` and all that it imports; the answer is the folder, and what removes it. */
export async function compileForChildren(entry: string): Promise<{ folder: string; remove: () => void }> {
  const scratch = join(ROOT, ".scratch");
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, "compiled-"));
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: {
      rootDir: "../../src",
      outDir: ".",
      declaration: false,
      declarationMap: false,
      isolatedDeclarations: false,
    },
    include: [],
    files: [`../../src/${entry}`],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", folder]);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
