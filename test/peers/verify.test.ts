/**
 * Files of ours with both views: every peer verifies them as they are, and gives them back whole.
 * @module
 */
import { describe, expect, test } from "vitest";
import { olpc } from "../../src/classic/olpc.ts";
import type { JsonValue } from "../../src/document/json.ts";
import { checkFile, delegatedKeys, parseMetadata, type Root, type Targets } from "../../src/index.ts";
import { ourFiles } from "./support/documents.ts";
import { bytesOf, type NamedKey, newKey, roleOf, signBoth, unsigned } from "./support/keys.ts";
import { PeerRefusal } from "./support/peer.ts";
import { goTuf, peers, pythonTuf, testWith, tufJs } from "./support/peers.ts";

const files = await ourFiles();
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encoded = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Checks every signature and proof of a file under what its delegator says; gives the outcomes. */
async function outcomes(bytes: Uint8Array, role: string, delegator: Uint8Array): Promise<string[]> {
  const keys = delegatedKeys(parseMetadata(delegator).signed as Root | Targets, role);
  if (keys === undefined) throw new Error(`no delegation to ${role}`);
  const { findings } = await checkFile(parseMetadata(bytes), keys);
  return findings.map(({ view, outcome }) => `${view} ${outcome}`);
}

const ALL_VALID = [...Array(3).fill("classic valid"), ...Array(4).fill("linked valid")];

test.each(files)("both views of $title verify with us", async ({ bytes, role, delegator }) => {
  expect(await outcomes(bytes, role, delegator)).toEqual(ALL_VALID);
});

describe.each(files)("$title", ({ title, role, delegator, bytes, file }) => {
  for (const peer of peers) {
    testWith(peer, `verifies ${title} that carries both views, as it is`, () =>
      peer.verify(delegator, role, bytes),
    );

    testWith(peer, `refuses ${title} once its version has changed`, async () => {
      const changed = text(bytes).replace('"version": 3', '"version": 5');
      expect(changed).not.toBe(text(bytes));
      await expect(peer.verify(delegator, role, encoded(changed))).rejects.toThrow(PeerRefusal);
    });

    testWith(peer, `refuses ${title} when one of three classic signatures is missing`, async () => {
      const fewer = bytesOf({ ...file, signatures: file.signatures.slice(1) });
      await expect(peer.verify(delegator, role, fewer)).rejects.toThrow(PeerRefusal);
    });

    testWith(peer, `signs the same canonical bytes of ${title} as we do`, async () => {
      const [canonical] = await peer.canonical([JSON.stringify(file.signed)]);
      expect(text(canonical as Uint8Array)).toBe(olpc(file.signed as unknown as JsonValue));
    });

    testWith(peer, `writes ${title} again with all of its members, and both views still verify`, async () => {
      const again = await peer.reserialize(bytes);
      expect(JSON.parse(text(again))).toEqual(JSON.parse(text(bytes)));
      expect(await outcomes(again, role, delegator)).toEqual(ALL_VALID);
    });
  }
});

/** A root with one key, signed with both views. */
async function smallRoot(key: NamedKey, members: object): Promise<Uint8Array> {
  const { keys, role } = roleOf([key]);
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const header = { _type: "root", spec_version: "1.0.34", version: 1, expires: "2090-01-01T00:00:00Z" };
  return bytesOf(await signBoth(unsigned({ ...header, keys, roles, ...members }), "root", [key]));
}

describe("where peers differ from the specification, and from one another", async () => {
  const p384 = await smallRoot(await newKey("P-384"), { consistent_snapshot: true });
  for (const peer of [pythonTuf, goTuf]) {
    testWith(peer, "verifies a root that is signed with a P-384 key", () => peer.verify(p384, "root", p384));
  }
  testWith(tufJs, "takes SHA-256 for P-384 keys, so that no signature by one verifies there", async () => {
    await expect(tufJs.verify(p384, "root", p384)).rejects.toThrow(PeerRefusal);
  });

  const silent = await smallRoot(await newKey("Ed25519"), {});
  testWith(pythonTuf, "verifies a root that does not say whether snapshots are consistent", () =>
    pythonTuf.verify(silent, "root", silent),
  );
  for (const peer of [tufJs, goTuf]) {
    testWith(
      peer,
      "adds consistent_snapshot to a root that lacks it, and then refuses the root",
      async () => {
        await expect(peer.verify(silent, "root", silent)).rejects.toThrow(PeerRefusal);
      },
    );
  }
});
