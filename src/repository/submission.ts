/**
 * Submissions (PEP 480): a developer hands in the next version of a project's metadata and the files that are new in
 * it, and the index takes all of it or nothing.
 *
 * Nobody is believed. What counts is that a threshold of the project's keys signed, in every view that the repository
 * promises; who hands it in, and how the project is called there, does not.
 *
 * @module
 */
import { ContentCheck } from "../client/hashes.ts";
import { TufLdError } from "../errors.ts";
import type { PublicKey } from "../key/publicKey.ts";
import { toTufKey, tufKeyid } from "../key/tufKey.ts";
import { type MetadataFile, parseMetadata } from "../metadata/file.ts";
import { checkFile } from "../proof/checkFile.ts";
import { type RoleKeys, roleKeys } from "../proof/roleKeys.ts";
import { assertSigned } from "../trust/rules.ts";
import type { TargetFile, Targets, TufKey } from "../vocabulary/types.ts";
import { withProject, withProjects } from "./claiming.ts";
import type { Drafts } from "./drafts.ts";
import { sameJson } from "./edit.ts";
import { draftName, targetName } from "./layout.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "./profiles.ts";
import { holdsProjects, PROJECT_PREFIX, projectDelegation, projectOfPath } from "./project.ts";
import type { EditOptions, Repository } from "./repository.ts";
import type { RepositoryStorage } from "./storage.ts";
import { checkTarget } from "./target.ts";

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

/** Options of {@link acceptSubmission}. */
export interface AcceptOptions extends EditOptions {
  /** Who may sign for a project that is new, as the system of accounts says. Refused for one that is known. */
  readonly keys?: readonly PublicKey[];
  /** How many of these keys must sign. Default 1. */
  readonly threshold?: number;
  readonly limits?: Partial<SubmissionLimits>;
}

/** What was accepted; it waits to be published. */
export interface AcceptedSubmission {
  readonly project: string;
  readonly role: string;
  readonly version: number;
  /** The role that delegates to the project. */
  readonly delegator: string;
  /** Whether the project is new. */
  readonly first: boolean;
  /** Paths that are new or changed, and paths that are gone. */
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Checks a submission and stages it, metadata and files, or changes nothing.
 *
 * @throws ERR_SUBMISSION with the reason; ERR_NO_SIGNATURE, ERR_THRESHOLD_UNMET; ERR_STORAGE
 */
export async function acceptSubmission(
  repository: Repository,
  submission: Submission,
  options: AcceptOptions = {},
): Promise<AcceptedSubmission> {
  const { now = new Date(), keys = [], threshold = 1 } = options;
  const limits = { ...DEFAULT_SUBMISSION_LIMITS, ...options.limits };
  const { file, project } = readSubmission(submission, limits);
  const role = PROJECT_PREFIX + project;
  const refuse = (reason: string): never => {
    throw refusal(project, reason);
  };
  const { storage, config } = repository;
  return withProjects(repository, ["targets", CLAIMED, RECENTLY_CLAIMED, role], async (drafts) => {
    if (drafts.published.recovery !== undefined)
      refuse("the index is being recovered; submit it again later");
    const delegator = await drafts.delegatorOf(role);
    if (delegator !== undefined && !holdsProjects(config, delegator))
      refuse(`"${delegator}" delegates to a role of this name`);
    const first = delegator === undefined;
    if (first && keys.length === 0)
      refuse("it is a new project; say with --key who may sign for it, as its account says");
    if (!first && keys.length > 0)
      refuse("it is a project already, with keys of its own; `tuf-ld project keys` changes them");
    // A draft that nothing delegates to is left of an accept that was killed.
    const staged = first ? undefined : drafts.all.get(role);
    const before = staged ?? (first ? undefined : await drafts.publishedFile(role));
    const expected = (staged?.signed.version ?? drafts.published.numberOf(role)) + 1;
    const { version, expires, targets } = file.signed;
    if (version !== expected) refuse(`it is version ${version}, and the next one is ${expected}`);
    if (Date.parse(expires) <= now.getTime() + limits.validHours * 3_600_000)
      refuse(`it expires at ${expires}, less than ${limits.validHours} hours from now`);
    const signers = first
      ? newKeys(role, keys, threshold)
      : await drafts.keysFor(role).then(([only]) => only ?? refuse("it has no keys"));
    const counted = await onlyCounted(file, signers, config.sign);
    const earlier = before?.signed._type === "targets" ? before.signed.targets : {};
    const changed = Object.keys(targets).filter(
      (path) => !Object.hasOwn(earlier, path) || !sameJson(earlier[path], targets[path]),
    );
    // One whose `custom` alone changed is there already.
    const missing = changed.find(
      (path) => !submission.files.has(path) && !sameContent(earlier[path], targets[path] as TargetFile),
    );
    if (missing !== undefined) refuse(`${missing} is new in this version, and the file is not there`);
    await checkContents(project, targets, submission.files);
    const undo: (() => Promise<void>)[] = [];
    try {
      await storeAll(storage, targets, submission.files, undo);
      await stage(storage, drafts, role, counted, undo);
      // Last: without the delegation nothing speaks of the project.
      if (first) {
        undo.push(await restoring(storage, draftName(RECENTLY_CLAIMED)));
        const entry = projectDelegation(project, { keyids: [], threshold });
        await drafts.edit<Targets>(RECENTLY_CLAIMED, now, (document) => withProject(document, entry, keys));
      }
      await storage.settle();
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw wrapped(project, error);
    }
    const removed = Object.keys(earlier).filter((path) => !Object.hasOwn(targets, path));
    return { project, role, version, delegator: delegator ?? RECENTLY_CLAIMED, first, changed, removed };
  });
}

function sameContent(before: TargetFile | undefined, { length, hashes }: TargetFile): boolean {
  return before?.length === length && sameJson(before.hashes, hashes);
}

/** Everything that can be said of a submission by itself. */
function readSubmission(
  { metadata, files }: Submission,
  limits: SubmissionLimits,
): { readonly file: MetadataFile<Targets>; readonly project: string } {
  let file: MetadataFile<Targets>;
  try {
    file = parseMetadata(metadata, { type: "targets", maxBytes: limits.metadataBytes });
  } catch (error) {
    throw wrapped("", error);
  }
  const { targets, delegations } = file.signed;
  const paths = Object.keys(targets);
  const project = projectOfPath(paths[0] ?? "");
  if (project === undefined)
    throw refusal("", `it must list packages/PROJECT/FILE or simple/PROJECT/FILE, not ${quoted(paths[0])}`);
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

function newKeys(role: string, keys: readonly PublicKey[], threshold: number): RoleKeys {
  const listed = keys.map((key) => toTufKey(key));
  const byKeyid = Object.fromEntries(listed.map((key) => [tufKeyid(key), key]));
  const keyids = Object.keys(byKeyid);
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > keyids.length)
    throw new TypeError(`a threshold is from 1 to the number of keys, ${keyids.length}`);
  return roleKeys(role, { keyids, threshold }, byKeyid as unknown as Readonly<Record<string, TufKey>>);
}

/** The file with those of its signatures that count, so that nobody can make it grow. @throws as `assertSigned` */
async function onlyCounted(
  file: MetadataFile<Targets>,
  keys: RoleKeys,
  view: Repository["config"]["sign"],
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
    signatures: file.signatures.filter((_, index) => classic.has(index)),
    proof: file.proof.filter((_, index) => linked.has(index)),
  };
}

