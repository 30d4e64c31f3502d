/// <reference types="node" />
/**
 * Tells the state of a repository and what to do next.
 * @module
 */
import { largest } from "../../encoding/lists.ts";
import { recoveryReport } from "../../repository/recovery/recoveryReport.ts";
import type { RepositoryStatus, RoleStatus, VersionStatus } from "../../repository/status.ts";
import { KEYID_DIGITS, signatureLines } from "../ceremony.ts";
import { EXIT } from "../exit.ts";
import type { FolderOptions } from "../folderOptions.ts";
import { writeOutput } from "../io.ts";
import { publicNames } from "../keyFolder.ts";
import { printable, style, table, toJson } from "../output.ts";
import { keyFolderOf, openRepository } from "../repositoryFolder.ts";

/** Roles that `publish` makes by itself. */
const MADE: ReadonlySet<string> = new Set(["snapshot", "timestamp"]);
const VIEWS = {
  classic: "classic signatures",
  linked: "linked proofs",
  both: "classic signatures and linked proofs",
};

/** Something to do, in parts that each fit on a line. */
type Step = readonly string[];

export async function status(options: FolderOptions): Promise<void> {
  const repository = await openRepository(options);
  const now = new Date();
  const keys = keyFolderOf(options);
  const state = await repository.status({ keys, now });
  const roles = rolesOf(state);
  const unknown = roles.some((role) => role.keys.some(({ held }) => !held)) ? await keys.unknown() : [];
  const report = state.recovery === undefined ? undefined : await recoveryReport(repository, keys);
  // For whoever watches a repository by a timer: something is to be renewed, or clients refuse it already.
  if (roles.some(({ published }) => published?.due || published?.expired)) process.exitCode = EXIT.expired;
  const next = [
    ...(state.recovery === undefined ? nextSteps(state, now) : recoverySteps(report?.next)),
    ...unknown.map(
      (file): Step => [
        `${file} is encrypted, and nothing tells which key it is:`,
        `\`tuf-ld key show ${file} --as pem > ${publicNames(file)[0]}\` keeps its public key beside it`,
      ],
    ),
  ];
  if (options.json) {
    const sentences = next.map((step) => step.join(" "));
    return writeOutput(undefined, toJson({ ok: true, ...state, next: sentences }));
  }
  const { profile, sign } = state;
  const rows = roles.map((role) => row(role, now).map(printable));
  const parts = [
    `${profile} repository with ${VIEWS[sign]}\n${state.recovery === undefined ? "" : RECOVERING}`,
    table([["ROLE", "PUBLISHED", "EXPIRES", "STAGED", "KEYS"], ...rows]),
    section("Keys:", keyLines(roles)),
    section("Projects:", projectLines(state)),
    section("Staged:", staged(state)),
    section(
      "Next:",
      next.flatMap((step) => step.map((line, at) => (at === 0 ? line : `  ${line}`))),
    ),
  ];
  await writeOutput(undefined, parts.filter((part) => part !== "").join("\n"));
}

const RECOVERING =
  "a recovery goes on and nothing else is published; the last good state stands in for what clients see\n";

function recoverySteps(command: string | undefined): Step[] {
  const steps = ["`tuf-ld recover` shows every step of the recovery, `tuf-ld recover --abort` gives it up"];
  return [...(command === undefined ? [] : [[`\`${command}\` is what the recovery needs next`]]), steps];
}

function rolesOf({ roles, bins }: RepositoryStatus): readonly RoleStatus[] {
  return bins === undefined ? roles : [...roles, bins];
}

/** Keyids as commands take them, and whose private keys are at hand. */
function keyLines(roles: readonly RoleStatus[]): string[] {
  const width = largest(roles.map(({ role }) => role.length));
  return roles.flatMap(({ role, keys }) => {
    const names = keys.map(({ keyid, held }) => `${keyid.slice(0, KEYID_DIGITS)}${held ? " (here)" : ""}`);
    return names.length === 0 ? [] : [`${role.padEnd(width)}  ${names.join(", ")}`];
  });
}

function projectLines({ projects }: RepositoryStatus): string[] {
  if (projects === undefined) return [];
  const { claimed, recentlyClaimed, staged: open } = projects;
  const says = (count: number, word: string): string => (count === 0 ? "" : `, ${count} of them ${word}`);
  return [
    `${claimed} claimed${says(open.claimed, "staged, and not claimed until that is published")}`,
    `${recentlyClaimed} recently claimed${says(open.recentlyClaimed, "staged")}`,
  ];
}

function section(heading: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return `${style("bold", heading)}\n${lines.map((line) => `  ${printable(line)}\n`).join("")}`;
}

