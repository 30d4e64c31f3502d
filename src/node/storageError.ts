/// <reference types="node" />
/**
 * Errors of the operating system as errors of storage.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { systemReason } from "../systemReasons.ts";

/** The code of an error of the operating system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** An error of the operating system as ERR_STORAGE; anything else as it is. */
export function storageError(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (!(error instanceof Error) || code === undefined || error instanceof TufLdError) return error;
  const reason = systemReason(code) ?? error.message;
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason }, { cause: error });
}

/** Runs work on files of `path`. @throws ERR_STORAGE */
export async function onStorage<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(path, error);
  }
}

/** What `work` returns, or `undefined` if it fails with one of these codes. */
export async function unless<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}
