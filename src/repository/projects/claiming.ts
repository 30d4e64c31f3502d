/**
 * What an administrator does to projects (PEP 480): claims them, changes their keys.
 *
 * A project stays in `recently-claimed` until `claimed` is published with it; the role that comes first and ends the
 * search speaks for it meanwhile. So the many online edits of the one never wait for the offline signatures of the
 * other, and there is no instant at which a project is in neither.
 *
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import type { DelegatedRole, Targets, TufKey } from "../../vocabulary/types.ts";
import { Drafts, type EditableFile } from "../drafts.ts";
import { withKey, withoutKey, withThreshold } from "../edit.ts";
import { listedKey } from "../keys/entries.ts";
import { assertNotOurs } from "../keys/keyPlaces.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "../profiles.ts";
import { Published } from "../published.ts";
import type { Waiting } from "../publishing/plan.ts";
import type { EditOptions, Repository } from "../repository.ts";
import {
  isProjectDelegation,
  isProjectRole,
  PROJECT_PREFIX,
  projectDelegation,
  projectOfRole,
  projectRole,
} from "./project.ts";

/** The roles of a repository that an administrator of projects edits. */
const EDITED = ["targets", CLAIMED, RECENTLY_CLAIMED] as const;

/** What became of a call of {@link claimProjects}. */
export interface ClaimResult {
  /** Projects that `claimed` will delegate to once it is signed and published. */
  readonly claimed: readonly string[];
}

/**
 * Stages the move of projects from `recently-claimed` to `claimed`.
 *
 * An online key signs `recently-claimed`, so what it says is not copied: keys and threshold are taken, and everything
 * else is made anew. An entry that is not as the index makes them was written by somebody else, and is refused.
 *
 * @param names projects, or `"all"` that can be claimed now
 * @throws ERR_EDIT for a project that is claimed already, whose metadata is not published, or whose delegation is not
 * as the index makes them; nothing changes then
 */
export async function claimProjects(
  repository: Repository,
  names: readonly string[] | "all",
  { now = new Date() }: EditOptions = {},
): Promise<ClaimResult> {
  return onProjects(repository, draftsAround(repository), async (drafts) => {
    const from = await documentOf(drafts, RECENTLY_CLAIMED);
    const to = await documentOf(drafts, CLAIMED);
    const recent = drafts.index.roles(from);
    const claimed = drafts.index.roles(to);
    const isPublished = (role: string): boolean => drafts.published.versionOf(role) !== undefined;
    const all = names === "all" ? [...recent.keys()] : [...new Set(names.map(projectRole))];
    const moving = new Map<DelegatedRole, readonly PublicKey[]>();
    for (const role of all) {
      const entry = recent.get(role);
      const project = projectOfRole(role) ?? role;
      if (names === "all" && (claimed.has(role) || !isPublished(role))) continue;
      if (claimed.has(role)) throw refusal(project, "it is claimed already");
      if (entry === undefined) throw refusal(project, `${RECENTLY_CLAIMED} has no such project`);
      if (!isPublished(role))
        throw refusal(project, "its metadata is not published yet; `tuf-ld publish` comes first");
      const { keyids, threshold } = entry;
      moving.set(projectDelegation(project, { keyids, threshold }), ownKeys(from, entry));
    }
    await assertNotOurs(drafts, [...moving.values()].flat(), (reason, key) => {
      const owner = [...moving].find(([, keys]) => keys.includes(key))?.[0].name;
      return refusal(owner ?? CLAIMED, reason);
    });
    if (moving.size > 0)
      await drafts.edit<Targets>(CLAIMED, now, (document) => withProjects(document, moving));
    return { claimed: [...moving.keys()].map(({ name }) => projectOfRole(name) ?? name) };
  });
}

/** The keys of a project in `recently-claimed`. @throws ERR_EDIT unless the index has made the entry */
function ownKeys(from: Targets, entry: DelegatedRole): PublicKey[] {
  const { name, keyids, threshold, paths, path_hash_prefixes: prefixes } = entry;
  if (!isProjectDelegation(entry)) {
    const scope = JSON.stringify(paths ?? prefixes ?? []);
    throw refusal(
      name,
      `${RECENTLY_CLAIMED} delegates to it in another way than this index does, for ${scope}; whoever holds the key of ${RECENTLY_CLAIMED} may have written it. \`tuf-ld undelegate\` takes it away, and \`tuf-ld recover\` is for stolen keys`,
    );
  }
  if (keyids.length < threshold)
    throw refusal(name, `${RECENTLY_CLAIMED} gives it ${keyids.length} keys, and ${threshold} must sign`);
  return keyids.map((keyid) => {
    const key = listedKey(from, keyid);
    if (key !== undefined && tufKeyid(toTufKey(key)) === keyid) return key;
    throw refusal(name, `${RECENTLY_CLAIMED} lists no key whose hash is ${keyid}`);
  });
}

/**
 * Takes out of `recently-claimed` what `claimed` speaks for from this publishing on. Part of publishing.
 *
 * @param ready what is going to be published
 * @returns whether there was anything to take
 */