function row({ role, published, staged: draft, keys, threshold }: RoleStatus, now: Date): string[] {
  const held = keys.filter((key) => key.held).length;
  return [
    role,
    published === undefined ? "-" : `version ${published.version}`,
    published === undefined ? "-" : timeLeft(published, now),
    draft === undefined ? "-" : `version ${draft.version}`,
    `${keys.length}, ${held} here, ${threshold} must sign`,
  ];
}

/** `2027-08-01, 12 days left`. */
function timeLeft({ expires, expired, daysLeft }: VersionStatus, now: Date): string {
  const day = expires.slice(0, 10);
  if (expired) return `${day}, EXPIRED`;
  const hours = Math.floor((Date.parse(expires) - now.getTime()) / 3_600_000);
  const [count, unit] = daysLeft >= 2 ? [daysLeft, "day"] : [hours, "hour"];
  return `${day}, ${count} ${unit}${count === 1 ? "" : "s"} left`;
}

function staged({ roles, bins, orphans }: RepositoryStatus): string[] {
  const lines = roles.flatMap((role) => {
    const draft = role.staged;
    if (draft === undefined) return [];
    const open = draft.signatures.some(({ met }) => !met);
    const how = open && role.keys.length >= role.threshold ? `; \`tuf-ld sign ${role.role} --key KEY\`` : "";
    const waits = !open && draft.waitsFor !== undefined ? `; ${draft.waitsFor}` : "";
    const signatures = signatureLines(draft.signatures).join("; ");
    return [
      `${role.role}: version ${draft.version} staged, ${signatures}${how}${waits}`,
      ...draft.changes.slice(1).map((change) => `  ${change}`),
    ];
  });
  const count = bins?.pendingChanges ?? 0;
  // A target that was added and removed is in the log twice.
  if (count > 0)
    lines.push(
      `${bins?.role}: ${count} ${count === 1 ? "entry" : "entries"} in the log of changes of targets`,
    );
  for (const role of orphans)
    lines.push(`${role}: staged, but nobody delegates to it; \`tuf-ld discard ${role}\` gives it up`);
  return lines;
}

function nextSteps(state: RepositoryStatus, now: Date): Step[] {
  const { bins } = state;
  const all = rolesOf(state);
  const lacking = all.flatMap(({ role, keys, threshold }) =>
    Array<string>(Math.max(0, threshold - keys.length)).fill(role),
  );
  const steps: Step[] = [];
  if (lacking.length > 0)
    steps.push([
      `\`tuf-ld key gen ${lacking.join(" ")}\` makes the keys that are missing, here;`,
      "`tuf-ld role add-key ROLE KEY` lists keys that others have made",
    ]);
  const open = state.roles.filter((role) => needsOthers(role) && !lacking.includes(role.role));
  for (const { role } of open)
    steps.push([
      `\`tuf-ld sign ${role} --key KEY\` signs ${role} with a key that is not in keys/, or`,
      `\`tuf-ld payload ${role} -o FILE\` for a key on another machine`,
    ]);
  const due = all.filter((role) => role.staged === undefined && role.published?.due);
  const first = all.some(({ published }) => published === undefined);
  const able = state.roles.some((role) => role.staged !== undefined && !needsOthers(role));
  const change = able || (bins?.pendingChanges ?? 0) > 0;
  if (lacking.length === 0 && (first ? open.length === 0 : change || due.some(({ role }) => MADE.has(role))))
    steps.push(["`tuf-ld publish` publishes what is ready"]);
  for (const role of due.filter((each) => !MADE.has(each.role)))
    steps.push([renewal(role, role === bins, now)]);
  if (steps.length === 0) steps.push(["everything is published; `tuf-ld add FILE...` adds targets"]);
  return steps;
}

/** Whether a draft lacks signatures that the keys at hand cannot make. */
function needsOthers({ staged: draft, keys }: RoleStatus): boolean {
  const here = new Set(keys.filter(({ held }) => held).map(({ keyid }) => keyid));
  return (draft?.signatures ?? []).some(
    ({ signed, missing, threshold }) =>
      signed.length + missing.filter((keyid) => here.has(keyid)).length < threshold,
  );
}

function renewal({ role, published, keys, threshold }: RoleStatus, isBins: boolean, now: Date): string {
  const when = published === undefined ? "" : ` (expires ${timeLeft(published, now)})`;
  if (isBins || keys.filter(({ held }) => held).length >= threshold)
    return `\`tuf-ld publish --renew\` signs ${role} anew${when}`;
  return `\`tuf-ld role expires ${role} DAYS --now\` stages ${role} anew, for its holders to sign${when}`;
}
