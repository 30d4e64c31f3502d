/**
 * Recovery after the online keys were in other hands (PEP 458, "Key Compromise Analysis"; TUF 5.3.11).
 *
 * A new root replaces the keys of timestamp and snapshot, and the role that delegates to the bins those of the bins.
 * Bins are made anew from the last good ones; what came since is dropped unless somebody asks to keep it. Numbers go on
 * above everything that was ever seen. Until all of it is signed and published, `Published.load` answers with the last
 * good state, and nothing that the compromised keys have signed is built upon.
 * @module
 */

import { append } from "../../encoding/lists.ts";
import { TufLdError } from "../../errors.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import { toTufKey } from "../../key/tufKey.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { Root, Targets, TufKey } from "../../vocabulary/types.ts";
import { instant } from "../config.ts";
import { Drafts } from "../drafts.ts";
import { type Delegator, publicKeyOf, withTargets } from "../edit.ts";
import { isBin, withKeysReplaced } from "../keys/entries.ts";
import { DRAFTS, draftName, metadataName, SPEC_VERSION } from "../layout.ts";
import { overlayOf } from "../overlay.ts";
import { Published, readableRoots } from "../published.ts";
import type { EditOptions, Repository } from "../repository.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { SignerFile } from "./goodCopies.ts";
import { differencesAbove } from "./recoveryAbove.ts";
import { changesSince, differenceOf, servedFile } from "./recoveryChanges.ts";
import { CopyWriter, copyGood, restoreSigned } from "./recoveryCopy.ts";
import { compromisedIn, partlyInWords, projectNotes } from "./recoveryPlan.ts";
import {
  bringBack,
  isActive,
  putAside,
  type RecoveryChange,
  type RecoveryState,
  readRecovery,
  removeRecovery,
  takenBefore,
  withdrawAside,
  writeDetails,
  writeRecovery,
} from "./recoveryState.ts";
import {
  type CompromisedRole,
  type MetadataSource,
  onlineRoles,
  type Survey,
  type Suspects,
  survey,
} from "./recoverySurvey.ts";
import { listedVersions, offeredNow, takenVersions } from "./taken.ts";

/** What a recovery begins with. */
export interface RecoveryOptions extends EditOptions {
  /** The last good state. Not needed where neither bins nor targets roles are compromised. */
  readonly source?: MetadataSource;
  /** Compromised roles beside those whose keys are online in the repository's profile. */
  readonly roles?: readonly string[];
  /** Keys at hand that an intruder could have read. Default: none. */
  readonly suspects?: Suspects;
  /** New keys for every compromised role; `compromisedRoles` tells which they are. */
  readonly newKeys: ReadonlyMap<string, readonly PublicKey[]>;
  /** Paths of targets that stay as they are served now, though they came since. Default: none. */
  readonly keep?: readonly string[] | "all";
}

type Place = Pick<Repository, "storage" | "config">;

/**
 * The roles that a recovery gives new keys: those whose keys are online, those that `roles` names, those that share a
 * key with one of them, and, if `suspects` are given, those that the keys at hand can sign for.
 */
export async function compromisedRoles(
  { storage, config }: Repository,
  roles: readonly string[] = [],
  source?: MetadataSource,
  suspects?: Suspects,
): Promise<readonly CompromisedRole[]> {
  return (await survey(storage, config, namesOf(onlineRoles(config), roles), source, suspects)).compromised;
}

/**
 * Begins a recovery: copies the last good state, notes what came since, and stages what has to be signed.
 *
 * @throws ERR_EDIT if one goes on already, if the good state is not good, or if a path to keep did not change
 */
