/// <reference types="node" />
/**
 * Serves a folder until it is interrupted.
 * @module
 */

import { stat } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isIPv6 } from "node:net";
import { join, relative } from "node:path";
import { codeOf } from "../../node/files.ts";
import type { ServeOptions } from "../commands/serve.ts";
import { interruption } from "../interruption.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { createStaticServer, servedFolder } from "../staticServer.ts";
import { UsageError } from "../usage.ts";

export async function serve(dir: string, options: ServeOptions): Promise<void> {
  const { port, host, quiet, json } = options;
  const folder = servedFolder(dir);
  if (folder === undefined && (await stat(dir).catch(() => undefined)) === undefined)
    throw new UsageError(`there is no folder ${dir}`);
  if (folder === undefined)
    throw new UsageError(`${dir} is a part of a repository that is not public; serve the repository itself`);
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new UsageError(
      folder.endsWith("public")
        ? `there is nothing in ${folder} yet; \`tuf-ld publish\` makes it`
        : `${dir} is not a folder`,
    );
  const signal = interruption();
  const server = await createStaticServer(folder, ({ method, url, status }) => {
    if (quiet !== true) process.stderr.write(`${status} ${printable(`${method} ${url}`)}\n`);
  });
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  const url = `http://${isIPv6(address.address) ? `[${address.address}]` : address.address}:${address.port}/`;
  const places = await placesIn(folder);
  if (json)
    await writeOutput(
      undefined,
      toJson({ ok: true, url, folder, ...urlsOf(url, places), port: address.port }),
    );
  else await writeOutput(undefined, `${linesOf(url, folder, places).map(printable).join("\n")}\n`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  server.close();
  server.closeAllConnections();
  throw signal.reason;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `port ${port} is taken; give another with --port`,
        EACCES: `port ${port} is not for everybody; give one above 1023 with --port`,
        EADDRNOTAVAIL: `${host} is not an address of this machine`,
        ENOTFOUND: `${host} is not an address of this machine`,
      };
      const reason = reasons[codeOf(error) ?? ""];
      reject(reason === undefined ? error : new UsageError(reason));
    });
    server.listen(port, host, resolve);
  });
}

/** What of a repository is in a folder. */
interface Places {
  readonly metadata: string | undefined;
  readonly targets: string | undefined;
  /** A root to begin with, as a path on this machine. */
  readonly root: string | undefined;
}

async function placesIn(folder: string): Promise<Places> {
  const there = async (name: string): Promise<boolean> =>
    (await stat(join(folder, name)).catch(() => undefined)) !== undefined;
  const metadata = (await there("metadata/timestamp.json"))
    ? "metadata/"
    : (await there("timestamp.json"))
      ? ""
      : undefined;
  const first = metadata === undefined ? undefined : `${metadata}1.root.json`;
  return {
    metadata,
    targets: (await there("targets")) ? "targets/" : undefined,
    root: first !== undefined && (await there(first)) ? relative("", join(folder, first)) : undefined,
  };
}

function urlsOf(url: string, { metadata, targets }: Places): object {
  return {
    ...(metadata === undefined ? {} : { metadataUrl: url + metadata }),
    ...(targets === undefined ? {} : { targetsUrl: url + targets }),
  };
}

function linesOf(url: string, folder: string, places: Places): string[] {
  const { metadata, targets, root } = places;
  return [
    `serving     ${folder}`,
    `url         ${url}`,
    ...(metadata === undefined ? [] : [`metadata    ${url}${metadata}`]),
    ...(targets === undefined ? [] : [`targets     ${url}${targets}`]),
    ...(root === undefined
      ? []
      : [`try         tuf-ld trust ${url}${metadata} --root ${quoted(root)} --name try`]),
  ];
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