export async function leaveRecentlyClaimed(
  drafts: Drafts,
  ready: ReadonlyMap<string, EditableFile>,
  now: Date,
): Promise<boolean> {
  if (drafts.config.profile !== "pep480" || !(ready.has(CLAIMED) || ready.has(RECENTLY_CLAIMED)))
    return false;
  const claimed = ready.get(CLAIMED) ?? (await drafts.publishedFile(CLAIMED));
  const recent = await drafts.current(RECENTLY_CLAIMED);
  if (claimed === undefined || recent === undefined) return false;
  const gone = drafts.index.roles(claimed.signed);
  if (![...drafts.index.roles(recent.signed).keys()].some((name) => gone.has(name))) return false;
  return drafts.edit<Targets>(RECENTLY_CLAIMED, now, (document) => without(document, gone));
}

/**
 * Gives up new projects whose first version expired before it was published. No client could use a delegation to one,
 * so it would hold up every other new project, and nobody but its developers can make another version. Drafts that
 * nothing delegates to go too: an `accept` that was killed left them. Part of publishing.
 *
 * @returns the projects that were given up, and why
 */
export async function giveUpNew(drafts: Drafts, now: Date): Promise<Waiting[]> {
  const { config, published } = drafts;
  // While a recovery goes on, what counts as published are the last good ones.
  if (config.profile !== "pep480" || published.recovery !== undefined) return [];
  const givenUp = new Map<string, EditableFile>();
  for (const [role, file] of drafts.all) {
    if (!isProjectRole(config, role) || published.versionOf(role) !== undefined) continue;
    if ((await drafts.delegatorOf(role)) === undefined) await drafts.discard(role);
    else if (Date.parse(file.signed.expires) <= now.getTime()) givenUp.set(role, file);
  }
  if (givenUp.size === 0) return [];
  // The delegations first: killed in between, drafts are left that nothing delegates to.
  await drafts.edit<Targets>(RECENTLY_CLAIMED, now, (document) => without(document, givenUp));
  for (const role of givenUp.keys()) await drafts.discard(role);
  return [...givenUp].map(([role, { signed }]) => ({
    role,
    reason: `its first version expired at ${signed.expires} before it was published, and is given up; \`tuf-ld accept\` takes it anew`,
  }));
}

/** What to change of a project's keys. */
export interface KeyChanges {
  readonly add?: readonly PublicKey[];
  /** Keyids, as `status` shows them. */
  readonly remove?: readonly string[];
  readonly threshold?: number;
}

/** A project as the index delegates to it. */
export interface ProjectStatus {
  readonly project: string;
  readonly role: string;
  /** The role that delegates to it. */
  readonly delegator: string;
  readonly keyids: readonly string[];
  readonly threshold: number;
  /** The version that clients see; 0 if none is published. */
  readonly version: number;
}

/** A project whose keys were changed. */
export interface ChangedProject extends ProjectStatus {
  /** The roles whose drafts say so. */
  readonly staged: readonly string[];
}

/**
 * Stages other keys for a project, in every role that delegates to it. While a claim waits for its signatures these
 * are two, and clients go by `recently-claimed`, which can be published at once.
 *
 * The project's newest metadata must stand under the keys that it will have. Otherwise that role, and every other
 * project in it, could not be published until the developer signs again. So a key is replaced in three steps: add the
 * new one, accept a version that is signed by it, remove the old one.
 *
 * @throws ERR_ROLE_UNKNOWN; ERR_EDIT, also for a key that a role of the index lists
 */
export async function changeProjectKeys(
  repository: Repository,
  name: string,
  { add = [], remove = [], threshold }: KeyChanges,
  { now = new Date() }: EditOptions = {},
): Promise<ChangedProject> {
  const role = projectRole(name);
  return onProjects(repository, draftsAround(repository, role), async (drafts) => {
    const holders = await holdersOf(drafts, role);
    const [first] = holders.keys();
    if (first === undefined) {
      const message = `there is no project "${role.slice(PROJECT_PREFIX.length)}"`;
      throw new TufLdError("ERR_ROLE_UNKNOWN", message, { role });
    }
    await assertNotOurs(drafts, add, (reason) => refusal(role, reason));
    const listed = new Set([...holders.values()].flatMap(({ entry }) => entry.keyids));
    const stranger = remove.find((keyid) => !listed.has(keyid));
    if (stranger !== undefined) throw refusal(role, `it has no key ${stranger}`);
    const file = drafts.all.get(role) ?? (await drafts.publishedFile(role));
    const edited = new Map<string, Targets>();
    for (const [holder, { document, entry }] of holders) {
      let after = document;
      for (const key of add) after = withKey(after, role, key);
      for (const keyid of remove) if (entry.keyids.includes(keyid)) after = withoutKey(after, role, keyid);
      if (threshold !== undefined) after = withThreshold(after, role, threshold);
      const { keyids, threshold: needed } = drafts.index.roles(after).get(role) as DelegatedRole;
      if (keyids.length < needed)
        throw refusal(role, `it would have ${keyids.length} keys and need ${needed}; no client could use it`);
      const signatures = file && (await drafts.signatures(file, role, after));
      if (file !== undefined && !signatures?.met)
        throw refusal(
          role,
          `its version ${file.signed.version} is not signed by enough of these keys; accept a version that is signed by them first`,
        );
      edited.set(holder, after);
    }
    for (const [holder, after] of edited) await drafts.edit<Targets>(holder, now, () => after);
    const entry = drafts.index.roles(edited.get(first) as Targets).get(role) as DelegatedRole;
    return { ...statusOfProject(drafts, first, entry), staged: [...edited.keys()] };
  });
}

