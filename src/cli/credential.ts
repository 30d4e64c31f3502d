/// <reference types="node" />
/**
 * Credentials and other signed documents on the command line: whose keys are trusted, and the question to ask with them.
 * @module
 */

import { createContextLoader } from "../document/loader.ts";
import { append } from "../encoding/lists.ts";
import type { JsonObject } from "../metadata/file.ts";
import { looksLikeCredential } from "../proof/foreign/credential.ts";
import { resolveDidKey } from "../proof/foreign/resolveKey.ts";
import { checkCredential } from "../report/checkCredential.ts";
import { checkSigned } from "../report/checkSigned.ts";
import type { Report } from "../report/report.ts";
import type { SuiteSet } from "../suite/registry.ts";
import { parsePair, readContexts } from "./contexts.ts";
import { readInput } from "./io.ts";
import { readTrustedKeys, type TrustedKey } from "./keys.ts";
import type { ContextOptions } from "./options.ts";
import { printable } from "./output.ts";
import { UsageError } from "./usage.ts";

/** How a credential is judged, besides by keys and suites. */
export interface CredentialFileOptions {
  /** The issuer that it must name. */
  readonly issuerId?: string;
  /** Leave the status out of the question. Default: a credential with a status is not verified. */
  readonly ignoreStatus?: boolean;
  /** Related resources, each as URL=FILE. */
  readonly resources?: readonly string[];
  /** Leave related resources that are not given out of the question. Default: then it is not verified. */
  readonly ignoreResources?: boolean;
  /** Refuse what is otherwise accepted with a note. */
  readonly strict?: boolean;
  /** Contexts of the person's own, besides those that are pinned. */
  readonly contexts?: ContextOptions;
}

/**
 * Verifies a credential, or another signed document, for someone who trusts these issuers.
 * @param issuers key files or did:key names
 * @throws ERR_STORAGE, ERR_KEY for what is wrong with the issuers; the report has what is wrong with the document.
 *   UsageError for an issuer's name where the document has none
 */
export async function verifyForeignFile(
  document: JsonObject,
  issuers: readonly string[],
  at: Date,
  suites: SuiteSet | undefined,
  options: CredentialFileOptions = {},
): Promise<Report> {
  const { issuerId, ignoreStatus = false, ignoreResources = false, strict = false, contexts } = options;
  const keys: TrustedKey[] = [];
  for (const issuer of issuers) {
    const found = await readTrustedKeys(issuer);
    append(keys, found.keys);
    for (const { name, error } of found.unread)
      process.stderr.write(`${printable(`warning: the key "${name}" is not read: ${error.message}`)}\n`);
  }
  const loader = createContextLoader(new Map(), contexts === undefined ? [] : await readContexts(contexts));
  const asked = {
    at,
    loader,
    strict,
    ...(suites === undefined ? {} : { suites }),
    resolveKey: (method: string) => {
      const listed = keys.find((each) => each.method?.["id"] === method);
      if (listed !== undefined) return listed.method;
      // The caller says that this key is that issuer's, so it is behind whatever the issuer calls it.
      const only = keys.length === 1 && issuerId !== undefined && method.startsWith(`${issuerId}#`);
      return only ? keys[0]?.key : resolveDidKey(method);
    },
  };
  const trusted = keys.map(({ key }) => key);
  if (!looksLikeCredential(document)) {
    const { resources = [] } = options;
    if (issuerId !== undefined || ignoreStatus || ignoreResources || resources.length > 0)
      throw new UsageError(
        "--issuer-id, --resource and the --unsafe-ignore options are for credentials, and this is none",
      );
    return checkSigned(document, { ...asked, keys: trusted });
  }
  const resources = await readResources(options.resources ?? []);
  const report = await checkCredential(document, {
    resources,
    ...asked,
    issuerKeys: trusted,
    ...(issuerId === undefined ? {} : { issuer: issuerId }),
  });
  const looked = ignoreStatus ? without(report, ["status"], "a status, which was not looked up") : report;
  const ignored = "related resources, which were not given and not checked";
  return ignoreResources ? without(looked, ["resources", "otherResources"], ignored) : looked;
}

/** The content of each resource by its URL. @throws UsageError, ERR_STORAGE, ERR_LIMIT */
async function readResources(pairs: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const read = new Map<string, Uint8Array>();
  for (const pair of pairs) {
    const { url, path } = parsePair(pair, "--resource");
    if (read.has(url)) throw new UsageError(`--resource gives ${url} twice`);
    read.set(url, await readInput(path));
  }
  return read;
}

/** The report without steps that did not run because nobody looks here. */
function without(report: Report, ids: readonly string[], what: string): Report {
  const steps = report.steps.filter(({ id, outcome }) => !ids.includes(id) || outcome !== "not run");
  // Steps after a failure did not run either: these say nothing of why.
  if (report.failure !== undefined || steps.length === report.steps.length) return report;
  process.stderr.write(`warning: the credential has ${what}\n`);
  return { ...report, steps, ok: steps.length > 0 && steps.every(({ outcome }) => outcome === "passed") };
}
