/**
 * The loader of every pinned context, ours included.
 * @module
 */
import { type ContextLoader, createContextLoader, type SuppliedContext } from "../document/loader.ts";
import { tufLdContext } from "./context.ts";
import { CONTEXT_URL } from "./terms.ts";

/** A loader of the pinned contexts and, if given, of the caller's own. @throws ERR_CONTEXT */
export function createLoader(supplied: readonly SuppliedContext[] = []): ContextLoader {
  return createContextLoader(new Map([[CONTEXT_URL, tufLdContext]]), supplied);
}
