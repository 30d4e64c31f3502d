/**
 * What can be said of a submission without looking at the repository: what it is, how much, whether its files are the
 * ones that it lists, and which of its signatures count.
 * @module
 */
import { ContentCheck } from "../../client/hashes.ts";
import { TufLdError } from "../../errors.ts";
import { type MetadataFile, parseMetadata } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import { onlySignature } from "../../proof/classicSignature.ts";
import type { RoleKeys } from "../../proof/roleKeys.ts";
import { assertSigned } from "../../trust/rules.ts";
import type { TargetFile, Targets } from "../../vocabulary/types.ts";
import type { SignedView } from "../config.ts";
import { checkTarget } from "../target.ts";
import { projectName, projectOfPath } from "./project.ts";

/** A file of a submission. */
export interface SubmittedFile {
  /** In bytes. */
  readonly length: number;
  /** Its bytes; asked for twice, and compared with what was signed each time. */
  open(): AsyncIterable<Uint8Array>;
}

/** What a developer hands in. */
export interface Submission {
  /** The project's signed metadata. */
  readonly metadata: Uint8Array;
  /** Files by target path: at least those that are new or changed in this version. */
  readonly files: ReadonlyMap<string, SubmittedFile>;
}

/** What the index takes of one project. */
export interface SubmissionLimits {
  /** Largest metadata, in bytes. Default 8 MiB. */
  readonly metadataBytes: number;
  /** Targets that one project may list. Default 50,000. */
  readonly targets: number;
  /** Files in one submission. Default 2,000. */
  readonly files: number;
  /** Largest file, in bytes. Default 1 GiB. */
  readonly fileBytes: number;
  /** All files of a submission together, in bytes. Default 4 GiB. */
  readonly totalBytes: number;
  /** What is accepted is valid for at least so long, in hours, or it could end before it is published. Default 24. */
  readonly validHours: number;
}

export const DEFAULT_SUBMISSION_LIMITS: SubmissionLimits = {
  metadataBytes: 8 * 1024 * 1024,
  targets: 50_000,
  files: 2_000,
  fileBytes: 1024 ** 3,
  totalBytes: 4 * 1024 ** 3,
  validHours: 24,
};

/**
 * Everything that can be said of a submission by itself.
 *
 * @param expected the project that it must be of
 */
export function readSubmission(
  { metadata, files }: Submission,
  limits: SubmissionLimits,
  expected?: string,
): { readonly file: MetadataFile<Targets>; readonly project: string } {
  let file: MetadataFile<Targets>;
  try {
    file = parseMetadata(metadata, { type: "targets", maxBytes: limits.metadataBytes, linkable: true });
  } catch (error) {
    throw wrapped("", error);
  }
  const { targets, delegations } = file.signed;
  const paths = Object.keys(targets);
  const project = projectOfPath(paths[0] ?? "");
  if (project === undefined)
    throw refusal("", `it must list packages/PROJECT/FILE or simple/PROJECT/FILE, not ${quoted(paths[0])}`);
  try {
    // Its role's name must be one that every system takes, or nothing could be published any more.
    projectName(project);
  } catch (error) {
    throw wrapped("", error);
  }
  if (expected !== undefined && projectName(expected) !== project)
    throw refusal(project, `it was to be of the project ${quoted(projectName(expected))}`);
  if (delegations !== undefined) throw refusal(project, "a project may not delegate any further");
  const [stranger] = Object.keys(file.unrecognized);
  if (stranger !== undefined) throw refusal(project, `nobody signs the member ${quoted(stranger)}`);
  if (paths.length > limits.targets)
    throw refusal(project, `it lists ${paths.length} targets; ${limits.targets} are allowed`);
  for (const path of paths) checkListed(project, path, targets[path] as TargetFile, limits);
  if (files.size > limits.files)
    throw refusal(project, `it has ${files.size} files; ${limits.files} are allowed`);
  let total = 0;
  for (const [path, { length }] of files) {
    if (!Object.hasOwn(targets, path))
      throw refusal(project, `${quoted(path)} is not listed in its metadata`);
    total += length;
  }
  if (total > limits.totalBytes)
    throw refusal(project, `its files have ${total} bytes; ${limits.totalBytes} are allowed`);
  return { file, project };
}