/** All projects, the claimed ones first. */
export async function listProjects(repository: Repository): Promise<ProjectStatus[]> {
  return onProjects(repository, EDITED, async (drafts) => {
    const found = new Map<string, ProjectStatus>();
    for (const delegator of [CLAIMED, RECENTLY_CLAIMED]) {
      for (const entry of drafts.index.roles(await documentOf(drafts, delegator)).values())
        if (!found.has(entry.name)) found.set(entry.name, statusOfProject(drafts, delegator, entry));
    }
    return [...found.values()];
  });
}

/** The drafts of everything that is no project, and of one project. */
export function draftsAround({ config }: Repository, project?: string): (role: string) => boolean {
  return (role) => role === project || !isProjectRole(config, role);
}

/** Runs `work` alone, on the drafts of these roles and no others. @throws ERR_EDIT for another profile */
export async function onProjects<T>(
  { storage, config }: Repository,
  roles: readonly string[] | ((role: string) => boolean),
  work: (drafts: Drafts) => Promise<T>,
): Promise<T> {
  if (config.profile !== "pep480")
    throw refusal(CLAIMED, `a repository of the profile ${config.profile} has no projects; pep480 has them`);
  return storage.exclusive(async () => {
    const published = await Published.load(storage, config.sign);
    return work(await Drafts.load(storage, config, published, roles));
  });
}

/** The roles that delegate to a project, or will, the more trusted first: both while it is being claimed. */
async function holdersOf(
  drafts: Drafts,
  role: string,
): Promise<Map<string, { readonly document: Targets; readonly entry: DelegatedRole }>> {
  const holders = new Map<string, { document: Targets; entry: DelegatedRole }>();
  for (const holder of [CLAIMED, RECENTLY_CLAIMED]) {
    const document = await documentOf(drafts, holder);
    const entry = drafts.index.roles(document).get(role);
    if (entry !== undefined) holders.set(holder, { document, entry });
  }
  return holders;
}

/**
 * The role by whose keys the next version of a project is judged: the one that clients go by, as it will be when it is
 * published next; or the one that is going to delegate to it, for a project that is not published.
 */
export async function effectiveDelegator(drafts: Drafts, role: string): Promise<string | undefined> {
  const published = await drafts.delegatorAmong(role, (name) => drafts.publishedFile(name));
  const file = published === undefined ? undefined : await drafts.current(published);
  const stays = file !== undefined && drafts.index.roles(file.signed).has(role);
  return stays ? published : drafts.delegatorOf(role);
}

function statusOfProject(
  { published }: Drafts,
  delegator: string,
  { name, keyids, threshold }: DelegatedRole,
): ProjectStatus {
  const version = published.versionOf(name) ?? 0;
  return { project: projectOfRole(name) ?? name, role: name, delegator, keyids, threshold, version };
}

/**
 * A document with more delegations to projects, each with the keys that it is given. Nothing of the others is looked at.
 *
 * @throws ERR_EDIT if it names another key by one of the keyids
 */
export function withProjects(
  document: Targets,
  entries: ReadonlyMap<DelegatedRole, readonly PublicKey[]>,
): Targets {
  const { keys = {}, roles = [] } = document.delegations ?? {};
  const added: Record<string, TufKey> = {};
  const listed: DelegatedRole[] = [];
  for (const [entry, given] of entries) {
    const keyids = new Set<string>();
    for (const each of given) {
      const key = toTufKey(each);
      const keyid = tufKeyid(key);
      const there = Object.hasOwn(keys, keyid) ? keys[keyid] : undefined;
      if (there !== undefined && there.keyval.public !== key.keyval.public)
        throw refusal(entry.name, `another key is called ${keyid} there`);
      added[keyid] = key as unknown as TufKey;
      keyids.add(keyid);
    }
    listed.push({ ...entry, keyids: [...keyids] });
  }
  return { ...document, delegations: { keys: { ...keys, ...added }, roles: [...roles, ...listed] } };
}

function without(document: Targets, gone: ReadonlyMap<string, unknown>): Targets {
  const { keys = {}, roles = [] } = document.delegations ?? {};
  const left = roles.filter(({ name }) => !gone.has(name));
  const used = new Set(left.flatMap(({ keyids }) => keyids));
  const kept = Object.fromEntries(Object.entries(keys).filter(([keyid]) => used.has(keyid)));
  return { ...document, delegations: { keys: kept, roles: left } };
}

async function documentOf(drafts: Drafts, role: string): Promise<Targets> {
  const signed = (await drafts.current(role))?.signed;
  if (signed?._type === "targets") return signed;
  throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
}

function refusal(role: string, reason: string): TufLdError<"ERR_EDIT"> {
  return new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}
