/**
 * Strict JSON, pinned contexts and the loader that never fetches.
 * @module
 */
export { contextDigest, type PinnedContext, pinnedContexts } from "./contexts.ts";
export { type JsonLimits, type JsonValue, parseJson } from "./json.ts";
export type { ContextLoader, RemoteDocument, SuppliedContext } from "./loader.ts";
export { assertPinnedContexts } from "./pinned.ts";
