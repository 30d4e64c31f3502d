/**
 * The URLs of metadata and target files (TUF 6, "Consistent snapshots").
 * @module
 */

import { percentEncode } from "../encoding/percent.ts";
import { TufLdError } from "../errors.ts";
import type { TargetFile } from "../vocabulary/types.ts";
import { knownHashes } from "./hashes.ts";
import { nameProblem } from "./storeName.ts";

/** Joins a base URL and a path whose parts are already encoded. */
export function join(base: string, path: string): string {
  return base.endsWith("/") ? base + path : `${base}/${path}`;
}

/** `VERSION.ROLE.json`, or `ROLE.json` without a version; the role's name is percent-encoded, slashes included. */
export function metadataPath(role: string, version?: number): string {
  const name = percentEncode(role);
  return version === undefined ? `${name}.json` : `${version}.${name}.json`;
}

/**
 * The path of a target file below a base URL; `HASH.NAME` in place of the name if a hash is given.
 *
 * Whatever is valid in a URL stands as it is, `%20` too, because every other client sends it so: `a%20b` and `a b` are
 * both asked for as `a%20b`. A `file:` URL is read by nobody but us and leads to the file that is named like the target,
 * so there everything is encoded.
 *
 * @throws ERR_SHAPE for a part that would mean another folder
 */
export function targetPath(path: string, hash: string | undefined, base: string): string {
  const encode = /^file:/i.test(base) ? percentEncode : asItStands;
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  const last = hash === undefined ? encodePart(name, encode) : `${hash}.${encode(name)}`;
  return [...parts.map((part) => encodePart(part, encode)), last].join("/");
}

/**
 * The path at which a server looks for a target file, because it decodes what it is asked for; `undefined` where that is
 * the target path itself, or no path of a file. Whoever serves a target stores it under both.
 */
export function servedPath(path: string): string | undefined {
  if (!path.includes("%")) return undefined;
  let served: string;
  try {
    served = path
      .split("/")
      .map((part) => decodeURIComponent(asItStands(part)))
      .join("/");
  } catch {
    return undefined; // Bytes that are not UTF-8.
  }
  // Servers do not agree on what an encoded slash means.
  const slashes = (text: string): number => text.split("/").length;
  if (served === path || slashes(served) !== slashes(path) || nameProblem(served) !== undefined)
    return undefined;
  return served;
}

/** The hash that names a target file: the strongest common one, as repositories publish either or all. */
export function namingHash({ hashes }: TargetFile): string | undefined {
  return namingHashes({ hashes })[0];
}

/** All hashes that may name a target file, in the order in which they are tried; only those that are checked as well. */
export function namingHashes({ hashes }: Pick<TargetFile, "hashes">): string[] {
  return [...new Set(knownHashes(hashes).map(([, digest]) => digest))];
}

function encodePart(part: string, encode: (part: string) => string): string {
  if (part === "." || part === "..") {
    const reason = `a target path with a part "${part}" has no URL`;
    throw new TufLdError("ERR_SHAPE", reason, { path: "", reason });
  }
  // URL parsers take these for dots.
  return /^(?:\.|%2e){1,2}$/i.test(part) ? percentEncode(part) : encode(part);
}

/** What RFC 3986 allows in a part of a path (`pchar`) stays, percent-encoded bytes included; the rest is encoded. */
function asItStands(part: string): string {
  return part.replace(/%(?![\dA-Fa-f]{2})|[^\w\-.~!$&'()*+,;=:@%]+/gu, encodeURIComponent);
}
