/// <reference types="node" />
/**
 * Pins the root of a repository.
 * @module
 */
import { hashHex } from "#platform";
import { fetchWhole } from "../../client/mirrors.ts";
import { DEFAULT_LIMITS } from "../../client/options.ts";
import { join } from "../../client/urls.ts";
import { concerning } from "../../encoding/refusal.ts";
import { TufLdError } from "../../errors.ts";
import { type MetadataFile, parseMetadata } from "../../metadata/file.ts";
import { checkFile } from "../../proof/checkFile.ts";
import { distinctKeys } from "../../proof/roleKeys.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import { assertSigned } from "../../trust/rules.ts";
import type { Root } from "../../vocabulary/types.ts";
import type { TrustOptions } from "../commands/trust.ts";
import { nameOfInput, readInput, writeOutput } from "../io.ts";
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
import { type Checked, checkChain, locateMetadata } from "../trustCheck.ts";
import { UsageError } from "../usage.ts";

export async function trust(given: string, options: TrustOptions): Promise<void> {
  const { root, mirror, targetsUrl } = options;
  checkOptions(options);
  const bases = [...new Set([await baseUrl(given), ...(await Promise.all(mirror.map(baseUrl)))])];
  const own = await Promise.all(targetsUrl.map(baseUrl));
  const name = options.name ?? nameFromUrl(bases[0] as string);
  if (!isRepositoryName(name)) throw new UsageError("--name takes letters, digits, _, - and .");
  const home = homeFolder(options.home);
  await withSession(options, async (session) => {
    const before = options.replace === true ? undefined : await loadRepository(home, name);
    const bytes = root === undefined ? undefined : await readInput(root);
    const file =
      bytes && (await concerning({ file: nameOfInput(root ?? "-"), role: "root" }, () => openRoot(bytes)));
    if (before !== undefined && bytes !== undefined) assertSameRoot(before, bytes);
    const metadataUrls = options.offline ? bases : await located(bases, session);
    const fetched = bytes === undefined ? await fetchRoot(metadataUrls, options, session) : undefined;
    const trustedRoot = bytes ?? fetched?.bytes;
    if (trustedRoot === undefined) throw new TypeError("a root is read or fetched");
    const { signed } =
      file ?? (await concerning({ url: fetched?.url ?? given, role: "root" }, () => openRoot(trustedRoot)));
    if (before !== undefined) assertSameRoot(before, trustedRoot);
    const derived = (own.length > 0 ? metadataUrls.slice(1) : metadataUrls).map(defaultTargetsUrl);
    const repository: Repository = {
      name,
      metadataUrls,
      targetsUrls: [...own, ...derived],
      ...decided(options, before),
      prefixTargetsWithHash: options.plainTargetNames !== true,
      root: { version: signed.version, sha256: hashHex("sha256", trustedRoot) },
    };
    if (before !== undefined) assertSamePlaces(before, repository);
    const checked = options.offline ? undefined : await checkChain(repository, trustedRoot, session);
    await saveRepository(home, repository, trustedRoot);
    await report(repository, signed, checked, options, session);
  });
}

function checkOptions({ root, rootSha256, tofu, rootVersion, offline, suite }: TrustOptions): void {
  if (root === undefined && rootSha256 === undefined && tofu !== true) {
    throw new UsageError(
      "whom do you trust? Give --root FILE or --root-sha256 HEX (or --tofu, which trusts anyone)",
    );
  }
  if (root !== undefined && rootVersion !== undefined)
    throw new UsageError("--root-version is for a root that is fetched, and --root names a file");
  if (rootSha256 !== undefined && !/^[0-9a-f]{64}$/i.test(rootSha256))
    throw new UsageError("--root-sha256 takes 64 hexadecimal digits");
  if (root === undefined && offline === true)
    throw new UsageError("--offline needs the root in a file: give --root FILE");
  acceptedSuites(suite);
}

/** Where the metadata of each base is. A mirror that cannot be reached may come back, the first is needed now. */
async function located(bases: readonly string[], session: Session): Promise<string[]> {
  const found: string[] = [];
  const failures: TufLdError[] = [];
  for (const base of bases) {
    try {
      const url = await locateMetadata(base, session);
      if (url !== base) session.note(`the metadata is at ${url}`);
      found.push(url);
    } catch (error) {
      session.signal.throwIfAborted();
      if (!(error instanceof TufLdError)) throw error;
      failures.push(error);
      found.push(base);
    }
  }
  // If none answers, the first says why; if one does, the check tells of those that failed.
  if (failures.length === bases.length) throw failures[0];
  return [...new Set(found)];
}

