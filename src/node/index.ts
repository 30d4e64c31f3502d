/// <reference types="node" />
/**
 * What Node adds to the client: folders as stores and sinks, `file:` URLs, proxies.
 * @module
 */
export { createFileFetcher } from "./fileFetcher.ts";
export { createFileStore, type FileStoreOptions } from "./fileStore.ts";
export { createNodeFetcher, type NodeFetcherOptions } from "./nodeFetcher.ts";
export { type Environment, proxyFetch } from "./proxy.ts";
export { createTargetFolder, type TargetFolder, type TargetFolderOptions } from "./targetFolder.ts";
export type { TargetLayout } from "./targetPlace.ts";
