/// <reference types="node" />
/**
 * A worker thread that builds groups of bins; `binWorkers.ts` talks to it.
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { equalBytes } from "../encoding/bytes.ts";
import { TufLdError } from "../errors.ts";
import { PrivateKey } from "../key/privateKey.ts";
import { type BinsDone, type BinsJob, buildBins } from "../repository/publishing/bins.ts";
import type { SigningKey } from "../repository/signing/signing.ts";
import { createFileStorage } from "./fileStorage.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  readonly folder: string;
}

/** A job and its number. Several may be under way: while one waits for the disk, another computes. */
export interface WorkerOrder {
  readonly number: number;
  readonly job: BinsJob;
  /** The private keys, as PKCS #8. They stay in this process. */
  readonly keys: readonly { readonly keyid: string; readonly pkcs8: Uint8Array }[];
}

/** What comes back for each job. */
export type WorkerAnswer = { readonly number: number } & (
  | { readonly done: BinsDone }
  | { readonly error: { readonly message: string; readonly code?: string; readonly details?: object } }
);

const port = parentPort;
if (port !== null) {
  const { folder } = workerData as WorkerSetup;
  const storage = createFileStorage(folder, { blocking: true });
  /** Reading a key costs as much as a bin, and nearly all orders come with the same ones. */
  const known = new Map<string, { readonly pkcs8: Uint8Array; readonly signer: PrivateKey }>();
  const signingKey = async ({ keyid, pkcs8 }: WorkerOrder["keys"][number]): Promise<SigningKey> => {
    const before = known.get(keyid);
    if (before !== undefined && equalBytes(before.pkcs8, pkcs8)) return { keyid, signer: before.signer };
    const signer = await PrivateKey.fromPkcs8(pkcs8);
    known.set(keyid, { pkcs8, signer });
    return { keyid, signer };
  };
  const answer = async ({ number, job, keys }: WorkerOrder): Promise<WorkerAnswer> => {
    try {
      const done = await buildBins(storage, job, await Promise.all(keys.map(signingKey)));
      await storage.settle();
      return { number, done };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof TufLdError)) return { number, error: { message } };
      return { number, error: { message, code: error.code, details: error.details } };
    }
  };
  port.on("message", (order: WorkerOrder) => {
    void answer(order).then((result) => port.postMessage(result));
  });
}
