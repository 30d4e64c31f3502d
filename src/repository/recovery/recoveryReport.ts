/**
 * How far a recovery is, as a checklist; and which states there are to go back to.
 * @module
 */
import { append } from "../../encoding/lists.ts";
import { readHead } from "../changes.ts";
import { Drafts } from "../drafts.ts";
import type { Delegator } from "../edit.ts";
import { listingsOf } from "../keys/entries.ts";
import { metadataName } from "../layout.ts";
import { isSignedFor, Published, readableRoots } from "../published.ts";
import { reading } from "../reading.ts";
import type { Repository } from "../repository.ts";
import { type KeyRing, noKeys, type Signatures, signaturesOf } from "../signing/signing.ts";
import {
  asideName,
  type RecoveryChange,
  type RecoveryPhase,
  type RecoveryState,
  type RoleDifference,
  readDetails,
  readRecovery,
} from "./recoveryState.ts";
import { listedVersions, readable } from "./taken.ts";

/** A step of a recovery. */
export interface RecoveryStep {
  readonly title: string;
  /** `next` is what can be done now; `waits` waits for somebody, or for the steps before it. */
  readonly state: "done" | "next" | "waits";
  readonly details: readonly string[];
  /** The command that does it. */
  readonly command?: string;
  /** Who has signed, if it is about signatures. */
  readonly signatures?: readonly Signatures[];
}

/** How far a recovery is. */
export interface RecoveryReport {
  readonly phase: RecoveryPhase;
  readonly lastGood: number | null;
  readonly roles: readonly string[];
  /** Targets of roles that go back. */
  readonly changes: readonly RecoveryChange[];
  /** Every role that differs from the last good state, in whatever. */
  readonly differences: readonly RoleDifference[];
  readonly steps: readonly RecoveryStep[];
  /** The next command, or `undefined` when all is done. */
  readonly next: string | undefined;
}

/** A state to go back to. */
export interface GoodCandidate {
  /** The version of its snapshot. */
  readonly version: number;
  readonly expires: string;
  /** When its proofs say that they were made; an attacker says what they like. */
  readonly created?: string;
}

/** Most changes named one by one; the others are counted. */
const MOST_NAMED = 50;
const MOST_CANDIDATES = 20;

/** Snapshots that are still there and were signed by keys of the role, the newest first. */
export async function goodCandidates({ storage, config }: Repository): Promise<GoodCandidate[]> {
  const roots = await readableRoots(storage, config.sign);
  const versions = [...((await listedVersions(storage)).get("snapshot") ?? [])].sort((a, b) => b - a);
  const found: GoodCandidate[] = [];
  for (const version of versions) {
    if (found.length >= MOST_CANDIDATES) break;
    const file = await readable(storage, metadataName("snapshot", version), "snapshot");
    if (file === undefined) continue;
    for (const root of [...roots].reverse()) {
      if (!(await isSignedFor(file, "snapshot", root.signed, config.sign))) continue;
      const created = file.proof.map((proof) => proof["created"]).find((each) => typeof each === "string");
      const { expires } = file.signed;
      found.push({ version, expires, ...(created === undefined ? {} : { created }) });
      break;
    }
  }
  return found;
}

/** How far the last recovery is, or `undefined` if there never was one. */
export async function recoveryReport(
  { storage: place, config }: Repository,
  ring: KeyRing = noKeys,
): Promise<RecoveryReport | undefined> {
  return reading(place, async (storage) => {
    const state = await readRecovery(storage);
    if (state === undefined) return undefined;
    const { changes, notes, roles: differences } = await readDetails(storage);
    const steps: RecoveryStep[] = [
      {
        title:
          state.lastGood === null
            ? "no targets have to go back"
            : `the last good state is that of snapshot ${state.lastGood}`,
        state: "done",
        details: [],
      },
      {
        title: titleOfChanges(changes, differences, state),
        state: "done",
        details: [
          ...changes.slice(0, MOST_NAMED).map(inWords),
          ...more(changes),
          ...differences.slice(0, MOST_NAMED).flatMap(differenceInWords),
          ...more(differences),
          ...notes.slice(0, MOST_NAMED),
          ...state.aside.map(asideInWords),
        ],
      },
    ];
    if (state.phase === "staging")
      steps.push({
        title: "the new keys are staged",
        state: "next",
        details: ["this was interrupted"],
        command: "tuf-ld recover",
      });
    else if (state.phase !== "done")
      append(steps, await openSteps({ storage, config } as Repository, state, ring));
    else
      steps.push(
        ...state.drafts.map(
          (role): RecoveryStep => ({ title: `${role} is signed`, state: "done", details: [] }),
        ),
        {
          title: "new bins, snapshot and timestamp are published",
          state: "done",
          details: ["`tuf-ld clean` removes what is left of the attacker's files"],
        },
      );
    return {
      phase: state.phase,
      lastGood: state.lastGood,
      roles: state.roles.map(([role]) => role),
      changes,
      differences,
      steps,
      next: steps.find((step) => step.command !== undefined && step.state !== "done")?.command,
    };
  });
}