/** Digests that files may be listed by. An index keeps a copy for each, so that it takes no others. */
const DIGESTS: readonly string[] = ["sha256", "sha384", "sha512"];

function checkListed(project: string, path: string, target: TargetFile, limits: SubmissionLimits): void {
  try {
    checkTarget({ path, target });
  } catch (error) {
    throw wrapped(project, error);
  }
  if (projectOfPath(path) !== project) throw refusal(project, `it may not speak for ${quoted(path)}`);
  const others = Object.keys(target.hashes).filter((name) => !DIGESTS.includes(name));
  if (target.hashes.sha256 === undefined || others.length > 0)
    throw refusal(project, `${path} must have a SHA-256, and may have sha384 and sha512 besides`);
  if (target.length > limits.fileBytes)
    throw refusal(project, `${path} has ${target.length} bytes; ${limits.fileBytes} are allowed`);
}

/** The file with those of its signatures that count, so that nobody can make it grow. @throws as `assertSigned` */
export async function onlyCounted(
  file: MetadataFile<Targets>,
  keys: RoleKeys,
  view: SignedView,
): Promise<MetadataFile<Targets>> {
  const check = await checkFile(file, keys, view);
  assertSigned(keys, check);
  const valid = check.findings.filter(({ outcome, key }) => outcome === "valid" && key !== undefined);
  const once = new Map(valid.toReversed().map((finding) => [`${finding.view} ${finding.key}`, finding]));
  const kept = [...once.values()];
  const at = (wanted: string): Set<number> =>
    new Set(kept.filter((finding) => finding.view === wanted).map(({ index }) => index));
  const [classic, linked] = [at("classic"), at("linked")];
  return {
    ...file,
    linked: view !== "classic",
    signatures: file.signatures.filter((_, index) => classic.has(index)).map(onlySignature),
    proof: file.proof.filter((_, index) => linked.has(index)),
  };
}

/** Compares the files with what was signed. @throws ERR_SUBMISSION, ERR_STORAGE */
export async function checkContents(
  project: string,
  targets: Targets["targets"],
  files: Submission["files"],
): Promise<void> {
  for (const [path, { open, length }] of files) {
    const target = targets[path] as TargetFile;
    if (length !== target.length)
      throw refusal(project, `${path} has ${length} bytes, and its metadata says ${target.length}`);
    try {
      for await (const _ of checked(path, target, open()));
    } catch (error) {
      throw wrapped(project, error);
    }
  }
}

/** The bytes of a file as they come by, compared with what was signed. @throws ERR_LENGTH_MISMATCH, ERR_HASH_MISMATCH */
export async function* checked(
  path: string,
  { length, hashes }: TargetFile,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const check = await ContentCheck.open(path, { length, hashes });
  for await (const chunk of bytes) {
    check.update(chunk);
    yield chunk;
  }
  check.end();
}

function quoted(text: string | undefined): string {
  return JSON.stringify((text ?? "").slice(0, 200));
}

/** A refusal of a submission. @param project empty as long as it is not known */
export function refusal(project: string, reason: string, cause?: unknown): TufLdError<"ERR_SUBMISSION"> {
  const message = `${project === "" ? "the submission" : `the submission of "${project}"`}: ${reason}`;
  return new TufLdError("ERR_SUBMISSION", message, { project, reason }, cause === undefined ? {} : { cause });
}

/** Another module's refusal as one of the submission; a disk that fails is nobody's fault. */
export function wrapped(project: string, error: unknown): unknown {
  if (!(error instanceof TufLdError) || error.code === "ERR_STORAGE") return error;
  return refusal(project, error.message, error);
}
