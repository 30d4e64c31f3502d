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
