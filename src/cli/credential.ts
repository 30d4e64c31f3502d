/// <reference types="node" />
/**
 * Credentials and other signed documents on the command line: whose keys are trusted, and the question to ask with them.
 * @module
 */
import { createContextLoader } from "../document/loader.ts";
import type { JsonObject } from "../metadata/file.ts";
import { looksLikeCredential } from "../proof/foreign/credential.ts";
import { resolveDidKey } from "../proof/foreign/resolveKey.ts";
import { checkCredential } from "../report/checkCredential.ts";
import { checkSigned } from "../report/checkSigned.ts";
import type { Report } from "../report/report.ts";
import type { SuiteSet } from "../suite/registry.ts";
import { readContexts } from "./contexts.ts";
import { readTrustedKey, type TrustedKey } from "./keys.ts";
import type { ContextOptions } from "./options.ts";
import { UsageError } from "./usage.ts";

/** How a credential is judged, besides by keys and suites. */
export interface CredentialFileOptions {
  /** The issuer that it must name. */
  readonly issuerId?: string;
  /** Leave the status out of the question. Default: a credential with a status is not verified. */
  readonly ignoreStatus?: boolean;
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
  { issuerId, ignoreStatus = false, strict = false, contexts }: CredentialFileOptions = {},
): Promise<Report> {
  const keys: TrustedKey[] = [];
  for (const issuer of issuers) keys.push(await readTrustedKey(issuer));
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
    if (issuerId !== undefined || ignoreStatus)
      throw new UsageError("--issuer-id and --unsafe-ignore-status are for credentials, and this is none");
    return checkSigned(document, { ...asked, keys: trusted });
  }
  const report = await checkCredential(document, {
    ...asked,
    issuerKeys: trusted,
    ...(issuerId === undefined ? {} : { issuer: issuerId }),
  });
  return ignoreStatus ? withoutStatus(report) : report;
}

/** The report without the step that did not run because nobody looks a status up here. */
function withoutStatus(report: Report): Report {
  const steps = report.steps.filter(({ id, outcome }) => id !== "status" || outcome !== "not run");
  if (steps.length === report.steps.length) return report;
  process.stderr.write("warning: the credential has a status, which was not looked up\n");
  return { ...report, steps, ok: steps.length > 0 && steps.every(({ outcome }) => outcome === "passed") };
}
