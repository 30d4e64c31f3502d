/// <reference types="node" />
/**
 * Threads that build bins, for imports and renewals: canonicalization and signing take all cores.
 * @module
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type Details, TufLdError, type TufLdErrorCode } from "../errors.ts";
import { PrivateKey } from "../key/privateKey.ts";
import { type BinsDone, type BinsJob, buildBins } from "../repository/publishing/bins.ts";
import type { RunBins } from "../repository/publishing/publish.ts";
import type { SigningKey } from "../repository/signing/signing.ts";
import type { RepositoryStorage } from "../repository/storage.ts";
import type { WorkerAnswer, WorkerSetup } from "./binWorker.ts";

/** Threads, started at the first job. */
export interface BinWorkers {
  readonly runBins: RunBins;
  /** How many jobs they take at once. */
  readonly lanes: number;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** A thread, and who waits for it. */
interface Lane {
  readonly worker: Worker;
  settle: ((answer: WorkerAnswer | Error) => void) | undefined;
}

/**
 * Threads for the repository in `folder`. Keys that are not held in memory (an HSM's) cannot go to another thread;
 * with such a key everything is done in this one.
 *
 * @param threads default: one for each core
 */
export function createBinWorkers(
  folder: string,
  storage: RepositoryStorage,
  threads: number = availableParallelism(),
): BinWorkers {
  const idle: Lane[] = [];
  const lanes: Lane[] = [];

  function start(keys: WorkerSetup["keys"]): Lane {
    const worker = new Worker(new URL("./binWorker.js", import.meta.url), {
      workerData: { folder, keys } satisfies WorkerSetup,
    });
    const lane: Lane = { worker, settle: undefined };
    worker.on("message", (answer: WorkerAnswer) => lane.settle?.(answer));
    worker.on("error", (error) => lane.settle?.(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => lane.settle?.(new Error("the thread that builds bins has ended")));
    lanes.push(lane);
    return lane;
  }

  async function runOn(lane: Lane, job: BinsJob): Promise<BinsDone> {
    const answer = await new Promise<WorkerAnswer | Error>((resolve) => {
      lane.settle = resolve;
      lane.worker.postMessage(job);
    });
    lane.settle = undefined;
    if (answer instanceof Error) throw answer;
    idle.push(lane);
    if ("done" in answer) return answer.done;
    throw errorOf(answer.error);
  }

  return {
    lanes: threads,
    async runBins(job, keys) {
      const portable = portableKeys(keys);
      if (portable === undefined) return buildBins(storage, job, keys);
      return runOn(idle.pop() ?? start(portable), job);
    },
    async close() {
      await Promise.all(lanes.map(({ worker }) => worker.terminate()));
    },
  };
}

function portableKeys(keys: readonly SigningKey[]): WorkerSetup["keys"] | undefined {
  const portable = keys.flatMap(({ keyid, signer }) =>
    signer instanceof PrivateKey ? [{ keyid, pkcs8: signer.toPkcs8() }] : [],
  );
  return portable.length === keys.length ? portable : undefined;
}

function errorOf({ message, code, details }: Extract<WorkerAnswer, { error: object }>["error"]): Error {
  if (code === undefined) return new Error(message);
  // The thread runs this very program, so its codes are ours.
  return new TufLdError(code as TufLdErrorCode, message, details as Details[TufLdErrorCode]);
}
