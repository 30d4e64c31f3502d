/**
 * Which drafts can be published now, and what the others wait for.
 *
 * What is published must hold together: a delegation whose new keys have signed nothing yet would make clients fail.
 * So a draft waits until it is signed and until everything that it delegates to stands under its keys, and those that
 * stand on a draft that waits, wait too. So does one that gives a role up which a waiting draft takes over, or clients
 * would find that role, a project say, nowhere.
 * @module
 */
import { ownMember } from "../../encoding/ownMember.ts";
import type { TufLdError } from "../../errors.ts";
import type { MetadataFile } from "../../metadata/file.ts";
import { binName } from "../../trust/delegation.ts";
import type { Root, Signed, Targets } from "../../vocabulary/types.ts";
import type { Drafts, EditableFile } from "../drafts.ts";
import { type Delegator, entryOf, keysOf, sameJson } from "../edit.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "../profiles.ts";
import { isProjectRole } from "../projects/project.ts";
import type { KeyRing, Signatures } from "../signing/signing.ts";
import { fileBytes } from "./seal.ts";
import { type SizeLimits, sizeLimitFor, tooLarge } from "./sizes.ts";

/** A draft that cannot be published yet. */
export interface Waiting {
  readonly role: string;
  readonly reason: string;
  /** Who has to sign, if that is what it waits for. */
  readonly signatures?: Signatures;
  /** The refusal, if clients would not read so large a file. */
  readonly tooLarge?: TufLdError<"ERR_LIMIT">;
}

/** What will be published above the bins. */
export interface Plan {
  /** Drafts that are ready, by role. */
  readonly ready: ReadonlyMap<string, EditableFile>;
  readonly waiting: readonly Waiting[];
}

/** @param assumed keys that will sign before publishing; a dry run plans with them */
export async function planPublishing(
  drafts: Drafts,
  now: Date,
  sizes: SizeLimits,
  assumed?: KeyRing,
): Promise<Plan> {
  const ready = new Map<string, EditableFile>();
  // What nobody delegates to waits for nothing, and nothing waits for it.
  for (const [role, file] of drafts.all)
    if ((await drafts.delegatorOf(role)) !== undefined) ready.set(role, file);
  const waiting: Waiting[] = [];
  for (let changed = true; changed; ) {
    changed = false;
    for (const [role, file] of [...ready]) {
      const reason =
        (await whyNot(drafts, ready, role, file, now, assumed)) ?? whyTooLarge(drafts, role, file, sizes);
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
  const effective = async (name: string): Promise<EditableFile | undefined> =>
    ready.get(name) ?? drafts.publishedFile(name);
  if (Date.parse(file.signed.expires) <= now.getTime())
    return { reason: `it expired at ${file.signed.expires}; edit or renew it and sign again` };
  const { version } = await drafts.header(role, now);
  // A gap between roots is the end of their chain (TUF 5.3.3), and other roles would soon run out of numbers. Developers
  // number their own metadata, and may submit twice between two snapshots.
  if (file.signed.version !== version && !isProjectRole(drafts.config, role))
    return {
      reason: `it is version ${file.signed.version} and the next is ${version}; edit or renew it and sign again`,
    };
  const delegators: (Delegator | undefined)[] = [];
  if (role === "root") delegators.push(file.signed, drafts.published.root?.signed);
  else {
    // Not the delegator that it is going to have: while one waits that takes it over, the one before it goes on.
    const delegator = await drafts.delegatorAmong(role, effective);
    const above = delegator === undefined ? undefined : await effective(delegator);
    if (above === undefined) return { reason: `it waits for ${await drafts.delegatorOf(role)}` };
    delegators.push(above.signed);
  }
  for (const delegator of delegators) {
    if (delegator === undefined) continue;
    const signatures = await drafts.signatures(file, role, delegator);
    if (signatures === undefined) return { reason: "it waits for a role that gives it keys" };
    if (signatures.met || (assumed && (await willMeet(signatures, assumed)))) continue;
    // Nobody signs it here: whoever could, submits it again.
    if (isProjectRole(drafts.config, role))
      return { reason: `${missing(signatures)}; its developers submit another version` };
    return { reason: missing(signatures), signatures };
  }
  return (await leaves(drafts, ready, role, file)) ?? below(drafts, role, file, ready, effective, assumed);
}

/** A number that is spent on a file that nobody reads is gone; for a root, so are all roots after it. */
function whyTooLarge({ config }: Drafts, role: string, file: EditableFile, sizes: SizeLimits): Why {
  const allowed = sizeLimitFor(sizes, config, role, file.signed);
  const refusal = tooLarge(role, fileBytes(file).length, allowed);
  return refusal && { reason: refusal.message, tooLarge: refusal };
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

/** Whether a draft gives up a role that a waiting draft takes over. */
async function leaves(
  drafts: Drafts,
  ready: ReadonlyMap<string, EditableFile>,
  role: string,
  { signed }: EditableFile,
): Promise<Why> {
  const before = await drafts.publishedFile(role);
  if (before === undefined) return undefined;
  const after = drafts.index.roles(signed);
  const gone = [...drafts.index.roles(before.signed).keys()].filter((name) => !after.has(name));
  if (gone.length === 0) return undefined;
  for (const [other, file] of drafts.all) {
    if (ready.has(other)) continue;
    const taken = gone.find((name) => drafts.index.roles(file.signed).has(name));
    if (taken !== undefined && (await drafts.delegatorOf(other)) !== undefined)
      return { reason: `it waits for ${other}, which takes over ${taken}` };
  }
  return undefined;
}

/** Whether what a draft delegates to stands under its keys. */
async function below(
  drafts: Drafts,
  role: string,
  { signed }: EditableFile,
  ready: ReadonlyMap<string, EditableFile>,
  effective: (name: string) => Promise<EditableFile | undefined>,
  assumed: KeyRing | undefined,
): Promise<Why> {
  const { bins } = drafts.config;
  const before = (await drafts.publishedFile(role))?.signed;
  const giver = role === CLAIMED ? (await drafts.publishedFile(RECENTLY_CLAIMED))?.signed : undefined;
  const names = signed._type === "root" ? ["targets"] : drafts.index.roles(signed).keys();
  const firstBin = bins && binName({ name_prefix: bins.prefix, bit_length: bins.bits }, 0);
  for (const name of names) {
    if (bins !== undefined && name.startsWith(`${bins.prefix}-`) && firstBin !== undefined) {
      // Bins are signed anew when their keys change.
      if (name === firstBin && (entryOf(signed, name)?.keyids.length ?? 0) === 0)
        return { reason: `the bins have no key; \`key gen ${bins.prefix}\` makes one` };
      continue;
    }
    if (before !== undefined && drafts.index.sameAuthority(before, signed, name)) continue;
    // Handed over by another role under the same keys, and not changed since: it stood there, so it stands here.
    const stays = giver !== undefined && !ready.has(name) && drafts.index.sameAuthority(giver, signed, name);
    if (stays) continue;
    const file = await effective(name);
    if (file === undefined) return { reason: `it waits for ${name}, which has no metadata yet` };
    const signatures = await drafts.signatures(file, name, signed);
    if (signatures === undefined || signatures.met) continue;
    if (assumed !== undefined && (await willMeet(signatures, assumed))) continue;
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
    const keys = entry.keyids
      .map((keyid) => ownMember(keysOf(document), keyid)?.keyval.public ?? keyid)
      .sort();
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
