/**
 * How the encodings refuse: by the code of whatever they were asked to read.
 * @module
 */
import { TufLdError } from "../errors.ts";

/** A malformed encoding is part of a key or part of a proof; the caller says which. */
export type EncodingCode = "ERR_KEY" | "ERR_PROOF_SHAPE";

/** @throws TufLdError with this code, always. */
export function refuse(code: EncodingCode, reason: string, cause?: unknown): never {
  throw new TufLdError(code, reason, { reason }, cause === undefined ? undefined : { cause });
}

/** Runs `work` and puts the name of what it reads before the message of what it refuses. */
export function named<R>(name: string, work: () => R): R {
  const rethrow = (error: unknown): never => {
    // An error of storage has the file's name already.
    if (!(error instanceof TufLdError) || error.code === "ERR_STORAGE") throw error;
    throw new TufLdError(error.code, `${name}: ${error.message}`, error.details, { cause: error });
  };
  try {
    const result = work();
    return (result instanceof Promise ? result.catch(rethrow) : result) as R;
  } catch (error) {
    return rethrow(error);
  }
}
