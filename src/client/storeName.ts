/**
 * Which names a store takes: the same ones in every implementation, so that a cache can move between them.
 * @module
 */
import { TufLdError } from "../errors.ts";

/**
 * What a file name begins with if it belongs to the store itself (locks, unfinished writes). `fileNameOf` never
 * makes such a name, because it encodes `#`.
 */
export const RESERVED_PREFIX = ".#";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const UNSAFE = /[\u0000-\u001f\u007f\\]/;

/** ASCII without what is refused. */
const PLAIN = /^[ -[\]-~]+$/;

/** Why a path cannot be a file's path below a folder, on any system, or `undefined` if it can. */
export function nameProblem(name: string): string | undefined {
  if (isPlain(name)) return undefined;
  if (!name.isWellFormed()) return "it is not well-formed Unicode";
  if (UNSAFE.test(name)) return "it has a control character or a backslash";
  for (const part of name.split("/")) {
    if (part === "") return "it is absolute or has an empty part";
    if (part === "." || part === "..") return "it has a part that means another folder";
    if (part.startsWith(RESERVED_PREFIX)) return `a part begins with ${RESERVED_PREFIX}`;
  }
  return undefined;
}

/** Whether there is nothing in a name to look at twice. Nearly all are plain, and an import asks of millions. */
function isPlain(name: string): boolean {
  if (!PLAIN.test(name) || name.includes("/.") || name.includes("//")) return false;
  return !name.startsWith(".") && !name.startsWith("/") && !name.endsWith("/");
}

/** Refuses a name that could leave the store. @throws ERR_STORAGE */
export function checkStoreName(name: string): void {
  // On Windows a colon ends a drive's name or begins a stream's.
  const reason = name.includes(":") ? "it has a colon" : nameProblem(name);
  if (reason === undefined) return;
  throw new TufLdError("ERR_STORAGE", `${JSON.stringify(name)} is not a store's file name: ${reason}`, {
    path: name,
    reason,
  });
}
