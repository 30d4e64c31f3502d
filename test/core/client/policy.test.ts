import { describe, expect, test } from "vitest";
import type { Policy } from "../../../src/proof/threshold.ts";
import { Ed25519Signature2020, eddsaRdfc2022, tufEd25519 } from "../../../src/suite/index.ts";
import { suiteSet } from "../../../src/suite/registry.ts";
import { Client } from "../../support/simulator/client.ts";
import { Simulator, VIEWS, type View } from "../../support/simulator/repository.ts";

/** What each policy makes of files that carry one view or both. */
const TABLE: Readonly<Record<View, Readonly<Record<Policy, boolean>>>> = {
  classic: { classic: true, linked: false, either: true, both: false },
  linked: { classic: false, linked: true, either: true, both: false },
  both: { classic: true, linked: true, either: true, both: true },
};

describe.each(VIEWS)("files with %s signatures", (view) => {
  test.each(Object.entries(TABLE[view]) as [Policy, boolean][])(
    "under the policy %s: %s",
    async (policy, accepted) => {
      const repository = await Simulator.create({ view });
      const client = new Client(repository, { policy });
      if (accepted) {
        await client.refresh();
        expect(Object.keys(await client.versions())).toHaveLength(4);
      } else {
        // Under `both` there is a valid signature, of which the other half is missing.
        const code = policy === "both" ? "ERR_THRESHOLD_UNMET" : "ERR_NO_SIGNATURE";
        await expect(client.refresh()).rejects.toMatchObject({ code });
        expect(await client.versions()).toEqual({ root: 1 });
      }
    },
  );
});

describe("a file whose linked proofs are wrong", () => {
  async function spoiled(role: string) {
    const repository = await Simulator.create({ view: "both" });
    repository.tamper.set(role, (file) => ({
      ...file,
      proof: file.proof.map((proof) => ({ ...proof, created: "2020-01-01T00:00:00Z" })),
    }));
    await repository.publish(role);
    return new Client(repository);
  }

  test.each(["root", "timestamp", "snapshot", "targets"])(
    "%s: counts under classic and either, not under linked and both",
    async (role) => {
      await (await spoiled(role)).refresh({ policy: "classic" });
      await (await spoiled(role)).refresh({ policy: "either" });
      for (const policy of ["linked", "both"] as const) {
        const client = await spoiled(role);
        await expect(client.refresh({ policy })).rejects.toMatchObject({
          code: "ERR_THRESHOLD_UNMET",
          details: { role },
        });
      }
    },
  );
});

describe("a file whose classic signatures are wrong", () => {
  async function spoiled(role: string) {
    const repository = await Simulator.create({ view: "both" });
    repository.tamper.set(role, (file) => ({
      ...file,
      signatures: file.signatures.map((entry) => ({ ...entry, sig: "ab".repeat(64) })),
    }));
    await repository.publish(role);
    return new Client(repository);
  }

  test.each(["root", "timestamp", "snapshot", "targets"])(
    "%s: counts under linked and either, not under classic and both",
    async (role) => {
      await (await spoiled(role)).refresh({ policy: "linked" });
      await (await spoiled(role)).refresh({ policy: "either" });
      for (const policy of ["classic", "both"] as const) {
        const client = await spoiled(role);
        await expect(client.refresh({ policy })).rejects.toMatchObject({
          code: "ERR_THRESHOLD_UNMET",
          details: { role },
        });
      }
    },
  );
});

test("under both, a classic signature by one key and a proof by another do not add up to a key", async () => {
  const repository = await Simulator.create({ view: "both" });
  await repository.addKey("timestamp");
  const [one, other] = repository.signersOf("timestamp");
  repository.tamper.set("timestamp", (file) => ({
    ...file,
    signatures: file.signatures.filter(({ keyid }) => keyid === one?.keyid),
    proof: file.proof.slice(1),
  }));
  expect(other).toBeDefined();
  await repository.publish("root", "timestamp");
  await new Client(repository, { policy: "either" }).refresh();
  await expect(new Client(repository, { policy: "both" }).refresh()).rejects.toMatchObject({
    code: "ERR_THRESHOLD_UNMET",
    details: { valid: 0, threshold: 1 },
  });
});

