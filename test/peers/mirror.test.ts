/**
 * Copies that `tuf-ld mirror` made, through the clients of others over HTTP.
 * @module
 */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, inject } from "vitest";
import { person } from "../cli/clientWorld.ts";
import { peers, testWith } from "./support/peers.ts";
import { Publisher } from "./support/publisher.ts";
import { filesBelow, type ServedRepository, serve } from "./support/served.ts";

const served: ServedRepository[] = [];
afterAll(() => Promise.all(served.map((each) => each.close())));

async function start(files: ReadonlyMap<string, Uint8Array>): Promise<ServedRepository> {
  const running = await serve(files);
  served.push(running);
  return running;
}

/** A repository of three roots, whose delegated role has a slash and other odd letters in its name. */
async function publish(consistent: boolean): Promise<Publisher> {
  const ours = new Publisher({ consistent });
  await ours.grant("root", ["Ed25519", "P-256"], 2);
  for (const role of ["timestamp", "snapshot", "targets"] as const) await ours.grant(role, ["Ed25519"]);
  await ours.publishRoot();
  await ours.delegate("targets", "team ö/one", ["P-256"], { paths: ["a folder/*"] });
  ours.addTarget("targets", "top.txt", "the top\n");
  ours.addTarget("team ö/one", "a folder/ö & (1).txt", "odd\n");
  await ours.publish();
  await ours.rotate({ root: ["P-256", "Ed25519"], timestamp: ["P-256"] }, 2);
  await ours.rotate({ snapshot: ["P-256"] }, 2);
  await ours.publish();
  return ours;
}

describe.each([true, false])("a mirror of a repository with consistent snapshots: %s", async (consistent) => {
  const ours = await publish(consistent);
  const root = ours.files.get("metadata/1.root.json") as Uint8Array;

  for (const peer of peers) {
    testWith(peer, "starts from the pinned root of it and downloads every target", async () => {
      const { metadataUrl } = await start(ours.files);
      const user = person();
      user.at.write("root.json", root);
      await user.ok("trust", metadataUrl, "--root", "root.json", "--require", "both");
      await user.ok("mirror", "copy");
      const copy = await start(await filesBelow(user.at.file("copy")));
      const folder = await mkdtemp(join(inject("scratch"), "mirror-"));
      const paths = [...ours.contents.keys()];
      const { files } = await peer.update({ root, ...copy, folder, paths });
      expect(files).toEqual(new Map(ours.contents));
    });
  }
});
