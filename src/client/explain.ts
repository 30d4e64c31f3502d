/**
 * The chain from the trusted root to a target, as a report: each role, its keys, threshold, expiry, and why.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { reasonOf } from "../proof/finding.ts";
import { distinctKeys } from "../proof/roleKeys.ts";
import { factsOf, type Report, reportOf, type Step } from "../report/report.ts";
import type { Accepted } from "./accepted.ts";
import type { FoundTarget } from "./search.ts";
import type { Updater } from "./updater.ts";

/** Answers "who says that this is the right file, and why should I believe it?". Never throws for a refusal. */
export async function explainTarget(updater: Updater, path: string): Promise<Report> {
  let found: FoundTarget | undefined;
  let failure: unknown;
  try {
    found = await updater.find(path);
  } catch (error) {
    failure = error;
  }
  const steps = updater.accepted
    .filter((each) => isOnTheWay(each, found))
    .map((each) => roleStep(each, updater.at));
  if (found !== undefined) return reportOf(path, [...steps, targetStep(found)]);
  if (!(failure instanceof TufLdError)) throw failure;
  const named = new Set(steps.map(({ id }) => id));
  const missing = ["root", "timestamp", "snapshot", "targets"].filter((role) => !named.has(role));
  const refused: Step = {
    id: missing[0] ?? "search",
    title:
      missing[0] === undefined
        ? `a role that may speak for ${path} lists it`
        : `"${missing[0]}" can be trusted`,
    outcome: "failed",
    facts: factsOf(failure),
    reason: reasonOf(failure),
  };
  const rest = [...missing.slice(1), "target"].map(
    (id): Step => ({
      id,
      title: id === "target" ? `${path} is known` : `"${id}" can be trusted`,
      outcome: "not run",
      facts: {},
    }),
  );
  return reportOf(path, [...steps, refused, ...rest]);
}

/** The search may have asked roles that did not know the target; they are not part of the chain. */
function isOnTheWay({ role, file }: Accepted, found: FoundTarget | undefined): boolean {
  if (found === undefined || file.signed._type !== "targets") return true;
  return found.chain.some((link) => link.role === role);
}

function roleStep({ role, file, keys, check, from }: Accepted, at: Date): Step {
  const { version, expires } = file.signed;
  const { policy, threshold } = check.count;
  return {
    id: role,
    title: `"${role}" version ${version} is signed by enough of its keys and current (from the ${from})`,
    outcome: "passed",
    facts: {
      role,
      version,
      policy,
      valid: check.count.keys.length,
      of: distinctKeys(keys),
      threshold,
      expires,
      at: at.toISOString(),
    },
    findings: check.findings,
  };
}

function targetStep({ path, target, chain }: FoundTarget): Step {
  const role = chain.at(-1)?.role ?? "targets";
  return {
    id: "target",
    title: `${path} is listed by "${role}"`,
    outcome: "passed",
    facts: { path, role, length: target.length, hashes: { ...(target.hashes as Record<string, string>) } },
  };
}