test("under either, a classic signature by one key and a proof by another are two keys", async () => {
  const repository = await Simulator.create({ view: "both" });
  await repository.addKey("timestamp");
  repository.role("timestamp").threshold = 2;
  const [one] = repository.signersOf("timestamp");
  repository.tamper.set("timestamp", (file) => ({
    ...file,
    signatures: file.signatures.filter(({ keyid }) => keyid === one?.keyid),
    proof: file.proof.slice(1),
  }));
  await repository.publish("root", "timestamp");
  await new Client(repository, { policy: "either" }).refresh();
  for (const policy of ["classic", "linked", "both"] as const) {
    await expect(new Client(repository, { policy }).refresh()).rejects.toMatchObject({
      code: "ERR_THRESHOLD_UNMET",
    });
  }
});

test("under either, one key that signs in both views is one key", async () => {
  const repository = await Simulator.create({ view: "both" });
  await repository.addKey("timestamp");
  repository.role("timestamp").threshold = 2;
  repository.signers.set("timestamp", repository.signersOf("timestamp").slice(0, 1));
  await repository.publish("root", "timestamp");
  await expect(new Client(repository, { policy: "either" }).refresh()).rejects.toMatchObject({
    code: "ERR_THRESHOLD_UNMET",
    details: { valid: 1, threshold: 2 },
  });
});

test("a policy for one role leaves the others as they are", async () => {
  const repository = await Simulator.create({ view: "both" });
  repository.tamper.set("timestamp", (file) => ({ ...file, proof: [] }));
  await repository.delegate("targets", { name: "role" });
  repository.tamper.set("role", (file) => ({ ...file, signatures: [] }));
  repository.addTarget("role", "file.txt", "content");
  await repository.publishAll();
  const client = (roles: [string, Policy][]) =>
    new Client(repository, { policy: { default: "both", roles: new Map(roles) } });
  await expect(client([]).refresh()).rejects.toMatchObject({ details: { role: "timestamp" } });
  const lenient = client([["timestamp", "classic"]]);
  await lenient.refresh();
  await expect(lenient.download("file.txt")).rejects.toMatchObject({ details: { role: "role" } });
  const right = client([
    ["timestamp", "classic"],
    ["role", "linked"],
  ]);
  expect(await right.download("file.txt")).toBe("content");
});

test("a stored file that a stricter policy does not accept is not trusted", async () => {
  const repository = await Simulator.create({ view: "both" });
  repository.tamper.set("timestamp", (file) => ({ ...file, proof: [] }));
  await repository.publish("timestamp");
  const client = new Client(repository);
  await client.refresh({ policy: "classic" });
  await expect(client.refresh({ policy: "both", mode: "offline" })).rejects.toMatchObject({
    code: "ERR_FILE_NOT_FOUND",
  });
  await expect(client.refresh({ policy: "both" })).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
});

test("only suites that the client accepts count", async () => {
  const repository = await Simulator.create({ view: "linked" });
  await new Client(repository, { suites: suiteSet(Ed25519Signature2020) }).refresh();
  const others = new Client(repository, { suites: suiteSet(eddsaRdfc2022, tufEd25519) });
  await expect(others.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
});

test("a proof that was made for another role with the same key does not count", async () => {
  const repository = await Simulator.create({ view: "linked" });
  const [shared] = repository.signersOf("targets");
  if (shared === undefined) throw new Error("no key");
  await repository.delegate("targets", { name: "A" });
  await repository.delegate("targets", { name: "B" });
  for (const name of ["A", "B"]) {
    const delegations = repository.delegationsOf("targets");
    delegations.keys[shared.keyid] = shared.tufKey as never;
    for (const role of delegations.roles ?? []) role.keyids = [shared.keyid];
    repository.signers.set(name, [shared]);
  }
  repository.addTarget("B", "file.txt", "content");
  await repository.publishAll();
  // Both have version 1, and the same key: without `domain` the file of B would pass for that of A.
  repository.files.set("metadata/1.A.json", repository.bytes("metadata/1.B.json"));
  await expect(new Client(repository).download("file.txt")).rejects.toMatchObject({
    code: expect.stringMatching(/ERR_NO_SIGNATURE|ERR_THRESHOLD_UNMET/),
    details: { role: "A" },
  });
});
