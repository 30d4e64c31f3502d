/**
 * Paths of targets that not every client can ask for, in repositories that the library publishes.
 * @module
 */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, inject, test } from "vitest";
import type { Policy } from "../../src/index.ts";
import { ourClient } from "./support/ourClient.ts";
import { peers, testWith } from "./support/peers.ts";
import { Publication } from "./support/publication.ts";
import { filesBelow } from "./support/served.ts";

const folder = (): Promise<string> => mkdtemp(join(inject("scratch"), "client-"));
const published: Publication[] = [];
afterAll(() => Promise.all(published.map((each) => each.close())));

describe("a target whose path means something in a URL", async () => {
  const ours = await Publication.create({ profile: "simple" });
  published.push(ours);
  const odd = ["number #1.txt", "why?.txt"];
  await ours.add({ "plain & (1) + ö.txt": "even\n", "%41.txt": "as it stands\n" });
  await ours.add(Object.fromEntries(odd.map((path) => [path, "odd\n"])));
  await ours.publish();
  const { metadataUrl, targetsUrl, contents } = ours;
  const root = (await filesBelow(ours.folder)).get("metadata/1.root.json") as Uint8Array;
  const question = { root, metadataUrl, targetsUrl };

  for (const policy of ["classic", "linked", "both"] satisfies Policy[]) {
    const client = ourClient(policy);
    testWith(client, "downloads it", async () => {
      const asked = { ...question, folder: await folder(), paths: [...contents.keys()] };
      expect((await client.update(asked)).files).toEqual(contents);
    });
  }

  for (const peer of peers) {
    testWith(peer, "asks for percent-encoded characters as they stand, as our client does", async () => {
      const { files } = await peer.update({ ...question, folder: await folder(), paths: ["%41.txt"] });
      expect(files).toEqual(new Map([["%41.txt", "as it stands\n"]]));
    });

    testWith(peer, "asks for # and ? without percent-encoding, and so for another file", async () => {
      for (const path of odd) {
        const asked = peer.update({ ...question, folder: await folder(), paths: [path] });
        await expect(asked, path).rejects.toThrow(/404|Failed to download|invalid URL escape/);
      }
    });
  }
});

describe.each(["pep458", "pep480"] as const)("a path of nine parts in a repository of %s", (profile) => {
  test("is refused: the bins speak for eight, and no client would look for it there", async () => {
    const ours = await Publication.create({ profile, bins: 4 });
    published.push(ours);
    await ours.add({ "1/2/3/4/5/6/7/8": "eight\n" });
    await expect(ours.add({ "1/2/3/4/5/6/7/8/9": "nine\n" })).rejects.toMatchObject({ code: "ERR_INPUT" });
    // What an earlier version listed can go.
    await ours.remove(["1/2/3/4/5/6/7/8/9"]);
  });
});
