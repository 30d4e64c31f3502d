/// <reference types="node" />
/**
 * Publishes what is ready, and removes what nothing refers to any more.
 * @module
 */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { hashHex } from "#platform";
import { append } from "../../encoding/lists.ts";
import { parseMetadata } from "../../metadata/file.ts";
import { createBinWorkers } from "../../node/binWorkers.ts";
import { metadataName, TIMESTAMP } from "../../repository/layout.ts";
import type { Waiting } from "../../repository/publishing/plan.ts";
import type { PublishProgress, PublishResult } from "../../repository/publishing/publish.ts";
import type { Overdue } from "../../repository/publishing/signDrafts.ts";
import type { Repository } from "../../repository/repository.ts";
import type { KeyRing } from "../../repository/signing/signing.ts";
import { Bar, barWanted } from "../bar.ts";
import { KEYID_DIGITS, signatureLines } from "../ceremony.ts";
import type { CleanCommandOptions, PublishCommandOptions } from "../commands/publish.ts";
import { EXIT } from "../exit.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { folderOf, keyFolderOf, openRepository } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";

export async function publish(options: PublishCommandOptions): Promise<void> {
  const { dryRun = false, renew = false, recovery = false, allowLarge, json, quiet } = options;
  const repository = await openRepository(options);
  const folder = keyFolderOf(options);
  const bar = new Bar(barWanted(options));
  const keys: KeyRing = {
    has: (keyid) => folder.has(keyid),
    memory: folder.memory,
    // The question for a passphrase takes the bar's place.
    signer(keyid) {
      bar.stop();
      return folder.signer(keyid);
    },
  };
  const workers = createBinWorkers(folderOf(options), repository.storage);
  let result: PublishResult;
  try {
    const { lanes, runBins } = workers;
    const onProgress = (progress: PublishProgress): void => bar.draw(() => frameOf(progress));
    const large = allowLarge === undefined ? {} : { allowLarge };
    result = await repository.publish({
      keys,
      dryRun,
      renew,
      recovery,
      ...large,
      lanes,
      runBins,
      onProgress,
    });
  } finally {
    bar.stop();
    await workers.close();
  }
  // Whoever publishes by a timer has to learn what is still due, before clients refuse what stands there.
  if (result.overdue.length > 0) process.exitCode = EXIT.expired;
  if (json) return writeOutput(undefined, toJson({ ok: true, ...(dryRun ? { dryRun } : {}), ...result }));
  for (const each of result.warnings ?? []) process.stderr.write(`${printable(`warning: ${each}`)}\n`);
  for (const each of result.overdue) process.stderr.write(`${printable(overdueLine(each))}\n`);
  const lines = [...describe(result, dryRun), ...(dryRun ? [] : await firstSteps(repository, result))];
  if (!quiet) await writeOutput(undefined, `${lines.map(printable).join("\n")}\n`);
}

function frameOf({ step, done, total }: PublishProgress): readonly [number, string] {
  const what = step === "bins" ? `${done} of ${total} groups of bins` : step;
  return [total === 0 ? 1 : done / total, what];
}

function describe({ roles, bins, changes, waiting }: PublishResult, dryRun: boolean): string[] {
  const verb = dryRun ? "would publish" : "published";
  const lines = dryRun ? ["dry run: nothing is written and no key is opened"] : [];
  for (const { role, version, changes: words } of roles) {
    if (words.length > 0) lines.push(`${verb} ${role}, version ${version}`);
    append(
      lines,
      words.slice(1).map((line) => `  ${line}`),
    );
  }
  if (bins > 0) {
    const held = changes > 0 ? ` with ${counted(changes, "change")} of targets` : "";
    lines.push(`${verb} ${counted(bins, "bin")}${held}`);
  }
  const made = roles.filter(({ changes: words }) => words.length === 0);
  if (made.length > 0)
    lines.push(`${verb} ${made.map(({ role, version }) => `${role}, version ${version}`).join("; ")}`);
  if (roles.length === 0 && bins === 0)
    lines.push("nothing to publish: no change is ready, and nothing is about to expire");
  if (waiting.length > 0) lines.push("waiting:", ...waiting.map(waitingLine));
  return lines;
}

