/**
 * The keys of a role, resolved from metadata.
 * @module
 */
import { describe, expect, test } from "vitest";
import { keyidsOf, roleKeys } from "../../../src/proof/roleKeys.ts";
import { testKeys } from "../../support/testKeys.ts";

const { alice, bob, mallory, pat } = testKeys;

describe("roleKeys", () => {
  test("keeps name and threshold, and finds each key by its keyid", () => {
    const role = roleKeys(
      "r",
      { keyids: ["a", "p"], threshold: 2 },
      { a: alice.tufKey, p: pat.tufKey, b: bob.tufKey },
    );
    expect(role).toMatchObject({ name: "r", threshold: 2 });
    expect([...role.byKeyid.keys()]).toEqual(["a", "p"]);
    expect(role.byKeyid.get("a")).toMatchObject({ key: { id: alice.id }, scheme: "ed25519" });
    expect(role.byKeyid.get("p")).toMatchObject({ key: { id: pat.id }, scheme: "ecdsa-sha2-nistp256" });
  });

  test("keeps a keyid without a usable key, with the reason", () => {
    const keys = {
      unknown: { keytype: "x", scheme: "y", keyval: { public: "00" } },
      malformed: { ...alice.tufKey, keyval: { public: "zz" } },
      small: { ...alice.tufKey, keyval: { public: `01${"00".repeat(31)}` } },
    };
    const keyids = [...Object.keys(keys), "missing", "constructor"];
    const { byKeyid } = roleKeys("r", { keyids, threshold: 1 }, keys);
    const codes = [...byKeyid.values()].map((entry) =>
      entry.key === undefined ? entry.reason.code : "usable",
    );
    expect(codes).toEqual(["ERR_SUITE_UNKNOWN", "ERR_KEY", "ERR_KEY", "ERR_KEY", "ERR_KEY"]);
  });

  test("takes a keyid as a name: it need not be the hash of the key, and may be any string", () => {
    for (const keyid of ["", "alice@example.org", "0".repeat(64), "日本"]) {
      const role = roleKeys("r", { keyids: [keyid], threshold: 1 }, { [keyid]: alice.tufKey });
      expect(keyidsOf(role, alice.signer.publicKey)).toEqual([keyid]);
    }
  });
});

describe("keyidsOf", () => {
  test("finds every keyid of a public value, and none of another", () => {
    const keys = { one: alice.tufKey, two: bob.tufKey, three: alice.tufKey };
    const role = roleKeys("r", { keyids: ["one", "two", "three"], threshold: 1 }, keys);
    expect(keyidsOf(role, alice.signer.publicKey)).toEqual(["one", "three"]);
    expect(keyidsOf(role, mallory.signer.publicKey)).toEqual([]);
  });

  test("finds nothing for a key that metadata lists but not for this role", () => {
    const role = roleKeys("r", { keyids: ["one"], threshold: 1 }, { one: alice.tufKey, two: bob.tufKey });
    expect(keyidsOf(role, bob.signer.publicKey)).toEqual([]);
  });
});
