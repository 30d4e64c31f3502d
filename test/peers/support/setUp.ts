/**
 * Sets up the peers in `.scratch/peers`, by the ordinary clients of their registries. What is there already stays:
 * a second run only looks at the fingerprints. Another run at the same time waits.
 * @module
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { takeLock } from "../../../src/node/lock.ts";
import { type InstalledVerifiers, installVerifiers } from "./setUpVerifiers.ts";

/** How a peer is started, or why it is not there. */
export type Installed =
  | { readonly command: string; readonly args: readonly string[] }
  | { readonly missing: string };

/** The peers that are programs of their own. */
export interface InstalledPeers {
  readonly python: Installed;
  readonly go: Installed;
  /** The programs of docs/verify-elsewhere.md. */
  readonly verifiers: InstalledVerifiers;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly peers: InstalledPeers;
    /** A folder of this run alone, removed at its end. */
    readonly scratch: string;
  }
}

const PEERS = fileURLToPath(new URL("..", import.meta.url));
const SCRATCH = fileURLToPath(new URL("../../../.scratch/peers", import.meta.url));
const LOCK_WAIT_MS = 10 * 60_000;
const STEP_TIMEOUT_MS = 5 * 60_000;

const run = promisify(execFile);

/** Provides `peers` and `scratch`; the answer removes what the run leaves. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await mkdir(SCRATCH, { recursive: true });
  const release = await takeLock(join(SCRATCH, "lock"), LOCK_WAIT_MS);
  try {
    const [python, go] = await Promise.all([installPython(), installGo()]);
    const verifiers = await installVerifiers({ folder: join(SCRATCH, "verifiers"), attempt, once });
    const scratch = await mkdtemp(join(SCRATCH, "run-"));
    project.provide("peers", { python, go, verifiers });
    project.provide("scratch", scratch);
    return () => rm(scratch, { recursive: true, force: true });
  } finally {
    await release();
  }
}

async function installPython(): Promise<Installed> {
  const folder = join(SCRATCH, "python");
  const requirements = join(PEERS, "python/requirements.txt");
  const command = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const installed = { command, args: ["-u", "-B", join(PEERS, "python/peer.py")] };
  const version = await attempt("python3", ["--version"]);
  if ("missing" in version) return version;
  return once(folder, [version.output, await readFile(requirements, "utf8")], installed, async () => {
    const made = await attempt("python3", ["-m", "venv", folder]);
    if ("missing" in made) return made;
    const options = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"];
    return attempt(command, ["-m", "pip", "install", ...options, "--requirement", requirements]);
  });
}

async function installGo(): Promise<Installed> {
  const folder = join(SCRATCH, "go");
  const source = join(PEERS, "go");
  const command = join(folder, "peer");
  const sources = ["go.mod", "go.sum", "main.go"].map((name) => readFile(join(source, name), "utf8"));
  const version = await attempt("go", ["version"]);
  if ("missing" in version) return version;
  return once(folder, [version.output, ...(await Promise.all(sources))], { command, args: [] }, async () => {
    const modules = await attempt("go", ["mod", "download"], source);
    if ("missing" in modules) return modules;
    // From here on nothing depends on the network: whatever goes wrong is a fault, and no reason to skip.
    await run("go", ["build", "-mod=readonly", "-trimpath", "-o", command, "."], {
      cwd: source,
      timeout: STEP_TIMEOUT_MS,
    });
    return modules;
  });
}

/** Installs unless a marker in the folder tells that just this was installed before. */
async function once(
  folder: string,
  inputs: readonly string[],
  installed: Installed,
  install: () => Promise<Attempt>,
): Promise<Installed> {
  const marker = join(folder, "installed");
  const fingerprint = createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
  if ((await readFile(marker, "utf8").catch(() => "")) === fingerprint) return installed;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const outcome = await install();
  if ("missing" in outcome) return outcome;
  await writeFile(marker, fingerprint);
  return installed;
}

export type Attempt = { readonly output: string } | { readonly missing: string };

/** Runs a step that needs a toolchain or a registry, which not every machine has. */
async function attempt(command: string, args: readonly string[], cwd?: string): Promise<Attempt> {
  try {
    const { stdout } = await run(command, args, { timeout: STEP_TIMEOUT_MS, ...(cwd ? { cwd } : {}) });
    return { output: stdout };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const reason = (stderr || message).trim().split("\n").at(-1) ?? "";
    return { missing: `${[command.split(/[\\/]/).at(-1), ...args].slice(0, 3).join(" ")}: ${reason}` };
  }
}
