/**
 * Which target paths a delegation covers (TUF 4.5, "paths" and "path_hash_prefixes"; TAP 15). Pure.
 * @module
 */
import { hashHex } from "#platform";
import { TufLdError } from "../errors.ts";
import type { DelegatedRole, Delegations, SuccinctRoles } from "../vocabulary/types.ts";
import { binName } from "./delegation.ts";

/** A role that a delegation would ask about a path. */
export interface Candidate {
  readonly name: string;
  /** Whether the search ends with this role and those below it (TUF 5.6.7.2). */
  readonly terminating: boolean;
}

/** Bounds on comparing what others wrote. */
export interface Bounds {
  /** The longest target path and pattern that are compared, in UTF-16 units. */
  readonly comparedLength: number;
  /** Takes note of steps of work, and tells whether it is time to let others have their turn. May throw to end it. */
  spend(steps: number): boolean;
}

const UNBOUNDED: Bounds = { comparedLength: Number.POSITIVE_INFINITY, spend: () => false };

/** Refuses what is too long to be compared. @throws ERR_LIMIT */
export function assertComparable(text: string, { comparedLength: allowed }: Bounds): void {
  const actual = text.length;
  if (actual <= allowed) return;
  const message = `"${text.slice(0, 40)}…" has ${actual} characters, of which a search compares at most ${allowed}`;
  throw new TufLdError("ERR_LIMIT", message, { limit: "comparedLength", allowed, actual });
}

/** The roles that delegations ask about a path, in order of priority. */
export function rolesFor(delegations: Delegations, path: string): Candidate[] {
  return [...candidates(delegations, path, () => pathHash(path), UNBOUNDED)].flatMap((each) => each ?? []);
}

/**
 * As `rolesFor`, one after the other, for delegations that nobody has bounded: every comparison is told to `bounds`,
 * and `undefined` comes whenever they want a pause.
 *
 * A pattern that is too long ends the search. To pass it over would be to take it for one that does not match, and
 * behind it may stand a terminating role.
 *
 * @param hash the path's hash, asked for only where something is said of hashes
 * @throws ERR_LIMIT
 */
export function* candidates(
  delegations: Delegations,
  path: string,
  hash: () => string,
  bounds: Bounds,
): Generator<Candidate | undefined, void, undefined> {
  const bins = delegations.succinct_roles;
  if (bins !== undefined) {
    // TAP 15: exactly one bin has the path, and the search does not go on after it.
    yield { name: binFor(bins, hash()), terminating: true };
    return;
  }
  for (const role of delegations.roles ?? []) {
    if (yield* speaksFor(role, path, hash, bounds)) yield { name: role.name, terminating: role.terminating };
  }
}

/**
 * Whether a role may speak for a path; `undefined` comes whenever `bounds` want a pause.
 * @throws ERR_LIMIT
 */
export function* speaksFor(
  { paths = [], path_hash_prefixes: prefixes }: Pick<DelegatedRole, "paths" | "path_hash_prefixes">,
  path: string,
  hash: () => string,
  bounds: Bounds,
): Generator<undefined, boolean, undefined> {
  for (const prefix of prefixes ?? []) {
    if (bounds.spend(prefix.length)) yield;
    if (hash().startsWith(prefix.toLowerCase())) return true;
  }
  if (prefixes !== undefined) return false;
  for (const pattern of paths) {
    assertComparable(pattern, bounds);
    const { matches, steps } = compare(pattern, path);
    if (bounds.spend(steps)) yield;
    if (matches) return true;
  }
  return false;
}

/** SHA-256 of the path in hexadecimal, which hash prefixes and bins are about. */
export function pathHash(path: string): string {
  return hashHex("sha256", path);
}

/** Whether a delegated role may speak for a path. */
export function covers(
  role: Pick<DelegatedRole, "paths" | "path_hash_prefixes">,
  path: string,
  hash: string = pathHash(path),
): boolean {
  // Nobody wants a pause, so the first thing that comes is the answer.
  return speaksFor(role, path, () => hash, UNBOUNDED).next().value === true;
}

