/**
 * Repositories that others made, read by our client: over HTTP and from a folder, into stores on disk.
 * @module
 */
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, inject, test } from "vitest";
import { type FoundTarget, Updater, type UpdaterOptions } from "../../src/client/index.ts";
import type { Policy } from "../../src/index.ts";
import { createFileStore, createNodeFetcher, createTargetFolder } from "../../src/node/index.ts";
import { pythonTuf, testWith } from "./support/peers.ts";
import { filesBelow, serve } from "./support/served.ts";
import { makeWithTufJs, type TheirRepository } from "./support/tufJsRepository.ts";

const newFolder = (): Promise<string> => mkdtemp(join(inject("scratch"), "ours-"));

/** A client of ours with everything on disk. */
async function client(options: Pick<UpdaterOptions, "trustedRoot" | "metadataUrls" | "targetsUrls">) {
  const folder = await newFolder();
  const sink = createTargetFolder(join(folder, "targets"));
  const store = createFileStore(join(folder, "metadata"));
  const make = (policy: Policy = "either") =>
    new Updater({ ...options, policy, store, fetcher: createNodeFetcher({ environment: {} }) });
  return { folder, sink, make };
}

interface Expected {
  readonly rootVersion: number;
  readonly contents: ReadonlyMap<string, string>;
}

/** Refreshes, lists, finds and downloads everything, then again from the store alone. */
async function readAll(
  options: Pick<UpdaterOptions, "trustedRoot" | "metadataUrls" | "targetsUrls">,
  { rootVersion, contents }: Expected,
): Promise<void> {
  const { folder, sink, make } = await client(options);
  const updater = make("classic");
  expect((await updater.refresh()).root.file.signed.version).toBe(rootVersion);

  const listed: FoundTarget[] = [];
  for await (const found of updater.list()) listed.push(found);
  expect(listed.map(({ path }) => path).sort()).toEqual([...contents.keys()].sort());

  for (const [path, text] of contents) {
    const found = await updater.find(path);
    await updater.download(found, sink);
    expect(await readFile(sink.pathOf(path), "utf8")).toBe(text);
  }
  await expect(updater.find("no/such/target")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });

  const again = make();
  expect((await again.refresh()).root.file.signed.version).toBe(rootVersion);
  for (const path of contents.keys()) expect(await again.download(await again.find(path), sink)).toBe(0);
  await expect(make("linked").refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });

  const stored = await readFile(join(folder, "metadata", "timestamp.json"));
  const [base] = options.metadataUrls;
  const fetched = await fetchBytes(`${base}timestamp.json`);
  expect(Buffer.compare(stored, fetched), "the timestamp is stored byte for byte").toBe(0);
}

async function fetchBytes(url: string): Promise<Buffer> {
  if (url.startsWith("file:")) return readFile(new URL(url));
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

async function overHttp({ files, contents }: TheirRepository, rootVersion: number): Promise<void> {
  const { metadataUrl, targetsUrl, close } = await serve(files);
  const trustedRoot = files.get("metadata/1.root.json") as Uint8Array;
  try {
    await readAll(
      { trustedRoot, metadataUrls: [metadataUrl], targetsUrls: [targetsUrl] },
      { rootVersion, contents },
    );
  } finally {
    await close();
  }
}

async function fromFolder(
  folder: string,
  { files, contents }: TheirRepository,
  rootVersion: number,
): Promise<void> {
  const base = pathToFileURL(folder).href;
  const trustedRoot = files.get("metadata/1.root.json") as Uint8Array;
  const urls = { metadataUrls: [`${base}/metadata/`], targetsUrls: [`${base}/targets/`] };
  await readAll({ trustedRoot, ...urls }, { rootVersion, contents });
}

const RECIPES = [
  ["consistent", "a consistent repository of python-tuf, through five root rotations", 6],
  ["plain", "a repository of python-tuf without consistent snapshots", 6],
  ["succinct", "the succinct bins of python-tuf", 1],
] as const;

for (const [recipe, title, rootVersion] of RECIPES) {
  testWith(pythonTuf, `is read by us: we refresh, list, find and download ${title}`, async () => {
    const folder = await newFolder();
    const made = (await pythonTuf.ask("make", { recipe, folder })) as Record<string, string>;
    const theirs = { files: await filesBelow(folder), contents: new Map(Object.entries(made)) };
    expect(theirs.contents.size).toBeGreaterThan(8);
    await overHttp(theirs, rootVersion);
    await fromFolder(folder, theirs, rootVersion);
  });
}

for (const bins of [false, true]) {
  const title = bins ? "succinct bins" : "delegations by pattern and by hash prefix";
  test(`tuf-js 5.0.1 is read by us: we refresh, list, find and download its ${title}`, async () => {
    const theirs = makeWithTufJs({ bins });
    expect(theirs.contents.size).toBe(13);
    await overHttp(theirs, 3);
    const folder = await newFolder();
    for (const [path, bytes] of theirs.files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    await fromFolder(folder, theirs, 3);
  });
}

test("tuf-js 5.0.1 is refused by us when its second root has one of the two signatures that the first asks for", async () => {
  const theirs = makeWithTufJs({ bins: false });
  const name = "metadata/2.root.json";
  const root = JSON.parse(new TextDecoder().decode(theirs.files.get(name))) as { signatures: unknown[] };
  expect(root.signatures.splice(1)).toHaveLength(1);
  theirs.files.set(name, new TextEncoder().encode(JSON.stringify(root)));
  await expect(overHttp(theirs, 3)).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
});
