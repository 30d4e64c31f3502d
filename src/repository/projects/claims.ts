/**
 * Which paths belong to projects (PEP 480): the index may sign for none of them.
 *
 * Delegations are found by the folder that their patterns begin with, so that an import of millions of targets costs
 * a few look-ups for each, however many projects there are.
 *
 * @module
 */
import { TufLdError } from "../../errors.ts";
import { covers } from "../../trust/paths.ts";
import type { DelegatedRole, Targets } from "../../vocabulary/types.ts";
import type { TargetChange } from "../changes.ts";
import { Drafts } from "../drafts.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "../profiles.ts";
import { Published } from "../published.ts";
import type { Repository } from "../repository.ts";

/** Delegations by the folder in which their paths lie. */
export class ClaimIndex {
  /** By folder, without the slash at its end; what can speak for paths anywhere lies in the folder "". */
  readonly #byFolder = new Map<string, DelegatedRole[]>();

  /** Adds all delegations of a document. */
  add({ delegations }: Targets): void {
    for (const role of delegations?.roles ?? []) {
      const folders = role.paths === undefined ? [""] : role.paths.map(folderOf);
      for (const folder of new Set(folders)) {
        const there = this.#byFolder.get(folder);
        if (there === undefined) this.#byFolder.set(folder, [role]);
        else there.push(role);
      }
    }
  }

  /** The role that a path is delegated to, or `undefined` for one that nobody has claimed. */
  ownerOf(path: string): string | undefined {
    for (let end = path.lastIndexOf("/"); ; end = end > 0 ? path.lastIndexOf("/", end - 1) : -1) {
      const roles = this.#byFolder.get(end < 0 ? "" : path.slice(0, end));
      const owner = roles?.find((role) => covers(role, path));
      if (owner !== undefined) return owner.name;
      if (end < 0) return undefined;
    }
  }

  /**
   * The role that keeps a target from being listed by others: the one that its path is delegated to, or would be if the
   * project's name were written as PEP 503 normalises it and no folder stood below. Installers do not tell the spellings
   * of a name apart. Removing a target is free: what is gone stands in the way of nobody.
   */
  claimantOf({ path, target }: TargetChange): string | undefined {
    if (target === null) return undefined;
    const owner = this.ownerOf(path);
    if (owner !== undefined) return owner;
    const [, folder, name = "", rest = ""] = NAMESPACE.exec(path) ?? [];
    const normal = name.replace(/[-_.]+/g, "-").toLowerCase();
    if (folder === undefined || (name === normal && !rest.includes("/"))) return undefined;
    return this.ownerOf(`${folder}/${normal}/x`);
  }

  /**
   * Refuses to list a target of a project.
   *
   * @throws ERR_INPUT
   */
  assertFree(change: TargetChange): void {
    const owner = this.claimantOf(change);
    if (owner === undefined) return;
    const { path } = change;
    const reason = `it belongs to "${owner}", whose developers alone sign for it; they submit it and \`tuf-ld accept\` takes it`;
    throw new TufLdError("ERR_INPUT", `${JSON.stringify(path)}: ${reason}`, { source: path, reason });
  }
}

/** A path in the namespace of a project, however its name is spelt. */
const NAMESPACE = /^(packages|simple)\/([^/]+)\/(.+)$/s;

/** The folder that a pattern's matches lie in, as far as it is spelt out. */
function folderOf(pattern: string): string {
  const wild = pattern.search(/[*?[]/);
  const literal = wild < 0 ? pattern : pattern.slice(0, wild);
  return literal.slice(0, Math.max(0, literal.lastIndexOf("/")));
}

/**
 * The projects of a repository: those that are published, and those that will be. Only inside `exclusive`.
 *
 * @returns `undefined` for a profile without projects
 */
export async function readClaims({
  storage,
  config,
}: Pick<Repository, "storage" | "config">): Promise<ClaimIndex | undefined> {
  if (config.profile !== "pep480") return undefined;
  const published = await Published.load(storage, config.sign);
  const drafts = await Drafts.load(storage, config, published, ["targets", CLAIMED, RECENTLY_CLAIMED]);
  const claims = new ClaimIndex();
  for (const role of [CLAIMED, RECENTLY_CLAIMED]) {
    const files = [await drafts.publishedFile(role), drafts.all.get(role)];
    for (const file of files) if (file?.signed._type === "targets") claims.add(file.signed);
  }
  return claims;
}
