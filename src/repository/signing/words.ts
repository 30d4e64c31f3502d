/**
 * What changes from one version of a document to the next, in words: what a key holder reads before signing.
 * @module
 */
import { append } from "../../encoding/lists.ts";
import { ownMember } from "../../encoding/ownMember.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import type { DelegatedRole, Root, Signed, Targets } from "../../vocabulary/types.ts";
import { type Delegator, entriesOf, keysOf, publicKeyOf, sameJson } from "../edit.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "../profiles.ts";
import { isProjectDelegation } from "../projects/project.ts";

/** How many are named of a long list that may be cut. */
const MOST_NAMED = 20;

/** Options of {@link describeChanges}. */
export interface WordsOptions {
  /**
   * Name everything. Otherwise long lists of three kinds are cut, and what is left out is counted: targets, bins, and
   * new projects that may speak for the paths of their own names alone. Whatever else changes is always told in full.
   * Default false.
   */
  readonly full?: boolean;
}

/** The changes, one sentence each. An unknown `before` is a first version. */
export function describeChanges(
  role: string,
  before: Signed | undefined,
  after: Signed,
  { full = false }: WordsOptions = {},
): string[] {
  const most = full ? Number.POSITIVE_INFINITY : MOST_NAMED;
  if (before !== undefined && before._type !== after._type)
    return [`${role} becomes ${after._type} metadata`];
  const lines =
    before === undefined
      ? [`first version of ${role}, ${after.version}`]
      : [`${role} goes from version ${before.version} to ${after.version}`];
  lines.push(
    before === undefined || before.expires === after.expires
      ? `expires ${after.expires}`
      : `expires ${after.expires}, was ${before.expires}`,
  );
  if (after._type === "root" || after._type === "targets") {
    append(lines, delegationChanges(role, before as Delegator | undefined, after, most));
  }
  if (after._type === "targets") {
    append(lines, targetChanges(before as Targets | undefined, after, most));
    append(lines, otherChanges((before as Targets | undefined)?.delegations, after.delegations));
  }
  if (before !== undefined) append(lines, otherChanges(before, after));
  if (after._type === "root") {
    const was = (before as Root | undefined)?.consistent_snapshot;
    if (before !== undefined && was !== after.consistent_snapshot)
      lines.push(`consistent snapshots: ${after.consistent_snapshot}, was ${was}`);
  }
  return lines;
}

function delegationChanges(
  role: string,
  before: Delegator | undefined,
  after: Delegator,
  most: number,
): string[] {
  const lines: string[] = [];
  const earlier = new Map(before === undefined ? [] : entriesOf(before));
  const later = new Map(entriesOf(after));
  const gone = [...earlier.keys()].filter((name) => !later.has(name));
  const come = [...later.keys()].filter((name) => !earlier.has(name));
  // Bins share what is said of them: 16,384 sentences help nobody.
  const said = new Map<string, string[]>();
  const projects: string[] = [];
  const nameIn = keyNames(after);
  for (const [name, entry] of later) {
    const { keyids, threshold } = entry;
    const was = earlier.get(name);
    const facts: string[] = [];
    for (const keyid of keyids) {
      if (!was?.keyids.includes(keyid))
        facts.push(`${was === undefined ? "has" : "gains"} key ${nameIn(keyid)}`);
    }
    for (const keyid of was?.keyids ?? []) {
      if (!keyids.includes(keyid)) facts.push(`loses key ${keyName(before as Delegator, keyid)}`);
      else if (!sameJson(ownMember(keysOf(before as Delegator), keyid), ownMember(keysOf(after), keyid)))
        facts.push(`key ${keyid} gets another value: ${nameIn(keyid)}`);
    }
    if (was?.threshold !== threshold) {
      facts.push(
        `needs ${threshold} of ${keyids.length} ${keyids.length === 1 ? "key" : "keys"}${was === undefined ? "" : `, needed ${was.threshold}`}`,
      );
    }
    append(facts, scopeChanges(was, entry));
    if (facts.length === 0) continue;
    const text = facts.join("; ");
    if (was === undefined && isNewProject(role, entry)) {
      projects.push(`${name} ${text}`);
      continue;
    }
    const names = said.get(text);
    if (names === undefined) said.set(text, [name]);
    else names.push(name);
  }
  const mostOf = (names: readonly string[], document: ReadonlyMap<string, object>): number =>
    names.every((name) => isHashBin(document.get(name))) ? most : Number.POSITIVE_INFINITY;
  for (const [text, names] of said)
    lines.push(
      names.length === 1 ? `${names[0]} ${text}` : `${named(names, mostOf(names, later))}: each ${text}`,
    );
  append(lines, projects.slice(0, most));
  if (projects.length > most)
    lines.push(
      `and ${projects.length - most} more new projects, each for the paths of its own name alone, are not named here`,
    );
  if (after._type === "targets") {
    // All of them have a sentence of their own above.
    if (come.length > 0) lines.push(`delegates to ${named(come, most)}`);
    if (gone.length > 0) lines.push(`no longer delegates to ${named(gone, mostOf(gone, earlier))}`);
    for (const [next, names] of newBefore(earlier, later))
      lines.push(`asks ${named(names, mostOf(names, later))} before ${next}`);
    const order = [...later.keys()].filter((name) => earlier.has(name));
    const orderBefore = [...earlier.keys()].filter((name) => later.has(name));
    if (order.join("\n") !== orderBefore.join("\n")) lines.push("delegated roles are asked in another order");
  } else if (gone.length > 0) lines.push(`no longer names ${named(gone, Number.POSITIVE_INFINITY)}`);
  return lines;
}

