/**
 * The three peers, and tests that say by name when one is not here.
 * @module
 */
import { afterAll, inject, test } from "vitest";
import type { Client, Peer } from "./peer.ts";
import { PeerProcess } from "./peerProcess.ts";
import { tufJs } from "./tufJs.ts";

const { python, go } = inject("peers");

export const pythonTuf: PeerProcess = new PeerProcess("python-tuf 6.0.0", python);
export const goTuf: PeerProcess = new PeerProcess("go-tuf 2.4.2", go);
export { tufJs };

export const peers: readonly Peer[] = [pythonTuf, tufJs, goTuf];

afterAll(async () => {
  await Promise.all(peers.map((peer) => peer.close()));
});

/** A test that needs a peer, named "PEER …"; skipped, with the reason in its name, where the peer is not here. */
export function testWith(peer: Client, sentence: string, body: () => Promise<void>): void {
  const name = `${peer.name} ${sentence}`;
  if (peer.missing === undefined) test(name, body);
  else test.skip(`${name} (not run: ${peer.missing})`, body);
}
