/**
 * Giving up what is staged: which drafts go, which go with them, and what could not stay without them.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { type ChangeHead, discardChanges, readHead } from "./changes.ts";
import type { Drafts, EditableFile } from "./drafts.ts";
import { sameJson } from "./edit.ts";
import { firstDocuments } from "./profiles.ts";
import { assertNoRecovery } from "./recovery/recoveryPlan.ts";
import { describeChanges } from "./signing/words.ts";
import type { RepositoryStorage } from "./storage.ts";

/** Something staged that is given up. */
export interface Discarded {
  /** The role; under the prefix of the bins, the changes of targets that wait. */
  readonly role: string;
  /** The draft; absent for bins. */
  readonly file?: EditableFile;
  /** What is published of the role. */
  readonly before?: EditableFile;
  /** What would have changed, in words. */
  readonly changes: readonly string[];
  /** Entries in the log of changes; bins alone have them. */
  readonly entries?: number;
  /** Whether it goes because nobody would delegate to it any more. */
  readonly orphan: boolean;
}

type Read = (name: string) => Promise<EditableFile | undefined>;

/** The drafts to which somebody delegates now, and nobody by the files that `read` gives. */
export async function orphansOf(drafts: Drafts, read: Read): Promise<string[]> {
  const left = new Set(await drafts.roles(read));
  return (await drafts.roles()).filter((role) => drafts.all.has(role) && !left.has(role));
}

/** What goes if these roles are discarded, each after what delegates to it. @throws ERR_ROLE_UNKNOWN, ERR_EDIT */
export async function planDiscard(
  drafts: Drafts,
  { count: entries }: ChangeHead,
  roles: readonly string[] | "all",
): Promise<readonly Discarded[]> {
  // What is staged then belongs to it.
  assertNoRecovery(drafts.published);
  const { bins } = drafts.config;
  const named = new Set(roles === "all" ? drafts.all.keys() : roles);
  if (roles === "all" && bins !== undefined && entries > 0) named.add(bins.prefix);
  for (const role of named) {
    const staged = role === bins?.prefix ? entries > 0 : drafts.all.has(role);
    if (!staged) throw new TufLdError("ERR_ROLE_UNKNOWN", `nothing of "${role}" is staged`, { role });
  }
  const published: Read = (name) => drafts.publishedFile(name);
  const read: Read = (name) => (named.has(name) ? published(name) : drafts.current(name));
  await assertAnEarlierOne(drafts, named, read);
  await assertNothingLost(drafts, named, read);
  const orphans = new Set(await orphansOf(drafts, read));
  const planned: Discarded[] = [];
  for (const role of new Set([...(await drafts.roles()), ...drafts.all.keys()])) {
    const file = drafts.all.get(role);
    if (file === undefined || !(named.has(role) || orphans.has(role))) continue;
    const before = await published(role);
    const changes = describeChanges(role, before?.signed, file.signed);
    const orphan = !named.has(role);
    planned.push({ role, file, ...(before === undefined ? {} : { before }), changes, orphan });
  }
  if (bins !== undefined && named.has(bins.prefix))
    planned.push({ role: bins.prefix, changes: [], entries, orphan: false });
  return planned;
}

/** Gives up what was planned. @throws ERR_STALE_DRAFT if it is not what was expected */
export async function discardPlanned(
  storage: RepositoryStorage,
  drafts: Drafts,
  planned: readonly Discarded[],
  expected: readonly Discarded[] = planned,
): Promise<void> {
  const other = planned.find(({ role }) => !expected.some((each) => each.role === role));
  for (const each of other === undefined ? expected : [other]) assertSame(each, planned, expected);
  // The last first: killed in between, what delegates to them is still there to be discarded, and what claimed takes
  // over is still in recently-claimed.
  for (const { role, file } of [...planned].reverse()) {
    if (file === undefined) await discardChanges(storage, await readHead(storage));
    else await drafts.discard(role);
  }
  await storage.settle();
}

function assertSame(
  { role }: Discarded,
  planned: readonly Discarded[],
  expected: readonly Discarded[],
): void {
  const [now, shown] = [planned, expected].map((list) => list.find((each) => each.role === role));
  if (now && shown && sameJson(now.file?.signed, shown.file?.signed) && now.entries === shown.entries) return;
  const message = `what is staged of "${role}" has changed since it was shown`;
  const [staged, given] = [now, shown].map((each) => each?.file?.signed.version ?? 0) as [number, number];
  throw new TufLdError("ERR_STALE_DRAFT", message, { role, staged, given });
}

/** Refuses to leave a role without any metadata while somebody delegates to it: that could never be published. */
async function assertAnEarlierOne(drafts: Drafts, named: ReadonlySet<string>, read: Read): Promise<void> {
  const left = new Set(await drafts.roles(read));
  const there = new Set(await drafts.roles((name) => drafts.publishedFile(name)));
  const first = firstDocuments(drafts.config, new Date(0));
  for (const role of named) {
    if (!left.has(role)) continue;
    if (there.has(role) && (await drafts.publishedFile(role)) !== undefined) continue;
    const delegator = await drafts.delegatorAmong(role, read);
    throw refusal(
      role,
      first.has(role)
        ? "nothing of it is published yet, so there is nothing to go back to; edit it instead"
        : `it is new, and ${delegator} delegates to it; \`tuf-ld undelegate ${role}\` takes both back`,
    );
  }
}

/** Refuses to discard what takes over a role that another draft gives up: clients would find it nowhere. */
async function assertNothingLost(drafts: Drafts, named: ReadonlySet<string>, read: Read): Promise<void> {
  for (const role of named) {
    const file = drafts.all.get(role);
    if (file === undefined) continue;
    const before = await drafts.publishedFile(role);
    const had = before === undefined ? undefined : drafts.index.roles(before.signed);
    for (const name of drafts.index.roles(file.signed).keys()) {
      if (had?.has(name) || (await drafts.delegatorAmong(name, read)) !== undefined) continue;
      const giver = await drafts.delegatorAmong(name, (each) => drafts.publishedFile(each));
      if (giver === undefined) continue;
      throw refusal(role, `it takes over ${name}, which the draft of ${giver} gives up; discard both`);
    }
  }
}

function refusal(role: string, reason: string): TufLdError<"ERR_EDIT"> {
  return new TufLdError("ERR_EDIT", `${role}: ${reason}`, { role, reason });
}
