/**
 * What changes from one version of a document to the next, in words: what a key holder reads before signing.
 * @module
 */
import type { Root, Signed, Targets } from "../vocabulary/types.ts";
import { type Delegator, entriesOf, keysOf, sameJson } from "./edit.ts";

/** Lines shown of a long list of targets or roles. */
const MOST_NAMED = 20;

/** The changes, one sentence each. An unknown `before` is a first version. */
export function describeChanges(role: string, before: Signed | undefined, after: Signed): string[] {
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
    lines.push(...delegationChanges(before as Delegator | undefined, after));
  }
  if (after._type === "targets") lines.push(...targetChanges(before as Targets | undefined, after));
  if (after._type === "root") {
    const was = (before as Root | undefined)?.consistent_snapshot;
    if (before !== undefined && was !== after.consistent_snapshot)
      lines.push(`consistent snapshots: ${after.consistent_snapshot}, was ${was}`);
  }
  return lines;
}

function delegationChanges(before: Delegator | undefined, after: Delegator): string[] {
  const lines: string[] = [];
  const earlier = new Map(before === undefined ? [] : entriesOf(before));
  const later = new Map(entriesOf(after));
  const gone = [...earlier.keys()].filter((name) => !later.has(name));
  const come = [...later.keys()].filter((name) => !earlier.has(name));
  // All bins share what is said of the first: 16,384 sentences help nobody.
  const shown = new Set<string>();
  for (const [name, entry] of later) {
    const { keyids, threshold } = entry;
    const was = earlier.get(name);
    const facts: string[] = [];
    for (const keyid of keyids) {
      if (!was?.keyids.includes(keyid))
        facts.push(`${was === undefined ? "has" : "gains"} key ${keyName(after, keyid)}`);
    }
    for (const keyid of was?.keyids ?? []) {
      if (!keyids.includes(keyid)) facts.push(`loses key ${keyName(before as Delegator, keyid)}`);
      else if (!sameJson(keysOf(before as Delegator)[keyid], keysOf(after)[keyid]))
        facts.push(`key ${keyid} gets another value: ${keyName(after, keyid)}`);
    }
    if (was?.threshold !== threshold) {
      facts.push(
        `needs ${threshold} of ${keyids.length} ${keyids.length === 1 ? "key" : "keys"}${was === undefined ? "" : `, needed ${was.threshold}`}`,
      );
    }
    facts.push(...scopeChanges(was, entry));
    if (facts.length === 0) continue;
    const text = facts.join("; ");
    if (shown.size < MOST_NAMED || !shown.has(text)) lines.push(`${name} ${text}`);
    shown.add(text);
    if (lines.length > 2 * MOST_NAMED) {
      lines.push("and more roles change");
      break;
    }
  }
  if (after._type === "targets") {
    if (come.length > 0) lines.push(`delegates to ${named(come)}`);
    if (gone.length > 0) lines.push(`no longer delegates to ${named(gone)}`);
    const order = [...later.keys()].filter((name) => earlier.has(name));
    const orderBefore = [...earlier.keys()].filter((name) => later.has(name));
    if (order.join("\n") !== orderBefore.join("\n")) lines.push("delegated roles are asked in another order");
  } else if (gone.length > 0) lines.push(`no longer names ${named(gone)}`);
  return lines;
}

/** The members of an entry other than keys and threshold. */
function scopeChanges(before: object | undefined, after: object): string[] {
  const { keyids: _, threshold: __, name: ___, ...scope } = after as Record<string, unknown>;
  return Object.entries(scope)
    .filter(([member, value]) => !sameJson(value, (before as Record<string, unknown> | undefined)?.[member]))
    .map(([member, value]) => {
      const text = JSON.stringify(value);
      return `${member}: ${text.length > 120 ? `${text.slice(0, 117)}...` : text}`;
    });
}

function targetChanges(before: Targets | undefined, after: Targets): string[] {
  const earlier = before?.targets ?? {};
  const added: string[] = [];
  const changed: string[] = [];
  for (const [path, target] of Object.entries(after.targets)) {
    if (!Object.hasOwn(earlier, path)) added.push(path);
    else if (!sameJson(earlier[path], target)) changed.push(path);
  }
  const removed = Object.keys(earlier).filter((path) => !Object.hasOwn(after.targets, path));
  return [
    ...(added.length > 0 ? [`adds ${named(added)}`] : []),
    ...(changed.length > 0 ? [`replaces ${named(changed)}`] : []),
    ...(removed.length > 0 ? [`removes ${named(removed)}`] : []),
  ];
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).join(", ");
  const rest = names.length - MOST_NAMED;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** A key by the beginning of its keyid and its kind; whoever compares it with paper needs more, and `status` has it. */
function keyName(document: Delegator, keyid: string): string {
  const key = keysOf(document)[keyid];
  return key === undefined ? `${keyid} (unknown)` : `${keyid} (${key.scheme})`;
}
