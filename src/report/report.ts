/**
 * The answer and its reasons: ordered steps, each passed, failed or not run. The command line, a web page and
 * the API show the same report.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { TufLdError, type TufLdErrorCode } from "../errors.ts";
import { type Finding, type Reason, reasonOf } from "../proof/finding.ts";

/** A check that did not run is never a pass. */
export type Outcome = "passed" | "failed" | "not run";

/** One check. */
export interface Step {
  /** Stable name, such as `signatures`. */
  readonly id: string;
  /** What was asked, as a sentence that is true if the step passed. */
  readonly title: string;
  readonly outcome: Outcome;
  /** What the check saw: role, version, "2 of 3 keys", expiry, the clock used. */
  readonly facts: Readonly<Record<string, JsonValue>>;
  /** Why it failed. */
  readonly reason?: Reason;
  /** Every signature and proof that was looked at, for a step that counts them. */
  readonly findings?: readonly Finding[];
}

/** The answer. `ok` only if there are steps and every one passed. */
export interface Report {
  readonly subject: string;
  readonly ok: boolean;
  readonly steps: readonly Step[];
  /** The first step that failed. */
  readonly failure?: Step;
}

/** What a check gives back: its facts, or an error with them. */
export interface StepResult {
  readonly facts?: Readonly<Record<string, JsonValue>>;
  readonly findings?: readonly Finding[];
  readonly error?: { readonly code: TufLdErrorCode; readonly message: string };
}

/** A check that was announced: it is in the report as `not run` until it has run. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  /** Runs the check. A thrown `TufLdError` is a failure; anything else is a defect and passes through. */
  readonly run: () => StepResult | Promise<StepResult>;
}

/** Runs planned checks in order and stops at the first failure; those after it stay `not run`. */
export async function runSteps(subject: string, planned: readonly PlannedStep[]): Promise<Report> {
  const steps: Step[] = [];
  let failure: Step | undefined;
  for (const plan of planned) {
    const step = failure === undefined ? await runStep(plan) : notRun(plan);
    if (step.outcome === "failed") failure = step;
    steps.push(step);
  }
  return reportOf(subject, steps);
}

/** The report that steps add up to. */
export function reportOf(subject: string, steps: readonly Step[]): Report {
  const ok = steps.length > 0 && steps.every((step) => step.outcome === "passed");
  const failure = steps.find((step) => step.outcome === "failed");
  return { subject, ok, steps, ...(failure === undefined ? {} : { failure }) };
}

async function runStep({ id, title, run }: PlannedStep): Promise<Step> {
  try {
    const { error, facts = {}, findings } = await run();
    const found = findings === undefined ? {} : { findings };
    if (error === undefined) return { id, title, outcome: "passed", facts, ...found };
    return { id, title, outcome: "failed", facts, reason: error, ...found };
  } catch (error) {
    if (!(error instanceof TufLdError)) throw error;
    return { id, title, outcome: "failed", facts: factsOf(error), reason: reasonOf(error) };
  }
}

function notRun({ id, title }: PlannedStep): Step {
  return { id, title, outcome: "not run", facts: {} };
}

/** The details of an error as JSON. */
export function factsOf(error: TufLdError): Record<string, JsonValue> {
  return JSON.parse(JSON.stringify(error.details));
}
