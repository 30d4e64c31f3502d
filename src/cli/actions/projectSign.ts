/// <reference types="node" />
/**
 * Makes a submission.
 * @module
 */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { TufLdError } from "../../errors.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import { parseMetadata, serializeMetadata } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import { roleKeys } from "../../proof/roleKeys.ts";
import { instant } from "../../repository/config.ts";
import { projectFilePath } from "../../repository/imports/simpleIndex.ts";
import {
  nextProjectVersion,
  PROJECT_PREFIX,
  pagesOf,
  projectName,
  projectOfPath,
  signProject,
  withPageFacts,
} from "../../repository/projects/project.ts";
import { assertSigned } from "../../trust/rules.ts";
import type { TargetFile, Targets, TufKey } from "../../vocabulary/types.ts";
import type { ProjectSignOptions } from "../commands/project.ts";
import { inFile } from "../documents.ts";
import { readInput, writeOutput } from "../io.ts";
import { readPrivateKey, readTrustedKey } from "../keys.ts";
import { printable, toJson } from "../output.ts";
import { metadataOf, NewSubmission } from "../submissionFolder.ts";
import { UsageError } from "../usage.ts";

const DAY_MS = 86_400_000;

export async function projectSign(
  given: string,
  files: readonly string[],
  options: ProjectSignOptions,
): Promise<void> {
  const { out, as, json, remove = [], yank = [], requiresPython } = options;
  const project = projectName(given);
  if (await stat(out).catch(() => undefined)) throw taken(out);
  const signers = [];
  for (const file of options.key) signers.push(await readPrivateKey(file));
  const previous = await readPrevious(
    project,
    options,
    signers.map(({ publicKey }) => publicKey),
  );
  const submission = new NewSubmission(out);
  try {
    const changes = new Map<string, TargetFile | null>();
    for (const file of files) {
      const path = projectFilePath(project, basename(file));
      if (changes.has(path)) throw new UsageError(`two files are called ${basename(file)}`);
      const target = await submission.copy(path, file);
      changes.set(path, withPageFacts(target, requiresPython === undefined ? {} : { requiresPython }));
    }
    for (const file of remove) changes.set(listed(project, file, previous).path, null);
    for (const file of yank) {
      const { path, target } = listed(project, file, previous);
      changes.set(path, withPageFacts(changes.get(path) ?? target, { yanked: true }));
    }
    const expires = instant(new Date(Date.now() + options.expires * DAY_MS));
    const { targets } = nextProjectVersion(project, previous, changes, expires);
    for (const { path, bytes } of pagesOf(project, targets))
      changes.set(path, await submission.write(path, bytes));
    const signed = nextProjectVersion(project, previous, changes, expires);
    const file = await signProject(project, signed, signers, { view: as });
    await submission.finish(serializeMetadata(file, file.linked ? "file" : "classic"));
    const { version } = signed;
    const facts = { project, role: PROJECT_PREFIX + project, version, expires, submission: out };
    if (json)
      return await writeOutput(undefined, toJson({ ok: true, ...facts, changed: [...changes.keys()] }));
    const line = `${out}: ${project}, version ${version}, ${Object.keys(signed.targets).length} targets; hand it in as it is`;
    await writeOutput(undefined, `${printable(line)}\n`);
  } finally {
    await submission.discard();
  }
}

/** The version before, if somebody whom the developer trusts has signed it. */
async function readPrevious(
  project: string,
  { previous, previousKey = [] }: ProjectSignOptions,
  own: readonly PublicKey[],
): Promise<Targets | undefined> {
  if (previous === undefined) return undefined;
  const isFolder = (await stat(previous).catch(() => undefined))?.isDirectory() ?? false;
  const path = isFolder ? metadataOf(previous) : previous;
  const bytes = await readInput(path);
  const trusted = [...own];
  for (const key of previousKey) trusted.push((await readTrustedKey(key)).key);
  const keys = new Map(trusted.map((key) => [tufKeyid(toTufKey(key)), toTufKey(key) as unknown as TufKey]));
  const entry = { keyids: [...keys.keys()], threshold: 1 };
  const known = roleKeys(PROJECT_PREFIX + project, entry, Object.fromEntries(keys));
  const { signed } = await inFile(path, async () => {
    const file = parseMetadata(bytes, { type: "targets", linkable: true });
    // What it lists will be signed again: a stranger's list would get the developer's signature.
    assertSigned(known, await checkFile(file, known, "either"));
    return file;
  });
  const stranger = Object.keys(signed.targets).find((each) => projectOfPath(each) !== project);
  if (stranger === undefined) return signed;
  const reason = `it is not of the project "${project}": it lists ${stranger}`;
  throw new TufLdError("ERR_INPUT", `${path}: ${reason}`, { source: path, reason });
}

function listed(
  project: string,
  file: string,
  previous: Targets | undefined,
): { readonly path: string; readonly target: TargetFile } {
  const path = projectFilePath(project, file);
  const { targets = {} } = previous ?? {};
  if (Object.hasOwn(targets, path)) return { path, target: targets[path] as TargetFile };
  throw new UsageError(`--previous lists no file ${file}`);
}

function taken(path: string): TufLdError {
  const reason = "it exists already";
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason });
}
