/**
 * Projects of a package index (PEP 480): their names, what they may speak for, and how a developer makes the next
 * version of a project's own metadata. Nothing here needs the index.
 *
 * | of project `Foo.Bar` | is                                         |
 * | -------------------- | ------------------------------------------ |
 * | name                 | `foo-bar` (PEP 503)                        |
 * | role                 | `project-foo-bar`                          |
 * | paths                | `packages/foo-bar/*`, `simple/foo-bar/*`   |
 *
 * The prefix keeps a project from ever having the name of another role: `root`, `claimed`, `bin-00`. In paths `*` does
 * not cross `/`, and a normalised name has no character that means anything in a pattern.
 *
 * @module
 */

import { TufLdError } from "../../errors.ts";
import type { Signer } from "../../key/signer.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import { validateSigned } from "../../metadata/validate.ts";
import type { DelegatedRole, TargetFile, Targets } from "../../vocabulary/types.ts";
import type { RepositoryConfig, SignedView } from "../config.ts";
import { sameJson, withTargets } from "../edit.ts";
import { normalizeProjectName, type ProjectFile } from "../imports/pep691.ts";
import { type IndexPage, projectPages } from "../imports/simpleIndex.ts";
import { SPEC_VERSION } from "../layout.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "../profiles.ts";
import { signWith } from "../signing/signing.ts";
import { checkTarget } from "../target.ts";

/** What the names of project roles begin with. */
export const PROJECT_PREFIX = "project-";

const NAME_MAX_CHARS = 100;

/** A project's name, normalised (PEP 503). @throws ERR_INPUT */
export function projectName(name: string): string {
  if (name.length <= NAME_MAX_CHARS) return normalizeProjectName(name, name);
  const reason = `a project's name has at most ${NAME_MAX_CHARS} characters`;
  const source = name.slice(0, NAME_MAX_CHARS);
  throw new TufLdError("ERR_INPUT", `${JSON.stringify(source)}: ${reason}`, { source, reason });
}

/** Whether this is a project's name as it is, normalised. */
function isProjectName(name: string): boolean {
  return name.length <= NAME_MAX_CHARS && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name);
}

/** The role that speaks for a project. @throws ERR_INPUT */
export function projectRole(name: string): string {
  return PROJECT_PREFIX + projectName(name);
}

/** The project that a role speaks for, or `undefined` if it is another kind of role. */
export function projectOfRole(role: string): string | undefined {
  return role.startsWith(PROJECT_PREFIX) ? role.slice(PROJECT_PREFIX.length) : undefined;
}

/** Whether a role is a project's: signed by its developers, and never by the index. */
export function isProjectRole({ profile }: Pick<RepositoryConfig, "profile">, role: string): boolean {
  return profile === "pep480" && role.startsWith(PROJECT_PREFIX);
}

/** Whether a role delegates to projects. */
export function holdsProjects({ profile }: Pick<RepositoryConfig, "profile">, role: string): boolean {
  return profile === "pep480" && (role === CLAIMED || role === RECENTLY_CLAIMED);
}

/** What a project may speak for. */
export function projectPaths(project: string): readonly string[] {
  return [`packages/${project}/*`, `simple/${project}/*`];
}

/** The project whose namespace a path lies in, or `undefined` if it lies in none. */
export function projectOfPath(path: string): string | undefined {
  const [, project] = /^(?:packages|simple)\/([a-z0-9]+(?:-[a-z0-9]+)*)\/[^/]+$/su.exec(path) ?? [];
  return project;
}

/** How a project is delegated to: terminating, so that no role after it is asked about its paths. */
export function projectDelegation(
  project: string,
  { keyids, threshold }: Pick<DelegatedRole, "keyids" | "threshold">,
): DelegatedRole {
  const paths = projectPaths(project);
  return { name: PROJECT_PREFIX + project, keyids, threshold, terminating: true, paths };
}

