/// <reference types="node" />
/**
 * Where targets come from: one trusted repository, or several that a map says must agree.
 * @module
 */
import { explainTarget } from "../client/explain.ts";
import type { ListOptions } from "../client/listing.ts";
import type { FoundTarget } from "../client/search.ts";
import type { TargetSink } from "../client/sink.ts";
import type { Accepted, Updater } from "../client/updater.ts";
import { TufLdError } from "../errors.ts";
import { distinctKeys } from "../proof/roleKeys.ts";
import { type Report, reportOf } from "../report/report.ts";
import type { Targets } from "../vocabulary/types.ts";
import type { ClientOptions, MapOptions } from "./clientOptions.ts";
import { homeFolder, type OpenRepository, openRepository } from "./repositories.ts";
import { createUpdater, type Session } from "./session.ts";
import { UsageError } from "./usage.ts";

/** A target, who vouches for it, and how to get it. */
export interface LocatedTarget extends FoundTarget {
  /** The repositories that say so, by name. */
  readonly repositories: readonly string[];
  /** Downloads it. @returns bytes that came over the network */
  download(sink: TargetSink): Promise<number>;
}

/** Something that knows targets. */
export interface TargetSource {
  /** @throws ERR_TARGET_NOT_FOUND, and what a refresh throws */
  find(path: string): Promise<LocatedTarget>;
  /** Every target that `find` would find. A source of several repositories ends at a role that it cannot read. */
  list(options: ListOptions): AsyncIterable<LocatedTarget>;
  explain(path: string): Promise<Report>;
}

/** The source that the options name. @throws as `openRepository`; UsageError */
export async function openSource(
  options: ClientOptions & MapOptions,
  session: Session,
): Promise<TargetSource> {
  if (options.map !== undefined) {
    const { openMap } = await import("./mapSource.ts");
    return openMap(options.map, options, session);
  }
  if (options.roots !== undefined) throw new UsageError("--roots goes with --map");
  const repository = await openRepository(homeFolder(options.home), options.repo);
  const updater = createUpdater(repository, options, session);
  const locate = (found: FoundTarget): LocatedTarget => ({
    ...found,
    repositories: [repository.name],
    download: (sink) => downloadFrom(updater, found, sink, options),
  });
  return {
    find: async (path) => locate(await updater.find(path)),
    async *list(how) {
      for await (const found of updater.list(how)) yield locate(found);
    },
    explain: (path) => explainFrom(repository, updater, path),
  };
}

/** Downloads a target. @returns bytes that came over the network @throws as `Updater.download` */
export async function downloadFrom(
  updater: Updater,
  found: Pick<FoundTarget, "path" | "target">,
  sink: TargetSink,
  { offline }: ClientOptions,
): Promise<number> {
  try {
    return await updater.download(found, sink);
  } catch (error) {
    if (!offline || !(error instanceof TufLdError) || error.code !== "ERR_NETWORK") throw error;
    const reason = "it is not at hand, and --offline forbids to fetch it: run this again without --offline";
    const message = `${found.path}: ${reason}`;
    throw new TufLdError("ERR_NETWORK", message, { url: found.path, reason }, { cause: error });
  }
}

/** The chain to a target, from the root that was pinned. */
export async function explainFrom(
  { name, root }: OpenRepository,
  updater: Updater,
  path: string,
): Promise<Report> {
  const { steps } = await explainTarget(updater, path);
  const title = `root version ${root.version} is the one that is pinned for ${name}`;
  return reportOf(path, [
    { id: "pinned", title, outcome: "passed", facts: { ...root, repository: name } },
    ...steps,
  ]);
}

/** Who may sign for a target's role, in numbers. */
export interface Signers {
  readonly role: string;
  /** Distinct keys that did sign, as far as it was necessary to look. */
  readonly valid: number;
  /** Distinct keys that may. */
  readonly of: number;
  readonly threshold: number;
}

export function signersOf({ role, keys, check }: Accepted): Signers {
  const of = distinctKeys(keys);
  return { role, valid: check.count.keys.length, of, threshold: keys.threshold };
}

/** The role that lists a target. */
export function roleOf({ chain }: FoundTarget): Accepted<Targets> {
  const role = chain.at(-1);
  if (role === undefined) throw new TypeError("a target is listed by a role");
  return role;
}
