/// <reference types="node" />
/**
 * Base URLs of repositories, as people give them.
 * @module
 */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "./usage.ts";

const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "file:"]);

/**
 * A base URL of metadata, ending in `/`. A folder's path becomes a `file:` URL, and if it is that of a whole mirror,
 * of the metadata in it.
 *
 * @throws UsageError
 */
export async function baseUrl(given: string): Promise<string> {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(given)) return folderUrl(given);
  if (!URL.canParse(given)) throw new UsageError(`${given} is not a URL`);
  const url = new URL(given);
  // `localhost:8000` is a URL of the scheme `localhost:`.
  const guess = /^[\w.-]+:\d+(\/|$)/.test(given) ? `; do you mean http://${given}?` : "";
  if (!SCHEMES.has(url.protocol)) throw new UsageError(`${given}: only http:, https: and file: URLs${guess}`);
  if (url.search !== "" || url.hash !== "")
    throw new UsageError(`${given}: a base URL has no query and no fragment`);
  if (url.username !== "" || url.password !== "")
    throw new UsageError(`${given}: a URL with a password ends up in logs`);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url.href;
}

async function folderUrl(path: string): Promise<string> {
  for (const folder of [join(path, "metadata"), path]) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory()) return pathToFileURL(`${resolve(folder)}/`).href;
  }
  const guess = /^[\w-]+(\.[\w-]+)+(\/|$)/.test(path) ? `; do you mean https://${path}?` : "";
  throw new UsageError(`${path} is neither a URL nor a folder${guess}`);
}

/**
 * Where target files are unless somebody says otherwise: `targets/` beside `metadata/`, or else below the base, as
 * Sigstore has it.
 */
export function defaultTargetsUrl(metadataUrl: string): string {
  return metadataUrl.endsWith("/metadata/")
    ? `${metadataUrl.slice(0, -"metadata/".length)}targets/`
    : `${metadataUrl}targets/`;
}

/** A name made of a base URL's host and folders, or, for a folder of this machine, of its own name. */
export function nameFromUrl(metadataUrl: string): string {
  const { protocol, host, pathname } = new URL(metadataUrl);
  const parts = pathname
    .replace(/%[0-9a-f]{2}/gi, "-")
    .split("/")
    .filter((part) => part !== "" && part !== "metadata");
  const words = protocol === "file:" ? parts.slice(-1) : [host, ...parts];
  const name = words
    .join("-")
    .replace(/[^\w.-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 100);
  return name === "" ? "repository" : name;
}
