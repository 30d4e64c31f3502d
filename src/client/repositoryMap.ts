/**
 * Several repositories that must agree on a target (TAP 4): the map file, and the search through it.
 * @module
 */
import { jcs } from "../canonical/jcs.ts";
import { type JsonValue, parseJson } from "../document/json.ts";
import { TufLdError } from "../errors.ts";
import { type Reason, reasonOf } from "../proof/finding.ts";
import { matchesPattern } from "../trust/paths.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import type { FoundTarget } from "./search.ts";

/** One entry of the map: which repositories decide about which paths. */
export interface Mapping {
  /** Shell-style patterns, as in delegations. */
  readonly paths: readonly string[];
  readonly repositories: readonly string[];
  /** How many of them must say the same. */
  readonly threshold: number;
  /** Whether later entries may be asked when these repositories do not agree. */
  readonly terminating: boolean;
}

/** A parsed map file. */
export interface RepositoryMap {
  /** Base URLs of each repository, mirrors in order of preference. */
  readonly repositories: ReadonlyMap<string, readonly string[]>;
  readonly mapping: readonly Mapping[];
}

/** A target that enough repositories agree on. */
export interface AgreedTarget {
  readonly path: string;
  readonly target: TargetFile;
  /** The repositories that agree, with what each says. */
  readonly by: readonly { readonly repository: string; readonly found: FoundTarget }[];
  /** The repositories that were asked and did not give this answer. */
  readonly dissenting: readonly { readonly repository: string; readonly reason: Reason }[];
}

/** Whatever can be asked for a target; an `Updater` is one. */
export interface Finder {
  find(path: string): Promise<FoundTarget>;
}

/** Reads a map file. @throws ERR_JSON_SYNTAX, ERR_SHAPE, ERR_LIMIT */
export function parseRepositoryMap(bytes: Uint8Array): RepositoryMap {
  const document = object(parseJson(bytes, { maxBytes: 1_000_000 }), "", ["repositories", "mapping"]);
  const repositories = new Map(
    Object.entries(object(document["repositories"], "/repositories")).map(([name, urls]) => {
      if (!/^[\w.-]{1,100}$/.test(name) || /^\.+$/.test(name))
        refuse(`/repositories/${name}`, "must be a plain name");
      return [name, strings(urls, `/repositories/${name}`)];
    }),
  );
  const mapping = array(document["mapping"], "/mapping").map((entry, index): Mapping => {
    const path = `/mapping/${index}`;
    const members = object(entry, path, ["paths", "repositories", "threshold", "terminating"]);
    const { threshold, terminating } = members;
    const names = strings(members["repositories"], `${path}/repositories`);
    for (const name of names)
      if (!repositories.has(name)) refuse(`${path}/repositories`, `names "${name}", which is not listed`);
    if (new Set(names).size !== names.length) refuse(`${path}/repositories`, "must not repeat a repository");
    if (typeof threshold !== "number" || threshold < 1 || threshold > names.length) {
      refuse(`${path}/threshold`, `must be from 1 to ${names.length}`);
    }
    if (typeof terminating !== "boolean") refuse(`${path}/terminating`, "must be true or false");
    return { paths: strings(members["paths"], `${path}/paths`), repositories: names, threshold, terminating };
  });
  return { repositories, mapping };
}

/**
 * Searches the map in order: the first entry whose patterns match and whose repositories agree decides (TAP 4).
 * Repositories agree when they state the same length and the same hashes; `custom` may differ.
 *
 * That a repository does not know the target is an answer, and so is another length or hash. That it cannot be
 * reached, has expired or is malformed is none. A threshold says how many repositories suffice, so where that many
 * agree the others need not be reachable. Where too few agree and one gave no answer, the search ends with its
 * failure, whether the entry is terminating or not: otherwise whoever cuts a client off from a repository, or lets
 * its metadata grow old, would choose the entry that decides.
 *
 * @param open gives the client of a repository; it is called once for each that is asked
 * @throws ERR_TARGET_NOT_FOUND when no entry leads to enough repositories that agree, and all that were asked have
 *   answered; the first failure of a repository whose answer was needed, with all of them as its cause
 */
export async function findAgreed(
  map: RepositoryMap,
  path: string,
  open: (repository: string) => Promise<Finder>,
): Promise<AgreedTarget> {
  const dissents: TufLdError[] = [];
  for (const entry of map.mapping) {
    if (!entry.paths.some((pattern) => matchesPattern(pattern, path))) continue;
    const agreed = await askRepositories(entry, path, open, dissents);
    if (agreed !== undefined) return agreed;
    if (entry.terminating) break;
  }
  const message = `the repositories that decide about ${path} do not agree on it`;
  const cause =
    dissents.length > 0 ? { cause: new AggregateError(dissents, "what the repositories answered") } : {};
  throw new TufLdError("ERR_TARGET_NOT_FOUND", message, { path }, cause);
}

async function askRepositories(
  { repositories, threshold }: Mapping,
  path: string,
  open: (repository: string) => Promise<Finder>,
  dissents: TufLdError[],
): Promise<AgreedTarget | undefined> {
  const answers = new Map<string, { repository: string; found: FoundTarget }[]>();
  const dissenting: { repository: string; reason: Reason }[] = [];
  const failures: TufLdError[] = [];
  for (const repository of repositories) {
    try {
      const found = await (await open(repository)).find(path);
      const content = contentOf(found.target);
      answers.set(content, [...(answers.get(content) ?? []), { repository, found }]);
    } catch (error) {
      if (!(error instanceof TufLdError)) throw error;
      dissenting.push({ repository, reason: reasonOf(error) });
      (error.code === "ERR_TARGET_NOT_FOUND" ? dissents : failures).push(error);
    }
  }
  const by = [...answers.values()].find((group) => group.length >= threshold);
  const first = by?.[0];
  if (by === undefined || first === undefined) {
    const [failure] = failures;
    if (failure === undefined) return undefined;
    const cause = new AggregateError(failures, "the repositories that gave no answer");
    const { about } = failure;
    throw new TufLdError(failure.code, failure.message, failure.details, { cause, about });
  }
  for (const group of answers.values()) {
    if (group === by) continue;
    const reason: Reason = {
      code: "ERR_HASH_MISMATCH",
      message: `states another length or hash for ${path}`,
    };
    dissenting.push(...group.map(({ repository }) => ({ repository, reason })));
  }
  return { path, target: first.found.target, by, dissenting };
}

function contentOf({ length, hashes }: TargetFile): string {
  return jcs({ length, hashes: hashes as Record<string, JsonValue> });
}

function object(
  value: JsonValue | undefined,
  path: string,
  members?: readonly string[],
): Readonly<Record<string, JsonValue>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(path, "must be an object");
  const unknown =
    members === undefined ? undefined : Object.keys(value).find((name) => !members.includes(name));
  if (unknown !== undefined) refuse(`${path}/${unknown}`, "is not a member of a map file (TAP 4)");
  return value;
}

function array(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (!Array.isArray(value) || value.length === 0) refuse(path, "must be an array with at least one entry");
  return value;
}

function strings(value: JsonValue | undefined, path: string): readonly string[] {
  const entries = array(value, path);
  for (const entry of entries) if (typeof entry !== "string") refuse(path, "must hold strings only");
  return entries as readonly string[];
}

function refuse(path: string, reason: string): never {
  throw new TufLdError("ERR_SHAPE", `${path || "the map file"} ${reason}`, { path, reason });
}
