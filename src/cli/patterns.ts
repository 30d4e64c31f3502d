/**
 * Patterns with which a person selects targets.
 * @module
 */
import { matchesPattern } from "../trust/paths.ts";

/**
 * Whether one of the patterns selects a path. They are those of delegations, where `*` does not cross `/`; one that
 * ends in `/` selects all that is below. No patterns select everything.
 */
export function selects(patterns: readonly string[], path: string): boolean {
  if (patterns.length === 0) return true;
  return patterns.some((pattern) =>
    pattern.endsWith("/") ? path.startsWith(pattern) : pattern === path || matchesPattern(pattern, path),
  );
}

/** Whether a pattern can only select the path that it is. */
export function isLiteral(pattern: string): boolean {
  return !/[*?[]/.test(pattern) && !pattern.endsWith("/");
}
