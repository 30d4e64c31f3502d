/**
 * The client: refresh, find, download, explain; in Node and in browsers.
 * @module
 */
export type { UpdaterEvent } from "./events.ts";
export { explainTarget } from "./explain.ts";
export type { FetchAnswer, Fetcher, FetchRequest } from "./fetcher.ts";
export { createHttpFetcher } from "./httpFetcher.ts";
export type { ListOptions } from "./listing.ts";
export { createMemorySink, type MemorySink } from "./memorySink.ts";
export { createMemoryStore } from "./memoryStore.ts";
export { DEFAULT_LIMITS, type Limits, type Mode, type RolePolicy, type UpdaterOptions } from "./options.ts";
export {
  type AgreedTarget,
  type Finder,
  findAgreed,
  type Mapping,
  parseRepositoryMap,
  type RepositoryMap,
} from "./repositoryMap.ts";
export type { FoundTarget } from "./search.ts";
export type { SinkFile, TargetSink } from "./sink.ts";
export type { Store } from "./store.ts";
export { type Accepted, type TrustedMetadata, Updater } from "./updater.ts";
