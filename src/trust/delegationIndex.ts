/**
 * Delegations that are asked about many paths. A role with 16,384 bins, or with a delegation for each project, is read
 * through once for one path; whoever lists or serves all targets asks it about each of them. Pure.
 * @module
 */
import type { DelegatedRole, Delegations } from "../vocabulary/types.ts";
import { type Bounds, type Candidate, candidates, compare, isWild, speaksFor } from "./paths.ts";

/** Fewer roles than that are as quickly asked one after the other. */
const INDEXED_ROLES = 32;
/** An index takes as long as a few questions, so it is made for those who keep asking. */
const QUESTIONS_BEFORE = 3;

/**
 * As `candidates`: the same roles in the same order, and the same refusals. From the fourth path on it looks them up.
 *
 * @throws ERR_LIMIT
 */
export function* indexedCandidates(
  delegations: Delegations,
  path: string,
  hash: () => string,
  bounds: Bounds,
): Generator<Candidate | undefined, void, undefined> {
  const { roles = [] } = delegations;
  const known = asked.get(delegations) ?? { questions: 0 };
  known.questions++;
  asked.set(delegations, known);
  if (roles.length < INDEXED_ROLES || known.questions <= QUESTIONS_BEFORE) {
    yield* candidates(delegations, path, hash, bounds);
    return;
  }
  if (known.index?.comparedLength !== bounds.comparedLength) known.index = yield* indexOf(roles, bounds);
  const { index } = known;
  const matching = [...index.alone, ...(yield* lookUp(index, path, hash, bounds))].sort((a, b) => a - b);
  for (const [place, at] of matching.entries()) {
    const role = roles[at];
    if (role === undefined || matching[place - 1] === at) continue;
    if (index.alone.has(at) && !(yield* speaksFor(role, path, hash, bounds))) continue;
    yield { name: role.name, terminating: role.terminating };
  }
}

interface Asked {
  questions: number;
  index?: Index;
}

/** Whoever drops the metadata drops what is known of it. */
const asked = new WeakMap<Delegations, Asked>();

/** Roles by what a path must have in common with them. A role is named by its place in the order of priority. */
interface Index {
  readonly comparedLength: number;
  /** By the length of a hash prefix, then by the prefix in lower case. */
  readonly byHash: ReadonlyMap<number, ReadonlyMap<string, readonly number[]>>;
  /** By the key of a pattern: its number of parts, and those that stand before the first with a wildcard. */
  readonly byParts: ReadonlyMap<string, readonly Entry[]>;
  /** Roles with a pattern that is too long to be compared: each is asked by itself, and refuses in its turn. */
  readonly alone: ReadonlySet<number>;
}

interface Entry {
  readonly role: number;
  readonly pattern: string;
}

function* indexOf(roles: readonly DelegatedRole[], bounds: Bounds): Generator<undefined, Index, undefined> {
  const { comparedLength } = bounds;
  const byHash = new Map<number, Map<string, number[]>>();
  const byParts = new Map<string, Entry[]>();
  const alone = new Set<number>();
  for (const [role, { paths = [], path_hash_prefixes: prefixes }] of roles.entries()) {
    for (const prefix of prefixes ?? []) {
      if (bounds.spend(prefix.length)) yield;
      const sameLength = byHash.get(prefix.length) ?? new Map<string, number[]>();
      byHash.set(prefix.length, sameLength);
      addTo(sameLength, prefix.toLowerCase(), role);
    }
    if (prefixes !== undefined) continue;
    if (paths.some((pattern) => pattern.length > comparedLength)) {
      alone.add(role);
      continue;
    }
    for (const pattern of paths) {
      if (bounds.spend(pattern.length)) yield;
      addTo(byParts, keyOf(pattern), { role, pattern });
    }
  }
  return { comparedLength, byHash, byParts, alone };
}

function addTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function keyOf(pattern: string): string {
  const parts = pattern.split("/");
  const wild = parts.findIndex(isWild);
  const count = wild < 0 ? parts.length : wild;
  return `${parts.length} ${count} ${parts.slice(0, count).join("/")}`;
}

/** The keys of all patterns that could match a path: with any number of its leading parts. */
function* keysFor(path: string): Generator<string> {
  const parts = path.split("/").length;
  yield `${parts} 0 `;
  let end = -1;
  for (let count = 1; count <= parts; count++) {
    end = count === parts ? path.length : path.indexOf("/", end + 1);
    yield `${parts} ${count} ${path.slice(0, end)}`;
  }
}

function* lookUp(
  { byHash, byParts }: Index,
  path: string,
  hash: () => string,
  bounds: Bounds,
): Generator<undefined, number[], undefined> {
  const found: number[] = [];
  for (const [length, sameLength] of byHash) {
    if (bounds.spend(length)) yield;
    for (const role of sameLength.get(hash().slice(0, length)) ?? []) found.push(role);
  }
  if (byParts.size === 0) return found;
  for (const key of keysFor(path)) {
    if (bounds.spend(key.length)) yield;
    for (const { role, pattern } of byParts.get(key) ?? []) {
      const { matches, steps } = compare(pattern, path);
      if (bounds.spend(steps)) yield;
      if (matches) found.push(role);
    }
  }
  return found;
}
