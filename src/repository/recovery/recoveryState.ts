/**
 * What a repository remembers of a recovery: `staged/recovery.json`, and below `staged/recovery/` copies of the last
 * good metadata, which stand in for what is published until the recovery is published.
 *
 * The copies are verified whenever they are read. The rest is believed as staged edits are, so it lies with them: which
 * keys a draft of root is to list is for its signers to see.
 * @module
 */
import { type JsonValue, parseJson } from "../../document/json.ts";
import { equalBytes } from "../../encoding/bytes.ts";
import { concerning } from "../../encoding/refusal.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { TufLdError } from "../../errors.ts";
import type { TargetFile, TufKey } from "../../vocabulary/types.ts";
import { sameJson } from "../edit.ts";
import { draftName } from "../layout.ts";
import type { RepositoryStorage } from "../storage.ts";
import { detailsFrom, stateFrom } from "./recoveryShape.ts";

/** How far a recovery is: being staged, waiting for signatures and to be published, or published. */
export type RecoveryPhase = "staging" | "staged" | "done";

/** A recovery. */
export interface RecoveryState {
  readonly phase: RecoveryPhase;
  /** When it began, as metadata writes instants. */
  readonly begun: string;
  /** The version of the last good snapshot; `null` where nothing but timestamp and snapshot was replaced. */
  readonly lastGood: number | null;
  /** The roles whose keys are replaced, bins under their prefix, with the new keys as metadata lists them. */
  readonly roles: readonly (readonly [role: string, keys: readonly TufKey[]])[];
  /** The roles whose drafts belong to it, each after its delegator. */
  readonly drafts: readonly string[];
  /** `PublicKey.id` of every key that counts for nothing any more. */
  readonly compromised: readonly string[];
  /** Roles that had drafts when it began. They are kept out of it, see {@link asideName}. */
  readonly aside: readonly string[];
}

/** A target of the repository as it is served that the last good state has not, or has otherwise. */
export interface RecoveryChange {
  readonly role: string;
  readonly path: string;
  readonly change: "added" | "replaced" | "removed";
  /** Whether it stays as it is served now, because somebody asked for that. */
  readonly kept: boolean;
  /** As it is served now; `null` if it was removed. */
  readonly target: TargetFile | null;
  /** What differs if it was replaced: `length`, `hashes`, `custom`. */
  readonly differs?: readonly string[];
}

/** A role that differs from the last good state in anything, its version and expiry included. */
export interface RoleDifference {
  readonly role: string;
  /**
   * What becomes of it: it goes back to the last good state; it stays, signed by keys that are not suspect; or it is
   * made anew, as snapshot and timestamp are.
   */
  readonly fate: "reverted" | "stays" | "anew";
  /** The differences in words; targets of a role that goes back are told one by one elsewhere. */
  readonly changes: readonly string[];
}

/**
 * Copies that stand in for what is published; those that only list keys of their time; those of what was served when
 * the recovery began, for what is kept of it.
 */
export type CopyKind = "metadata" | "signers" | "served";

/** A copy, and where the keys are listed that signed it: in a root of the chain, or in another copy. */
export type CopyNote = readonly [kind: CopyKind, role: string, version: number, signedBy: string];

/** Large parts of a recovery, in a file of their own. */
export interface RecoveryDetails {
  readonly copies: readonly CopyNote[];
  /** The highest version of each role that anyone may have seen when the recovery began. */
  readonly taken: readonly (readonly [role: string, version: number])[];
  readonly changes: readonly RecoveryChange[];
  /** Every role that differs from the last good state. */
  readonly roles: readonly RoleDifference[];
  /** What else was found and is reverted or passed over, in words. */
  readonly notes: readonly string[];
}

const STATE = "staged/recovery.json";
const FOLDER = "staged/recovery";
const DETAILS = `${FOLDER}/details.json`;
const ASIDE = "staged/aside";
const FORMAT = 1;

/** The copy of a good file that stands in for what is published. */
export function goodName(role: string, version: number): string {
  return copyName("metadata", role, version);
}

/** A copy. */
export function copyName(kind: CopyKind, role: string, version: number): string {
  return `${FOLDER}/${kind}/${version}.${role}.json`;
}

/**
 * A draft that was staged before a recovery began. Whoever came may have staged it, so nothing of the recovery is built
 * upon it; giving the recovery up stages it again.
 */
export function asideName(role: string): string {
  return `${ASIDE}/${role}.json`;
}

