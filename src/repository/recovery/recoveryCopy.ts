/**
 * Copies of the good metadata that a recovery stands on: clients and attackers go on in the folder it came from.
 * Beside them lies what it takes to verify them again.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import type { Root, Targets } from "../../vocabulary/types.ts";
import { binNames, metadataName } from "../layout.ts";
import { isSignedFor } from "../published.ts";
import type { Repository } from "../repository.ts";
import type { RepositoryStorage } from "../storage.ts";
import { rootPlace, type SignerFile } from "./goodCopies.ts";
import { type CopyKind, type CopyNote, copyName } from "./recoveryState.ts";
import { type MetadataSource, notGood, projectsOf, type Survey, versionIn } from "./recoverySurvey.ts";
import { readable } from "./taken.ts";

/** Writes copies, and notes of each where the keys are listed that signed it. */
export class CopyWriter {
  readonly notes: CopyNote[] = [];
  readonly #storage: RepositoryStorage;
  readonly #found: Survey;
  readonly #source: MetadataSource | undefined;
  readonly #places = new Map<SignerFile, string>();

  constructor(storage: RepositoryStorage, found: Survey, source: MetadataSource | undefined) {
    this.#storage = storage;
    this.#found = found;
    this.#source = source;
  }

  /** Copies a file that was verified. @param signer the document whose keys signed it @throws ERR_EDIT */
  async put(
    kind: CopyKind,
    role: string,
    version: number,
    signer: SignerFile | undefined,
    bytes: Uint8Array | undefined,
  ): Promise<void> {
    if (bytes === undefined || signer === undefined) throw notGood(`${version}.${role}.json has gone`);
    const name = copyName(kind, role, version);
    // One may be left of a recovery that was interrupted. They are settled together: 16,384 of them, one by one, take
    // minutes.
    if (!(await this.#storage.putIfAbsent(name, bytes))) await this.#storage.replace(name, bytes);
    this.notes.push([kind, role, version, await this.#placeOf(signer)]);
  }

  async #placeOf(signer: SignerFile): Promise<string> {
    const known = this.#places.get(signer);
    if (known !== undefined) return known;
    const place = await this.#copied(signer);
    this.#places.set(signer, place);
    return place;
  }

  async #copied(signer: SignerFile): Promise<string> {
    if (signer.signed._type === "root") return rootPlace(signer as MetadataFile<Root>);
    const { base, good, signers } = this.#found;
    const { version } = signer.signed;
    for (const [role, file] of base) if (file === signer) return copyName("metadata", role, version);
    const [role = ""] = [...good].find(([, file]) => file === signer) ?? [];
    const bytes = await this.#source?.get(`${version}.${role}.json`);
    await this.put("signers", role, version, signers.get(signer), bytes);
    return copyName("signers", role, version);
  }
}

/** Told of what is copied while it is at hand. */
export interface CopyReader {
  bin(role: string, good: MetadataFile<Targets>): Promise<void>;
  /** A project that stands in another version than in the good state, or that was not there. */
  project(role: string, good: MetadataFile<Targets> | undefined, now: MetadataFile<Targets>): void;
}

async function tellProject(
  read: CopyReader,
  storage: RepositoryStorage,
  source: MetadataSource | undefined,
  goodSnapshot: Survey["goodSnapshot"],
  { role, version }: { readonly role: string; readonly version: number },
): Promise<void> {
  const before = goodSnapshot && versionIn(goodSnapshot.signed.meta, role);
  if (source === undefined || before === version) return;
  const good = before === undefined ? undefined : await readable(source, `${before}.${role}.json`, "targets");
  const now = await readable(storage, metadataName(role, version), "targets");
  if (now !== undefined) read.project(role, good, now);
}

/** Copies what the recovery stands on, the good bins included. @throws ERR_EDIT */
export async function copyGood(
  { storage, config }: Pick<Repository, "storage" | "config">,
  found: Survey,
  source: MetadataSource | undefined,
  copies: CopyWriter,
  read: CopyReader,
): Promise<void> {
  const { base, good, goodSnapshot, signers } = found;
  for (const [role, file] of base) {
    const { version } = file.signed;
    const own = good.get(role) === file ? await source?.get(`${version}.${role}.json`) : undefined;
    const bytes = own ?? (await storage.get(metadataName(role, version)));
    await copies.put("metadata", role, version, signers.get(file), bytes);
  }
  for await (const { role, version, signer, isGood } of projectsOf(storage, config, found, source)) {
    const bytes = isGood
      ? await source?.get(`${version}.${role}.json`)
      : await storage.get(metadataName(role, version));
    await copies.put("metadata", role, version, signer, bytes);
    if (!isGood) await tellProject(read, storage, source, goodSnapshot, { role, version });
    if (isGood && bytes !== undefined) await storage.replace(metadataName(role, version), bytes);
  }
  const { bins } = config;
  if (bins === undefined || source === undefined || goodSnapshot === undefined) return;
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
    await copies.put("metadata", role, version, delegator, bytes);
    await read.bin(role, file);
  }
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