export async function beginRecovery(
  repository: Repository,
  options: RecoveryOptions,
): Promise<RecoveryState> {
  const { storage, config } = repository;
  const { source, newKeys, keep = [], suspects, now = new Date() } = options;
  return storage.exclusive(async () => {
    if (isActive(await readRecovery(storage)))
      throw refusal("root", "a recovery goes on already; `tuf-ld recover` tells how far it is");
    const named = namesOf(onlineRoles(config), options.roles ?? []);
    const found = await survey(storage, config, named, source, suspects);
    const names = found.compromised.map(({ role }) => role);
    const withTargetsOf = names.filter((role) => !["root", "timestamp", "snapshot"].includes(role));
    if (source === undefined && withTargetsOf.length > 0)
      throw refusal(
        withTargetsOf[0] as string,
        "name the last good state, to which its targets go back; or take the role out with `--safe` if nobody else can have had its keys",
      );
    const roles = names.map((role): [string, TufKey[]] => {
      const keys = newKeys.get(role) ?? [];
      if (keys.length === 0) throw new TypeError(`recovery needs new keys for "${role}"`);
      if (keys.some(({ id }) => found.keys.has(id)))
        throw refusal(role, "its new key is one of the compromised keys");
      return [role, keys.map((key) => toTufKey(key) as unknown as TufKey)];
    });
    const offered = await offeredNow(storage);
    const versions = await listedVersions(storage);
    const changes: RecoveryChange[] = [];
    const differences = await differencesAbove(found, source, offered.snapshot, new Set(names));
    const notes: string[] = found.partly.map(partlyInWords);
    const served = new Map<string, readonly [version: number, signer: SignerFile]>();
    const compare = async (role: string, good: Targets | undefined): Promise<void> => {
      const above = role === "targets" ? found.root : delegatorIn(found, role, config.bins?.delegator);
      const keys = above && delegatedKeys(above.signed, role);
      const now = await servedFile(storage, offered.snapshot?.signed, versions, role);
      const compared = await changesSince(role, good, now, keys, config.sign);
      append(changes, compared.changes);
      append(notes, compared.notes);
      // Every bin is renewed now and then; two lines say no more than that.
      if (compared.difference && !(isBin(config, role) && compared.difference.changes.length <= 2))
        differences.push(compared.difference);
      if (now !== undefined && above !== undefined && compared.changes.length > 0)
        served.set(role, [now.signed.version, above]);
    };
    for (const { signed } of found.base.values()) append(notes, projectNotes(signed, found.keys));
    for (const [role, { signed }] of found.base) {
      if (source === undefined || names.includes(role)) continue;
      const difference = differenceOf(role, "stays", found.good.get(role)?.signed, signed);
      if (difference !== undefined) differences.push(difference);
    }
    if (offered.snapshot === undefined) notes.push("timestamp.json or its snapshot cannot be read");
    for (const [role, { signed }] of found.base) if (names.includes(role)) await compare(role, signed);
    const copies = new CopyWriter(storage, found, source);
    await copyGood(repository, found, source, copies, {
      bin: (role, file) => compare(role, file.signed),
      project: (role, good, now) => {
        const difference = source && differenceOf(role, "stays", good?.signed, now.signed);
        if (difference !== undefined) differences.push(difference);
      },
    });
    await restoreSigned(storage, found, new Set(names), source);
    const marked = markKept(changes, keep);
    const kept = new Set(marked.filter((each) => each.kept).map(({ role }) => role));
    for (const [role, [version, signer]] of served) {
      if (!kept.has(role)) continue;
      await copies.put("served", role, version, signer, await storage.get(metadataName(role, version)));
    }
    const taken = [...(await takenVersions(storage, await publishedVersions(storage, found)))];
    await writeDetails(storage, { copies: copies.notes, taken, changes: marked, roles: differences, notes });
    await storage.settle();
    const begun: RecoveryState = {
      phase: "staging",
      begun: instant(now),
      lastGood: source?.snapshotVersion ?? null,
      roles,
      drafts: [],
      compromised: [...found.keys],
      aside: [],
    };
    const drafts = await draftsOf(repository, begun, now);
    const state: RecoveryState = { ...begun, drafts, aside: await putAside(storage, drafts) };
    // Tried out first: once it has begun there is no other way than on, or back.
    await stage({ storage: overlayOf(storage), config }, state, now);
    return stage(repository, state, now);
  });
}

/** Goes on with a recovery whose beginning was interrupted. */
export async function resumeRecovery(repository: Repository, options: EditOptions = {}): Promise<void> {
  const { storage } = repository;
  await storage.exclusive(async () => {
    const state = await readRecovery(storage);
    if (state?.phase === "staging") await stage(repository, state, options.now ?? new Date());
  });
}

/** The roles of which a recovery stages drafts, each after its delegator. Writes nothing. */
async function draftsOf({ storage, config }: Place, state: RecoveryState, now: Date): Promise<string[]> {
  const tried = overlayOf(storage);
  await writeRecovery(tried, state);
  for (const name of await tried.list(DRAFTS)) await tried.remove(name);
  return stageDrafts({ storage: tried, config }, state, now);
}

/** Stages what a recovery needs; doing it twice does it once. */
async function stage(place: Place, state: RecoveryState, now: Date): Promise<RecoveryState> {
  const { storage } = place;
  // From here on what is published is not believed any more.
  await writeRecovery(storage, state);
  await withdrawAside(storage, state.aside);
  await stageDrafts(place, state, now);
  const next: RecoveryState = { ...state, phase: "staged" };
  await writeRecovery(storage, next);
  return next;
}

