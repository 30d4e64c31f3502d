/**
 * Submissions (PEP 480): a developer hands in the next version of a project's metadata and the files that are new in
 * it, and the index takes all of it or nothing.
 *
 * Nobody is believed. What counts is that a threshold of the project's keys signed, in every view that the repository
 * promises; what the submission calls itself does not. A new project has no keys yet: those come from whoever knows the
 * accounts, together with the project's name, and the submission must be of that project.
 *
 * @module
 */
import { ownMember } from "../../encoding/ownMember.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import { type RoleKeys, roleKeys } from "../../proof/roleKeys.ts";
import type { TargetFile, Targets, TufKey } from "../../vocabulary/types.ts";
import type { Drafts } from "../drafts.ts";
import { sameJson } from "../edit.ts";
import { assertNotOurs } from "../keys/keyPlaces.ts";
import { draftName, stagedTargetName, targetNames } from "../layout.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "../profiles.ts";
import type { EditOptions, Repository } from "../repository.ts";
import type { RepositoryStorage } from "../storage.ts";
import { draftsAround, effectiveDelegator, onProjects, withProjects } from "./claiming.ts";
import { listedInBins } from "./listedInBins.ts";
import { holdsProjects, PROJECT_PREFIX, projectDelegation } from "./project.ts";
import {
  checkContents,
  checked,
  DEFAULT_SUBMISSION_LIMITS,
  onlyCounted,
  readSubmission,
  refusal,
  type Submission,
  type SubmissionLimits,
  wrapped,
} from "./submissionChecks.ts";

/** Options of {@link acceptSubmission}. */
export interface AcceptOptions extends EditOptions {
  /** The project that the submission must be of. Required with `keys`: they are the keys of the owner of this name. */
  readonly project?: string;
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
  /**
   * Of a new project: paths of its name that the bins list, as far as was looked for. Clients find none of them there
   * once the project is published.
   */
  readonly hidden: readonly string[];
}

/**
 * Checks a submission and stages it, metadata and files, or changes nothing.
 *
 * @throws TypeError for keys without a project; ERR_SUBMISSION with the reason; ERR_NO_SIGNATURE, ERR_THRESHOLD_UNMET; ERR_STORAGE
 */
export async function acceptSubmission(
  repository: Repository,
  submission: Submission,
  options: AcceptOptions = {},
): Promise<AcceptedSubmission> {
  const { now = new Date(), keys = [], threshold = 1 } = options;
  const limits = { ...DEFAULT_SUBMISSION_LIMITS, ...options.limits };
  if (keys.length > 0 && options.project === undefined)
    throw new TypeError("keys are those of a project's owner; say of which project");
  const { file, project } = readSubmission(submission, limits, options.project);
  const role = PROJECT_PREFIX + project;
  const refuse = (reason: string): never => {
    throw refusal(project, reason);
  };
  const { storage, config } = repository;
  const needed =
    keys.length > 0 ? draftsAround(repository, role) : ["targets", CLAIMED, RECENTLY_CLAIMED, role];
  return onProjects(repository, needed, async (drafts) => {
    if (drafts.published.recovery !== undefined)
      refuse("the index is being recovered; submit it again later");
    const delegator = await effectiveDelegator(drafts, role);
    if (delegator !== undefined && !holdsProjects(config, delegator))
      refuse(`"${delegator}" delegates to a role of this name`);
    const first = delegator === undefined;
    if (first && keys.length === 0)
      refuse("it is a new project; say with --key who may sign for it, as its account says");
    if (!first && keys.length > 0)
      refuse("it is a project already, with keys of its own; `tuf-ld project keys` changes them");
    if (first) await assertNotOurs(drafts, keys, (reason) => refusal(project, reason));
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
      : ((await keysFrom(drafts, delegator, role)) ?? refuse("it has no keys"));
    const counted = await onlyCounted(file, signers, config.sign);
    const earlier = before?.signed._type === "targets" ? before.signed.targets : {};
    const changed = Object.keys(targets).filter(
      (path) => !Object.hasOwn(earlier, path) || !sameJson(earlier[path], targets[path]),
    );
    // One whose `custom` alone changed is there already.
    const missing = changed.find(
      (path) =>
        !submission.files.has(path) && !sameContent(ownMember(earlier, path), targets[path] as TargetFile),
    );
    if (missing !== undefined) refuse(`${missing} is new in this version, and the file is not there`);
    await checkContents(project, targets, submission.files);
    const hidden = first ? await listedInBins(storage, drafts, project, Object.keys(targets)) : [];
    const undo: (() => Promise<void>)[] = [];
    try {
      await storeAll(storage, targets, submission.files, undo);
      // What metadata lists must be there after a loss of power.
      await storage.settle();
      await stage(storage, drafts, role, counted, undo);
      // Last: without the delegation nothing speaks of the project.
      if (first) {
        undo.push(await restoring(storage, draftName(RECENTLY_CLAIMED)));
        const entry = projectDelegation(project, { keyids: [], threshold });
        const added = new Map([[entry, keys]]);
        await drafts.edit<Targets>(RECENTLY_CLAIMED, now, (document) => withProjects(document, added));
      }
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw wrapped(project, error);
    }
    const removed = Object.keys(earlier).filter((path) => !Object.hasOwn(targets, path));
    return {
      project,
      role,
      version,
      delegator: delegator ?? RECENTLY_CLAIMED,
      first,
      changed,
      removed,
      hidden,
    };
  });
}

async function keysFrom(drafts: Drafts, delegator: string, role: string): Promise<RoleKeys | undefined> {
  const file = await drafts.current(delegator);
  return file && drafts.index.keys(file.signed, role);
}

function sameContent(before: TargetFile | undefined, { length, hashes }: TargetFile): boolean {
  return before?.length === length && sameJson(before.hashes, hashes);
}

function newKeys(role: string, keys: readonly PublicKey[], threshold: number): RoleKeys {
  const listed = keys.map((key) => toTufKey(key));
  const byKeyid = Object.fromEntries(listed.map((key) => [tufKeyid(key), key]));
  const keyids = Object.keys(byKeyid);
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > keyids.length)
    throw new TypeError(`a threshold is from 1 to the number of keys, ${keyids.length}`);
  return roleKeys(role, { keyids, threshold }, byKeyid as unknown as Readonly<Record<string, TufKey>>);
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
      for (const name of targetNames(path, hash).map(stagedTargetName)) {
        if (await storage.streamIfAbsent(name, checked(path, target, open())))
          undo.push(() => storage.remove(name));
      }
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
