/// <reference types="node" />
/**
 * A look at a repository before it is trusted: where its metadata is, and whether it follows from the root.
 * @module
 */
import { createMemoryStore } from "../client/memoryStore.ts";
import { fetchWhole } from "../client/mirrors.ts";
import { DEFAULT_LIMITS, type UpdaterOptions } from "../client/options.ts";
import { join } from "../client/urls.ts";
import { Workflow } from "../client/workflow.ts";
import { concerning } from "../encoding/refusal.ts";
import { TufLdError, type TufLdErrorCode } from "../errors.ts";
import { parseMetadata } from "../metadata/file.ts";
import type { Repository } from "./repositories.ts";
import { acceptedSuites, type Session } from "./session.ts";

/** What a server answers where there is no metadata: nothing, or a page for people. */
const NOT_METADATA: ReadonlySet<TufLdErrorCode> = new Set([
  "ERR_FILE_NOT_FOUND",
  "ERR_JSON_SYNTAX",
  "ERR_SHAPE",
  "ERR_LIMIT",
]);

/**
 * The base URL below which a timestamp is, among the one given and `metadata/` below it.
 *
 * @throws ERR_FILE_NOT_FOUND naming both if neither has one; what the first look found if that says more
 */
export async function locateMetadata(base: string, session: Session): Promise<string> {
  const below = join(base, "metadata/");
  const bases = base.endsWith("/metadata/") ? [base] : [base, below];
  const failures: TufLdError[] = [];
  for (const each of bases) {
    try {
      await assertTimestampAt(each, session);
      return each;
    } catch (error) {
      session.signal.throwIfAborted();
      if (!(error instanceof TufLdError) || !NOT_METADATA.has(error.code)) throw error;
      failures.push(error);
    }
  }
  const telling = failures.find(({ code }) => code !== "ERR_FILE_NOT_FOUND");
  if (telling !== undefined) throw telling;
  const urls = bases.map((each) => join(each, "timestamp.json"));
  const message = `there is no repository at ${base}: no file ${urls.join(", and none ")}`;
  throw new TufLdError("ERR_FILE_NOT_FOUND", message, { url: urls[0] ?? base }, { cause: failures[0] });
}

async function assertTimestampAt(base: string, { fetcher, signal, onEvent }: Session): Promise<void> {
  const url = join(base, "timestamp.json");
  await concerning({ url, file: "timestamp.json", role: "timestamp" }, async () => {
    const { timestampMaxBytes: maxBytes } = DEFAULT_LIMITS;
    const answer = await fetchWhole({ fetcher, signal, onEvent, bases: [] }, url, maxBytes);
    if (answer !== undefined) parseMetadata(answer.bytes, { type: "timestamp", maxBytes });
  });
}

/** What a look at a repository found. */
export interface Checked {
  readonly root: number;
  readonly timestamp: number;
  /** The role that expired first, if any has. */
  readonly expired?: { readonly role: string; readonly expires: string };
}

/** As many roles can expire one after another here. */
const ROLES = 3;

/** More than a refresh follows at once: nothing is kept here, so there is no second run that goes on. */
const LIMITS = { rootRotations: 10_000 };

/**
 * Follows the chain of roots from the given one, and checks that its keys signed the timestamp. What has expired is
 * judged as of the second before: whoever trusts a repository is told of it, and every use of the repository refuses.
 *
 * @throws what a refresh throws
 */
export async function checkChain(
  { metadataUrls, policy, suites }: Repository,
  trustedRoot: Uint8Array,
  { fetcher, signal, onEvent }: Session,
): Promise<Checked> {
  let at = new Date();
  let expired: Checked["expired"];
  for (let attempt = 0; ; attempt++) {
    const accepted = acceptedSuites(suites ?? []);
    const options: UpdaterOptions = {
      trustedRoot,
      metadataUrls,
      policy,
      fetcher,
      signal,
      onEvent,
      at,
      limits: LIMITS,
      store: createMemoryStore(),
    };
    const workflow = new Workflow(accepted === undefined ? options : { ...options, suites: accepted });
    try {
      const root = await workflow.root("online");
      const timestamp = await workflow.timestamp("online", root.file.signed);
      const versions = { root: root.file.signed.version, timestamp: timestamp.file.signed.version };
      return expired === undefined ? versions : { ...versions, expired };
    } catch (error) {
      if (!(error instanceof TufLdError) || error.code !== "ERR_EXPIRED" || attempt >= ROLES) throw error;
      const { role, expires } = error.details as { readonly role: string; readonly expires: string };
      const before = new Date(Date.parse(expires) - 1_000);
      if (!(before < at)) throw error;
      at = before;
      expired = { role, expires };
    }
  }
}