/** Whether an entry is exactly the delegation to a project that the index makes, whatever its keys. */
export function isProjectDelegation(entry: DelegatedRole): boolean {
  const project = projectOfRole(entry.name);
  return (
    project !== undefined && isProjectName(project) && sameJson(entry, projectDelegation(project, entry))
  );
}

/**
 * The next version of a project's metadata.
 *
 * @param previous the version before, or `undefined` for the first
 * @param changes targets by path; `null` removes
 * @param expires an instant in whole seconds, such as `2027-01-01T00:00:00Z`
 * @throws ERR_INPUT for a path or target that the index would refuse
 */
export function nextProjectVersion(
  project: string,
  previous: Targets | undefined,
  changes: ReadonlyMap<string, TargetFile | null>,
  expires: string,
): Targets {
  for (const [path, target] of changes) {
    checkTarget({ path, target });
    if (projectOfPath(path) === project) continue;
    const reason = `project "${project}" may not speak for this path`;
    throw new TufLdError("ERR_INPUT", `${JSON.stringify(path)}: ${reason}`, { source: path, reason });
  }
  const first: Targets = { _type: "targets", spec_version: SPEC_VERSION, version: 0, expires, targets: {} };
  const { version } = previous ?? first;
  const signed: Targets = { ...withTargets(previous ?? first, changes), version: version + 1, expires };
  validateSigned(signed, "targets");
  return signed;
}

/** Options of {@link signProject}. */
export interface SignProjectOptions {
  /** Default: both. */
  readonly view?: SignedView;
  /** What proofs say of when they were made. Default: the current time. */
  readonly now?: Date;
}

/** Signs a project's metadata with the keys of its developers. @throws ERR_KEY */
export async function signProject(
  project: string,
  signed: Targets,
  signers: readonly Signer[],
  { view = "both", now = new Date() }: SignProjectOptions = {},
): Promise<MetadataFile<Targets>> {
  let file: MetadataFile<Targets> = { signed, signatures: [], proof: [], linked: false, unrecognized: {} };
  for (const signer of signers) {
    const keyid = tufKeyid(toTufKey(signer.publicKey));
    file = await signWith(file, PROJECT_PREFIX + project, { keyid, signer }, view, now);
  }
  return file;
}

/** Members of a target's `custom` that pages tell (PEP 503, PEP 592). */
const REQUIRES_PYTHON = "requires-python";
const YANKED = "yanked";

/** What a page says of a file beside what its target says. */
export interface PageFacts {
  readonly requiresPython?: string;
  readonly yanked?: boolean | string;
}

/** A target that remembers what the project's pages say of it. */
export function withPageFacts(target: TargetFile, { requiresPython, yanked }: PageFacts): TargetFile {
  const custom = {
    ...target.custom,
    ...(requiresPython === undefined ? {} : { [REQUIRES_PYTHON]: requiresPython }),
    ...(yanked === undefined ? {} : { [YANKED]: yanked }),
  };
  return Object.keys(custom).length === 0 ? target : { ...target, custom };
}

/**
 * The pages of a simple index that fit these targets. The developer signs them with the files: a page that the index
 * could write alone would let it leave out a version, or point to another file.
 *
 * @throws ERR_INPUT
 */
export function pagesOf(project: string, targets: Targets["targets"]): IndexPage[] {
  const folder = `packages/${project}/`;
  const files = Object.entries(targets).flatMap(([path, target]): ProjectFile[] => {
    // Metadata of a wheel (PEP 658) stands beside it and is not listed.
    if (!path.startsWith(folder) || path.endsWith(".metadata")) return [];
    const { length: size, hashes, custom = {} } = target;
    const python = custom[REQUIRES_PYTHON];
    const yanked = custom[YANKED];
    return [
      {
        filename: path.slice(folder.length),
        size,
        hashes: hashes as Readonly<Record<string, string>>,
        ...(typeof python === "string" ? { requiresPython: python } : {}),
        ...(typeof yanked === "string" || yanked === true ? { yanked } : {}),
      },
    ];
  });
  return projectPages({ name: project, files });
}
