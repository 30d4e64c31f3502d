/// <reference types="node" />
/**
 * What the index does with projects: accepts submissions, claims, changes keys, lists.
 * @module
 */
import type { PublicKey } from "../../key/publicKey.ts";
import {
  changeProjectKeys,
  claimProjects,
  listProjects,
  type ProjectStatus,
} from "../../repository/projects/claiming.ts";
import { projectName } from "../../repository/projects/project.ts";
import { acceptSubmission } from "../../repository/projects/submission.ts";
import type { AcceptCommandOptions, ClaimCommandOptions } from "../commands/accept.ts";
import type { ProjectKeysOptions } from "../commands/project.ts";
import type { FolderOptions } from "../folderOptions.ts";
import { writeOutput } from "../io.ts";
import { readTrustedKey } from "../keys.ts";
import { printable, table, toJson } from "../output.ts";
import { openRepository } from "../repositoryFolder.ts";
import { readSubmissionFolder } from "../submissionFolder.ts";
import { UsageError } from "../usage.ts";

export async function accept(given: string, path: string, options: AcceptCommandOptions): Promise<void> {
  const { key = [], threshold } = options;
  const repository = await openRepository(options);
  const keys = await readKeys(key);
  if (threshold !== undefined && threshold > keys.length)
    throw new UsageError(`--threshold ${threshold} needs as many keys; ${keys.length} are given with --key`);
  const accepted = await acceptSubmission(repository, await readSubmissionFolder(path), {
    project: given,
    keys,
    ...(threshold === undefined ? {} : { threshold }),
  });
  const { project, version, delegator, first, changed, removed, hidden } = accepted;
  const gone = removed.length === 0 ? "" : ` and ${removed.length} gone`;
  const whose = first ? `, a new project in ${delegator}` : "";
  const line = `accepted ${project}, version ${version}${whose}: ${changed.length} targets changed${gone}; \`tuf-ld publish\` publishes it`;
  const note = `note: the bins list ${hidden.length > 1 ? `${hidden.length} or more targets` : "targets"} of this name, ${hidden[0]} for one; users get nothing of this name from there once the project is published`;
  await tell(options, accepted, hidden.length === 0 ? line : `${line}\n${note}`);
}

export async function claim(names: readonly string[], options: ClaimCommandOptions): Promise<void> {
  if ((options.all === true) === names.length > 0)
    throw new UsageError("name projects, or give --all, and not both");
  const repository = await openRepository(options);
  const result = await claimProjects(repository, options.all ? "all" : names);
  const count = result.claimed.length;
  const line =
    count === 0
      ? "there is nothing to claim"
      : `${count} ${count === 1 ? "project" : "projects"} staged for claimed; its key holders sign with \`tuf-ld sign claimed\``;
  await tell(options, result, line);
}

export async function projectKeys(name: string, options: ProjectKeysOptions): Promise<void> {
  const { add = [], remove = [], threshold } = options;
  const repository = await openRepository(options);
  if (add.length === 0 && remove.length === 0 && threshold === undefined) {
    const project = projectName(name);
    const found = (await listProjects(repository)).find((each) => each.project === project);
    if (found === undefined) throw new UsageError(`there is no project "${project}"`);
    return tell(options, found, describe(found));
  }
  const changed = await changeProjectKeys(repository, name, {
    add: await readKeys(add),
    remove: remove.length === 0 ? [] : await keyidsOf(repository, name, remove),
    ...(threshold === undefined ? {} : { threshold }),
  });
  await tell(options, changed, `${describe(changed)}; staged in ${changed.staged.join(" and ")}`);
}

export async function projectList(options: FolderOptions): Promise<void> {
  const projects = await listProjects(await openRepository(options));
  if (options.json) return writeOutput(undefined, toJson({ ok: true, projects }));
  const rows = projects.map(({ project, delegator, version, threshold, keyids }) => [
    printable(project),
    delegator,
    version === 0 ? "not published" : String(version),
    `${threshold} of ${keyids.length}`,
  ]);
  await writeOutput(undefined, table([["project", "in", "version", "keys"], ...rows]));
}

/** The keyids that begin as given. */
async function keyidsOf(
  repository: Parameters<typeof listProjects>[0],
  name: string,
  given: readonly string[],
): Promise<string[]> {
  const project = projectName(name);
  const keyids = (await listProjects(repository)).find((each) => each.project === project)?.keyids ?? [];
  return given.map((start) => {
    const [found, other] = keyids.filter((keyid) => keyid.startsWith(start));
    if (found !== undefined && other === undefined) return found;
    throw new UsageError(
      `${found === undefined ? "no key" : "more than one key"} of ${project} begins with ${start}`,
    );
  });
}

async function readKeys(given: readonly string[]): Promise<PublicKey[]> {
  const keys = [];
  for (const each of given) keys.push((await readTrustedKey(each)).key);
  return keys;
}

function describe({ project, delegator, keyids, threshold }: ProjectStatus): string {
  return `${project} is in ${delegator}; ${threshold} of ${keyids.length} keys must sign: ${keyids.join(", ")}`;
}

async function tell({ json, quiet }: FolderOptions, facts: object, line: string): Promise<void> {
  if (json) return writeOutput(undefined, toJson({ ok: true, ...facts }));
  if (!quiet) await writeOutput(undefined, `${line.split("\n").map(printable).join("\n")}\n`);
}