/** @returns the roles whose drafts it made */
async function stageDrafts({ storage, config }: Place, state: RecoveryState, now: Date): Promise<string[]> {
  const published = await Published.load(storage, config.sign);
  const drafts = await Drafts.load(storage, config, published);
  const changes = (await published.recovery?.copies.kept()) ?? [];
  const staged = new Set<string>();
  for (const [role] of state.roles) {
    if (["root", "timestamp", "snapshot", config.bins?.prefix].includes(role)) continue;
    const good = (await drafts.publishedFile(role))?.signed as Targets | undefined;
    const kept = changes.filter((each) => each.role === role);
    const document = withTargets(
      good ?? emptyTargets(),
      new Map(kept.map(({ path, target }) => [path, target])),
    );
    await drafts.put(role, { ...document, ...(await drafts.header(role, now)) });
    staged.add(role);
  }
  const lost = new Set(state.compromised);
  const fresh = new Map(
    state.roles.map(([role, keys]) => [role, keys.flatMap((key) => publicKeyOf(key) ?? [])]),
  );
  for (const delegator of await drafts.roles()) {
    const edited = await drafts.edit<Root | Targets>(delegator, now, (document) =>
      compromisedIn(document, lost, drafts).reduce<Delegator>(
        (before, { role, keyids }) => withKeysReplaced(before, role, keyids, fresh.get(role) ?? [], config),
        document,
      ),
    );
    if (edited) staged.add(delegator);
  }
  return (await drafts.roles()).filter((role) => staged.has(role));
}

/** What became of the drafts of a recovery that was given up. */
export interface AbortedRecovery {
  /** Roles whose drafts are gone. */
  readonly drafts: readonly string[];
  /** Roles whose drafts are staged again that were staged before it began. */
  readonly restored: readonly string[];
}

/**
 * Gives a recovery up: its drafts go, those from before it come back, and what is published is believed again.
 *
 * @throws ERR_EDIT if there is none, or if its root is published already
 */
export async function abortRecovery({ storage, config }: Repository): Promise<AbortedRecovery> {
  return storage.exclusive(async () => {
    const state = await readRecovery(storage);
    if (!isActive(state)) throw refusal("root", "no recovery goes on");
    const root = (await readableRoots(storage, config.sign)).at(-1)?.signed;
    if (root !== undefined && compromisedIn(root, new Set(state.compromised), { config }).length === 0)
      throw refusal(
        "root",
        "its root is published already, so there is no way back; `tuf-ld publish --recovery` ends it",
      );
    // Interrupted here, nothing is published of the drafts that come back: it goes on, or is given up again.
    await writeRecovery(storage, { ...state, phase: "staging" });
    await withdrawAside(storage, state.aside);
    const drafts: string[] = [];
    for (const role of state.drafts) {
      if ((await storage.get(draftName(role))) === undefined) continue;
      await storage.remove(draftName(role));
      drafts.push(role);
    }
    const restored = await bringBack(storage, state.aside);
    await removeRecovery(storage);
    return { drafts, restored };
  });
}

/** The document that gave keys to a role when all was good, or does so now. */
function delegatorIn(
  { good, base }: Survey,
  role: string,
  binsDelegator: string | undefined,
): MetadataFile<Targets> | undefined {
  const lists = (file: MetadataFile<Targets> | undefined): boolean =>
    file !== undefined && delegatedKeys(file.signed, role) !== undefined;
  const likely =
    binsDelegator === undefined ? undefined : (base.get(binsDelegator) ?? good.get(binsDelegator));
  if (lists(likely)) return likely;
  return [...base.values()].find(lists);
}

/** The highest number of each role that is known to be ours: in the good state, signed since, or of a recovery before. */
async function publishedVersions(
  storage: RepositoryStorage,
  { base, goodSnapshot }: Survey,
): Promise<Map<string, number>> {
  const { meta = {}, version: snapshot = 0 } = goodSnapshot?.signed ?? {};
  const known: (readonly [role: string, version: number])[] = [
    ...(await takenBefore(storage)),
    ...Object.entries(meta).map(([name, { version }]) => [name.replace(/\.json$/, ""), version] as const),
    ["snapshot", snapshot],
    // There is one for each snapshot, and those by which it was renewed.
    ["timestamp", snapshot],
    ...[...base].map(([role, { signed }]) => [role, signed.version] as const),
  ];
  const highest = new Map<string, number>();
  for (const [role, version] of known) highest.set(role, Math.max(version, highest.get(role) ?? 0));
  return highest;
}

function markKept(changes: readonly RecoveryChange[], keep: readonly string[] | "all"): RecoveryChange[] {
  if (keep === "all") return changes.map((each) => ({ ...each, kept: true }));
  const wanted = new Set(keep);
  const known = new Set(changes.map(({ path }) => path));
  const unknown = keep.find((path) => !known.has(path));
  if (unknown !== undefined)
    throw refusal("targets", `${unknown} is not among the targets that came or changed since`);
  return changes.map((each) => ({ ...each, kept: wanted.has(each.path) }));
}

function namesOf(online: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...online, ...more])];
}

function emptyTargets(): Targets {
  return { _type: "targets", spec_version: SPEC_VERSION, version: 1, expires: "", targets: {} };
}

function refusal(role: string, reason: string): TufLdError<"ERR_EDIT"> {
  return new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}