/** The bin of a path, by the leading bits of its hash (TAP 15). */
export function binFor(bins: Pick<SuccinctRoles, "bit_length" | "name_prefix">, hash: string): string {
  const leading = Number.parseInt(hash.slice(0, 8), 16);
  return binName(bins, Math.floor(leading / 2 ** (32 - bins.bit_length)));
}

/**
 * Whether a path matches a shell-style pattern: `*` and `?` do not cross `/`, `[abc]`, `[a-z]` and `[!abc]` stand
 * for one character.
 *
 * A pattern is read in time linear in its length. Comparing takes at most the product of the two lengths, and where a
 * pattern has one `*` in a part or none, as nearly all have, it takes their sum.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  return compare(pattern, path).matches;
}

/** The outcome of a comparison. */
export interface Comparison {
  readonly matches: boolean;
  /** The characters that were looked at, those of one path again and again counted each time. */
  readonly steps: number;
}

/** As `matchesPattern`, and says what it took. */
export function compare(pattern: string, path: string): Comparison {
  const patterns = pattern.split("/");
  const parts = path.split("/");
  let steps = pattern.length + path.length;
  if (patterns.length !== parts.length) return { matches: false, steps };
  for (const [index, each] of patterns.entries()) {
    const compared = comparePart(each, parts[index] as string);
    steps += compared.steps;
    if (!compared.matches) return { matches: false, steps };
  }
  return { matches: true, steps };
}

function comparePart(pattern: string, text: string): Comparison {
  if (!isWild(pattern)) return { matches: pattern === text, steps: 1 };
  const tokens = tokenize(pattern);
  const characters = [...text];
  let steps = 0;
  let token = 0;
  let character = 0;
  let star = -1;
  let afterStar = 0;
  while (character < characters.length) {
    const current = tokens[token];
    steps += current === undefined || current === "*" ? 1 : current.cost;
    if (current === "*") {
      // A star that ends the pattern takes all that is left.
      if (token === tokens.length - 1) return { matches: true, steps };
      star = token++;
      afterStar = character;
    } else if (current?.accepts(characters[character] as string)) {
      token++;
      character++;
    } else if (star >= 0) {
      // Let the last star take one character more; earlier stars never need to be tried again.
      token = star + 1;
      character = ++afterStar;
    } else {
      return { matches: false, steps };
    }
  }
  while (tokens[token] === "*") token++;
  return { matches: token === tokens.length, steps };
}

/** Whether a part of a pattern may stand for another text than its own. */
export function isWild(part: string): boolean {
  return WILD.test(part);
}

const WILD = /[*?[]/;

interface OneCharacter {
  /** How many characters it is compared with. */
  readonly cost: number;
  accepts(character: string): boolean;
}

type Token = "*" | OneCharacter;

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  // Beyond it a bracket stands for itself. Looking ahead from each of many brackets would take quadratic time.
  const lastEnd = characters.lastIndexOf("]");
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] as string;
    const end = character === "[" && index < lastEnd ? classEnd(characters, index) : -1;
    if (character === "*") {
      // Two stars in a row mean what one does.
      if (tokens.at(-1) !== "*") tokens.push("*");
    } else if (character === "?") tokens.push({ cost: 1, accepts: () => true });
    else if (end > 0) {
      tokens.push({ cost: end - index, accepts: characterClass(characters.slice(index + 1, end)) });
      index = end;
    } else tokens.push({ cost: 1, accepts: (other) => other === character });
  }
  return tokens;
}

/** Where a class ends, or -1 if the bracket stands for itself. A `]` that comes first belongs to the class. */
function classEnd(characters: readonly string[], start: number): number {
  let index = start + 1;
  if (characters[index] === "!") index++;
  if (characters[index] === "]") index++;
  return characters.indexOf("]", index);
}

function characterClass(body: readonly string[]): (character: string) => boolean {
  const negated = body[0] === "!";
  const members = negated ? body.slice(1) : body;
  return (character) => {
    const code = character.codePointAt(0) as number;
    let found = false;
    for (let index = 0; index < members.length && !found; index++) {
      const first = members[index]?.codePointAt(0) as number;
      if (members[index + 1] === "-" && index + 2 < members.length) {
        found = first <= code && code <= (members[index + 2]?.codePointAt(0) as number);
        index += 2;
      } else {
        found = first === code;
      }
    }
    return found !== negated;
  };
}
