/**
 * Repositories that the library publishes, in all profiles, through their life: the clients of others and ours start
 * from the first root, follow rotations, and refresh around publishing and cleaning.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createMemorySink, createMemoryStore, Updater } from "../../src/client/index.ts";
import { checkFile, delegatedKeys, parseMetadata, type Root, type Targets } from "../../src/index.ts";
import { createNodeFetcher } from "../../src/node/index.ts";
import { ADDED, CHANGED, first, GONE, LAYOUTS, PROJECTS, SHADOW, second, third } from "./support/layouts.ts";
import { ourClient } from "./support/ourClient.ts";
import { type Client, PeerRefusal } from "./support/peer.ts";
import { goTuf, peers, pythonTuf, testWith } from "./support/peers.ts";
import type { Publication } from "./support/publication.ts";
import { roleFiles } from "./support/roleFiles.ts";
import { filesBelow, serve } from "./support/served.ts";

const clients: readonly Client[] = [...peers, ourClient("classic"), ourClient("linked"), ourClient("both")];

const folder = (): Promise<string> => mkdtemp(join(inject("scratch"), "client-"));
const published: Publication[] = [];
afterAll(() => Promise.all(published.map((each) => each.close())));

/** Whether a client finds a target; whatever else goes wrong is thrown. */
async function finds(client: Client, question: Parameters<Client["update"]>[0], path: string) {
  try {
    return (await client.update({ ...question, paths: [path] })).files.has(path);
  } catch (error) {
    if (error instanceof PeerRefusal && error.message === `target ${path} not found`) return false;
    throw error;
  }
}

/** The bins of paths, by the leading bits of their SHA-256. */
function binsOf(paths: readonly string[], bins: number): Set<number> {
  const first = (path: string) => createHash("sha256").update(path).digest().readUInt32BE();
  return new Set(paths.map((path) => Math.floor((first(path) / 2 ** 32) * bins)));
}

/** Files that remember which of them were asked for. */
class WatchedFiles extends Map<string, Uint8Array> {
  readonly asked = new Set<string>();
  override get(name: string): Uint8Array | undefined {
    this.asked.add(name);
    return super.get(name);
  }
}

/** A file as nobody signed it: one that lasts longer, or a target with another text of the same length. */
function changed(name: string, bytes: Uint8Array): Uint8Array {
  if (name.startsWith("targets/")) return bytes.map((byte) => byte ^ 1);
  const file = JSON.parse(new TextDecoder().decode(bytes)) as { signed: { expires: string } };
  file.signed.expires = "2090-01-01T00:00:00Z";
  return new TextEncoder().encode(JSON.stringify(file));
}

