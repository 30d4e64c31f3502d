/**
 * Part of `npm run package`: packs what was built and asks publint and attw about the very tarball. It is packed
 * without `prepack`, which would build it anew.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "tuf-ld-pack-"));
try {
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder]);
  const tarball = join(folder, readdirSync(folder)[0]);
  const failed = [
    ["publint", "run", tarball, "--strict"],
    ["attw", tarball, "--profile", "esm-only", "--quiet"],
  ].filter(([name, ...args]) => {
    const { status } = spawnSync("npx", ["--no-install", name, ...args], { stdio: "inherit" });
    return status !== 0;
  });
  for (const [name] of failed) console.error(`${name} finds fault with the tarball`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
