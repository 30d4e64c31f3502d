/// <reference types="node" />
/**
 * A worker thread that builds groups of bins; `binWorkers.ts` talks to it.
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { TufLdError } from "../errors.ts";
import { PrivateKey } from "../key/privateKey.ts";
import { type BinsDone, type BinsJob, buildBins } from "../repository/publishing/bins.ts";
import type { SigningKey } from "../repository/signing/signing.ts";
import { createFileStorage } from "./fileStorage.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  readonly folder: string;
  /** The private keys, as PKCS #8. They stay in this process. */
  readonly keys: readonly { readonly keyid: string; readonly pkcs8: Uint8Array }[];
}

/** What comes back for each job, in order. */
export type WorkerAnswer =
  | { readonly done: BinsDone }
  | { readonly error: { readonly message: string; readonly code?: string; readonly details?: object } };

const port = parentPort;
if (port !== null) {
  const { folder, keys } = workerData as WorkerSetup;
  const storage = createFileStorage(folder);
  const signing: Promise<SigningKey[]> = Promise.all(
    keys.map(async ({ keyid, pkcs8 }) => ({ keyid, signer: await PrivateKey.fromPkcs8(pkcs8) })),
  );
  const answer = async (job: BinsJob): Promise<WorkerAnswer> => {
    try {
      const done = await buildBins(storage, job, await signing);
      await storage.settle();
      return { done };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof TufLdError)) return { error: { message } };
      return { error: { message, code: error.code, details: error.details } };
    }
  };
  port.on("message", (job: BinsJob) => {
    void answer(job).then((result) => port.postMessage(result));
  });
}
