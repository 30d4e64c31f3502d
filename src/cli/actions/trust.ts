/// <reference types="node" />
/**
 * Pins the root of a repository.
 * @module
 */
import { hashHex } from "#platform";
import { fetchWhole } from "../../client/mirrors.ts";
import { DEFAULT_LIMITS } from "../../client/options.ts";
import { join } from "../../client/urls.ts";
import { TufLdError } from "../../errors.ts";
import { type MetadataFile, parseMetadata } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import { distinctKeys } from "../../proof/roleKeys.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import { assertSigned } from "../../trust/rules.ts";
import type { Root } from "../../vocabulary/types.ts";
import type { TrustOptions } from "../commands/trust.ts";
import { inFile } from "../documents.ts";
import { readInput, writeOutput } from "../io.ts";
import { toJson } from "../output.ts";
import {
  homeFolder,
  isRepositoryName,
  loadRepository,
  type Repository,
  saveRepository,
} from "../repositories.ts";
import { baseUrl, defaultTargetsUrl, nameFromUrl } from "../repositoryUrls.ts";
import { acceptedSuites, type Session, withRequirements, withSession } from "../session.ts";
import { UsageError } from "../usage.ts";

export async function trust(given: string, options: TrustOptions): Promise<void> {
  const { root, rootSha256, tofu, rootVersion, mirror, targetsUrl, require = [], suite } = options;
  if (root === undefined && rootSha256 === undefined && tofu !== true) {
    throw new UsageError(
      "whom do you trust? Give --root FILE or --root-sha256 HEX (or --tofu, which trusts anyone)",
    );
  }
  if (root !== undefined && rootVersion !== undefined)
    throw new UsageError("--root-version is for a root that is fetched, and --root names a file");
  if (rootSha256 !== undefined && !/^[0-9a-f]{64}$/i.test(rootSha256))
    throw new UsageError("--root-sha256 takes 64 hexadecimal digits");
  const metadataUrls = [...new Set([await baseUrl(given), ...(await Promise.all(mirror.map(baseUrl)))])];
  const own = await Promise.all(targetsUrl.map(baseUrl));
  const derived = (own.length > 0 ? metadataUrls.slice(1) : metadataUrls).map(defaultTargetsUrl);
  const name = options.name ?? nameFromUrl(metadataUrls[0] as string);
  if (!isRepositoryName(name)) throw new UsageError("--name takes letters, digits, _, - and .");
  acceptedSuites(suite);
  await withSession(options, async (session) => {
    const bytes =
      root === undefined ? await fetchRoot(metadataUrls, options, session) : await readInput(root);
    const file = await inFile(root ?? given, () => openRoot(bytes));
    const repository: Repository = {
      name,
      metadataUrls,
      targetsUrls: [...own, ...derived],
      policy: withRequirements({ default: "either", roles: new Map() }, require),
      ...(suite.length === 0 ? {} : { suites: suite }),
      prefixTargetsWithHash: options.plainTargetNames !== true,
      root: { version: file.signed.version, sha256: hashHex("sha256", bytes) },
    };
    const home = homeFolder(options.home);
    if (options.replace !== true) await assertSameRoot(home, repository);
    await saveRepository(home, repository, bytes);
    await report(repository, file, options, session);
  });
}

/** Reads a root and checks it by its own keys, which catches damage and nothing else. */
async function openRoot(bytes: Uint8Array): Promise<MetadataFile<Root>> {
  const file = parseMetadata(bytes, { type: "root", maxBytes: DEFAULT_LIMITS.rootMaxBytes });
  const keys = delegatedKeys(file.signed, "root");
  if (keys !== undefined) assertSigned(keys, await checkFile(file, keys, "either"));
  return file;
}

async function assertSameRoot(home: string, { name, root }: Repository): Promise<void> {
  const before = await loadRepository(home, name);
  if (before === undefined || before.root.sha256 === root.sha256) return;
  const what = `"${name}" is trusted already, from another root (version ${before.root.version})`;
  throw new UsageError(`${what}: choose another --name, or start afresh with --replace`);
}

/** The first root that any mirror has, or the first with the right hash. */
async function fetchRoot(
  metadataUrls: readonly string[],
  { rootSha256, rootVersion }: TrustOptions,
  { fetcher, signal, onEvent }: Session,
): Promise<Uint8Array> {
  const names = rootVersion === undefined ? ["1.root.json", "root.json"] : [`${rootVersion}.root.json`];
  const failures: TufLdError[] = [];
  for (const url of metadataUrls.flatMap((base) => names.map((name) => join(base, name)))) {
    try {
      const mirrors = { fetcher, signal, onEvent, bases: [] };
      const { bytes } = (await fetchWhole(mirrors, url, DEFAULT_LIMITS.rootMaxBytes)) ?? {};
      if (bytes === undefined) continue;
      if (rootSha256 !== undefined) assertHash(url, bytes, rootSha256.toLowerCase());
      return bytes;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TufLdError)) throw error;
      failures.push(error);
    }
  }
  const told = failures.find(({ code }) => code === "ERR_HASH_MISMATCH");
  throw told ?? failures.find(({ code }) => code !== "ERR_FILE_NOT_FOUND") ?? failures[0];
}

function assertHash(path: string, bytes: Uint8Array, expected: string): void {
  const actual = hashHex("sha256", bytes);
  if (actual === expected) return;
  const message = `${path}: its sha256 is ${actual}, and you expect ${expected}`;
  throw new TufLdError("ERR_HASH_MISMATCH", message, { path, algorithm: "sha256", expected, actual });
}

async function report(
  { name, metadataUrls, targetsUrls, policy, root }: Repository,
  { signed }: MetadataFile<Root>,
  { tofu, json }: TrustOptions,
  session: Session,
): Promise<void> {
  if (tofu) {
    session.warn(
      `trusted on first use: only the server that sent this root vouches for it. Compare its sha256, ${root.sha256}, with what the publisher says`,
    );
  }
  const { expires } = signed;
  if (Date.parse(expires) <= Date.now())
    session.note(`this root expired at ${expires}; it serves to get to a newer one`);
  if (json) {
    const shown = { default: policy.default, roles: Object.fromEntries(policy.roles) };
    const result = { ok: true, name, metadataUrls, targetsUrls, policy: shown, root: { ...root, expires } };
    return writeOutput(undefined, toJson(result));
  }
  const keys = delegatedKeys(signed, "root");
  const lines = [
    `trusted     ${name}`,
    `root        version ${root.version}, expires ${expires}`,
    `sha256      ${root.sha256}`,
    `root keys   ${keys?.threshold} of ${keys === undefined ? 0 : distinctKeys(keys)} must sign`,
    `must have   ${[policy.default, ...[...policy.roles].map(([each, what]) => `${each}=${what}`)].join(", ")}`,
    ...metadataUrls.map((url) => `metadata    ${url}`),
    ...targetsUrls.map((url) => `targets     ${url}`),
  ];
  await writeOutput(undefined, `${lines.join("\n")}\n`);
  session.note(`\`tuf-ld refresh --repo ${name}\` brings its metadata up to date`);
}
