/**
 * The repository as one file of JavaScript, for child processes: hundreds of them start faster from one file.
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles `repositoryExports.ts`; the answer is the file, and what removes it. */
export async function bundleRepository(): Promise<{ file: string; remove: () => void }> {
  mkdirSync(join(ROOT, ".scratch"), { recursive: true });
  // Inside the package, so that what is not bundled is found.
  const folder = mkdtempSync(join(ROOT, ".scratch", "bundle-"));
  await build({
    configFile: false,
    logLevel: "error",
    root: ROOT,
    resolve: { alias: { "#platform": join(ROOT, "src/platform/node.ts") } },
    build: {
      ssr: fileURLToPath(new URL("repositoryExports.ts", import.meta.url)),
      outDir: folder,
      target: "node20",
      minify: false,
      rolldownOptions: { output: { entryFileNames: "repository.mjs" } },
    },
  });
  return {
    file: join(folder, "repository.mjs"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
