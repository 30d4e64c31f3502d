/**
 * Names: of files in a storage, of bins, of the groups in which bins are worked on.
 * @module
 */
import { nameProblem } from "../client/storeName.ts";
import { servedPath } from "../client/urls.ts";
import { TufLdError } from "../errors.ts";
import { binName } from "../trust/delegation.ts";
import { binFor, pathHash } from "../trust/paths.ts";
import type { BinLayout } from "./config.ts";

/** The version of the TUF specification that new metadata states. */
export const SPEC_VERSION = "1.0.34";
/** The folder that clients read metadata from. */
export const METADATA = "public/metadata";
/** The folder that clients read target files from. */
export const TARGETS = "public/targets";
/** The one file that makes everything else current. */
export const TIMESTAMP: string = `${METADATA}/timestamp.json`;

/** The published file of a role, under consistent snapshots (TUF 6). */
export function metadataName(role: string, version: number): string {
  return `${METADATA}/${version}.${role}.json`;
}

/** A target file as clients ask for it, under consistent snapshots (TUF 6). */
export function targetName(path: string, hash: string): string {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  return [TARGETS, ...parts, `${hash}.${name}`].join("/");
}

/** Every name under which a target file is stored: its own, and the one at which a server looks that decodes URLs. */
export function targetNames(path: string, hash: string): string[] {
  const served = servedPath(path);
  return [path, ...(served === undefined ? [] : [served])].map((each) => targetName(each, hash));
}

/** The folder of target files that are not published yet, under the names that they will have below `TARGETS`. */
export const STAGED_TARGETS = "staged/targets";

/** Where a target file waits. @param name as `targetName` gives it */
export function stagedTargetName(name: string): string {
  return STAGED_TARGETS + name.slice(TARGETS.length);
}

/** The folder of staged drafts. */
export const DRAFTS = "staged/metadata";

/** The staged draft of a role. */
export function draftName(role: string): string {
  return `${DRAFTS}/${role}.json`;
}

/** What top-level roles are called; these have refusals of their own. */
const DOCUMENT_ROLES = /^(?:root|timestamp|snapshot|targets)$/;

/** Refuses the name of a delegated role that could not be a file on every system. @throws ERR_EDIT */
export function checkRoleName(role: string): void {
  const reason =
    role.includes("/") || role.includes(":") ? "it has a slash or a colon" : nameProblem(`${role}.json`);
  // Without consistent snapshots, and where letters of either case name the same file, these are files of others.
  const taken =
    /^(?:\d+\.)?(?:root|timestamp|snapshot|targets)$/i.test(role) && !DOCUMENT_ROLES.test(role)
      ? "a file of a top-level role has that name"
      : undefined;
  if (reason === undefined && taken === undefined && role !== "" && role.length <= 200) return;
  const why = reason ?? taken ?? "it is empty or longer than 200 characters";
  throw new TufLdError("ERR_EDIT", `${JSON.stringify(role)} cannot be a role's name: ${why}`, {
    role,
    reason: why,
  });
}

/** The name of a bin. */
export function nameOfBin({ prefix, bits }: Pick<BinLayout, "prefix" | "bits">, bin: number): string {
  return binName({ name_prefix: prefix, bit_length: bits }, bin);
}

/** The names of all bins, in order. */
export function binNames(layout: Pick<BinLayout, "prefix" | "bits">): string[] {
  return Array.from({ length: 2 ** layout.bits }, (_, bin) => nameOfBin(layout, bin));
}

/** The number of the bin that holds a path (TAP 15; the same bins are delegated to by hash prefixes). */
export function binOf({ bits }: Pick<BinLayout, "bits">, path: string): number {
  const hash = pathHash(path);
  const digits = Math.ceil(bits / 4);
  let leading = 0;
  for (let at = 0; at < digits; at++) leading = 16 * leading + hexDigit(hash.charCodeAt(at));
  return Math.floor(leading / 2 ** (4 * digits - bits));
}

/** The value of a lower-case digit. Cutting text out and parsing it takes ten times as long, for each of millions. */
function hexDigit(unit: number): number {
  return unit < 0x60 ? unit - 0x30 : unit - 0x57;
}

/** The name of the bin that holds a path. */
export function binNameOf({ prefix, bits }: Pick<BinLayout, "prefix" | "bits">, path: string): string {
  return binFor({ name_prefix: prefix, bit_length: bits }, pathHash(path));
}

/** Bins are worked on in at most so many groups, so that a group fits in memory and its changes in one file. */
export const MOST_GROUPS = 256;

/** How many groups there are, and how many bins are in each. */
export function groupsOf({ bits }: Pick<BinLayout, "bits">): {
  readonly count: number;
  readonly size: number;
} {
  const bins = 2 ** bits;
  const count = Math.min(bins, MOST_GROUPS);
  return { count, size: bins / count };
}
