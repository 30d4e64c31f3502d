/**
 * Repositories: edit, sign, publish, clean; in Node and in browsers.
 * @module
 */
export { type BinsDone, type BinsJob, buildBins } from "./bins.ts";
export type { ImportMark, TargetChange } from "./changes.ts";
export {
  type ClaimResult,
  changeProjectKeys,
  claimProjects,
  type KeyChanges,
  listProjects,
  type ProjectStatus,
} from "./claiming.ts";
export { ClaimIndex } from "./claims.ts";
export type { BinLayout, ProfileName, RepositoryConfig, SignedView } from "./config.ts";
export { CsvReader, type CsvStart, readCsv } from "./csv.ts";
export type { EditableFile } from "./drafts.ts";
export type { NewDelegation } from "./edit.ts";
export type { KeyPlace } from "./keyPlaces.ts";
export { type Payload, payloadOf, signPayload, toPayload, withoutPayload } from "./payload.ts";
export {
  normalizeProjectName,
  type Project,
  type ProjectFile,
  parseIndexPage,
  parseProjectPage,
} from "./pep691.ts";
export type { Waiting } from "./plan.ts";
export type { ProfileOptions } from "./profiles.ts";
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
} from "./project.ts";
export type { PublishedRole, PublishOptions, PublishProgress, PublishResult, RunBins } from "./publish.ts";
export {
  abortRecovery,
  beginRecovery,
  compromisedRoles,
  type RecoveryOptions,
  resumeRecovery,
} from "./recovery.ts";
export {
  type GoodCandidate,
  goodCandidates,
  type RecoveryReport,
  type RecoveryStep,
  recoveryReport,
} from "./recoveryReport.ts";
export type { RecoveryChange, RecoveryPhase, RecoveryState } from "./recoveryState.ts";
export { type CompromisedRole, type MetadataSource, ownMetadata } from "./recoverySurvey.ts";
export {
  type AddTargetsOptions,
  type EditOptions,
  Repository,
  type SigningRequest,
} from "./repository.ts";
export {
  keyToRotate,
  type Revocation,
  type RevokeOptions,
  type RotateOptions,
  type Rotation,
  revokeKey,
  rotateKey,
} from "./rotation.ts";
export { type KeyRing, noKeys, type Signatures, type SigningKey } from "./signing.ts";
export { type IndexPage, indexPages, projectFilePath, projectPages } from "./simpleIndex.ts";
export type { DraftStatus, RepositoryStatus, RoleStatus, VersionStatus } from "./status.ts";
export { createMemoryStorage, type RepositoryStorage } from "./storage.ts";
export {
  type AcceptedSubmission,
  type AcceptOptions,
  acceptSubmission,
} from "./submission.ts";
export {
  DEFAULT_SUBMISSION_LIMITS,
  type Submission,
  type SubmissionLimits,
  type SubmittedFile,
} from "./submissionChecks.ts";
export { describeChanges } from "./words.ts";
