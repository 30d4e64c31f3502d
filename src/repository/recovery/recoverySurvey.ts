/**
 * What there is to recover from, read without believing timestamp and snapshot: they may be forged, damaged or gone.
 *
 * Roles whose keys were not compromised stand as their holders signed them last. Roles whose keys were, stand as they
 * did in the last good snapshot. Root is what its chain says.
 * @module
 */
import { append } from "../../encoding/lists.ts";
import { TufLdError } from "../../errors.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import type { RoleKeys } from "../../proof/roleKeys.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { Root, Snapshot, Targets } from "../../vocabulary/types.ts";
import type { RepositoryConfig } from "../config.ts";
import { DelegationIndex } from "../delegations.ts";
import type { Delegator } from "../edit.ts";
import { assertOwnKeys, isBin, listedKey, listingsOf } from "../keys/entries.ts";
import { METADATA, metadataName } from "../layout.ts";
import { RECENTLY_CLAIMED, UNCLAIMED } from "../profiles.ts";
import { holdsProjects, isProjectRole } from "../projects/project.ts";
import { isSignedFor, readableRoots } from "../published.ts";
import type { KeyRing } from "../signing/signing.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { SignerFile } from "./goodCopies.ts";
import { listedVersions, readable } from "./taken.ts";

/** Good metadata: a copy from elsewhere, or what is left of it in the repository's own folder. */
export interface MetadataSource {
  /** A file such as `5.snapshot.json`, or `undefined`. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** The version of its snapshot. */
  readonly snapshotVersion: number;
  /** Whether it is the repository's own folder, where everything since lies as well. Default false. */
  readonly isOwn?: boolean;
}

/** Keys that an intruder could have read, for they lie on a machine that is suspect itself. */
export interface Suspects {
  readonly keys: Pick<KeyRing, "has">;
  /** Roles whose keys at hand are safe for certain. */
  readonly safe?: readonly string[];
}

/** A role whose keys count for nothing any more. */
export interface CompromisedRole {
  readonly role: string;
  /** How many keys it has. */
  readonly keys: number;
  /** Why it is one of them, if it was not named: it shares a key with this role. */
  readonly sharesKeyWith?: string;
  /** Why it is one of them, if it was not named: enough of its keys are at hand to sign for it. */
  readonly atHand?: true;
}

/** What was found. */
export interface Survey {
  /** The chain of roots. */
  readonly roots: readonly MetadataFile<Root>[];
  /** The last of them. */
  readonly root: MetadataFile<Root>;
  readonly compromised: readonly CompromisedRole[];
  /** Other roles that list keys at hand, too few of them to sign: their keyids. */
  readonly partly: readonly { readonly role: string; readonly keyids: readonly string[] }[];
  /** `PublicKey.id` of each of their keys. */
  readonly keys: ReadonlySet<string>;
  /** The targets roles above bins and projects, each after its delegator, as they will stand. */
  readonly base: ReadonlyMap<string, MetadataFile<Targets>>;
  /** The same, as the last good snapshot has them. */
  readonly good: ReadonlyMap<string, MetadataFile<Targets>>;
  readonly goodSnapshot: MetadataFile<Snapshot> | undefined;
  /** The document whose keys signed a file of `base` or `good`. */
  readonly signers: ReadonlyMap<SignerFile, SignerFile>;
}

/** Candidates tried for a role before the last good one is taken: whoever can write files can write many. */
const MOST_CANDIDATES = 50;

/** The roles whose keys are online in a profile. */
export function onlineRoles({ profile, bins }: RepositoryConfig): string[] {
  const projects = profile === "pep480" ? [RECENTLY_CLAIMED, UNCLAIMED] : [];
  return ["timestamp", "snapshot", ...projects, ...(bins === undefined ? [] : [bins.prefix])];
}

