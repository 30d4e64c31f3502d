/**
 * Why there is nothing to publish, in words that name everyone who has to sign.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { Plan, Waiting } from "./plan.ts";

/** The first version needs every role. */
export function cannotBegin({ waiting }: Plan): TufLdError {
  const large = waiting.find(({ tooLarge }) => tooLarge !== undefined)?.tooLarge;
  if (large !== undefined) return large;
  const facts = waiting.map(({ role, reason }) => `${role}: ${reason}`).join("; ");
  const root = waiting.find(({ role }) => role === "root")?.signatures;
  const message = `the first version needs every role. Waiting: ${facts || "there is no draft of root"}`;
  return new TufLdError("ERR_THRESHOLD_UNMET", message, {
    role: "root",
    valid: root?.signed.length ?? 0,
    threshold: root?.threshold ?? 1,
  });
}

/** Drafts are staged and none is ready. */
export function nothingReady(waiting: readonly Waiting[]): TufLdError {
  const large = waiting.find(({ tooLarge }) => tooLarge !== undefined)?.tooLarge;
  if (large !== undefined) return large;
  const first = waiting.find(({ signatures }) => signatures !== undefined);
  const message = `nothing is ready to be published. Waiting: ${waiting.map(({ role, reason }) => `${role}: ${reason}`).join("; ")}`;
  return new TufLdError("ERR_THRESHOLD_UNMET", message, {
    role: first?.role ?? waiting[0]?.role ?? "",
    valid: first?.signatures?.signed.length ?? 0,
    threshold: first?.signatures?.threshold ?? 1,
  });
}