async function checkContents(
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
async function* checked(
  path: string,
  { length, hashes }: TargetFile,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const check = new ContentCheck(path, { length, hashes });
  for await (const chunk of bytes) {
    check.update(chunk);
    yield chunk;
  }
  check.end();
}

async function storeAll(
  storage: RepositoryStorage,
  targets: Targets["targets"],
  files: Submission["files"],
  undo: (() => Promise<void>)[],
): Promise<void> {
  for (const [path, { open }] of files) {
    const target = targets[path] as TargetFile;
    for (const hash of new Set(Object.values(target.hashes).map(String))) {
      const name = targetName(path, hash);
      if (await storage.streamIfAbsent(name, checked(path, target, open())))
        undo.push(() => storage.remove(name));
    }
  }
}

async function stage(
  storage: RepositoryStorage,
  drafts: Drafts,
  role: string,
  file: MetadataFile<Targets>,
  undo: (() => Promise<void>)[],
): Promise<void> {
  undo.push(await restoring(storage, draftName(role)));
  await drafts.putFile(role, file);
}

/** What puts a file back as it is now. */
async function restoring(storage: RepositoryStorage, name: string): Promise<() => Promise<void>> {
  const bytes = await storage.get(name);
  return () => (bytes === undefined ? storage.remove(name) : storage.replace(name, bytes));
}

function quoted(text: string | undefined): string {
  return JSON.stringify((text ?? "").slice(0, 200));
}

function refusal(project: string, reason: string, cause?: unknown): TufLdError<"ERR_SUBMISSION"> {
  const message = `${project === "" ? "the submission" : `the submission of "${project}"`}: ${reason}`;
  return new TufLdError("ERR_SUBMISSION", message, { project, reason }, cause === undefined ? {} : { cause });
}

/** Another module's refusal as one of the submission; a disk that fails is nobody's fault. */
function wrapped(project: string, error: unknown): unknown {
  if (!(error instanceof TufLdError) || error.code === "ERR_STORAGE") return error;
  return refusal(project, error.message, error);
}