/** What counts: as asked, or else as it was decided before. */
function decided(
  { require = [], suite }: TrustOptions,
  before: Repository | undefined,
): Pick<Repository, "policy" | "suites"> {
  const kept = before?.policy ?? { default: "either", roles: new Map() };
  const suites = suite.length > 0 ? suite : before?.suites;
  return { policy: withRequirements(kept, require), ...(suites === undefined ? {} : { suites }) };
}

/** Reads a root and checks it by its own keys, which catches damage and nothing else. */
async function openRoot(bytes: Uint8Array): Promise<MetadataFile<Root>> {
  const file = parseMetadata(bytes, { type: "root", maxBytes: DEFAULT_LIMITS.rootMaxBytes });
  const keys = delegatedKeys(file.signed, "root");
  if (keys !== undefined) assertSigned(keys, await checkFile(file, keys, "either"));
  return file;
}

function assertSameRoot({ name, root }: Repository, bytes: Uint8Array): void {
  if (root.sha256 === hashHex("sha256", bytes)) return;
  const what = `"${name}" is trusted already, from another root (version ${root.version})`;
  throw new UsageError(`${what}: choose another --name, or start afresh with --replace`);
}

/** A name never comes to mean another place without a word. */
function assertSamePlaces(before: Repository, after: Repository): void {
  for (const [what, member] of [
    ["metadata", "metadataUrls"],
    ["targets", "targetsUrls"],
  ] as const) {
    if (before[member].join(" ") === after[member].join(" ")) continue;
    const message = `"${after.name}" is trusted already, with its ${what} at ${before[member].join(", ")}, and not at ${after[member].join(", ")}`;
    throw new UsageError(`${message}: choose another --name, or change that with --replace`);
  }
}

/** The first root that any mirror has, or the first with the right hash. */
async function fetchRoot(
  metadataUrls: readonly string[],
  { rootSha256, rootVersion }: TrustOptions,
  { fetcher, signal, onEvent }: Session,
): Promise<{ readonly bytes: Uint8Array; readonly url: string }> {
  const names = rootVersion === undefined ? ["1.root.json", "root.json"] : [`${rootVersion}.root.json`];
  const failures: TufLdError[] = [];
  for (const url of metadataUrls.flatMap((base) => names.map((name) => join(base, name)))) {
    try {
      const mirrors = { fetcher, signal, onEvent, bases: [] };
      const { bytes } = (await fetchWhole(mirrors, url, DEFAULT_LIMITS.rootMaxBytes)) ?? {};
      if (bytes === undefined) continue;
      if (rootSha256 !== undefined) assertHash(url, bytes, rootSha256.toLowerCase());
      return { bytes, url };
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
  signed: Root,
  checked: Checked | undefined,
  { tofu, json }: TrustOptions,
  session: Session,
): Promise<void> {
  if (tofu) {
    session.warn(
      `trusted on first use: only the server that sent this root vouches for it. Compare its sha256, ${root.sha256}, with what the publisher says`,
    );
  }
  const { expires } = signed;
  const expired = checked?.expired;
  if (expired !== undefined)
    session.warn(
      `"${expired.role}" of this repository expired at ${expired.expires}: nothing can be had from it until it is renewed`,
    );
  else if (Date.parse(expires) <= Date.now())
    session.note(`this root expired at ${expires}; it serves to get to a newer one`);
  if (json) {
    const shown = { default: policy.default, roles: Object.fromEntries(policy.roles) };
    const found = { root: { ...root, expires }, checked: checked ?? null };
    return writeOutput(
      undefined,
      toJson({ ok: true, name, metadataUrls, targetsUrls, policy: shown, ...found }),
    );
  }
  const keys = delegatedKeys(signed, "root");
  const seen =
    checked === undefined
      ? "no: the network was not asked"
      : `its keys signed what is there now: root version ${checked.root}, timestamp version ${checked.timestamp}`;
  const lines = [
    `trusted     ${name}`,
    `root        version ${root.version}, expires ${expires}`,
    `sha256      ${root.sha256}`,
    `root keys   ${keys?.threshold} of ${keys === undefined ? 0 : distinctKeys(keys)} must sign`,
    `must have   ${[policy.default, ...[...policy.roles].map(([each, what]) => `${each}=${what}`)].join(", ")}`,
    `checked     ${seen}`,
    ...metadataUrls.map((url) => `metadata    ${url}`),
    ...targetsUrls.map((url) => `targets     ${url}`),
  ];
  await writeOutput(undefined, `${lines.join("\n")}\n`);
  session.note(`\`tuf-ld refresh --repo ${name}\` brings its metadata up to date`);
}
