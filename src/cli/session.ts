/// <reference types="node" />
/**
 * One run of a client command: its clock, its deadline, what ends it and what it tells on the way.
 * @module
 */
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import type { UpdaterEvent } from "../client/events.ts";
import type { Fetcher } from "../client/fetcher.ts";
import type { Mode, RolePolicy } from "../client/options.ts";
import type { Store } from "../client/store.ts";
import { Updater } from "../client/updater.ts";
import { TufLdError } from "../errors.ts";
import { createFileStore } from "../node/fileStore.ts";
import { createNodeFetcher } from "../node/nodeFetcher.ts";
import type { Reason } from "../proof/finding.ts";
import { allSuites, type SuiteSet, suiteSet } from "../suite/registry.ts";
import type { ClientOptions, RepositoryOptions, Requirement } from "./clientOptions.ts";
import { interruption } from "./interruption.ts";
import { printable, style } from "./output.ts";
import { Progress } from "./progress.ts";
import type { OpenRepository } from "./repositories.ts";

/** Longest time for one file unless `--deadline` says otherwise, in milliseconds; the rate has a floor of its own. */
const FILE_DEADLINE_MS = 4 * 60 * 60 * 1000;

/** A mirror that did not deliver. */
export interface FailedMirror {
  readonly url: string;
  readonly reason: Reason;
}

/** What a client command works with. */
export interface Session {
  readonly fetcher: Fetcher;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly failedMirrors: readonly FailedMirror[];
  readonly onEvent: (event: UpdaterEvent) => void;
  /** Tells a person something, unless `--quiet`. */
  note(text: string): void;
  /** Tells a person something that must not be missed. */
  warn(text: string): void;
}

/** Runs the work of a command; Ctrl-C and the deadline end it. */
export async function withSession<T>(
  { deadline, quiet, json }: RepositoryOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const progress = new Progress(!quiet && !json && process.stderr.isTTY === true);
  const end = new AbortController();
  const interrupted = interruption();
  const onInterrupt = (): void => end.abort(interrupted.reason);
  interrupted.addEventListener("abort", onInterrupt);
  let lastUrl = "";
  const timer =
    deadline === undefined
      ? undefined
      : setTimeout(() => end.abort(deadlineError(deadline, lastUrl)), deadline * 1_000);
  const failedMirrors: FailedMirror[] = [];
  const note = (text: string): void => {
    if (!quiet) progress.note(printable(text));
  };
  const warn = (text: string): void => {
    progress.note(`${style("yellow", "warning:", process.stderr)} ${printable(text)}`);
  };
  const session: Session = {
    fetcher: createNodeFetcher({ deadlineMs: deadline === undefined ? FILE_DEADLINE_MS : deadline * 1_000 }),
    signal: end.signal,
    progress,
    failedMirrors,
    note,
    warn,
    onEvent(event) {
      if (event.type === "fetching") lastUrl = event.url;
      progress.onEvent(event);
      if (event.type === "mirror failed" && !isMissingNextRoot(event)) {
        failedMirrors.push({ url: event.url, reason: event.reason });
        warn(`a mirror failed: ${event.reason.code} ${event.reason.message} (${event.url})`);
      }
      if (event.type === "recovered") {
        note(`a new root replaces online keys: the trusted ${event.role} is forgotten (TUF 5.3.11)`);
      }
    },
  };
  try {
    return await work(session);
  } catch (error) {
    // Whatever an abort broke on its way out, the abort is why.
    throw end.signal.aborted ? end.signal.reason : error;
  } finally {
    clearTimeout(timer);
    interrupted.removeEventListener("abort", onInterrupt);
    progress.stop();
  }
}

/** Every mirror is asked for the next root until none has one. */
function isMissingNextRoot({ url, reason }: FailedMirror): boolean {
  return reason.code === "ERR_FILE_NOT_FOUND" && /\/\d+\.root\.json$/.test(url);
}

function deadlineError(seconds: number, url: string): TufLdError {
  const reason = `the deadline of ${seconds} s has passed`;
  return new TufLdError("ERR_NETWORK", `${reason}, at ${url}`, { url, reason });
}

/** A client for a trusted repository. */
export function createUpdater(
  repository: OpenRepository,
  options: ClientOptions,
  session: Session,
  store: Store = createFileStore(repository.storeFolder),
): Updater {
  const { at, offline, cached, require = [], suite } = options;
  const mode: Mode = offline ? "offline" : cached ? "cached" : "online";
  const suites = acceptedSuites(suite.length > 0 ? suite : (repository.suites ?? []));
  const online = mode === "online";
  return new Updater({
    trustedRoot: repository.trustedRoot,
    store,
    fetcher: session.fetcher,
    metadataUrls: repository.metadataUrls,
    targetsUrls: repository.targetsUrls,
    prefixTargetsWithHash: repository.prefixTargetsWithHash,
    policy: withRequirements(repository.policy, require),
    mode,
    onEvent(event) {
      session.onEvent(event);
      if (online && event.type === "accepted" && event.role === "timestamp") noteRefresh(repository);
    },
    signal: session.signal,
    ...(at === undefined ? {} : { at }),
    ...(suites === undefined ? {} : { suites }),
  });
}

/** Leaves in the stored timestamp's time of change when the repository last said that it is the newest. */
function noteRefresh({ storeFolder }: OpenRepository): void {
  const now = new Date();
  utimes(join(storeFolder, "timestamp.json"), now, now).catch(() => undefined);
}

/** A policy with what was asked for this time. A policy for all roles replaces what was said of single ones. */
export function withRequirements(policy: RolePolicy, requirements: readonly Requirement[]): RolePolicy {
  const general = requirements.findLast(({ role }) => role === undefined)?.policy;
  const roles = new Map(general === undefined ? policy.roles : []);
  for (const { role, policy: each } of requirements) if (role !== undefined) roles.set(role, each);
  return { default: general ?? policy.default, roles };
}

/** The suites with these names; `undefined`, which stands for the defaults, if there are none. @throws ERR_SUITE_UNKNOWN */
export function acceptedSuites(names: readonly string[]): SuiteSet | undefined {
  return names.length === 0 ? undefined : suiteSet(...new Set(names.map((name) => allSuites.get(name))));
}
