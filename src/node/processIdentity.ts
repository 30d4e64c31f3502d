/// <reference types="node" />
/**
 * Who a process is, beyond its number: so that a lock or an unfinished file can be told to belong to the dead.
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, as written into lock files. Numbers are reused; a number with a start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The start time in clock ticks since boot (Linux), or "" where it cannot be told. */
  readonly start: string;
  /** Which machine, boot and process namespace the number belongs to. */
  readonly realm: string;
}

/** What can be said about another process. `unknown`: it is of another machine or container. */
export type Life = "alive" | "dead" | "unknown";

/** This process. */
export const SELF: ProcessIdentity = {
  pid: process.pid,
  start: stateOf(process.pid)?.start ?? "",
  realm: realm(),
};

/** Whether a process still runs. */
export function lifeOf({ pid, start, realm }: ProcessIdentity): Life {
  if (realm !== SELF.realm) return "unknown";
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return "dead";
  }
  const state = stateOf(pid);
  if (state === undefined) return "alive";
  return state.start !== start || state.zombie ? "dead" : "alive";
}

/** Fields 3 and 22 of /proc/PID/stat; `undefined` where there is none. The name in field 2 may hold anything. */
function stateOf(pid: number): { start: string; zombie: boolean } | undefined {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const start = fields[19];
  return start === undefined ? undefined : { start, zombie: fields[0] === "Z" || fields[0] === "X" };
}

function realm(): string {
  const boot = textOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1"));
  const namespace = textOf(() => readlinkSync("/proc/self/ns/pid"));
  return createHash("sha256").update(`${hostname()}\n${boot}\n${namespace}`).digest("hex").slice(0, 12);
}

function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
