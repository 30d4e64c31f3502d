/**
 * `npm test`: builds, type-checks, lints, checks the package, then runs every suite in Node and in Chromium.
 * The browser is $TUF_LD_CHROMIUM, /usr/bin/chromium, Playwright's own, or one that apt-get can install here.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { chromium } from "playwright";
import { missingData } from "./missing.mjs";

const only = process.argv.slice(2);
const node = process.execPath;

/** Runs a program and ends the whole run if it fails. */
function run(title, command, args, env = {}) {
  console.error(`\n> ${title}`);
  const { status } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) {
    console.error(`\n${title} failed`);
    process.exit(status ?? 1);
  }
}

function findChromium() {
  const known = [process.env.TUF_LD_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];
  const found = known.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  if (existsSync(chromium.executablePath())) return chromium.executablePath();
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.error("\n> no browser found: installing Debian's chromium");
    execFileSync("apt-get", ["update"], { stdio: "ignore" });
    execFileSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], { stdio: "ignore" });
    return "/usr/bin/chromium";
  }
  console.error("no browser found: install Chromium, or name one in TUF_LD_CHROMIUM");
  return process.exit(1);
}

const npm = (script) => run(script, "npm", ["run", "--silent", script]);
if (only.length === 0) for (const script of ["build", "types", "lint", "package"]) npm(script);
const browser = findChromium();
mkdirSync(".scratch", { recursive: true });
const report = ["--reporter=default", "--reporter=json", "--outputFile.json=.scratch/test.json"];
run("vitest", node, ["node_modules/vitest/vitest.mjs", "run", ...report, ...only], {
  TUF_LD_CHROMIUM: browser,
});
for (const line of missingData(JSON.parse(readFileSync(".scratch/test.json", "utf8")))) console.error(line);