/** Copies drafts aside. What an earlier recovery has put there goes. @returns those of `roles` that have drafts */
export async function putAside(storage: RepositoryStorage, roles: readonly string[]): Promise<string[]> {
  for (const name of await storage.list(ASIDE)) await storage.remove(name);
  const found: string[] = [];
  for (const role of roles) {
    const bytes = await storage.get(draftName(role));
    if (bytes === undefined) continue;
    await storage.replace(asideName(role), bytes);
    found.push(role);
  }
  return found;
}

/** Takes drafts that were copied aside out of the way. Doing it twice does it once. */
export async function withdrawAside(storage: RepositoryStorage, roles: readonly string[]): Promise<void> {
  for (const role of roles) {
    const [aside, draft] = [await storage.get(asideName(role)), await storage.get(draftName(role))];
    if (aside !== undefined && draft !== undefined && equalBytes(aside, draft))
      await storage.remove(draftName(role));
  }
}

/** Stages again what was put aside. @returns the roles */
export async function bringBack(storage: RepositoryStorage, roles: readonly string[]): Promise<string[]> {
  const back: string[] = [];
  for (const role of roles) {
    const bytes = await storage.get(asideName(role));
    if (bytes === undefined) continue;
    await storage.replace(draftName(role), bytes);
    back.push(role);
  }
  return back;
}

/** The last recovery, published or not. @throws ERR_SHAPE */
export async function readRecovery(
  storage: Pick<RepositoryStorage, "get">,
): Promise<RecoveryState | undefined> {
  const value = await readJson(storage, STATE);
  if (value === undefined) return undefined;
  const state = stateFrom(value, FORMAT);
  if (state !== undefined) return state;
  const reason = "is not the state of a recovery; another version of tuf-ld may have written it";
  const about = { file: STATE };
  throw new TufLdError("ERR_SHAPE", `${STATE} ${reason}`, { path: "", reason }, { about });
}

/** Whether the recovery still stands between what is published and what is believed. */
export function isActive(state: RecoveryState | undefined): state is RecoveryState {
  return state !== undefined && state.phase !== "done";
}

export async function writeRecovery(storage: RepositoryStorage, state: RecoveryState): Promise<void> {
  await storage.replace(STATE, recoveryBytes(state));
}

function recoveryBytes(state: RecoveryState): Uint8Array {
  return encodeUtf8(`${JSON.stringify({ format: FORMAT, ...state }, undefined, 2)}\n`);
}

/** @throws ERR_SHAPE, ERR_STORAGE */
export async function readDetails(storage: Pick<RepositoryStorage, "get">): Promise<RecoveryDetails> {
  const value = await readJson(storage, DETAILS);
  const details = value === undefined ? undefined : detailsFrom(value);
  if (details !== undefined) return details;
  const reason = "the recovery has lost this file, or it is damaged; abort it and begin again";
  throw new TufLdError("ERR_STORAGE", `${DETAILS}: ${reason}`, { path: DETAILS, reason });
}

/** The numbers that an earlier recovery found taken. Of one whose notes are lost or damaged none are known. */
export async function takenBefore(
  storage: Pick<RepositoryStorage, "get">,
): Promise<RecoveryDetails["taken"]> {
  try {
    return (await readDetails(storage)).taken;
  } catch (error) {
    if (error instanceof TufLdError) return [];
    throw error;
  }
}

export async function writeDetails(storage: RepositoryStorage, details: RecoveryDetails): Promise<void> {
  await storage.replace(DETAILS, encodeUtf8(JSON.stringify(details)));
}

/** Removes the state of a recovery. The state goes first: without it nobody looks at the copies. */
export async function removeRecovery(storage: RepositoryStorage): Promise<void> {
  await storage.remove(STATE);
  await removeCopies(storage);
}

/**
 * Notes that a recovery was published; from now on what is published is believed again. To be called as soon as the
 * new timestamp stands, before anything that was staged is forgotten: killed in between, everything is published again.
 */
export async function finishRecovery(storage: RepositoryStorage, state: RecoveryState): Promise<void> {
  const bytes = await storage.get(STATE);
  // Another may have been begun since this one was published.
  if (!sameJson(await readRecovery(storage), state)) return;
  if (!(await storage.swap(STATE, bytes, recoveryBytes({ ...state, phase: "done" })))) return;
  for (const name of await storage.list(FOLDER)) if (name !== DETAILS) await storage.remove(name);
}

async function removeCopies(storage: RepositoryStorage): Promise<void> {
  for (const name of await storage.list(FOLDER)) await storage.remove(name);
}

async function readJson(
  storage: Pick<RepositoryStorage, "get">,
  name: string,
): Promise<JsonValue | undefined> {
  const bytes = await storage.get(name);
  return bytes === undefined ? undefined : concerning({ file: name }, () => parseJson(bytes));
}