/** The folder of metadata of a repository as a source. What the snapshot names may have been replaced there. */
export function ownMetadata(storage: RepositoryStorage, snapshotVersion: number): MetadataSource {
  return { snapshotVersion, isOwn: true, get: (name) => storage.get(`${METADATA}/${name}`) };
}

/** Reads all of it. @throws ERR_NO_TRUSTED_ROOT, ERR_ROLE_UNKNOWN, ERR_EDIT, ERR_NO_SIGNATURE */
export async function survey(
  storage: RepositoryStorage,
  config: RepositoryConfig,
  named: readonly string[],
  source: MetadataSource | undefined,
  suspects?: Suspects,
): Promise<Survey> {
  for (const role of [...named, ...(suspects?.safe ?? [])]) assertOwnKeys(config, role);
  const roots = await readableRoots(storage, config.sign);
  const root = roots.at(-1);
  if (root === undefined)
    throw new TufLdError("ERR_NO_TRUSTED_ROOT", "there is no root to recover from", {
      place: metadataName("root", 1),
    });
  const signers = new Map<SignerFile, SignerFile>();
  const goodSnapshot = source && (await openSnapshot(source, roots, config));
  const versions = await listedVersions(storage);
  const good =
    source === undefined || goodSnapshot === undefined
      ? new Map<string, MetadataFile<Targets>>()
      : await readGood(source, goodSnapshot.signed, roots, config, signers);
  /** With the reason, where it was not named. */
  const compromised = new Map<string, Pick<CompromisedRole, "sharesKeyWith" | "atHand">>(
    named.map((role) => [role, {}]),
  );
  for (;;) {
    // Without a good state this only tells which roles there are.
    const doubtful = new Set(source === undefined ? [] : compromised.keys());
    const base = await readBase(storage, versions, root, good, doubtful, config, signers);
    const found = listAll(root.signed, base, config);
    const unknown = [...named, ...(suspects?.safe ?? [])].find(
      (role) => !found.some((each) => each.role === role),
    );
    if (unknown !== undefined)
      throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${unknown}"`, { role: unknown });
    const { enough, partly } = await heldOf(found, suspects);
    const held = enough.filter((role) => !compromised.has(role));
    for (const role of held) compromised.set(role, { atHand: true });
    if (held.length > 0) continue;
    const keys = new Map<string, string>();
    for (const { role, ids } of found) if (compromised.has(role)) for (const id of ids) keys.set(id, role);
    // A key is in an attacker's hands in every role that lists it.
    const more = found.filter(({ role, ids }) => !compromised.has(role) && ids.some((id) => keys.has(id)));
    for (const { role, ids } of more)
      compromised.set(role, { sharesKeyWith: keys.get(ids.find((id) => keys.has(id)) ?? "") ?? role });
    if (more.length > 0) continue;
    const listed = found.flatMap(({ role, ids }): CompromisedRole[] => {
      const why = compromised.get(role);
      return why === undefined ? [] : [{ role, keys: ids.length, ...why }];
    });
    const others = partly.filter(({ role }) => !compromised.has(role));
    return {
      ...{ roots, root, compromised: listed, partly: others, keys: new Set(keys.keys()) },
      ...{ base, good, goodSnapshot, signers },
    };
  }
}

/** The roles that keys at hand can sign for, and those that they are too few for. */
async function heldOf(
  found: readonly FoundRole[],
  suspects: Suspects | undefined,
): Promise<{ readonly enough: readonly string[]; readonly partly: Survey["partly"] }> {
  const enough: string[] = [];
  const partly: { role: string; keyids: string[] }[] = [];
  for (const { role, keyids, threshold } of suspects === undefined ? [] : found) {
    if (suspects?.safe?.includes(role)) continue;
    const held: string[] = [];
    for (const keyid of keyids) if (await suspects?.keys.has(keyid)) held.push(keyid);
    if (held.length >= threshold) enough.push(role);
    else if (held.length > 0) partly.push({ role, keyids: held });
  }
  return { enough, partly };
}

