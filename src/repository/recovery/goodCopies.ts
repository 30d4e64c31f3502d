/**
 * Reading the copies that a recovery stands on. Each is verified anew, with the keys of its time: from a root of the
 * chain down to the file. So whoever can write where they lie, without keys, gets nothing built upon.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import { type MetadataFile, type MetadataText, parseMetadataText } from "../../metadata/file.ts";
import type { RoleKeys } from "../../proof/roleKeys.ts";
import type { Root, Targets } from "../../vocabulary/types.ts";
import { DelegationIndex } from "../delegations.ts";
import type { RepositoryStorage } from "../storage.ts";
import {
  type CopyKind,
  type CopyNote,
  copyName,
  type RecoveryChange,
  type RecoveryDetails,
} from "./recoveryState.ts";

/** A document that gives keys. */
export type SignerFile = MetadataFile<Root> | MetadataFile<Targets>;

/** The copies of a recovery. */
export class GoodCopies {
  readonly #storage: Pick<RepositoryStorage, "get">;
  readonly #roots: readonly MetadataFile<Root>[];
  readonly #details: RecoveryDetails;
  readonly #check: (text: MetadataText, keys: RoleKeys) => Promise<void>;
  readonly #notes: ReadonlyMap<string, CopyNote>;
  readonly #read = new Map<string, SignerFile>();
  readonly #index = new DelegationIndex();

  /**
   * @param roots the chain of roots, verified
   * @param check refuses a file that these keys have not signed
   */
  constructor(
    storage: Pick<RepositoryStorage, "get">,
    roots: readonly MetadataFile<Root>[],
    details: RecoveryDetails,
    check: (text: MetadataText, keys: RoleKeys) => Promise<void>,
  ) {
    this.#storage = storage;
    this.#roots = roots;
    this.#details = details;
    this.#check = check;
    this.#notes = new Map(details.copies.map((note) => [copyName(note[0], note[1], note[2]), note]));
  }

  /** A copy. @throws ERR_STORAGE if it is gone, or is not signed by the keys of its time */
  async file(role: string, version: number, kind: CopyKind = "metadata"): Promise<MetadataFile<Targets>> {
    return this.#verified(copyName(kind, role, version), []);
  }

  /** The document whose keys signed a copy. @throws ERR_STORAGE */
  async signerOf(role: string, version: number): Promise<SignerFile> {
    const name = copyName("metadata", role, version);
    return this.#signer(name, [name]);
  }

  /** What came since all was good and is kept, as it was served then. @throws ERR_STORAGE */
  async kept(): Promise<RecoveryChange[]> {
    const served = new Map<string, Targets>();
    for (const [kind, role, version] of this.#details.copies)
      if (kind === "served") served.set(role, (await this.file(role, version, kind)).signed);
    return this.#details.changes
      .filter(({ kept }) => kept)
      .map((change) => {
        const targets = served.get(change.role)?.targets;
        if (targets === undefined) throw damaged(change.role);
        return {
          ...change,
          target: Object.hasOwn(targets, change.path) ? (targets[change.path] ?? null) : null,
        };
      });
  }

  /** @param above the names of the copies for whose sake, so that none stands upon itself */
  async #verified(name: string, above: readonly string[]): Promise<MetadataFile<Targets>> {
    const [, role, version] = this.#notes.get(name) ?? [];
    const bytes = await this.#storage.get(name);
    if (role === undefined || bytes === undefined || above.includes(name)) throw damaged(name);
    const keys = this.#index.keys((await this.#signer(name, [...above, name])).signed, role);
    try {
      const text = parseMetadataText(bytes, { type: "targets", linkable: true });
      if (keys === undefined || text.file.signed.version !== version) throw damaged(name);
      await this.#check(text, keys);
      return text.file;
    } catch (error) {
      throw error instanceof TufLdError ? damaged(name, error) : error;
    }
  }

  async #signer(name: string, above: readonly string[]): Promise<SignerFile> {
    const [, , , by = ""] = this.#notes.get(name) ?? [];
    const known = this.#read.get(by);
    if (known !== undefined) return known;
    const [, root] = ROOT.exec(by) ?? [];
    const file = root === undefined ? await this.#verified(by, above) : this.#roots[Number(root) - 1];
    if (file === undefined) throw damaged(name);
    this.#read.set(by, file);
    return file;
  }
}

const ROOT = /^root (\d+)$/;

/** How a root of the chain is named where the keys of a copy are listed. */
export function rootPlace({ signed }: MetadataFile<Root>): string {
  return `root ${signed.version}`;
}

function damaged(path: string, cause?: TufLdError): TufLdError<"ERR_STORAGE"> {
  const reason =
    "is not what the recovery has copied there, signed by the keys of its time; `tuf-ld recover --abort` and begin again";
  return new TufLdError("ERR_STORAGE", `${path}: ${reason}`, { path, reason }, { cause });
}
