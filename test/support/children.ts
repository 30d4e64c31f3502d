/**
 * Child processes that are watched by their lines and killed at a chosen one.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A running child. */
export interface Child {
  readonly process: ChildProcess;
  /** Every line so far. */
  readonly lines: string[];
  /** Waits for a line; rejects if the child ends first. */
  line(isIt: (line: string) => boolean): Promise<string>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  /** Kills it with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts `test/support/SCRIPT` with arguments. */
export function startChild(script: string, ...args: string[]): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const ended = new Promise<number | string | null>((resolve) => {
    child.on("close", (code, signal) => {
      resolve(code ?? signal);
      for (const watcher of watchers) watcher();
    });
  });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const watcher of watchers) watcher();
  });
  return {
    process: child,
    lines,
    ended,
    line: (isIt) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(isIt);
          if (found === undefined && !over && child.exitCode === null) return;
          watchers.delete(look);
          if (found === undefined) reject(new Error(`the child ended after ${JSON.stringify(lines)}`));
          else resolve(found);
        };
        watchers.add(look);
        look();
      }),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