interface FoundRole {
  readonly role: string;
  /** `PublicKey.id` of each of its keys. */
  readonly ids: readonly string[];
  readonly keyids: readonly string[];
  readonly threshold: number;
}

/**
 * Every role with the values of its keys, the highest first, each once. Projects are none of them: their developers say
 * which keys they list, so one could list a public key of the index and would be compromised with it, and nobody here
 * could sign for the project.
 */
function listAll(
  root: Root,
  base: ReadonlyMap<string, MetadataFile<Targets>>,
  config: RepositoryConfig,
): FoundRole[] {
  const found = new Map<string, { role: string; ids: string[]; keyids: string[]; threshold: number }>();
  const documents: Delegator[] = [root, ...[...base.values()].map(({ signed }) => signed)];
  for (const document of documents) {
    for (const { role, keyids, threshold } of listingsOf(document, config)) {
      if (isProjectRole(config, role)) continue;
      const ids = keyids.flatMap((keyid) => listedKey(document, keyid)?.id ?? []);
      const entry = found.get(role) ?? { role, ids: [], keyids: [], threshold };
      append(
        entry.ids,
        ids.filter((id) => !entry.ids.includes(id)),
      );
      append(
        entry.keyids,
        keyids.filter((keyid) => !entry.keyids.includes(keyid)),
      );
      entry.threshold = Math.min(entry.threshold, threshold);
      found.set(role, entry);
    }
  }
  return [...found.values()];
}

/** A good snapshot counts if any root of the chain gave its keys to the role. */
async function openSnapshot(
  source: MetadataSource,
  roots: readonly MetadataFile<Root>[],
  { sign }: RepositoryConfig,
): Promise<MetadataFile<Snapshot>> {
  const name = `${source.snapshotVersion}.snapshot.json`;
  const file = await readable(source, name, "snapshot");
  if (file === undefined) throw notGood(`${name} is missing or is no snapshot`);
  for (const { signed } of [...roots].reverse())
    if (await isSignedFor(file, "snapshot", signed, sign)) return file;
  throw notGood(`${name} is not signed by the snapshot keys of any root of this repository`);
}

/** The targets roles of the good snapshot, under the keys of their time. */
async function readGood(
  source: MetadataSource,
  { meta }: Snapshot,
  roots: readonly MetadataFile<Root>[],
  config: RepositoryConfig,
  signers: Map<SignerFile, SignerFile>,
): Promise<Map<string, MetadataFile<Targets>>> {
  const found = new Map<string, MetadataFile<Targets>>();
  const open = async (role: string, delegators: readonly SignerFile[]): Promise<void> => {
    const version = versionIn(meta, role);
    const file =
      version === undefined ? undefined : await readable(source, `${version}.${role}.json`, "targets");
    if (file === undefined || file.signed.version !== version || found.has(role)) return;
    for (const delegator of delegators) {
      if (!(await isSignedFor(file, role, delegator.signed, config.sign))) continue;
      found.set(role, file);
      signers.set(file, delegator);
      break;
    }
    if (!found.has(role)) return;
    for (const name of namesBelow(file.signed, config)) await open(name, [file]);
  };
  await open("targets", [...roots].reverse());
  return found;
}

/** The targets roles as they will stand: as last signed, or, where that may be an attacker's work, as in the good state. */
async function readBase(
  storage: RepositoryStorage,
  versions: ReadonlyMap<string, readonly number[]>,
  root: MetadataFile<Root>,
  good: ReadonlyMap<string, MetadataFile<Targets>>,
  compromised: ReadonlySet<string>,
  config: RepositoryConfig,
  signers: Map<SignerFile, SignerFile>,
): Promise<Map<string, MetadataFile<Targets>>> {
  const found = new Map<string, MetadataFile<Targets>>();
  const open = async (role: string, delegator: SignerFile): Promise<void> => {
    if (found.has(role)) return;
    const keys = delegatedKeys(delegator.signed, role);
    const newest = compromised.has(role)
      ? undefined
      : await lastSigned(storage, versions.get(role), role, keys, config);
    if (newest !== undefined) signers.set(newest, delegator);
    const file = newest ?? good.get(role);
    if (file === undefined) return;
    found.set(role, file);
    for (const name of namesBelow(file.signed, config)) await open(name, file);
  };
  await open("targets", root);
  return found;
}

