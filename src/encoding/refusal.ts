/**
 * How readers refuse: the encodings by the code of whatever they were asked to read, and all by the name of the file.
 * @module
 */
import { type Subject, TufLdError, withSubject } from "../errors.ts";

/** A malformed encoding is part of a key or part of a proof; the caller says which. */
export type EncodingCode = "ERR_KEY" | "ERR_PROOF_SHAPE";

/** @throws TufLdError with this code, always. */
export function refuse(code: EncodingCode, reason: string, cause?: unknown): never {
  throw new TufLdError(code, reason, { reason }, cause === undefined ? undefined : { cause });
}

/** Runs `work`, and has whatever it refuses say what it is about. */
export function concerning<R>(subject: Subject, work: () => R): R {
  const rethrow = (error: unknown): never => {
    throw withSubject(error, subject);
  };
  try {
    const result = work();
    return (result instanceof Promise ? result.catch(rethrow) : result) as R;
  } catch (error) {
    return rethrow(error);
  }
}