describe.each(LAYOUTS)("a repository of ours, $title,", async (layout) => {
  const { title, profile, bins, succinct = false } = layout;
  const ours = await first(layout);
  published.push(ours);
  const { metadataUrl, targetsUrl } = ours;
  const root = (await filesBelow(ours.folder)).get("metadata/1.root.json") as Uint8Array;

  /** go-tuf compares the prefixes of plain hash bins with the base64 of the hash, and so finds nothing in them. */
  const isLostOn = (client: Client, path: string): boolean =>
    client === goTuf &&
    bins !== undefined &&
    !succinct &&
    !(profile === "pep480" && PROJECTS.some((project) => path.startsWith(`packages/${project}/`)));
  const readable = (client: Client): Map<string, string> =>
    new Map([...ours.contents].filter(([path]) => !isLostOn(client, path)));

  /** Refreshes in a folder, downloads everything that there is now, and finds nothing that is not there. */
  async function readAll(client: Client, own: string, rootVersion: number, absent: readonly string[] = []) {
    const files = readable(client);
    const question = { root, metadataUrl, targetsUrl, folder: own, paths: [...files.keys()] };
    expect(await client.update(question)).toEqual({ rootVersion, files });
    for (const path of [...absent, ...(profile === "pep480" ? [SHADOW] : [])])
      expect(await finds(client, question, path), path).toBe(false);
  }

  /** Checks that every file there is carries what its delegators ask for, in both views. */
  function verifiesEveryFile(when: string, roots: number): void {
    const above = { simple: 3, pep458: 4, pep480: 8 }[profile];
    const count = roots + above + (bins ?? 0);
    for (const peer of peers) {
      testWith(peer, `verifies each of the ${count} metadata files ${when}, as it is`, async () => {
        const files = await roleFiles(ours.folder);
        expect(files).toHaveLength(count);
        for (const { name, role, bytes, delegators } of files) {
          expect(delegators.length, name).toBeGreaterThan(0);
          for (const delegator of delegators) await peer.verify(delegator, role, bytes);
        }
      });
    }
    test(`each of the ${count} metadata files ${when} has a threshold of keys with both views`, async () => {
      for (const { name, role, bytes, delegators } of await roleFiles(ours.folder)) {
        for (const delegator of delegators) {
          const keys = delegatedKeys(parseMetadata(delegator).signed as Root | Targets, role);
          if (keys === undefined) throw new Error(`no keys for ${name}`);
          expect((await checkFile(parseMetadata(bytes), keys, "both")).count.met, name).toBe(true);
        }
      }
    });
  }

  /** The folder in which each client refreshes all the time, and the one that it leaves alone until root 3. */
  const folders = new Map<string, { readonly returning: string; readonly late: string }>();
  const folderOf = (client: Client) => {
    const found = folders.get(client.name);
    if (found === undefined) throw new Error(`${client.name} has not started`);
    return found;
  };
  const metadata = (): Promise<string[]> => readdir(join(ours.folder, "metadata"));

  describe("as first published", () => {
    for (const client of clients) {
      testWith(client, `starts from root 1 and downloads every target of ${title}`, async () => {
        const [returning, late] = [await folder(), await folder()];
        for (const own of [returning, late]) await readAll(client, own, 1);
        folders.set(client.name, { returning, late });
      });
    }

    verifiesEveryFile("of the first version", 1);

    if (bins !== undefined && !succinct) {
      testWith(
        goTuf,
        "finds nothing in plain hash bins, whose prefixes it compares with base64",
        async () => {
          const question = { root, metadataUrl, targetsUrl, folder: await folder() };
          const asked = goTuf.update({ ...question, paths: ["top.txt"] });
          await expect(asked).rejects.toThrow("target top.txt not found");
        },
      );
    }
  });

  describe("under root 2, with other keys for timestamp and snapshot", () => {
    beforeAll(() => second(ours, layout));

    test("the bins whose targets changed have a second version, beside the first, and no other bin has", async () => {
      const bin = (version: number) => new RegExp(`^${version}\\.bin-`);
      const names = await metadata();
      const changed = names.filter((name) => bin(2).test(name));
      expect(names.filter((name) => bin(1).test(name))).toHaveLength(bins ?? 0);
      expect(changed).toHaveLength(bins === undefined ? 0 : binsOf([ADDED, CHANGED, GONE], bins).size);
    });

    for (const client of clients) {
      testWith(client, "refreshes again: what is new is there, what was removed is not", async () => {
        await readAll(client, folderOf(client).returning, 2, [GONE]);
      });
    }
  });

  describe("under root 3, with other keys for root, targets and bins", () => {
    let before: Updater | undefined;
    let contentsBefore: ReadonlyMap<string, string> = new Map();
    beforeAll(async () => {
      before = new Updater({
        trustedRoot: root,
        metadataUrls: [metadataUrl],
        targetsUrls: [targetsUrl],
        policy: "both",
        store: createMemoryStore(),
        fetcher: createNodeFetcher({ environment: {} }),
      });
      contentsBefore = new Map(ours.contents);
      await before.refresh();
      await third(ours, layout);
    });

    test("a client of ours that read root 2's snapshot before still finds what it lists", async () => {
      expect(before).toBeDefined();
      for (const [path, text] of contentsBefore) {
        const sink = createMemorySink();
        await before?.download(await before.find(path), sink);
        expect(new TextDecoder().decode(sink.get(path))).toBe(text);
      }
    });

    for (const client of clients) {
      testWith(client, "follows to root 3 from root 2", async () => {
        await readAll(client, folderOf(client).returning, 3, [GONE]);
      });
      testWith(client, "follows two rotations from what it kept of root 1", async () => {
        await readAll(client, folderOf(client).late, 3, [GONE]);
      });
      testWith(client, "follows two rotations from root 1, with nothing else", async () => {
        await readAll(client, await folder(), 3, [GONE]);
      });
    }
  });

  describe("after clean", () => {
    let removed: string[] = [];
    beforeAll(async () => {
      removed = await ours.repository.clean({ keepHours: 0 });
    });

    test("there is one version of each role, and every root", async () => {
      expect(removed.length).toBeGreaterThan(0);
      const roles = (await metadata())
        .filter((name) => !/^\d+\.root\.json$/.test(name))
        .map((name) => name.replace(/^\d+\./, ""));
      expect(roles.length).toBe(new Set(roles).size);
      expect(await metadata()).toEqual(
        expect.arrayContaining(["1.root.json", "2.root.json", "3.root.json", "timestamp.json"]),
      );
    });

    for (const client of clients) {
      testWith(client, "refreshes once more, and starts from root 1 alone", async () => {
        await readAll(client, folderOf(client).returning, 3, [GONE]);
        await readAll(client, await folder(), 3, [GONE]);
      });
    }

    verifiesEveryFile("that are left", 3);

    testWith(pythonTuf, "refuses once any file that it needs was changed on the server", async () => {
      const files = new WatchedFiles(await filesBelow(ours.folder));
      const server = await serve(files);
      const update = async () => {
        const { metadataUrl, targetsUrl } = server;
        const paths = [...ours.contents.keys()];
        return pythonTuf.update({ root, metadataUrl, targetsUrl, folder: await folder(), paths });
      };
      expect((await update()).files).toEqual(ours.contents);
      const needed = [...files].filter(([name]) => files.asked.has(name));
      expect(needed.length).toBeGreaterThanOrEqual(5 + ours.contents.size);
      for (const [name, bytes] of needed) {
        files.set(name, changed(name, bytes));
        // The digests of targets, of the snapshot and of projects are signed by others, and are looked at first.
        const digest = /^targets\/|\.snapshot\.json$|\.project-/.test(name);
        const reason = digest ? /^LengthOrHashMismatchError/ : /^UnsignedMetadataError/;
        await expect(update(), name).rejects.toThrow(reason);
        files.set(name, bytes);
      }
      expect((await update()).files).toEqual(ours.contents);
      await server.close();
    });
  });
});
