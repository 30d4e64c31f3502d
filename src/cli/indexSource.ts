/// <reference types="node" />
/**
 * A simple index as a person names it: the URL of one that speaks JSON (PEP 691), or a folder of such pages.
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fetchWhole } from "../client/mirrors.ts";
import { TufLdError } from "../errors.ts";
import { requestOnce } from "../node/httpRequest.ts";
import { createNodeFetcher } from "../node/nodeFetcher.ts";
import { proxyFetch } from "../node/proxy.ts";
import {
  INDEX_MAX_BYTES,
  PROJECT_MAX_BYTES,
  type Project,
  parseIndexPage,
  parseProjectPage,
  SIMPLE_JSON,
} from "../repository/imports/pep691.ts";
import { baseUrl } from "./repositoryUrls.ts";
import { UsageError } from "./usage.ts";

/** The pages of an index. */
export interface IndexSource {
  /** The URL that its pages are below. */
  readonly url: string;
  /** Normalised names, sorted. @throws ERR_INPUT, and what fetching refuses */
  names(): Promise<string[]>;
  /** A project's page; `undefined` if there is none. @throws ERR_INPUT, and what fetching refuses */
  project(name: string): Promise<Project | undefined>;
}

/** The index that a person names. @throws UsageError */
export async function openIndex(given: string, signal: AbortSignal): Promise<IndexSource> {
  const { url, file, sharded = false } = await placeOf(given);
  const send = proxyFetch() ?? requestOnce;
  const fetcher = createNodeFetcher({
    fetch: (address, init) => send(address, { ...init, headers: { ...init.headers, accept: SIMPLE_JSON } }),
  });
  const get = async (path: string, maxBytes: number): Promise<Uint8Array> => {
    const request = { fetcher, signal, bases: [], onEvent: () => undefined };
    return (await fetchWhole(request, url + path, maxBytes))?.bytes ?? new Uint8Array(0);
  };
  return {
    url,
    async names() {
      return parseIndexPage(await get(file, INDEX_MAX_BYTES), url + file).sort();
    },
    async project(name) {
      const path = `${sharded ? `${name[0]}/` : ""}${name}/${file}`;
      try {
        return parseProjectPage(await get(path, PROJECT_MAX_BYTES), name, url + path);
      } catch (error) {
        if (error instanceof TufLdError && error.code === "ERR_FILE_NOT_FOUND") return undefined;
        throw error;
      }
    },
  };
}

/** What static pages are called: by PEP 691's own examples, and by bandersnatch. */
const PAGES = ["index.json", "index.v1_json"];
/** Where a folder may keep them: bandersnatch has them below `web/`. */
const FOLDERS = ["simple", "web/simple", ""];

interface Place {
  readonly url: string;
  /** What each page is called within its folder. */
  readonly file: string;
  /** Whether projects lie below their first letters, as with bandersnatch's `hash-index`. */
  readonly sharded?: boolean;
}

/** Where the pages are. */
async function placeOf(given: string): Promise<Place> {
  if (/^[a-z][a-z0-9+.-]+:/i.test(given)) {
    // Static pages have names; an index that negotiates has none.
    const page = PAGES.find((each) => given.endsWith(`/${each}`));
    const url = await baseUrl(page === undefined ? given : given.slice(0, -page.length));
    return { url, file: page ?? (given.startsWith("file:") ? "index.json" : "") };
  }
  for (const folder of FOLDERS.map((each) => join(given, each))) {
    for (const file of PAGES) {
      if (!(await isFile(join(folder, file)))) continue;
      return { url: pathToFileURL(`${resolve(folder)}/`).href, file, sharded: await isSharded(folder, file) };
    }
  }
  const pages = PAGES.flatMap((file) => [`simple/${file}`, file]).join(", ");
  throw new UsageError(`${given} is neither a URL nor a folder with one of ${pages}`);
}

/** Whether a folder's own folders are single letters with projects below, and no projects. */
async function isSharded(folder: string, file: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (names.length === 0 || names.some((name) => name.length !== 1)) return false;
  for (const name of names) if (await isFile(join(folder, name, file))) return false;
  return true;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
