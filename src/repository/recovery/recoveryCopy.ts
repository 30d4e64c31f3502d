/**
 * Copies of the good metadata that a recovery stands on: clients and attackers go on in the folder it came from.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import type { Targets } from "../../vocabulary/types.ts";
import type { RepositoryConfig } from "../config.ts";
import { binNames, metadataName } from "../layout.ts";
import { isSignedFor } from "../published.ts";
import type { RepositoryStorage } from "../storage.ts";
import { goodName } from "./recoveryState.ts";
import { type MetadataSource, notGood, type Survey, versionIn } from "./recoverySurvey.ts";
import { readable } from "./taken.ts";

/** Copies what the recovery stands on, the good bins included. @returns versions by role @throws ERR_EDIT */
export async function copyGood(
  storage: RepositoryStorage,
  config: RepositoryConfig,
  { base, good, goodSnapshot }: Survey,
  source: MetadataSource | undefined,
  read: (role: string, file: MetadataFile<Targets>) => Promise<void>,
): Promise<[string, number][]> {
  const meta: [string, number][] = [];
  const copy = async (role: string, version: number, bytes: Uint8Array): Promise<void> => {
    const name = goodName(role, version);
    // One may be left of a recovery that was interrupted. They are settled together: 16,384 of them, one by one, take
    // minutes.
    if (!(await storage.putIfAbsent(name, bytes))) await storage.replace(name, bytes);
    meta.push([role, version]);
  };
  for (const [role, { signed }] of base) {
    const { version } = signed;
    const own = good.get(role) === base.get(role) ? await source?.get(`${version}.${role}.json`) : undefined;
    const bytes = own ?? (await storage.get(metadataName(role, version)));
    if (bytes === undefined) throw notGood(`${version}.${role}.json has gone`);
    await copy(role, version, bytes);
  }
  const { bins } = config;
  if (bins === undefined || source === undefined || goodSnapshot === undefined) return meta;
  const delegator = good.get(bins.delegator) ?? base.get(bins.delegator);
  if (delegator === undefined) throw notGood(`it has no "${bins.delegator}"`);
  for (const role of binNames(bins)) {
    const version = versionIn(goodSnapshot.signed.meta, role);
    if (version === undefined) continue;
    const name = `${version}.${role}.json`;
    const bytes = await source.get(name);
    const file = bytes && (await readable({ get: async () => bytes }, name, "targets"));
    if (bytes === undefined || file?.signed.version !== version)
      throw notGood(`${name} is missing or damaged`);
    if (!(await isSignedFor(file, role, delegator.signed, config.sign)))
      throw notGood(`${name} is not signed by the keys of its time`);
    await copy(role, version, bytes);
    await read(role, file);
  }
  return meta;
}

/**
 * Puts what offline key holders signed back into its place, where it was destroyed there: the new snapshot names it.
 *
 * @param compromised roles that get new metadata anyway
 */
export async function restoreSigned(
  storage: RepositoryStorage,
  { base, good }: Survey,
  compromised: ReadonlySet<string>,
  source: MetadataSource | undefined,
): Promise<void> {
  for (const [role, file] of base) {
    if (compromised.has(role) || good.get(role) !== file) continue;
    const { version } = file.signed;
    const bytes = await source?.get(`${version}.${role}.json`);
    if (bytes !== undefined) await storage.replace(metadataName(role, version), bytes);
  }
}
