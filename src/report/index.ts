/**
 * The answer and its reasons.
 * @module
 */
export { renderGraph } from "./graph.ts";
export type { Judging } from "./metadataSteps.ts";
export type { Outcome, PlannedStep, Report, Step, StepResult } from "./report.ts";
export { runSteps } from "./report.ts";
export { type KeysQuestion, type MetadataQuestion, verifyByKeys, verifyMetadata } from "./verifyMetadata.ts";
