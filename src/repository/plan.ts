/**
 * Which drafts can be published now, and what the others wait for.
 *
 * What is published must hold together: a delegation whose new keys have signed nothing yet would make clients fail.
 * So a draft waits until it is signed and until everything that it delegates to stands under its keys, and those that
 * stand on a draft that waits, wait too.
 * @module
 */
import type { MetadataFile } from "../metadata/file.ts";
import { checkFile } from "../proof/checkFile.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import type { Root, Signed, Targets } from "../vocabulary/types.ts";
import type { Drafts, EditableFile } from "./drafts.ts";
import { type Delegator, entryOf, keysOf, sameJson } from "./edit.ts";
import { binNames } from "./layout.ts";
import { type KeyRing, type Signatures, signaturesOf } from "./signing.ts";

/** A draft that cannot be published yet. */
export interface Waiting {
  readonly role: string;
  readonly reason: string;
  /** Who has to sign, if that is what it waits for. */
  readonly signatures?: Signatures;
}

/** What will be published above the bins. */
export interface Plan {
  /** Drafts that are ready, by role. */
  readonly ready: ReadonlyMap<string, EditableFile>;
  readonly waiting: readonly Waiting[];
}

/** @param assumed keys that will sign before publishing; a dry run plans with them */
export async function planPublishing(drafts: Drafts, now: Date, assumed?: KeyRing): Promise<Plan> {
  const ready = new Map(drafts.all);
  const waiting: Waiting[] = [];
  for (let changed = true; changed; ) {
    changed = false;
    for (const [role, file] of [...ready]) {
      const reason = await whyNot(drafts, ready, role, file, now, assumed);
      if (reason === undefined) continue;
      ready.delete(role);
      waiting.push({ role, ...reason });
      changed = true;
    }
  }
  return { ready, waiting };
}

type Why = Omit<Waiting, "role"> | undefined;

async function whyNot(
  drafts: Drafts,
  ready: ReadonlyMap<string, EditableFile>,
  role: string,
  file: EditableFile,
  now: Date,
  assumed: KeyRing | undefined,
): Promise<Why> {
  const view = drafts.config.sign;
  const effective = async (name: string): Promise<EditableFile | undefined> =>
    ready.get(name) ?? drafts.publishedFile(name);
  if (Date.parse(file.signed.expires) <= now.getTime())
    return { reason: `it expired at ${file.signed.expires}; edit or renew it and sign again` };
  const delegators: (Delegator | undefined)[] = [];
  if (role === "root") delegators.push(file.signed, drafts.published.root?.signed);
  else {
    const delegator = await drafts.delegatorOf(role);
    const above = delegator === undefined ? undefined : await effective(delegator);
    if (above === undefined || entryOf(above.signed, role) === undefined)
      return { reason: `it waits for ${delegator ?? "a role that delegates to it"}` };
    delegators.push(above.signed);
  }
  for (const delegator of delegators) {
    const keys = delegator && delegatedKeys(delegator, role);
    if (keys === undefined) continue;
    const signatures = await signaturesOf(file, keys, view);
    if (signatures.met || (assumed && (await willMeet(signatures, assumed)))) continue;
    return { reason: missing(signatures), signatures };
  }
  return below(drafts, file, effective, assumed);
}

async function willMeet({ signed, missing: others, threshold }: Signatures, ring: KeyRing): Promise<boolean> {
  let count = signed.length;
  for (const keyid of others) if (await ring.has(keyid)) count++;
  return count >= threshold;
}

function missing({ signed, threshold, role, missing: others }: Signatures): string {
  if (signed.length + others.length < threshold)
    return `"${role}" has ${signed.length + others.length} ${signed.length + others.length === 1 ? "key" : "keys"} and needs ${threshold}; add keys`;
  return `${signed.length} of ${threshold} signatures`;
}

/** Whether what a draft delegates to stands under its keys. */
async function below(
  drafts: Drafts,
  { signed }: EditableFile,
  effective: (name: string) => Promise<EditableFile | undefined>,
  assumed: KeyRing | undefined,
): Promise<Why> {
  const { bins, sign: view } = drafts.config;
  const before = (await drafts.publishedFile(signed._type === "root" ? "root" : ""))?.signed;
  const names =
    signed._type === "root" ? ["targets"] : (signed.delegations?.roles ?? []).map(({ name }) => name);
  const firstBin = bins && binNames(bins)[0];
  for (const name of names) {
    if (bins !== undefined && name.startsWith(`${bins.prefix}-`) && firstBin !== undefined) {
      // Bins are signed anew when their keys change.
      if (name === firstBin && (entryOf(signed, name)?.keyids.length ?? 0) === 0)
        return { reason: `the bins have no key; \`key gen ${bins.prefix}\` makes one` };
      continue;
    }
    if (before !== undefined && sameAuthority(before, signed, name)) continue;
    const file = await effective(name);
    if (file === undefined) return { reason: `it waits for ${name}, which has no metadata yet` };
    const keys = delegatedKeys(signed, name);
    if (keys === undefined) continue;
    const { count } = await checkFile(file, keys, view);
    if (count.met) continue;
    if (assumed !== undefined && (await willMeet(await signaturesOf(file, keys, view), assumed))) continue;
    return { reason: `it waits for ${name}, which must be signed by the keys that it will have` };
  }
  const succinct = signed._type === "targets" ? signed.delegations?.succinct_roles : undefined;
  if (succinct !== undefined && succinct.keyids.length === 0)
    return { reason: `the bins have no key; \`key gen ${succinct.name_prefix}\` makes one` };
  return undefined;
}

/** Whether two documents give a role the same keys and threshold. */
export function sameAuthority(a: Signed, b: Signed, role: string): boolean {
  const [one, other] = [a as Delegator, b as Delegator].map((document) => {
    const entry = entryOf(document, role);
    if (entry === undefined) return undefined;
    const keys = entry.keyids.map((keyid) => keysOf(document)[keyid]?.keyval.public ?? keyid).sort();
    return { keys, threshold: entry.threshold };
  });
  return one !== undefined && other !== undefined && sameJson(one, other);
}

/** The keys of all bins, in the documents that are going to be published; `undefined` without bins. */
export async function binAuthority(
  drafts: Drafts,
  ready: ReadonlyMap<string, EditableFile>,
): Promise<
  | { readonly now: MetadataFile<Root | Targets>; readonly before: MetadataFile<Root | Targets> | undefined }
  | undefined
> {
  const { bins } = drafts.config;
  if (bins === undefined) return undefined;
  const before = await drafts.publishedFile(bins.delegator);
  const now = ready.get(bins.delegator) ?? before;
  return now === undefined ? undefined : { now, before };
}
