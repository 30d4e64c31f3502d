/// <reference types="node" />
/**
 * A simple index as a person names it: the URL of one that speaks JSON (PEP 691), or a folder of such pages.
 * @module
 */
import { stat } from "node:fs/promises";
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
  const { url, file } = await placeOf(given);
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
      const path = `${name}/${file}`;
      try {
        return parseProjectPage(await get(path, PROJECT_MAX_BYTES), name, url + path);
      } catch (error) {
        if (error instanceof TufLdError && error.code === "ERR_FILE_NOT_FOUND") return undefined;
        throw error;
      }
    },
  };
}

/** Where the pages are, and what each is called within its folder. */
async function placeOf(given: string): Promise<{ readonly url: string; readonly file: string }> {
  const page = "index.json";
  if (/^[a-z][a-z0-9+.-]+:/i.test(given)) {
    // Static pages have names; an index that negotiates has none.
    const isStatic = given.startsWith("file:") || given.endsWith(`/${page}`);
    const url = await baseUrl(given.endsWith(`/${page}`) ? given.slice(0, -page.length) : given);
    return { url, file: isStatic ? page : "" };
  }
  for (const folder of [join(given, "simple"), given]) {
    const found = await stat(join(folder, page)).catch(() => undefined);
    if (found?.isFile()) return { url: pathToFileURL(`${resolve(folder)}/`).href, file: page };
  }
  throw new UsageError(`${given} is neither a URL nor a folder with simple/index.json or index.json`);
}
