/// <reference types="node" />
/**
 * Credentials on the command line: whose keys are trusted, and the question to ask with them.
 * @module
 */
import type { JsonObject } from "../metadata/file.ts";
import { resolveDidKey } from "../proof/foreign/resolveKey.ts";
import { checkCredential } from "../report/checkCredential.ts";
import type { Report } from "../report/report.ts";
import type { SuiteSet } from "../suite/registry.ts";
import { readTrustedKey, type TrustedKey } from "./keys.ts";

/** How a credential is judged, besides by keys and suites. */
export interface CredentialFileOptions {
  /** The issuer that it must name. */
  readonly issuerId?: string;
  /** Leave the status out of the question. Default: a credential with a status is not verified. */
  readonly ignoreStatus?: boolean;
}

/**
 * Verifies a credential for someone who trusts these issuers.
 * @param issuers key files or did:key names
 * @throws ERR_STORAGE, ERR_KEY for what is wrong with the issuers; the report has what is wrong with the credential
 */
export async function verifyCredentialFile(
  document: JsonObject,
  issuers: readonly string[],
  at: Date,
  suites: SuiteSet | undefined,
  { issuerId, ignoreStatus = false }: CredentialFileOptions = {},
): Promise<Report> {
  const keys: TrustedKey[] = [];
  for (const issuer of issuers) keys.push(await readTrustedKey(issuer));
  const report = await checkCredential(document, {
    issuerKeys: keys.map(({ key }) => key),
    at,
    ...(issuerId === undefined ? {} : { issuer: issuerId }),
    ...(suites === undefined ? {} : { suites }),
    resolveKey: (method) => {
      const listed = keys.find((each) => each.method?.["id"] === method);
      if (listed !== undefined) return listed.method;
      // The caller says that this key is that issuer's, so it is behind whatever the issuer calls it.
      const only = keys.length === 1 && issuerId !== undefined && method.startsWith(`${issuerId}#`);
      return only ? keys[0]?.key : resolveDidKey(method);
    },
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
