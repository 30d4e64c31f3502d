/**
 * What there is to recover from, read without believing timestamp and snapshot: they may be forged, damaged or gone.
 *
 * Roles whose keys were not compromised stand as their holders signed them last. Roles whose keys were, stand as they
 * did in the last good snapshot. Root is what its chain says.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import type { Root, Snapshot, Targets } from "../../vocabulary/types.ts";
import type { RepositoryConfig } from "../config.ts";
import type { Delegator } from "../edit.ts";
import { isBin, listedKey, listingsOf } from "../keys/entries.ts";
import { METADATA, metadataName } from "../layout.ts";
import { RECENTLY_CLAIMED, UNCLAIMED } from "../profiles.ts";
import { isProjectRole, projectOfRole } from "../projects/project.ts";
import { isSignedFor, readableRoots } from "../published.ts";
import type { RepositoryStorage } from "../storage.ts";
import { listedVersions, readable } from "./taken.ts";

/** Good metadata: a copy from elsewhere, or what is left of it in the repository's own folder. */
export interface MetadataSource {
  /** A file such as `5.snapshot.json`, or `undefined`. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** The version of its snapshot. */
  readonly snapshotVersion: number;
}

/** A role whose keys count for nothing any more. */
export interface CompromisedRole {
  readonly role: string;
  /** How many keys it has. */
  readonly keys: number;
  /** Why it is one of them, if it was not named: it shares a key with this role. */
  readonly sharesKeyWith?: string;
}

/** What was found. */
export interface Survey {
  readonly root: MetadataFile<Root>;
  readonly compromised: readonly CompromisedRole[];
  /** `PublicKey.id` of each of their keys. */
  readonly keys: ReadonlySet<string>;
  /** The targets roles above the bins, each after its delegator, as they will stand. */
  readonly base: ReadonlyMap<string, MetadataFile<Targets>>;
  /** The same, as the last good snapshot has them. */
  readonly good: ReadonlyMap<string, MetadataFile<Targets>>;
  readonly goodSnapshot: MetadataFile<Snapshot> | undefined;
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
  return { snapshotVersion, get: (name) => storage.get(`${METADATA}/${name}`) };
}

