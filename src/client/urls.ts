/**
 * The URLs of metadata and target files (TUF 6, "Consistent snapshots").
 * @module
 */

import { percentEncode } from "../encoding/percent.ts";
import { TufLdError } from "../errors.ts";
import type { TargetFile } from "../vocabulary/types.ts";

/** Joins a base URL and a path whose parts are already encoded. */
export function join(base: string, path: string): string {
  return base.endsWith("/") ? base + path : `${base}/${path}`;
}

/** `VERSION.ROLE.json`, or `ROLE.json` without a version; the role's name is percent-encoded, slashes included. */
export function metadataPath(role: string, version?: number): string {
  const name = percentEncode(role);
  return version === undefined ? `${name}.json` : `${version}.${name}.json`;
}

/** The path of a target file, parts percent-encoded; `HASH.NAME` in place of the name if a hash is given. @throws ERR_SHAPE */
export function targetPath(path: string, hash?: string): string {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  return [
    ...parts.map(encodePart),
    hash === undefined ? encodePart(name) : `${hash}.${percentEncode(name)}`,
  ].join("/");
}

/** The hash that names a target file: the strongest common one, as repositories publish either or all. */
export function namingHash({ hashes }: TargetFile): string | undefined {
  return hashes.sha256 ?? hashes.sha512 ?? hashes.sha384 ?? hashes.sha224;
}

function encodePart(part: string): string {
  if (part === "." || part === "..") {
    const reason = `a target path with a part "${part}" has no URL`;
    throw new TufLdError("ERR_SHAPE", reason, { path: "", reason });
  }
  return percentEncode(part);
}

/** A URL as it may be shown: without a name or password in it. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, "//");
}
