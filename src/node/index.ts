/// <reference types="node" />
/**
 * What Node adds to the client and to repositories: folders as stores, sinks and storages, `file:` URLs, proxies.
 * @module
 */
export { type BinWorkers, createBinWorkers } from "./binWorkers.ts";
export { createFileFetcher } from "./fileFetcher.ts";
export { createFileStorage, type FileStorageOptions } from "./fileStorage.ts";
export { createFileStore, type FileStoreOptions } from "./fileStore.ts";
export { createNodeFetcher, type NodeFetcherOptions } from "./nodeFetcher.ts";
export { type Environment, proxyFetch } from "./proxy.ts";
export { createTargetFolder, type TargetFolder, type TargetFolderOptions } from "./targetFolder.ts";
export type { TargetLayout } from "./targetPlace.ts";