/** Reads all of it. @throws ERR_NO_TRUSTED_ROOT, ERR_ROLE_UNKNOWN, ERR_EDIT, ERR_NO_SIGNATURE */
export async function survey(
  storage: RepositoryStorage,
  config: RepositoryConfig,
  named: readonly string[],
  source: MetadataSource | undefined,
): Promise<Survey> {
  const project = named.find((role) => isProjectRole(config, role));
  if (project !== undefined) throw keysOfDevelopers(project);
  const roots = await readableRoots(storage, config.sign);
  const root = roots.at(-1);
  if (root === undefined)
    throw new TufLdError("ERR_NO_TRUSTED_ROOT", "there is no root to recover from", {
      place: metadataName("root", 1),
    });
  const goodSnapshot = source && (await openSnapshot(source, roots, config));
  const versions = await listedVersions(storage);
  const good =
    source === undefined || goodSnapshot === undefined
      ? new Map<string, MetadataFile<Targets>>()
      : await readGood(source, goodSnapshot.signed, roots, config);
  const compromised = new Map<string, string | undefined>(named.map((role) => [role, undefined]));
  for (;;) {
    // Without a good state this only tells which roles there are.
    const doubtful = new Set(source === undefined ? [] : compromised.keys());
    const base = await readBase(storage, versions, root, good, doubtful, config);
    const found = listAll(root.signed, base, config);
    const unknown = named.find((role) => !found.some((each) => each.role === role));
    if (unknown !== undefined)
      throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${unknown}"`, { role: unknown });
    const keys = new Map<string, string>();
    for (const { role, ids } of found) if (compromised.has(role)) for (const id of ids) keys.set(id, role);
    // A key is in an attacker's hands in every role that lists it.
    const more = found.filter(({ role, ids }) => !compromised.has(role) && ids.some((id) => keys.has(id)));
    for (const { role, ids } of more) compromised.set(role, keys.get(ids.find((id) => keys.has(id)) ?? ""));
    if (more.length > 0) continue;
    const listed = found.flatMap(({ role, ids }): CompromisedRole[] => {
      if (!compromised.has(role)) return [];
      const shared = compromised.get(role);
      return [{ role, keys: ids.length, ...(shared === undefined ? {} : { sharesKeyWith: shared }) }];
    });
    return { root, compromised: listed, keys: new Set(keys.keys()), base, good, goodSnapshot };
  }
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
): { readonly role: string; readonly ids: readonly string[] }[] {
  const found = new Map<string, { role: string; ids: string[] }>();
  const documents: Delegator[] = [root, ...[...base.values()].map(({ signed }) => signed)];
  for (const document of documents) {
    for (const { role, keyids } of listingsOf(document, config)) {
      if (isProjectRole(config, role)) continue;
      const ids = keyids.flatMap((keyid) => listedKey(document, keyid)?.id ?? []);
      const entry = found.get(role) ?? { role, ids: [] };
      entry.ids.push(...ids.filter((id) => !entry.ids.includes(id)));
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
): Promise<Map<string, MetadataFile<Targets>>> {
  const found = new Map<string, MetadataFile<Targets>>();
  const open = async (role: string, delegators: readonly Delegator[]): Promise<void> => {
    const version = versionIn(meta, role);
    const file =
      version === undefined ? undefined : await readable(source, `${version}.${role}.json`, "targets");
    if (file === undefined || file.signed.version !== version || found.has(role)) return;
    for (const delegator of delegators) {
      if (!(await isSignedFor(file, role, delegator, config.sign))) continue;
      found.set(role, file);
      break;
    }
    if (!found.has(role)) return;
    for (const name of namesBelow(file.signed, config)) await open(name, [file.signed]);
  };
  await open(
    "targets",
    [...roots].reverse().map(({ signed }) => signed),
  );
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
): Promise<Map<string, MetadataFile<Targets>>> {
  const found = new Map<string, MetadataFile<Targets>>();
  const open = async (role: string, delegator: Delegator): Promise<void> => {
    if (found.has(role)) return;
    const newest = compromised.has(role)
      ? undefined
      : await lastSigned(storage, versions, role, delegator, config);
    const file = newest ?? good.get(role);
    if (file === undefined) return;
    found.set(role, file);
    for (const name of namesBelow(file.signed, config)) await open(name, file.signed);
  };
  await open("targets", root.signed);
  return found;
}

/** The newest file of a role that the holders of its keys have signed. */
async function lastSigned(
  storage: RepositoryStorage,
  versions: ReadonlyMap<string, readonly number[]>,
  role: string,
  delegator: Delegator,
  { sign }: RepositoryConfig,
): Promise<MetadataFile<Targets> | undefined> {
  const candidates = [...(versions.get(role) ?? [])].sort((a, b) => b - a).slice(0, MOST_CANDIDATES);
  for (const version of candidates) {
    const file = await readable(storage, metadataName(role, version), "targets");
    if (file?.signed.version === version && (await isSignedFor(file, role, delegator, sign))) return file;
  }
  return undefined;
}

/** The roles above the bins that a document delegates to. */
function namesBelow({ delegations }: Targets, config: RepositoryConfig): string[] {
  return (delegations?.roles ?? []).map(({ name }) => name).filter((name) => !isBin(config, name));
}

/** The version of a role that a snapshot names. */
export function versionIn(meta: Snapshot["meta"], role: string): number | undefined {
  return Object.hasOwn(meta, `${role}.json`) ? meta[`${role}.json`]?.version : undefined;
}

function keysOfDevelopers(role: string): TufLdError<"ERR_EDIT"> {
  const project = projectOfRole(role) ?? role;
  const reason = `its developers make its versions, so a recovery has none for it; \`tuf-ld project keys ${project}\` changes its keys`;
  return new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}

/** Refuses a state to go back to. */
export function notGood(reason: string): TufLdError<"ERR_EDIT"> {
  const message = `this state cannot be recovered from: ${reason}; name another one with \`--last-good\``;
  return new TufLdError("ERR_EDIT", message, { role: "snapshot", reason });
}