/** The newest file of a role that the holders of its keys have signed. */
async function lastSigned(
  storage: RepositoryStorage,
  versions: readonly number[] = [],
  role: string,
  keys: RoleKeys | undefined,
  { sign }: RepositoryConfig,
): Promise<MetadataFile<Targets> | undefined> {
  if (keys === undefined) return undefined;
  const candidates = [...versions].sort((a, b) => b - a).slice(0, MOST_CANDIDATES);
  for (const version of candidates) {
    const file = await readable(storage, metadataName(role, version), "targets");
    if (file?.signed.version === version && (await checkFile(file, keys, sign)).count.met) return file;
  }
  return undefined;
}

/** A project's metadata as it will stand. */
export interface FoundProject {
  readonly role: string;
  readonly version: number;
  /** The document whose keys signed it. */
  readonly signer: MetadataFile<Targets>;
  /** Whether it is that of the last good state, because no other is left. */
  readonly isGood: boolean;
}

/** The projects, one after another: there may be many, and nobody needs them all at once. */
export async function* projectsOf(
  storage: RepositoryStorage,
  config: RepositoryConfig,
  { base, good, goodSnapshot }: Survey,
  source: MetadataSource | undefined,
): AsyncGenerator<FoundProject, void, undefined> {
  const holders = [...base].filter(([role]) => holdsProjects(config, role));
  if (holders.length === 0) return;
  const index = new DelegationIndex();
  const versions = await listedVersions(storage);
  const seen = new Set<string>();
  for (const [, holder] of holders) {
    for (const role of index.roles(holder.signed).keys()) {
      if (seen.has(role) || !isProjectRole(config, role)) continue;
      const keys = index.keys(holder.signed, role);
      const newest = await lastSigned(storage, versions.get(role), role, keys, config);
      const version = newest?.signed.version ?? (goodSnapshot && versionIn(goodSnapshot.signed.meta, role));
      if (version === undefined) continue;
      const signer = newest === undefined ? await goodSigner(role, version) : holder;
      if (signer === undefined) continue;
      seen.add(role);
      yield { role, version, signer, isGood: newest === undefined };
    }
  }

  async function goodSigner(role: string, version: number): Promise<MetadataFile<Targets> | undefined> {
    const file = source && (await readable(source, `${version}.${role}.json`, "targets"));
    if (file?.signed.version !== version) return undefined;
    for (const [name, delegator] of good) {
      const keys = holdsProjects(config, name) ? index.keys(delegator.signed, role) : undefined;
      if (keys !== undefined && (await checkFile(file, keys, config.sign)).count.met) return delegator;
    }
    return undefined;
  }
}

/** The roles that a document delegates to, without bins and projects. */
function namesBelow({ delegations }: Targets, config: RepositoryConfig): string[] {
  return (delegations?.roles ?? [])
    .map(({ name }) => name)
    .filter((name) => !isBin(config, name) && !isProjectRole(config, name));
}

/** The version of a role that a snapshot names. */
export function versionIn(meta: Snapshot["meta"], role: string): number | undefined {
  return Object.hasOwn(meta, `${role}.json`) ? meta[`${role}.json`]?.version : undefined;
}

/** Refuses a state to go back to. */
export function notGood(reason: string): TufLdError<"ERR_EDIT"> {
  const message = `this state cannot be recovered from: ${reason}; name another one with \`--last-good\``;
  return new TufLdError("ERR_EDIT", message, { role: "snapshot", reason });
}
