/// <reference types="node" />
/**
 * Guides through a recovery.
 * @module
 */
import type { PublicKey } from "../../key/publicKey.ts";
import {
  abortRecovery,
  beginRecovery,
  compromisedRoles,
  resumeRecovery,
} from "../../repository/recovery/recovery.ts";
import {
  goodCandidates,
  type RecoveryReport,
  recoveryReport,
} from "../../repository/recovery/recoveryReport.ts";
import type { Repository } from "../../repository/repository.ts";
import type { RecoverCommandOptions } from "../commands/recover.ts";
import { goodMetadata } from "../goodMetadata.ts";
import { writeOutput } from "../io.ts";
import { discardKeys, type MadeKey, makeKeys } from "../newKeys.ts";
import { printable, style, toJson } from "../output.ts";
import { keyFolderOf, openRepository } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";

export async function recover(options: RecoverCommandOptions): Promise<void> {
  const repository = await openRepository(options);
  if (options.abort) return abort(repository, options);
  const made = options.lastGood === undefined ? [] : await begin(repository, options.lastGood, options);
  if (
    options.lastGood === undefined &&
    (options.keep ?? options.keepAll ?? options.roles ?? options.safe) !== undefined
  )
    throw new UsageError(
      "--roles, --safe, --keep and --keep-all go with --last-good, which begins a recovery",
    );
  await resumeRecovery(repository);
  const report = await recoveryReport(repository, keyFolderOf(options));
  if (report === undefined) return choose(repository, options);
  const keys = made.map(({ role, file }) => ({ role, file }));
  if (options.json) return writeOutput(undefined, toJson({ ok: true, ...report, newKeys: keys }));
  if (options.quiet) return;
  const notes = made.map(
    ({ role, file, encrypted }) => `new key of ${role}: ${file}${encrypted ? "" : " (not encrypted)"}`,
  );
  await writeOutput(undefined, `${[...notes.map(printable), ...checklist(report)].join("\n")}\n`);
}

async function begin(
  repository: Repository,
  lastGood: string,
  options: RecoverCommandOptions,
): Promise<readonly MadeKey[]> {
  const { roles = [], keep = [], keepAll, safe } = options;
  const going = await recoveryReport(repository);
  if (going !== undefined && going.phase !== "done")
    throw new UsageError(
      "a recovery goes on already; `tuf-ld recover` tells how far it is, --abort gives it up",
    );
  const source = await goodMetadata(repository, lastGood);
  const suspects = { keys: keyFolderOf(options), ...(safe === undefined ? {} : { safe }) };
  const compromised = await compromisedRoles(repository, roles, source, suspects);
  const made = await makeKeys(
    compromised.flatMap(({ role, keys }) => Array.from({ length: Math.max(1, keys) }, () => role)),
    keyFolderOf(options),
    options,
  );
  const newKeys = new Map<string, PublicKey[]>();
  for (const { role, publicKey } of made) newKeys.set(role, [...(newKeys.get(role) ?? []), publicKey]);
  try {
    await beginRecovery(repository, {
      ...(source === undefined ? {} : { source }),
      roles: compromised.map(({ role }) => role),
      suspects,
      newKeys,
      keep: keepAll ? "all" : keep,
    });
  } catch (error) {
    const phase = (await recoveryReport(repository).catch(() => undefined))?.phase;
    // Once it has begun, what is staged lists them.
    if (phase === undefined || phase === "done") await discardKeys(made);
    throw error;
  }
  return made;
}

async function abort(repository: Repository, { json, quiet }: RecoverCommandOptions): Promise<void> {
  const { drafts, restored } = await abortRecovery(repository);
  if (json) return writeOutput(undefined, toJson({ ok: true, aborted: true, drafts, restored }));
  if (quiet) return;
  const back = restored.length > 0 ? `; staged again: ${restored.join(", ")}` : "";
  const words = `the recovery is given up; drafts that are gone: ${drafts.join(", ") || "none"}${back}. Its new private keys are still in the folder of keys, and nothing lists them`;
  await writeOutput(undefined, `${printable(words)}\n`);
}

/** Nothing has begun: the states to go back to. */
async function choose(repository: Repository, options: RecoverCommandOptions): Promise<void> {
  const { json, quiet } = options;
  const candidates = await goodCandidates(repository);
  const found = await compromisedRoles(repository, [], undefined, { keys: keyFolderOf(options) });
  const roles = found.map(({ role }) => role);
  const atHand = found.flatMap(({ role, atHand: here }) => (here ? [role] : []));
  if (json) return writeOutput(undefined, toJson({ ok: true, phase: null, roles, candidates }));
  if (quiet) return;
  const lines = [
    "no recovery goes on",
    `it would give new keys to ${roles.join(", ")}; --roles adds others`,
    ...(atHand.length === 0
      ? []
      : [
          `the keys of ${atHand.join(", ")} are here, so whoever was here may have them; --safe takes a role out`,
        ]),
    "find out when the attacker came, and name the last state before that: a copy from elsewhere if you have one, or",
    ...candidates.map(
      ({ version, created, expires }) =>
        `  --last-good ${version}${created === undefined ? "" : `  signed ${created}`}  expires ${expires}`,
    ),
    ...(candidates.length === 0 ? ["  (no snapshot is left here, so only a copy will do)"] : []),
    "next: tuf-ld recover --last-good VERSION or DIR",
  ];
  await writeOutput(undefined, `${lines.map(printable).join("\n")}\n`);
}

const MARKS = { done: ["green", "✓"], next: ["yellow", "→"], waits: ["gray", "…"] } as const;

function checklist({ steps, next, phase }: RecoveryReport): string[] {
  const lines = steps.flatMap(({ title, state, details, command }, index) => {
    const [colour, mark] = MARKS[state];
    return [
      `${String(index + 1).padStart(2)}. ${style(colour, mark)} ${printable(title)}`,
      ...details.map((line) => `      ${printable(line)}`),
      ...(command === undefined || state === "done" ? [] : [`      ${printable(command)}`]),
    ];
  });
  const end =
    next === undefined
      ? "all is done; --last-good begins another recovery"
      : `next: ${next}${phase === "staged" ? "" : " again"}`;
  return [...lines, printable(end)];
}