async function openSteps(
  { storage, config }: Repository,
  state: RecoveryState,
  ring: KeyRing,
): Promise<RecoveryStep[]> {
  const published = await Published.load(storage, config.sign);
  const drafts = await Drafts.load(storage, config, published);
  const roles = state.roles.map(([role]) => role);
  const steps: RecoveryStep[] = [];
  for (const role of state.drafts) steps.push(await signingStep(drafts, role, roles, ring));
  const waits = steps.some((step) => step.state === "waits");
  const { count } = await readHead(storage);
  const bins = config.bins === undefined ? "" : "bins, ";
  steps.push({
    title: `new ${bins}snapshot and timestamp are published, with numbers above all that were seen`,
    state: waits ? "waits" : "next",
    details:
      count === 0
        ? []
        : [
            `${count} ${count === 1 ? "change" : "changes"} of targets staged before will be published too; make sure that they are yours`,
          ],
    command: "tuf-ld publish --recovery",
  });
  return steps;
}

async function signingStep(
  drafts: Drafts,
  role: string,
  compromised: readonly string[],
  ring: KeyRing,
): Promise<RecoveryStep> {
  const file = drafts.all.get(role);
  const document = (file ?? (await drafts.publishedFile(role)))?.signed as Delegator | undefined;
  const given =
    document === undefined
      ? []
      : listingsOf(document, drafts.config)
          .map((each) => each.role)
          .filter((each) => compromised.includes(each));
  const what = [
    ...(given.length > 0 ? [`gives new keys to ${given.join(", ")}`] : []),
    ...(compromised.includes(role) ? ["goes back to the last good state, under its new keys"] : []),
  ];
  const title = `${role} ${what.join(" and ")}`;
  // Drafts that were published are no drafts any more.
  if (file === undefined) return { title, state: "done", details: [] };
  const signatures: Signatures[] = [];
  const details: string[] = [];
  let held = true;
  const all = await drafts.keysFor(role);
  for (const keys of all) {
    const each = await signaturesOf(file, keys, drafts.config.sign);
    signatures.push(each);
    if (each.met) continue;
    const own: string[] = [];
    for (const keyid of each.missing) if (await ring.has(keyid)) own.push(keyid);
    held &&= each.signed.length + own.length >= each.threshold;
    const which =
      all.length > 1 ? (signatures.length === 1 ? " of the new root" : " of the root before") : "";
    details.push(
      `${each.signed.length} of ${each.threshold} ${each.threshold === 1 ? "signature" : "signatures"}${which}; can still sign: ${each.missing.map(short).join(", ")}`,
    );
  }
  if (details.length === 0) return { title, state: "done", details, signatures };
  if (held)
    return {
      title,
      state: "next",
      details: [...details, "its keys are at hand: publishing signs with them"],
      signatures,
    };
  return { title, state: "waits", details, command: `tuf-ld sign ${role} --key FILE`, signatures };
}

function titleOfChanges(
  changes: readonly RecoveryChange[],
  differences: readonly RoleDifference[],
  { phase, lastGood }: RecoveryState,
): string {
  if (lastGood === null) return "nothing was compared: no last good state was named";
  const kept = changes.filter((each) => each.kept).length;
  const dropped = changes.length - kept;
  const stays = differences.filter(({ fate, role }) => fate === "stays" && role !== "root").length;
  if (changes.length === 0 && differences.length === 0) return "no role differs from the last good state";
  const verb = phase === "done" ? "were" : "are";
  const parts = [
    changes.length === 0
      ? "no target is taken back"
      : `${dropped} of the ${changes.length} changes of targets since ${verb} taken back${kept > 0 ? `, ${kept} kept` : ""}`,
    ...(stays > 0 ? [`${stays} ${stays === 1 ? "role" : "roles"} changed since and stay`] : []),
  ];
  return parts.join("; ");
}

function inWords({ path, change, kept, role, differs }: RecoveryChange): string {
  const fate = { added: "is dropped", replaced: "goes back to what it was", removed: "comes back" }[change];
  const what = differs === undefined ? "" : ` (${differs.join(", ")})`;
  return `${path} was ${change}${what} in ${role} and ${kept ? "that is kept" : fate}`;
}

const FATES = {
  reverted: "goes back to the last good state",
  anew: "is made anew",
  stays: "stays: its keys are not suspect",
} as const;

/** What differs in a role, and what becomes of it. */
function differenceInWords({ role, fate, changes }: RoleDifference): string[] {
  const advice =
    fate !== "stays"
      ? ""
      : role === "root"
        ? "; if its key holders did not sign this, no recovery helps: clients need another root from you"
        : `; if its key holders did not sign this, \`tuf-ld recover --abort\` and begin again with --roles ${role}`;
  return [`${role} differs and ${FATES[fate]}${advice}`, ...changes.map((line) => `  ${line}`)];
}

function asideInWords(role: string): string {
  return `a draft of ${role} was staged before; it is no part of this, lies in ${asideName(role)}, and --abort stages it again`;
}

function more({ length }: readonly unknown[]): string[] {
  return length > MOST_NAMED ? [`and ${length - MOST_NAMED} more; --json names them all`] : [];
}

/** Enough of a keyid to tell it from others. */
function short(keyid: string): string {
  return keyid.length > 16 ? keyid.slice(0, 16) : keyid;
}
