/// <reference types="node" />
/**
 * May this file be trusted, and why?
 * @module
 */
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import type { JsonObject, MetadataFile } from "../../metadata/file.ts";
import { keyidsOf, type RoleKey, type RoleKeys } from "../../proof/roleKeys.ts";
import type { Report } from "../../report/report.ts";
import { verifyByKeys, verifyMetadata } from "../../report/verifyMetadata.ts";
import { allSuites, type SuiteSet, suiteSet } from "../../suite/registry.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { Root, Targets } from "../../vocabulary/types.ts";
import { type FileOf, printReport } from "../answer.ts";
import type { VerifyOptions } from "../commands/verify.ts";
import { type AnyDocument, readDocument, readMetadata } from "../documents.ts";
import { nameOfInput } from "../io.ts";
import { givenContext } from "../options.ts";
import { UsageError } from "../usage.ts";

export async function verify(path: string, options: VerifyOptions): Promise<void> {
  const { repo, home, offline, cached, deadline, quiet } = options;
  refuseOptions({ repo, home, offline, cached, deadline, quiet }, "goes with --target");
  const document = await readDocument(path);
  await printReport(await answer(document, options), options, "documents", filesOf(path, document, options));
}

/** Which of the files that were given speaks for a role; of two for one role, such as two roots, neither. */
function filesOf(path: string, document: AnyDocument, { root, role, via }: VerifyOptions): FileOf {
  const file = nameOfInput(path);
  if (document.kind === "foreign") return () => file;
  const given: (readonly [role: string, file: string])[] = [
    ...(root === undefined ? [] : [["root", nameOfInput(root)] as const]),
    ...via.map((link) => [link.slice(0, link.indexOf("=")), link.slice(link.indexOf("=") + 1)] as const),
    [role ?? document.file.signed._type, file],
  ];
  return (asked) => {
    const files = new Set(given.filter(([name]) => name === asked).map(([, each]) => each));
    return files.size === 1 ? [...files][0] : undefined;
  };
}

async function answer(document: AnyDocument, options: VerifyOptions): Promise<Report> {
  if (document.kind === "foreign") return answerCredential(document.document, options);
  const {
    issuer,
    issuerId,
    unsafeIgnoreStatus,
    strict,
    root,
    key,
    threshold,
    via,
    role,
    require: policy,
  } = options;
  const forCredentials = {
    issuer: issuer[0],
    "issuer-id": issuerId,
    "unsafe-ignore-status": unsafeIgnoreStatus,
    strict,
    resource: options.resource[0],
    "unsafe-ignore-resources": options.unsafeIgnoreResources,
    ...givenContext(options),
  };
  refuseOptions(forCredentials, "is for credentials, and this is TUF metadata");
  const { file } = document;
  const name = role ?? file.signed._type;
  const suites = acceptedSuites(options.suite);
  const judging = {
    at: options.at ?? new Date(),
    ...(policy === undefined ? {} : { policy }),
    ...(suites === undefined ? {} : { suites }),
  };
  if (key.length > 0) {
    refuseOptions({ root, via: via[0] }, "and --key are two ways to say whom you trust: give one");
    return verifyByKeys({ file, keys: await readRoleKeys(file, name, key, threshold), ...judging });
  }
  refuseOptions({ threshold }, "goes with --key");
  if (root === undefined)
    throw new UsageError("TUF metadata needs --root FILE or --key KEY: whom do you trust?");
  const trusted = await readMetadata(root, "root");
  return verifyMetadata({ root: trusted, via: await readLinks(via), file, role: name, ...judging });
}

async function answerCredential(document: JsonObject, options: VerifyOptions): Promise<Report> {
  const { at = new Date(), root, role, via, key, threshold, require: policy, issuer, issuerId } = options;
  const forMetadata = { root, role, via: via[0], key: key[0], threshold, require: policy };
  refuseOptions(forMetadata, "is for TUF metadata, and this is another document");
  if (issuer.length === 0) throw new UsageError("a credential needs --issuer KEY: whose word do you take?");
  const { verifyForeignFile } = await import("../credential.ts");
  return verifyForeignFile(document, issuer, at, acceptedSuites(options.suite), {
    ...(issuerId === undefined ? {} : { issuerId }),
    ignoreStatus: options.unsafeIgnoreStatus === true,
    strict: options.strict === true,
    resources: options.resource,
    ignoreResources: options.unsafeIgnoreResources === true,
    contexts: options,
  });
}

/** Keys by the keyids under which the file may name them: the hash of each, and what a root calls it. */
async function readRoleKeys(
  file: MetadataFile,
  name: string,
  given: readonly string[],
  threshold: number | undefined,
): Promise<RoleKeys> {
  const { readTrustedKey } = await import("../keys.ts");
  const byKeyid = new Map<string, RoleKey>();
  const distinct = new Set<string>();
  const own = file.signed._type === "root" ? delegatedKeys(file.signed, name) : undefined;
  for (const each of given) {
    const { key } = await readTrustedKey(each);
    const tufKey = toTufKey(key);
    distinct.add(key.id);
    byKeyid.set(tufKeyid(tufKey), { key, scheme: tufKey.scheme });
    for (const keyid of own === undefined ? [] : keyidsOf(own, key))
      byKeyid.set(keyid, { key, scheme: tufKey.scheme });
  }
  if (threshold !== undefined && threshold > distinct.size)
    throw new UsageError(`--threshold is ${threshold}, and only ${distinct.size} different keys are given`);
  return { name, threshold: threshold ?? distinct.size, byKeyid };
}

async function readLinks(
  via: readonly string[],
): Promise<{ role: string; file: MetadataFile<Root | Targets> }[]> {
  const links: { role: string; file: MetadataFile<Root | Targets> }[] = [];
  for (const link of via) {
    const at = link.indexOf("=");
    if (at < 1 || at === link.length - 1) throw new UsageError(`--via takes ROLE=FILE, not "${link}"`);
    const role = link.slice(0, at);
    const path = link.slice(at + 1);
    const file = role === "root" ? await readMetadata(path, "root") : await readMetadata(path, "targets");
    links.push({ role, file });
  }
  return links;
}

function refuseOptions(given: Readonly<Record<string, unknown>>, why: string): void {
  const first = Object.entries(given).find(([, value]) => value !== undefined);
  if (first !== undefined) throw new UsageError(`--${first[0]} ${why}`);
}

function acceptedSuites(names: readonly string[]): SuiteSet | undefined {
  return names.length === 0 ? undefined : suiteSet(...new Set(names.map((name) => allSuites.get(name))));
}
