/**
 * Repositories: edit, sign, publish, clean; in Node and in browsers.
 * @module
 */

export type { ImportMark, TargetChange } from "./changes.ts";
export type { AddTargetsOptions } from "./changingTargets.ts";
export type { BinLayout, ProfileName, RepositoryConfig, SignedView } from "./config.ts";
export type { Discarded } from "./discarding.ts";
export type { EditableFile } from "./drafts.ts";
export type { NewDelegation } from "./edit.ts";
export { CsvReader, type CsvStart, readCsv } from "./imports/csv.ts";
export {
  normalizeProjectName,
  type Project,
  type ProjectFile,
  parseIndexPage,
  parseProjectPage,
} from "./imports/pep691.ts";
export { type IndexPage, indexPages, projectFilePath, projectPages } from "./imports/simpleIndex.ts";
export type { KeyMemory } from "./keys/keyMemory.ts";
export type { KeyPlace } from "./keys/keyPlaces.ts";
export {
  keyToRotate,
  type Revocation,
  type RevokeOptions,
  type RotateOptions,
  type Rotation,
  revokeKey,
  rotateKey,
} from "./keys/rotation.ts";
export type { ProfileOptions } from "./profiles.ts";
export {
  type ChangedProject,
  type ClaimResult,
  changeProjectKeys,
  claimProjects,
  type KeyChanges,
  listProjects,
  type ProjectStatus,
} from "./projects/claiming.ts";
export { ClaimIndex } from "./projects/claims.ts";
export {
  nextProjectVersion,
  type PageFacts,
  pagesOf,
  projectName,
  projectOfPath,
  projectOfRole,
  projectPaths,
  projectRole,
  type SignProjectOptions,
  signProject,
  withPageFacts,
} from "./projects/project.ts";
export {
  type AcceptedSubmission,
  type AcceptOptions,
  acceptSubmission,
} from "./projects/submission.ts";
export {
  DEFAULT_SUBMISSION_LIMITS,
  type Submission,
  type SubmissionLimits,
  type SubmittedFile,
} from "./projects/submissionChecks.ts";
export { type BinsDone, type BinsJob, buildBins } from "./publishing/bins.ts";
export type { Waiting } from "./publishing/plan.ts";
export type {
  PublishedRole,
  PublishOptions,
  PublishProgress,
  PublishResult,
  RunBins,
} from "./publishing/publish.ts";
export {
  type AbortedRecovery,
  abortRecovery,
  beginRecovery,
  compromisedRoles,
  type RecoveryOptions,
  resumeRecovery,
} from "./recovery/recovery.ts";
export {
  type GoodCandidate,
  goodCandidates,
  type RecoveryReport,
  type RecoveryStep,
  recoveryReport,
} from "./recovery/recoveryReport.ts";
export type { RecoveryChange, RecoveryPhase, RecoveryState } from "./recovery/recoveryState.ts";
export { type CompromisedRole, type MetadataSource, ownMetadata } from "./recovery/recoverySurvey.ts";
export {
  type EditOptions,
  Repository,
  type SigningRequest,
} from "./repository.ts";
export { type Payload, payloadOf, signPayload, toPayload, withoutPayload } from "./signing/payload.ts";
export { type KeyRing, noKeys, type Signatures, type SigningKey } from "./signing/signing.ts";
export { describeChanges, type WordsOptions } from "./signing/words.ts";
export type { DraftStatus, RepositoryStatus, RoleStatus, VersionStatus } from "./status.ts";
export { createMemoryStorage, type RepositoryStorage } from "./storage.ts";
