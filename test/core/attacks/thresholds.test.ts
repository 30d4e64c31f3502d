/**
 * A13 and L10 of the threat model: too few keys made to look like enough, and forgeries behind a warm cache.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { encodeHex } from "../../../src/encoding/hex.ts";
import type { MetadataFile } from "../../../src/metadata/file.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import { decodePoint, uncompressPoint } from "../../../src/platform/sec1.ts";
import { checkFile } from "../../../src/proof/checkFile.ts";
import { roleKeys } from "../../../src/proof/roleKeys.ts";
import { POLICIES } from "../../../src/proof/threshold.ts";
import { allSuites } from "../../../src/suite/registry.ts";
import { TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import type { Targets } from "../../../src/vocabulary/types.ts";
import {
  AT,
  type Editable,
  edited,
  outcomeOf,
  rootFor,
  signed,
  targetsDocument,
  textOf,
} from "../../support/signedFiles.ts";
import { stockVerify } from "../../support/stockProofs.ts";
import { testKeys, trusted } from "../../support/testKeys.ts";

const root = rootFor(["alice", "bob", "carol"], 2, ["mallory"]);
let byAlice: MetadataFile<Targets>;
let byTwo: MetadataFile<Targets>;

beforeAll(async () => {
  byAlice = await signed(targetsDocument(), "targets", ["alice"]);
  byTwo = await signed(byAlice, "targets", ["bob"]);
});

async function expectUnmet(text: string, question: { root: typeof root } = { root }): Promise<void> {
  for (const policy of POLICIES) {
    expect(await outcomeOf(text, { ...question, policy })).toMatchObject({
      ok: false,
      code: "ERR_THRESHOLD_UNMET",
    });
  }
}

test.each(POLICIES)("control: two of three keys are enough under %s", async (policy) => {
  expect(await outcomeOf(textOf(byTwo), { root, policy })).toMatchObject({ ok: true });
});

describe("A13: the holder of threshold - 1 keys", () => {
  test("signs once, in both views", () => expectUnmet(textOf(byAlice)));

  test("repeats the same proof", async () => {
    await expectUnmet(
      edited(byAlice, (json) => {
        json.proof = Array.from({ length: 50 }, () => json.proof[0]);
      }),
    );
  });

  test.each<[string, (sig: string) => string]>([
    ["the same signature", (sig) => sig],
    ["the same signature in upper case", (sig) => sig.toUpperCase()],
    ["an empty signature", () => ""],
  ])("lists its keyid twice, the second time with %s: the file is refused", async (_, second) => {
    const text = edited(byAlice, (json) => {
      json.signatures.push({ ...json.signatures[0], sig: second(json.signatures[0].sig) });
    });
    const linked = edited(
      byAlice,
      (json) => {
        const [entry] = json.proof.filter(({ type }: Editable) => type === "ClassicSignature");
        json.proof.push({ ...entry, sig: second(entry.sig) });
      },
      "linked",
    );
    for (const policy of POLICIES) {
      expect(await outcomeOf(text, { root, policy })).toMatchObject({ ok: false, code: "ERR_SHAPE" });
      expect(await outcomeOf(linked, { root, policy })).toMatchObject({ ok: false, code: "ERR_SHAPE" });
    }
  });

  test("repeats a proof, which stock tools count as often as it stands there", async () => {
    const proof = [byAlice.proof[0], byAlice.proof[0], byAlice.proof[0]];
    const document = { "@context": [...TUF_CONTEXTS], ...toLinked(byAlice.signed), proof };
    expect((await stockVerify(document)).of).toEqual([true, true, true]);
  });

  test("writes the hex of its signature in upper case", async () => {
    const text = edited(byAlice, (json) => {
      json.signatures[0].sig = json.signatures[0].sig.toUpperCase();
    });
    await expectUnmet(text);
    expect((await outcomeOf(text, { root, policy: "classic" })).findings).toEqual(["valid"]);
  });

  test("makes a proof of every suite, and at different times", async () => {
    let file = byAlice;
    for (const name of ["eddsa-rdfc-2022", "eddsa-jcs-2022"]) {
      file = await signed(file, "targets", ["alice"], "linked", { suite: allSuites.get(name) });
    }
    const later = await signed(targetsDocument(), "targets", ["alice"], "linked", { created: AT });
    const all = { ...file, proof: [...file.proof, ...later.proof] };
    expect((await outcomeOf(textOf(all), { root, policy: "linked" })).findings).toEqual(
      Array(4).fill("valid"),
    );
    await expectUnmet(textOf(all));
  });

  test("adds the signature of a key that the metadata lists for no role", async () => {
    const file = await signed(byAlice, "targets", ["mallory"]);
    await expectUnmet(textOf(file));
    const { findings } = await outcomeOf(textOf(file), { root });
    expect(findings).toEqual(["valid", "ERR_KEY_UNAUTHORIZED", "valid", "ERR_KEY_UNAUTHORIZED"]);
  });

  test("puts another key's name on an own signature or proof", async () => {
    const text = edited(byTwo, (json) => {
      json.signatures[1].sig = json.signatures[0].sig;
      json.proof[1].proofValue = json.proof[0].proofValue;
    });
    await expectUnmet(text);
    const { findings } = await outcomeOf(text, { root });
    expect(findings).toEqual(["valid", "ERR_SIGNATURE", "valid", "ERR_SIGNATURE"]);
  });

  test("signs one view, and has nobody else for the other", async () => {
    const mixed = await signed(byAlice, "targets", ["bob"], "classic");
    expect(await outcomeOf(textOf(mixed), { root, policy: "either" })).toMatchObject({ ok: true });
    for (const policy of ["linked", "both"] as const) {
      expect(await outcomeOf(textOf(mixed), { root, policy })).toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
    }
  });

  test("is listed under several keyids, schemes and encodings of one key", async () => {
    const { signer, tufKey, keyid } = testKeys.pat;
    const uncompressed = decodePoint("P-256", signer.publicKey.bytes);
    if (uncompressed === undefined) throw new Error("the test key is no point");
    const keys = {
      [keyid]: tufKey,
      pem: { ...tufKey, keytype: "ecdsa-sha2-nistp256" },
      point: { ...tufKey, keyval: { public: encodeHex(uncompressPoint(uncompressed)) } },
      compressed: { ...tufKey, keyval: { public: encodeHex(signer.publicKey.bytes) } },
    };
    const role = roleKeys("targets", { keyids: Object.keys(keys), threshold: 2 }, keys);
    let file = await signed(targetsDocument(), "targets", ["pat"]);
    const { sig = "" } = file.signatures[0] ?? {};
    file = { ...file, signatures: Object.keys(keys).map((name) => ({ keyid: name, sig })) };
    for (const policy of POLICIES) {
      const { count, findings } = await checkFile(file, role, policy, { at: AT });
      expect(count).toMatchObject({ keys: [signer.publicKey.id], met: false });
      expect(findings.every(({ outcome }) => outcome === "valid")).toBe(true);
    }
  });

  test("is listed twice under one keyid: the root itself is refused", async () => {
    const text = edited(root, (json) => json.signed.roles.targets.keyids.push(testKeys.alice.keyid));
    expect(await outcomeOf(text, { root })).toMatchObject({ ok: false, code: "ERR_SHAPE" });
  });

  test("asks for a threshold of zero: the root itself is refused", async () => {
    for (const threshold of [0, -1, 1.5, "1", null]) {
      const text = edited(root, (json) => {
        json.signed.roles.targets.threshold = threshold;
      });
      expect((await outcomeOf(text, { root })).code).toMatch(/^ERR_(SHAPE|JSON_SYNTAX)$/);
    }
  });

  test("makes a new root of which the old keys know nothing, or the new ones", async () => {
    const next = { ...rootFor(["carol", "mallory"], 2).signed, version: 2 };
    const byOld = await signed(next, "root", ["alice", "bob"]);
    const byNew = await signed(next, "root", ["carol", "mallory"]);
    const byAll = await signed(byOld, "root", ["carol", "mallory"]);
    for (const policy of POLICIES) {
      expect(await outcomeOf(textOf(byOld), { root, policy })).toMatchObject({ ok: false });
      expect(await outcomeOf(textOf(byNew), { root, policy })).toMatchObject({ ok: false });
      expect(await outcomeOf(textOf(byAll), { root, policy })).toMatchObject({ ok: true });
    }
  });
});

describe("L10: the second of two required proofs is forged", () => {
  const forgeries: [string, (json: Editable) => void][] = [
    [
      "the value of the first proof",
      (json) => {
        json.proof[1].proofValue = json.proof[0].proofValue;
      },
    ],
    [
      "a value with one letter changed",
      (json) => {
        json.proof[1].proofValue = json.proof[1].proofValue.replace(/.$/, (last: string) =>
          last === "2" ? "3" : "2",
        );
      },
    ],
    [
      "the first proof under the second key's name",
      (json) => {
        json.proof[1] = { ...json.proof[0], verificationMethod: json.proof[1].verificationMethod };
      },
    ],
    [
      "the first proof again",
      (json) => {
        json.proof[1] = json.proof[0];
      },
    ],
    [
      "no value",
      (json) => {
        json.proof[1].proofValue = "";
      },
    ],
    [
      "64 zero bytes",
      (json) => {
        json.proof[1].proofValue = `z${"1".repeat(64)}`;
      },
    ],
  ];

  test.each(forgeries)("with %s: refused cold, warm, and cold again", async (_, forge) => {
    const forged = edited(byTwo, forge);
    const ask = (text: string) => outcomeOf(text, { root, policy: "linked" });
    for (const text of [forged, textOf(byTwo), forged, textOf(byTwo), forged]) {
      const { ok } = await ask(text);
      expect(ok).toBe(text !== forged);
    }
  });

  test.each(forgeries)(
    "with %s: refused with the very key objects that verified the good one",
    async (_, forge) => {
      const role = trusted("targets", ["alice", "bob", "carol"], 2);
      const json = JSON.parse(textOf(byTwo));
      forge(json);
      const forged = { ...byTwo, proof: json.proof };
      for (let round = 0; round < 3; round++) {
        expect((await checkFile(byTwo, role, "linked", { at: AT })).count.met).toBe(true);
        expect((await checkFile(forged, role, "linked", { at: AT })).count.met).toBe(false);
      }
      const both = await Promise.all(
        [byTwo, forged, byTwo, forged].map((file) => checkFile(file, role, "linked", { at: AT })),
      );
      expect(both.map(({ count }) => count.met)).toEqual([true, false, true, false]);
    },
  );

  test("an object that is changed after a successful check fails the next one, in both views", async () => {
    const role = trusted("targets", ["alice", "bob"], 2);
    const file: Editable = structuredClone(byTwo);
    const met = async () => (await checkFile(file, role, "both", { at: AT })).count.met;
    expect(await met()).toBe(true);
    file.signed.version += 1;
    expect(await met()).toBe(false);
    file.signed.version -= 1;
    expect(await met()).toBe(true);
    file.signed.targets["app.tar.gz"].custom.order.reverse();
    expect(await met()).toBe(false);
    file.signed.targets["app.tar.gz"].custom.order.reverse();
    file.proof[1].created = "2026-01-02T00:00:00Z";
    expect(await met()).toBe(false);
    file.proof[1].created = file.proof[0].created;
    expect(await met()).toBe(true);
    file.signatures[1].sig = file.signatures[0].sig;
    expect(await met()).toBe(false);
  });

  test("a proof of a document that verified does not warm the way for another document", async () => {
    const role = trusted("targets", ["alice", "bob"], 2);
    const evil = { ...byTwo, signed: { ...byTwo.signed, version: 4 } };
    expect((await checkFile(byTwo, role, "linked", { at: AT })).count.met).toBe(true);
    const { findings, count } = await checkFile(evil, role, "either", { at: AT });
    expect(count).toMatchObject({ met: false, keys: [] });
    expect(findings.every(({ reason }) => reason?.code === "ERR_SIGNATURE")).toBe(true);
  });
});
