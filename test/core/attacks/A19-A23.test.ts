/**
 * A19, A21 and A23 of the threat model against a served repository: stale edges, floods of delegations, chains of roots.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { Delegations } from "../../../src/vocabulary/types.ts";
import { Client } from "../../support/simulator/client.ts";
import { type DraftTargets, newTargets } from "../../support/simulator/draft.ts";
import { expectRefusal } from "../../support/simulator/refusal.ts";
import { Simulator, VIEWS } from "../../support/simulator/repository.ts";

describe.each(VIEWS)("with %s signatures", (view) => {
  test.each(["snapshot", "targets"])(
    "A19: the client starts again from the timestamp when the old %s is gone",
    async (role) => {
      const repository = await Simulator.create({ view });
      repository.addTarget("targets", "file.txt", "old");
      await repository.publish("targets");
      const client = new Client(repository);
      const old = `metadata/2.${role}.json`;
      repository.onRequest = async (path) => {
        if (path !== old) return;
        repository.files.delete(old);
        repository.addTarget("targets", "file.txt", "new");
        await repository.publish("targets");
      };
      expect(await client.download("file.txt")).toBe("new");
      expect(await client.versions()).toEqual({ root: 1, timestamp: 3, snapshot: 3, targets: 3 });
    },
  );

  test("A19: an edge that has the new timestamp but not yet the new files is refused, without a mixture", async () => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    await client.refresh();
    await repository.publish("targets");
    repository.files.delete("metadata/2.targets.json");
    await expectRefusal(client, "ERR_FILE_NOT_FOUND", { accepted: ["timestamp", "snapshot"] });
    await expect(client.updater({ mode: "offline" }).refresh()).rejects.toMatchObject({
      code: "ERR_FILE_NOT_FOUND",
    });
  });

  test("A19: an edge with an older timestamp than one seen before is refused", async () => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    const stale = new Map(repository.files);
    await repository.publish("targets");
    await client.refresh();
    repository.files.clear();
    for (const [name, bytes] of stale) repository.files.set(name, bytes);
    await expectRefusal(client, "ERR_ROLLBACK", { details: { role: "timestamp" } });
  });

  test("A19: a repository that moves on for ever is given up after three attempts", async () => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    repository.onRequest = async (path) => {
      if (!path.endsWith(".targets.json")) return;
      repository.files.delete(path);
      await repository.publish("targets");
    };
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
    expect(repository.requests.filter((path) => path.endsWith("timestamp.json"))).toHaveLength(3);
    expect(await client.versions()).not.toHaveProperty("targets");
  });

  test("A23: fifty new roots are walked one by one", async () => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    await client.refresh();
    for (let count = 0; count < 50; count++) {
      const before = repository.signersOf("root");
      const now = await repository.rotate("root");
      repository.signers.set("root", [...before, now]);
      await repository.publish("root");
      repository.signers.set("root", [now]);
    }
    await client.refresh();
    expect((await client.versions())["root"]).toBe(51);
  });

  test.each(["old", "new"])("A23: root N+1 signed only by the %s keys is refused", async (which) => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    await client.refresh();
    const old = repository.signersOf("root");
    const fresh = [await repository.rotate("root")];
    repository.signers.set("root", which === "old" ? old : fresh);
    await repository.publish("root");
    await expectRefusal(client, "ERR_NO_SIGNATURE", { details: { role: "root" } });
    repository.signers.set("root", [...old, ...fresh]);
    await repository.write("root");
    await client.refresh();
    expect((await client.versions())["root"]).toBe(2);
  });

  test("A23: among fifty roots one in the middle that skips the old keys ends the walk there", async () => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    await client.refresh();
    for (let count = 0; count < 50; count++) {
      const before = repository.signersOf("root");
      const now = await repository.rotate("root");
      repository.signers.set("root", count === 25 ? [now] : [...before, now]);
      await repository.publish("root");
      repository.signers.set("root", [now]);
    }
    await expectRefusal(client, "ERR_NO_SIGNATURE", { accepted: ["root"] });
    expect((await client.versions())["root"]).toBe(26);
  });
});

describe("A21", () => {
  /** 100,000 delegations in the top-level targets file, of which the first `served` exist. */
  async function flooded(paths: (index: number) => string, served: readonly number[]) {
    const repository = await Simulator.create();
    const key = await repository.ring.next();
    const roles = Array.from({ length: 100_000 }, (_, index) => ({
      name: `role-${index}`,
      keyids: [key.keyid],
      threshold: 1,
      terminating: false,
      paths: [paths(index)],
    }));
    const delegations: Delegations = { keys: { [key.keyid]: { ...key.tufKey } }, roles };
    repository.targets.delegations = delegations as NonNullable<DraftTargets["delegations"]>;
    for (const index of served) {
      const name = `role-${index}`;
      repository.delegated.set(name, newTargets());
      repository.signers.set(name, [key]);
    }
    return repository;
  }

  test("A21: of 100,000 delegations for every path no more are asked than the limit says", async () => {
    const repository = await flooded(
      () => "*",
      Array.from({ length: 40 }, (_, index) => index),
    );
    await repository.publishAll();
    const updater = new Client(repository).updater();
    await updater.refresh();
    repository.forgetRequests();
    await expect(updater.find("file.txt")).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "delegatedRoles", allowed: 32 },
    });
    expect(repository.requests.filter((path) => path.includes("role-"))).toHaveLength(32);
  });

  test("A21: among 100,000 delegations the one that is for the path is found, and only it is asked", async () => {
    const repository = await flooded((index) => `dir-${index}/*`, [99_999]);
    repository.addTarget("role-99999", "dir-99999/file.txt", "content");
    await repository.publishAll();
    const client = new Client(repository);
    expect(await client.download("dir-99999/file.txt")).toBe("content");
    expect(repository.requests.filter((path) => path.includes("role-"))).toHaveLength(1);
  });

  test("A21: patterns with several stars are for the paths that they match, and for no others", async () => {
    const repository = await Simulator.create();
    await repository.delegate("targets", { name: "A", paths: ["*a*a*b", "[a-z]*[a-z]*!"] });
    repository.addTarget("A", "aaaab", "content");
    repository.addTarget("A", "aaaa", "content");
    await repository.publishAll();
    expect(await new Client(repository).download("aaaab")).toBe("content");
    await expect(new Client(repository).updater().find("aaaa")).rejects.toMatchObject({
      code: "ERR_TARGET_NOT_FOUND",
    });
  });

  test("A21: a chain of delegations deeper than the limit is refused, one within it is followed", async () => {
    for (const [depth, found] of [
      [31, true],
      [40, false],
    ] as const) {
      const repository = await Simulator.create();
      let from = "targets";
      for (let level = 0; level < depth; level++) {
        await repository.delegate(from, { name: `level-${level}` });
        from = `level-${level}`;
      }
      repository.addTarget(from, "file.txt", "content");
      await repository.publishAll();
      const client = new Client(repository);
      if (found) expect(await client.download("file.txt")).toBe("content");
      else await expect(client.download("file.txt")).rejects.toMatchObject({ code: "ERR_LIMIT" });
    }
  });

  test("A21: roles that delegate to each other in every way are each asked once", async () => {
    const repository = await Simulator.create();
    const names = Array.from({ length: 10 }, (_, index) => `role-${index}`);
    for (const name of names) await repository.delegate("targets", { name });
    for (const from of names) for (const name of names) await repository.delegate(from, { name });
    await repository.publishAll();
    const updater = new Client(repository).updater();
    await expect(updater.find("file.txt")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
    expect(repository.requests.filter((path) => path.includes("role-"))).toHaveLength(10);
  });

  test("A21: nobody goes round a terminating delegation", async () => {
    const repository = await Simulator.create();
    await repository.delegate("targets", { name: "owner", paths: ["project/*"], terminating: true });
    await repository.delegate("targets", { name: "catch-all", paths: ["*/*"] });
    await repository.delegate("owner", { name: "helper", paths: ["project/*"] });
    await repository.delegate("helper", { name: "catch-all", paths: ["*/*"] });
    repository.addTarget("catch-all", "other/file", "right");
    repository.addTarget("catch-all", "project/file", "by way of the helper");
    await repository.publishAll();
    const client = new Client(repository);
    expect(await client.download("other/file")).toBe("right");
    const found = await client.updater().find("project/file");
    expect(found.chain.map(({ role }) => role)).toEqual(["targets", "owner", "helper", "catch-all"]);
    // Without the helper's delegation nobody but the owner may speak.
    delete repository.targetsOf("helper").delegations;
    await repository.publish("helper");
    await expect(client.updater().find("project/file")).rejects.toMatchObject({
      code: "ERR_TARGET_NOT_FOUND",
    });
    const listed: string[] = [];
    for await (const { path } of client.updater().list()) listed.push(path);
    expect(listed).toEqual(["other/file"]);
  });

  test("A21: four billion bins do not keep a search from finding its one, and are too many for a list", async () => {
    const repository = await Simulator.create();
    await repository.delegateBins("targets", 1, "bin");
    const bins = repository.delegationsOf("targets").succinct_roles;
    Object.assign(bins as object, { bit_length: 32 });
    await repository.publish("targets");
    const updater = new Client(repository).updater();
    // The bin is not in the snapshot: one question was enough to know.
    await expect(updater.find("file.txt")).rejects.toMatchObject({ code: "ERR_VERSION_MISMATCH" });
    await expect(updater.list().next()).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "listedRoles" },
    });
  });

  test("A21: a graph in which the number of ways doubles with every level is walked once in a list, and bounded", async () => {
    const repository = await Simulator.create();
    for (let level = 0; level < 30; level++) {
      const from = level === 0 ? ["targets"] : [`left-${level - 1}`, `right-${level - 1}`];
      for (const each of from) {
        await repository.delegate(each, { name: `left-${level}` });
        await repository.delegate(each, { name: `right-${level}` });
      }
    }
    await repository.publishAll();
    // Two delegations at the top, and two by each of the 58 roles that have a level below them.
    const list = (listedRoles: number) =>
      new Client(repository, { limits: { listedRoles } }).updater().list();
    expect(await list(118).next()).toEqual({ done: true, value: undefined });
    await expect(list(117).next()).rejects.toMatchObject({ code: "ERR_LIMIT" });
  });
});
