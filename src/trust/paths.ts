/**
 * Which target paths a delegation covers (TUF 4.5, "paths" and "path_hash_prefixes"; TAP 15). Pure.
 * @module
 */
import { hashHex } from "#platform";
import type { DelegatedRole, Delegations, SuccinctRoles } from "../vocabulary/types.ts";
import { binName } from "./delegation.ts";

/** A role that a delegation would ask about a path. */
export interface Candidate {
  readonly name: string;
  /** Whether the search ends with this role and those below it (TUF 5.6.7.2). */
  readonly terminating: boolean;
}

/** The roles that delegations ask about a path, in order of priority. */
export function rolesFor(delegations: Delegations, path: string): Candidate[] {
  const hash = pathHash(path);
  const bins = delegations.succinct_roles;
  // TAP 15: exactly one bin has the path, and the search does not go on after it.
  if (bins !== undefined) return [{ name: binFor(bins, hash), terminating: true }];
  const roles: Candidate[] = [];
  for (const role of delegations.roles ?? []) {
    if (covers(role, path, hash)) roles.push({ name: role.name, terminating: role.terminating });
  }
  return roles;
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
  if (role.path_hash_prefixes !== undefined) {
    return role.path_hash_prefixes.some((prefix) => hash.startsWith(prefix.toLowerCase()));
  }
  return (role.paths ?? []).some((pattern) => matchesPattern(pattern, path));
}

/** The bin of a path, by the leading bits of its hash (TAP 15). */
export function binFor(bins: Pick<SuccinctRoles, "bit_length" | "name_prefix">, hash: string): string {
  const leading = Number.parseInt(hash.slice(0, 8), 16);
  return binName(bins, Math.floor(leading / 2 ** (32 - bins.bit_length)));
}

/**
 * Whether a path matches a shell-style pattern: `*` and `?` do not cross `/`, `[abc]`, `[a-z]` and `[!abc]` stand
 * for one character. Takes time proportional to the product of the two lengths, whatever the pattern.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const parts = path.split("/");
  return (
    patterns.length === parts.length && patterns.every((each, index) => matchesPart(each, parts[index] ?? ""))
  );
}

function matchesPart(pattern: string, text: string): boolean {
  const tokens = tokenize(pattern);
  const characters = [...text];
  let token = 0;
  let character = 0;
  let star = -1;
  let afterStar = 0;
  while (character < characters.length) {
    const current = tokens[token];
    if (current === "*") {
      star = token++;
      afterStar = character;
    } else if (current?.(characters[character] as string)) {
      token++;
      character++;
    } else if (star >= 0) {
      // Let the last star take one character more; earlier stars never need to be tried again.
      token = star + 1;
      character = ++afterStar;
    } else {
      return false;
    }
  }
  while (tokens[token] === "*") token++;
  return token === tokens.length;
}

type Token = "*" | ((character: string) => boolean);

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] as string;
    const end = character === "[" ? classEnd(characters, index) : -1;
    if (character === "*") tokens.push("*");
    else if (character === "?") tokens.push(() => true);
    else if (end > 0) {
      tokens.push(characterClass(characters.slice(index + 1, end)));
      index = end;
    } else tokens.push((other) => other === character);
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
