/**
 * A18 of the threat model against a served repository: versions driven up so far that no honest one can follow, and
 * the recovery by new keys (TUF 5.3.11).
 * @module
 */
import { describe, expect, test } from "vitest";
import { Client } from "../../support/simulator/client.ts";
import { expectRefusal } from "../../support/simulator/refusal.ts";
import { Simulator, VIEWS } from "../../support/simulator/repository.ts";

const VERSIONS = [2 ** 31 - 1, Number.MAX_SAFE_INTEGER];

async function start(view: Simulator["view"]) {
  const repository = await Simulator.create({ view });
  await repository.delegate("targets", { name: "role" });
  repository.addTarget("role", "file.txt", "content");
  await repository.publishAll();
  const client = new Client(repository);
  await client.download("file.txt");
  return { repository, client };
}

describe.each(VIEWS)("with %s signatures", (view) => {
  describe.each(VERSIONS)("to version %i", (version) => {
    /** The attacker, who holds the online keys, drives up the version of a role; the client follows. */
    async function fastForward(role: "timestamp" | "snapshot" | "targets" | "role") {
      const { repository, client } = await start(view);
      const honest = {
        timestamp: structuredClone(repository.timestamp),
        snapshot: structuredClone(repository.snapshot),
        targets: structuredClone(repository.targets),
      };
      const { delegated } = repository;
      const honestRole = structuredClone(repository.targetsOf("role"));
      repository.document(role).version = version - 1;
      await repository.publish(role);
      await client.download("file.txt");
      expect((await client.versions())[role]).toBe(version);
      // The honest repository comes back with its own next versions.
      Object.assign(repository, honest);
      delegated.set("role", honestRole);
      return { repository, client };
    }

    test("A18: of timestamp: the honest one is a rollback until its key is rotated, then the client recovers", async () => {
      const { repository, client } = await fastForward("timestamp");
      await repository.publish("timestamp");
      await expectRefusal(client, "ERR_ROLLBACK", { details: { role: "timestamp", trusted: version } });
      await repository.rotate("timestamp");
      await repository.publish("root", "timestamp");
      await client.refresh();
      expect(await client.versions()).toMatchObject({ root: 2, timestamp: 4, snapshot: 2, targets: 2 });
    });

    test.each([[["snapshot"]], [["timestamp"]], [["timestamp", "snapshot"]]] as const)(
      "A18: of snapshot: the client recovers when these keys are rotated: %s",
      async (roles) => {
        const { repository, client } = await fastForward("snapshot");
        repository.timestamp.version = 10;
        await repository.publish("snapshot");
        await expectRefusal(client, "ERR_ROLLBACK", { details: { role: "snapshot", trusted: version } });
        for (const role of roles) await repository.rotate(role);
        await repository.publish("root", "snapshot");
        await client.refresh();
        expect(await client.versions()).toMatchObject({ root: 2, timestamp: 12, snapshot: 4, targets: 2 });
        expect(await client.download("file.txt")).toBe("content");
      },
    );

    test.each(["targets", "role"] as const)(
      "A18: of %s: the client recovers when the snapshot key is rotated",
      async (role) => {
        const { repository, client } = await fastForward(role);
        repository.timestamp.version = 10;
        repository.snapshot.version = 10;
        await repository.publish(role);
        await expectRefusal(client, "ERR_ROLLBACK", {
          accepted: ["timestamp"],
          details: { role: `${role}.json`, trusted: version },
        });
        await repository.rotate("snapshot");
        await repository.publish("root", "snapshot");
        expect(await client.download("file.txt")).toBe("content");
        expect((await client.versions())[role]).toBe(repository.document(role).version);
      },
    );

    test("A18: of targets in the snapshot alone, without the targets key: refused, and the client recovers", async () => {
      const { repository, client } = await start(view);
      repository.snapshot.meta["targets.json"] = { version };
      await repository.publish("snapshot");
      await expectRefusal(client, "ERR_FILE_NOT_FOUND", { accepted: ["timestamp", "snapshot"] });
      repository.snapshot.meta["targets.json"] = { version: 2 };
      await repository.rotate("snapshot");
      await repository.publish("root", "snapshot");
      await client.refresh();
      expect((await client.versions())["targets"]).toBe(2);
    });
  });
});

test("A18: a root cannot be driven up: the next one has the next number", async () => {
  const { repository, client } = await start("classic");
  for (const version of VERSIONS) {
    repository.root.version = version;
    repository.files.set("metadata/2.root.json", await repository.write("root"));
    await expectRefusal(client, "ERR_VERSION_MISMATCH", { details: { role: "root", expected: 2 } });
  }
});

test.each([
  ["9007199254740992", "ERR_SHAPE"],
  ["1e300", "ERR_JSON_SYNTAX"],
  ["99999999999999999999", "ERR_SHAPE"],
] as const)(
  "A18: a version that is no safe integer is refused before anyone compares it: %s",
  async (number, code) => {
    const { repository, client } = await start("classic");
    const text = new TextDecoder().decode(repository.bytes("metadata/timestamp.json"));
    repository.files.set(
      "metadata/timestamp.json",
      new TextEncoder().encode(text.replace(/"version": \d+/, `"version": ${number}`)),
    );
    await expectRefusal(client, code);
  },
);

test("A18: a new root that gives timestamp and snapshot the same keys as before makes the client forget nothing", async () => {
  const { repository, client } = await start("classic");
  await repository.rotate("targets");
  await repository.publish("root", "targets");
  await client.refresh();
  repository.timestamp.version = 1;
  await repository.publish("root");
  await repository.write("timestamp");
  await expectRefusal(client, "ERR_ROLLBACK", { accepted: ["root"], details: { role: "timestamp" } });
});

test("A18: keys that were rotated away and back again make the client forget too", async () => {
  const { repository, client } = await start("classic");
  const before = repository.signersOf("timestamp");
  repository.timestamp.version = 1000;
  await repository.publish("timestamp");
  await client.refresh();
  await repository.rotate("timestamp");
  await repository.publish("root");
  repository.role("timestamp").keyids = before.map(({ keyid }) => keyid);
  repository.signers.set("timestamp", before);
  repository.timestamp.version = 5;
  await repository.publish("root", "timestamp");
  await client.refresh();
  expect((await client.versions())["timestamp"]).toBe(6);
});

test("A18: a rotation that came with a newer embedded root is noticed as well", async () => {
  const { repository, client } = await start("classic");
  repository.timestamp.version = 1000;
  await repository.publish("timestamp");
  await client.refresh();
  await repository.rotate("snapshot");
  repository.timestamp.version = 5;
  await repository.publish("root", "snapshot");
  await client.refresh({ trustedRoot: repository.rootBytes(2) });
  expect((await client.versions())["timestamp"]).toBe(6);
});

test("A18: the client tells that it has recovered", async () => {
  const { repository, client } = await start("classic");
  await repository.rotate("timestamp");
  await repository.publish("root", "timestamp");
  const told: string[] = [];
  await client.refresh({
    onEvent: (event) => {
      if (event.type === "recovered") told.push(event.role);
    },
  });
  expect(told).toEqual(["timestamp", "snapshot"]);
});