/** New roles that are asked before one that was there: by that one. */
function newBefore(
  earlier: ReadonlyMap<string, object>,
  later: ReadonlyMap<string, object>,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let fresh: string[] = [];
  for (const name of later.keys()) {
    if (!earlier.has(name)) fresh.push(name);
    else if (fresh.length > 0) {
      found.set(name, fresh);
      fresh = [];
    }
  }
  return found;
}

/** A project that the index has just taken, under an entry as the index makes it; there may be thousands. */
function isNewProject(role: string, entry: object): boolean {
  return (role === CLAIMED || role === RECENTLY_CLAIMED) && isProjectDelegation(entry as DelegatedRole);
}

function isHashBin(entry: object | undefined): boolean {
  return entry !== undefined && Object.hasOwn(entry, "path_hash_prefixes");
}

/** The members of an entry other than keys and threshold. */
function scopeChanges(before: object | undefined, after: object): string[] {
  const { keyids: _, threshold: __, name: ___, ...scope } = after as Record<string, unknown>;
  return Object.entries(scope)
    .filter(
      ([member, value]) => !sameJson(value, ownMember((before ?? {}) as Record<string, unknown>, member)),
    )
    .map(([member, value]) => {
      // New bins differ in nothing else, and what they cover together is what their keys may sign.
      if (before === undefined && member === "path_hash_prefixes") return "speaks for paths by their hashes";
      // Never cut: the end of a list of patterns may be the one that matters.
      return `${member}: ${JSON.stringify(value)}`;
    });
}

/** Members that are spoken of elsewhere, or change with every version. */
const SPOKEN_OF: ReadonlySet<string> = new Set([
  ...["_type", "version", "expires", "keys", "roles", "targets", "delegations"],
  ...["consistent_snapshot", "succinct_roles", "meta"],
]);

/** All other members: `spec_version`, and whatever TUF does not define. They are signed too. */
function otherChanges(before: object | undefined, after: object | undefined): string[] {
  const [was, is] = [new Map(Object.entries(before ?? {})), new Map(Object.entries(after ?? {}))];
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => !SPOKEN_OF.has(name));
  return names
    .filter((name) => !sameJson(was.get(name), is.get(name)))
    .map((name) => (is.has(name) ? `${name}: ${JSON.stringify(is.get(name))}` : `no longer says ${name}`));
}

function targetChanges(before: Targets | undefined, after: Targets, most: number): string[] {
  const earlier = before?.targets ?? {};
  const added: string[] = [];
  const changed: string[] = [];
  for (const [path, target] of Object.entries(after.targets)) {
    if (!Object.hasOwn(earlier, path)) added.push(path);
    else if (!sameJson(earlier[path], target)) changed.push(path);
  }
  const removed = Object.keys(earlier).filter((path) => !Object.hasOwn(after.targets, path));
  return [
    ...(added.length > 0 ? [`adds ${named(added, most)}`] : []),
    ...(changed.length > 0 ? [`replaces ${named(changed, most)}`] : []),
    ...(removed.length > 0 ? [`removes ${named(removed, most)}`] : []),
  ];
}

function named(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(", ");
  const rest = names.length - most;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** As `keyName`, hashing each key once. */
function keyNames(document: Delegator): (keyid: string) => string {
  const names = new Map<string, string>();
  return (keyid) => {
    const name = names.get(keyid) ?? keyName(document, keyid);
    names.set(keyid, name);
    return name;
  };
}

/** A key by its keyid. A keyid that is not the key's hash could be another key's: then the hash stands beside it. */
function keyName(document: Delegator, keyid: string): string {
  const key = ownMember(keysOf(document), keyid);
  if (key === undefined) return `${keyid} (unknown)`;
  const publicKey = publicKeyOf(key);
  if (publicKey === undefined) return `${keyid} (${key.scheme}, which nobody here can use)`;
  const hash = tufKeyid(toTufKey(publicKey));
  return hash === keyid ? `${keyid} (${key.scheme})` : `${keyid} (${key.scheme}; its hash is ${hash})`;
}
