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
import type { WorkerAnswer, WorkerOrder, WorkerSetup } from "./binWorker.ts";

/** Threads, started at the first job. */
export interface BinWorkers {
  readonly runBins: RunBins;
  /** How many jobs they take at once. */
  readonly lanes: number;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** A thread, and who waits for which of its jobs. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, (answer: WorkerAnswer | Error) => void>;
}

/** One computes while the other waits for the disk. */
const JOBS_OF_A_THREAD = 2;

/**
 * Threads for the repository in `folder`. Keys that are not held in memory (an HSM's) cannot go to another thread;
 * with such a key everything is done in this one.
 *
 * @param count default: one for each core
 */
export function createBinWorkers(
  folder: string,
  storage: RepositoryStorage,
  count: number = availableParallelism(),
): BinWorkers {
  const threads: Thread[] = [];
  let orders = 0;

  function start(): Thread {
    const worker = new Worker(new URL("./binWorker.js", import.meta.url), {
      workerData: { folder } satisfies WorkerSetup,
    });
    const thread: Thread = { worker, waiting: new Map() };
    const fail = (error: Error): void => {
      for (const settle of thread.waiting.values()) settle(error);
    };
    worker.on("message", (answer: WorkerAnswer) => thread.waiting.get(answer.number)?.(answer));
    worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => {
      threads.splice(threads.indexOf(thread), 1);
      fail(new Error("the thread that builds bins has ended"));
    });
    threads.push(thread);
    return thread;
  }

  /** The thread with the least to do, a new one if all have something and more are allowed. */
  function leastBusy(): Thread {
    const [first] = [...threads].sort((a, b) => a.waiting.size - b.waiting.size);
    const isEnough = first !== undefined && (first.waiting.size === 0 || threads.length >= count);
    return isEnough ? first : start();
  }

  async function run(job: BinsJob, keys: WorkerOrder["keys"]): Promise<BinsDone> {
    const { worker, waiting } = leastBusy();
    const number = orders++;
    const answer = await new Promise<WorkerAnswer | Error>((resolve) => {
      waiting.set(number, resolve);
      worker.postMessage({ number, job, keys } satisfies WorkerOrder);
    });
    waiting.delete(number);
    if (answer instanceof Error) throw answer;
    if ("done" in answer) return answer.done;
    throw errorOf(answer.error);
  }

  return {
    lanes: count * JOBS_OF_A_THREAD,
    async runBins(job, keys) {
      const portable = portableKeys(keys);
      return portable === undefined ? buildBins(storage, job, keys) : run(job, portable);
    },
    async close() {
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

function portableKeys(keys: readonly SigningKey[]): WorkerOrder["keys"] | undefined {
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
