/**
 * Key formats against the packages that define them in the verifiable-credential world, and the two
 * platforms against each other.
 * @module
 */
import * as EcdsaMultikey from "@digitalbazaar/ecdsa-multikey";
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import { Ed25519VerificationKey2020 } from "@digitalbazaar/ed25519-verification-key-2020";
import { describe, expect, test } from "vitest";
import {
  fromMultikeyDocument,
  privateKeyFromMultikey,
  privateKeyToMultikey,
  toMultikeyDocument,
} from "../../src/key/multikey.ts";
import { generateKey } from "../../src/key/privateKey.ts";
import * as browser from "../../src/platform/browser.ts";
import type { Platform } from "../../src/platform/interface.ts";
import * as node from "../../src/platform/node.ts";

const platforms: readonly Platform[] = [node, browser];
const input = new TextEncoder().encode("message");

test("both platforms export the same members", () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
  expect(browser.backends.map(({ name }) => name)).toEqual(["webcrypto", "noble"]);
  expect(node.backends.map(({ name }) => name)).toEqual(["node", "webcrypto", "noble"]);
});

test.each(["sha256", "sha384", "sha512"] as const)(
  "both platforms hash %s alike, at once and in pieces",
  (algorithm) => {
    for (const text of [
      "",
      "abc",
      "é😀\u0000",
      "x".repeat(2048),
      "\uffff".repeat(2048),
      "\uffff".repeat(2049),
    ]) {
      const digests = platforms.flatMap((platform) => {
        const whole = platform.createHash(algorithm);
        whole.update(text);
        const pieces = platform.createHash(algorithm);
        for (const character of text) pieces.update(character);
        const bytes = platform.createHash(algorithm);
        bytes.update(new TextEncoder().encode(text));
        return [
          platform.hashHex(algorithm, text),
          whole.digestHex(),
          pieces.digestHex(),
          Buffer.from(bytes.digest()).toString("hex"),
        ];
      });
      expect(new Set(digests).size).toBe(1);
    }
  },
);

describe("Multikey packages", () => {
  test("@digitalbazaar/ed25519-multikey and we read each other's keys, public and secret", async () => {
    const theirs = await Ed25519Multikey.generate({ controller: "did:example:1" });
    const exported = await theirs.export({ publicKey: true, secretKey: true });
    const key = await privateKeyFromMultikey(exported["secretKeyMultibase"] ?? "");
    expect(fromMultikeyDocument(exported).id).toBe(key.publicKey.id);
    const canonical = await theirs.export({ publicKey: true, secretKey: true, canonicalize: true });
    expect(privateKeyToMultikey(key)).toBe(canonical["secretKeyMultibase"]);
    const ours = await Ed25519Multikey.from({ ...toMultikeyDocument(key.publicKey) });
    expect(await ours.verifier().verify({ data: input, signature: await key.sign(input) })).toBe(true);
  });
  test.each(["P-256", "P-384"] as const)(
    "@digitalbazaar/ecdsa-multikey and we read each other's %s keys",
    async (curve) => {
      const theirs = await EcdsaMultikey.generate({ curve, controller: "did:example:1" });
      const exported = await theirs.export({ publicKey: true, secretKey: true });
      const key = await privateKeyFromMultikey(exported["secretKeyMultibase"] ?? "");
      expect(fromMultikeyDocument(exported).id).toBe(key.publicKey.id);
      expect(privateKeyToMultikey(key)).toBe(exported["secretKeyMultibase"]);
      const ours = await EcdsaMultikey.from({ ...toMultikeyDocument(key.publicKey) });
      expect(await ours.verifier().verify({ data: input, signature: await key.sign(input) })).toBe(true);
      const signature = await theirs.signer().sign({ data: input });
      for (const backend of node.backends) {
        if (await backend.supports(curve)) {
          expect(await backend.verify(key.publicKey, input, new Uint8Array(signature))).toBe(true);
        }
      }
    },
  );
  test("a Multikey of ours is a key of Ed25519VerificationKey2020, with the same fingerprint", async () => {
    const { publicKey } = await generateKey("Ed25519");
    const { publicKeyMultibase, controller } = toMultikeyDocument(publicKey);
    const pair = await Ed25519VerificationKey2020.from({
      type: "Ed25519VerificationKey2020",
      controller,
      publicKeyMultibase,
    });
    expect(`did:key:${pair.fingerprint()}`).toBe(controller);
  });
});