/** What a person does after the first publication: whom to tell, and how to keep what is published alive. */
async function firstSteps({ storage }: Repository, { roles }: PublishResult): Promise<string[]> {
  const isFirst = ["root", "timestamp"].every((name) =>
    roles.some(({ role, version }) => role === name && version === 1),
  );
  const root = isFirst ? await storage.get(metadataName("root", 1)) : undefined;
  if (root === undefined) return [];
  const timestamp = await storage.get(TIMESTAMP);
  const expires = timestamp && parseMetadata(timestamp, { type: "timestamp" }).signed.expires;
  return [
    "",
    "Next:",
    "1. upload public/ as it is: what is in it is all that clients read. `tuf-ld check` looks it over before.",
    "2. tell your colleagues this line, by a way that nobody can tamper with; URL is where public/metadata/ will be,",
    "   such as https://example.org/tuf/metadata/",
    `     tuf-ld trust URL --root-sha256 ${hashHex("sha256", root)}`,
    `3. keep it alive: timestamp.json expires at ${expires}, and clients refuse it then. Let a timer run`,
    "     tuf-ld publish --renew",
    "   docs/keep-it-alive.md has recipes for cron, systemd and CI.",
  ];
}

function overdueLine({ role, expires, expired, staged = false, locked = [] }: Overdue): string {
  const what = expired ? "expired, so clients refuse it" : "is about to expire";
  const begin = `warning: ${role} ${what} (${expires})`;
  if (!staged) return `${begin}, and too few of its keys are here`;
  const where =
    locked.length === 0
      ? "too few of its keys are here"
      : `its key ${locked.map((keyid) => keyid.slice(0, KEYID_DIGITS)).join(", ")} could not be opened`;
  return `${begin}, and ${where}: its next version is staged; \`tuf-ld sign ${role} --key KEY\` signs it here, \`tuf-ld payload ${role} -o FILE\` takes it to those who hold its keys`;
}

function waitingLine({ role, reason, signatures }: Waiting): string {
  if (signatures === undefined || signatures.signed.length + signatures.missing.length < signatures.threshold)
    return `  ${role}: ${reason}`;
  return `  ${role}: ${signatureLines([signatures]).join("; ")}; \`tuf-ld sign ${role} --key KEY\``;
}

export async function clean(options: CleanCommandOptions): Promise<void> {
  const { now = false, targets = false, json, quiet } = options;
  if (now && options.keep !== undefined) throw new UsageError("--now and --keep exclude each other");
  const keep = now ? 0 : options.keep;
  const repository = await openRepository(options);
  const removed = await repository.clean(keep === undefined ? {} : { keepHours: keep });
  if (targets) {
    const since = Date.now() - (keep ?? repository.config.keepHours) * 3_600_000;
    // A file that is new may be of an `add` that has not staged it yet.
    const isYoung = async (name: string): Promise<boolean> =>
      !now && ((await stat(join(folderOf(options), name)).catch(() => undefined))?.mtimeMs ?? 0) > since;
    append(removed, await repository.cleanTargets(isYoung));
  }
  if (json) return writeOutput(undefined, toJson({ ok: true, removed }));
  if (quiet) return;
  const kept = keep ?? repository.config.keepHours;
  const line =
    removed.length === 0
      ? `nothing to remove that was replaced more than ${spanOf(kept)} ago`
      : `removed ${counted(removed.length, "file")}`;
  await writeOutput(undefined, `${[...removed, line].map(printable).join("\n")}\n`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function spanOf(hours: number): string {
  if (hours < 1) return counted(Math.round(hours * 60), "minute");
  return hours % 24 === 0 && hours > 0 ? counted(hours / 24, "day") : counted(hours, "hour");
}
