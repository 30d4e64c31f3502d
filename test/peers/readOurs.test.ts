/**
 * Repositories of ours, with both views in every file, through the clients of others over HTTP.
 * @module
 */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, inject } from "vitest";
import { type Peer, PeerRefusal } from "./support/peer.ts";
import { goTuf, peers, testWith } from "./support/peers.ts";
import { Publisher } from "./support/publisher.ts";
import { type ServedRepository, serve } from "./support/served.ts";

const ODD_PATH = "a folder/ö & (1) + 2.txt";
const ODD_ROLE = "team ö/one & two";

/** Root 2 of 3; delegations by pattern, by hash prefix, below one another, with odd names. */
async function ordinary(consistent: boolean): Promise<Publisher> {
  const ours = new Publisher({ consistent });
  await ours.grant("root", ["Ed25519", "P-256", "RSA"], 2);
  await ours.grant("timestamp", ["Ed25519"]);
  await ours.grant("snapshot", ["P-256"]);
  await ours.grant("targets", ["RSA", "Ed25519"], 1);
  await ours.publishRoot();
  await ours.delegate("targets", ODD_ROLE, ["Ed25519", "P-256"], { paths: ["a folder/*", "deep/*/*"] });
  await ours.delegate(ODD_ROLE, "deep", ["RSA"], { paths: ["deep/?/*.txt"], terminating: true });
  for (const [name, digits] of [
    ["low", "01234567"],
    ["high", "89abcdef"],
  ] as const) {
    await ours.delegate("targets", name, ["P-256"], { path_hash_prefixes: [...digits] });
    // The SHA-256 of hashed/0 begins with 1, that of hashed/2 with f.
    ours.addTarget(name, name === "low" ? "hashed/0" : "hashed/2", `by hash, ${name}\n`);
  }
  ours.addTarget("targets", "top.txt", "the top\n", { order: [1, 2], text: 'quote " and \\ and \n' });
  ours.addTarget(ODD_ROLE, ODD_PATH, "odd\n");
  ours.addTarget("deep", "deep/x/y.txt", "deep\n");
  await ours.publish();
  return ours;
}

/** Everything in 32 hash bins that one entry delegates to. */
async function succinct(): Promise<Publisher> {
  const ours = new Publisher({ consistent: true });
  for (const name of ["root", "timestamp", "snapshot", "targets"] as const)
    await ours.grant(name, ["Ed25519"]);
  await ours.publishRoot();
  await ours.delegateBins(5, "bin", "P-256");
  // The first five bits of the SHA-256 of the paths are 00011 and 11001.
  ours.addTarget("bin-03", "packages/p-1.whl", "package 1\n");
  ours.addTarget("bin-19", "packages/p-2.whl", "package 2\n");
  await ours.publish();
  return ours;
}

/** Replaces all root keys twice, and the other roles' on the way; publishes a changed target under the new keys. */
async function rotateTwice(ours: Publisher): Promise<void> {
  await ours.rotate({ root: ["RSA", "Ed25519", "P-256"], timestamp: ["P-256"], targets: ["Ed25519"] }, 2);
  await ours.rotate({ root: ["P-256", "Ed25519"], snapshot: ["RSA"] }, 1);
  ours.addTarget("targets", "top.txt", "the top, under root 3\n");
  await ours.publish();
}

const served: ServedRepository[] = [];
afterAll(() => Promise.all(served.map((each) => each.close())));

async function start(ours: Publisher): Promise<ServedRepository> {
  const running = await serve(ours.files);
  served.push(running);
  return running;
}

/** go-tuf compares the prefixes of plain hash bins with the base64 of the hash, and so finds nothing in them. */
const readable = (peer: Peer, contents: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...contents].filter(([path]) => peer !== goTuf || !path.startsWith("hashed/")));

const folder = (): Promise<string> => mkdtemp(join(inject("scratch"), "client-"));
const REPOSITORIES = [
  ["a consistent repository", () => ordinary(true)],
  ["a repository without consistent snapshots", () => ordinary(false)],
  ["a repository of succinct bins", succinct],
] as const;

describe.each(REPOSITORIES)("%s", async (title, make) => {
  // One repository, published, used by all; then rotated, used by all again.
  const ours = await make();
  const { metadataUrl, targetsUrl } = await start(ours);
  const root = ours.files.get("metadata/1.root.json") as Uint8Array;
  const question = { root, metadataUrl, targetsUrl, paths: [...ours.contents.keys()] };
  const asking = (peer: Peer) => ({ ...question, paths: [...readable(peer, ours.contents).keys()] });
  const folders = new Map<string, string>();
  const before = new Map(ours.contents);

  for (const peer of peers) {
    testWith(peer, `starts from our root and downloads every target of ${title}`, async () => {
      const own = await folder();
      folders.set(peer.name, own);
      const { rootVersion, files } = await peer.update({ ...asking(peer), folder: own });
      expect(rootVersion).toBe(1);
      expect(files).toEqual(readable(peer, before));
    });
  }

  if (ours.contents.has("hashed/0")) {
    testWith(
      goTuf,
      `finds no target of ${title} by path hash prefix, which it compares with base64`,
      async () => {
        const asked = goTuf.update({ ...question, paths: ["hashed/0"], folder: await folder() });
        await expect(asked).rejects.toThrow("target hashed/0 not found");
      },
    );
  }

  for (const peer of peers) {
    testWith(peer, `refuses ${title} when a file of it was changed on the server`, async () => {
      const files = new Map(ours.files);
      const name = [...files.keys()].find((each) => /snapshot\.json$/.test(each)) as string;
      const text = new TextDecoder().decode(files.get(name));
      files.set(name, new TextEncoder().encode(text.replace('"version": 1', '"version": 9')));
      const running = await serve(files);
      const asked = peer.update({
        ...question,
        metadataUrl: running.metadataUrl,
        targetsUrl: running.targetsUrl,
        folder: await folder(),
      });
      await expect(asked).rejects.toThrow(PeerRefusal);
      await running.close();
    });
  }

  let rotation: Promise<void> | undefined;
  const rotated = () => {
    rotation ??= rotateTwice(ours);
    return rotation;
  };

  for (const peer of peers) {
    testWith(peer, `follows two root rotations of ${title} from where it was`, async () => {
      await rotated();
      const own = folders.get(peer.name) as string;
      const { rootVersion, files } = await peer.update({ ...asking(peer), folder: own });
      expect(rootVersion).toBe(3);
      expect(files).toEqual(readable(peer, ours.contents));
    });

    testWith(peer, `follows two root rotations of ${title} from root 1, with nothing else`, async () => {
      await rotated();
      const { rootVersion, files } = await peer.update({ ...asking(peer), folder: await folder() });
      expect(rootVersion).toBe(3);
      expect(files).toEqual(readable(peer, ours.contents));
    });
  }
});
