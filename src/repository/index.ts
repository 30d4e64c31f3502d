/**
 * Repositories: edit, sign, publish, clean; in Node and in browsers.
 * @module
 */
export { type BinsDone, type BinsJob, buildBins } from "./bins.ts";
export type { ImportMark, TargetChange } from "./changes.ts";
export type { BinLayout, ProfileName, RepositoryConfig, SignedView } from "./config.ts";
export type { EditableFile } from "./drafts.ts";
export type { NewDelegation } from "./edit.ts";
export type { Waiting } from "./plan.ts";
export type { ProfileOptions } from "./profiles.ts";
export type { PublishedRole, PublishOptions, PublishProgress, PublishResult, RunBins } from "./publish.ts";
export {
  type AddTargetsOptions,
  type EditOptions,
  Repository,
  type SigningRequest,
} from "./repository.ts";
export { type KeyRing, noKeys, type Signatures, type SigningKey } from "./signing.ts";
export type { DraftStatus, RepositoryStatus, RoleStatus, VersionStatus } from "./status.ts";
export { createMemoryStorage, type RepositoryStorage } from "./storage.ts";
export { describeChanges } from "./words.ts";
