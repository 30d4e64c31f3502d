/**
 * A1 to A7 of the threat model against a served repository: swapped bytes, missing and foreign signatures, replays,
 * dropped roles, freezes, withheld roots, endless files.
 * @module
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import { Updater } from "../../../src/client/updater.ts";
import { Client } from "../../support/simulator/client.ts";
import { days, daysLater, NOW } from "../../support/simulator/draft.ts";
import { expectRefusal } from "../../support/simulator/refusal.ts";
import { Simulator, VIEWS } from "../../support/simulator/repository.ts";
import { endless, METADATA_URL } from "../../support/simulator/served.ts";

afterEach(() => {
  vi.useRealTimers();
});

const ROLES = ["root", "timestamp", "snapshot", "targets"] as const;
const PATH = "file.txt";
const get = (client: Client) => client.download(PATH);

async function refreshed(view: Simulator["view"] = "classic") {
  const repository = await Simulator.create({ view });
  repository.addTarget("targets", PATH, "content");
  await repository.publish("targets");
  const client = new Client(repository);
  await client.refresh();
  return { repository, client };
}

describe.each(VIEWS)("with %s signatures", (view) => {
  test("A1: a mirror that swaps bytes of a target delivers nothing", async () => {
    const { repository, client } = await refreshed(view);
    const name = repository.requestName(PATH);
    for (const [swapped, code] of [
      ["CONTENT", "ERR_HASH_MISMATCH"],
      ["cont", "ERR_LENGTH_MISMATCH"],
      ["content!", "ERR_LENGTH_MISMATCH"],
    ] as const) {
      repository.files.set(name, new TextEncoder().encode(swapped));
      await expectRefusal(client, code, { action: get });
      expect(client.sink.paths()).toEqual([]);
    }
  });

  test.each(["snapshot", "targets"])(
    "A1: a mirror that swaps bytes of the %s, whose hash is stated, is refused",
    async (role) => {
      const { repository, client } = await refreshed(view);
      repository.statesHashes = true;
      await repository.publish(role);
      const name = repository.namesOf(role)[0] as string;
      repository.files.set(
        name,
        repository.bytes(name).map((byte, index) => (index === 5 ? 0x20 : byte)),
      );
      const accepted = role === "targets" ? ["timestamp", "snapshot"] : ["timestamp"];
      await expectRefusal(client, "ERR_HASH_MISMATCH", { accepted });
    },
  );

  test.each(ROLES)("A2: %s without signatures is refused", async (role) => {
    const { repository, client } = await refreshed(view);
    repository.signers.set(role, []);
    await repository.publish(role);
    const accepted = ["root", "timestamp", "snapshot", "targets"].filter((each) => each !== role);
    await expectRefusal(client, "ERR_NO_SIGNATURE", { accepted });
  });

  test.each(ROLES)(
    "A2: %s signed by the attacker's keys and those of all other roles is refused",
    async (role) => {
      const { repository, client } = await refreshed(view);
      const others = ROLES.filter((each) => each !== role).flatMap((each) => repository.signersOf(each));
      repository.signers.set(role, [await repository.ring.next(), ...others]);
      await repository.publish(role);
      const accepted = ROLES.filter((each) => each !== role);
      await expectRefusal(client, "ERR_NO_SIGNATURE", { accepted });
    },
  );

  test("A2: a delegated role signed by others is refused", async () => {
    const { repository, client } = await refreshed(view);
    await repository.delegate("targets", { name: "role", paths: ["role/*"] });
    repository.addTarget("role", "role/file", "content");
    await repository.publishAll();
    await client.refresh();
    await repository.write("role", [...repository.signersOf("targets"), ...repository.signersOf("root")]);
    await expectRefusal(client, "ERR_NO_SIGNATURE", { action: (each) => each.download("role/file") });
    expect(client.sink.paths()).toEqual([]);
  });

  test("A2: signatures that were taken from an older version of the same file are refused", async () => {
    for (const role of ["timestamp", "snapshot", "targets"]) {
      const { repository, client } = await refreshed(view);
      const old = await repository.sign(role, repository.signersOf(role));
      repository.tamper.set(role, (file) => ({ ...file, signatures: old.signatures, proof: old.proof }));
      await repository.publish(role);
      const accepted = ["timestamp", "snapshot"].filter((each) => each !== role);
      await expectRefusal(client, "ERR_THRESHOLD_UNMET", { accepted });
    }
  });

  test("A3: a replayed timestamp is refused as a rollback", async () => {
    const { repository, client } = await refreshed(view);
    const old = repository.bytes("metadata/timestamp.json");
    await repository.publish("targets");
    await client.refresh();
    repository.files.set("metadata/timestamp.json", old);
    await expectRefusal(client, "ERR_ROLLBACK", { details: { role: "timestamp" } });
  });

  test("A3: whoever holds the timestamp key cannot name an older snapshot", async () => {
    const { repository, client } = await refreshed(view);
    repository.timestamp.meta["snapshot.json"] = { version: 1 };
    await repository.bump("timestamp");
    await expectRefusal(client, "ERR_ROLLBACK", { details: { role: "snapshot" } });
  });

  test("A3: whoever holds the online keys cannot name an older targets file", async () => {
    const { repository, client } = await refreshed(view);
    repository.snapshot.meta["targets.json"] = { version: 1 };
    await repository.publish("snapshot");
    await expectRefusal(client, "ERR_ROLLBACK", {
      accepted: ["timestamp"],
      details: { role: "targets.json" },
    });
  });

  test("A3: an equal timestamp version is no update and no error", async () => {
    const { repository, client } = await refreshed(view);
    const before = await client.contents();
    repository.timestamp.expires = days(1000);
    repository.timestamp.meta["snapshot.json"] = { version: 1 };
    await repository.write("timestamp");
    await client.refresh();
    expect(await client.contents()).toEqual(before);
  });

  test("A4: a snapshot that drops a role is refused, whichever role it is", async () => {
    for (const dropped of ["targets.json", "role.json"]) {
      const { repository, client } = await refreshed(view);
      await repository.delegate("targets", { name: "role" });
      await repository.publishAll();
      await client.refresh();
      delete repository.snapshot.meta[dropped];
      await repository.publish("snapshot");
      const details = { role: dropped, offered: 0 };
      await expectRefusal(client, "ERR_ROLLBACK", { accepted: ["timestamp"], details });
    }
  });

  test("A5: the last timestamp works until it expires and is a freeze afterwards", async () => {
    const { repository, client } = await refreshed(view);
    const frozen = new Map(repository.files);
    await repository.publish("targets");
    repository.files.clear();
    for (const [name, bytes] of frozen) repository.files.set(name, bytes);
    await client.refresh({ at: daysLater(29.99) });
    await expectRefusal(client, "ERR_EXPIRED", { options: { at: daysLater(30) }, details: { role: "root" } });
    await repository.publish("root");
    repository.root.expires = days(60);
    await repository.publish("root");
    await expectRefusal(client, "ERR_EXPIRED", {
      options: { at: daysLater(30) },
      accepted: ["root"],
      details: { role: "timestamp" },
    });
  });

  test("A6: a client from which a newer root is withheld goes on until its own root expires", async () => {
    const { repository, client } = await refreshed(view);
    repository.timestamp.expires = days(500);
    repository.snapshot.expires = days(500);
    repository.targets.expires = days(500);
    await repository.publish("targets");
    repository.root.expires = days(500);
    await repository.publish("root");
    const withheld = repository.rootBytes(2);
    repository.files.delete("metadata/2.root.json");
    await client.refresh({ at: daysLater(29) });
    await expectRefusal(client, "ERR_EXPIRED", { options: { at: daysLater(31) }, details: { role: "root" } });
    repository.files.set("metadata/2.root.json", withheld);
    await client.refresh({ at: daysLater(31) });
  });
});

test("A5: the clock is read once: what is valid at the start stays valid to the end, however long it takes", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: daysLater(29.9) });
  const { repository } = await refreshed();
  const make = () =>
    new Updater({
      trustedRoot: repository.rootBytes(1),
      store: createMemoryStore(),
      fetcher: repository,
      metadataUrls: [METADATA_URL],
    });
  const slow = make();
  repository.onRequest = () => {
    vi.setSystemTime(Date.now() + 24 * 60 * 60 * 1000);
  };
  await slow.refresh();
  await slow.find(PATH);
  expect(Date.now()).toBeGreaterThan(daysLater(30).getTime());
  await expect(make().refresh()).rejects.toMatchObject({ code: "ERR_EXPIRED", details: { role: "root" } });
});

test("A5: a clock that was turned back before the start does not unlock a newer refusal of older files", async () => {
  const { repository, client } = await refreshed();
  const old = repository.bytes("metadata/timestamp.json");
  await repository.publish("timestamp");
  await client.refresh();
  repository.files.set("metadata/timestamp.json", old);
  await expectRefusal(client, "ERR_ROLLBACK", { options: { at: new Date(NOW.getTime() - 1e10) } });
});

describe("A7: a file without end", () => {
  const limits = {
    rootMaxBytes: 50_000,
    timestampMaxBytes: 20_000,
    snapshotMaxBytes: 50_000,
    targetsMaxBytes: 60_000,
  };

  test.each([
    ["root", "metadata/2.root.json", 50_000, []],
    ["timestamp", "metadata/timestamp.json", 20_000, []],
    ["snapshot", "metadata/3.snapshot.json", 50_000, ["timestamp"]],
    ["targets", "metadata/3.targets.json", 60_000, ["timestamp", "snapshot"]],
  ])("in place of %s is cut off at the configured length", async (_, name, most, accepted) => {
    const { repository, client } = await refreshed();
    await repository.publish("targets");
    const taken = { bytes: 0 };
    repository.behaviours.set(name, endless(taken));
    await expectRefusal(client, "ERR_LIMIT", { options: { limits }, accepted });
    expect(taken.bytes).toBeLessThanOrEqual(most + 10_000);
  });

  test.each([
    ["snapshot", ["timestamp"]],
    ["targets", ["timestamp", "snapshot"]],
  ])("in place of %s is cut off at the stated length", async (role, accepted) => {
    const { repository, client } = await refreshed();
    repository.statesHashes = true;
    await repository.publish(role);
    const taken = { bytes: 0 };
    repository.behaviours.set(repository.namesOf(role)[0] as string, endless(taken));
    await expectRefusal(client, "ERR_LENGTH_MISMATCH", { accepted });
    expect(taken.bytes).toBe(10_000);
  });

  test("in place of metadata is bounded even if the metadata above states a huge length", async () => {
    const { repository, client } = await refreshed();
    repository.timestamp.meta["snapshot.json"] = { version: 3, length: Number.MAX_SAFE_INTEGER };
    await repository.bump("timestamp");
    const taken = { bytes: 0 };
    repository.behaviours.set("metadata/3.snapshot.json", endless(taken));
    await expectRefusal(client, "ERR_LIMIT", { options: { limits }, accepted: ["timestamp"] });
    expect(taken.bytes).toBeLessThanOrEqual(70_000);
  });

  test("in place of a target is cut off at the signed length, and nothing appears", async () => {
    const { repository, client } = await refreshed();
    const taken = { bytes: 0 };
    repository.behaviours.set(repository.requestName(PATH), endless(taken));
    await expectRefusal(client, "ERR_LENGTH_MISMATCH", { action: get });
    expect(taken.bytes).toBe(10_000);
    expect(client.sink.paths()).toEqual([]);
  });

  test("of nested arrays is refused over 64 levels", async () => {
    const { repository, client } = await refreshed();
    const deep = new TextEncoder().encode("[".repeat(65));
    repository.files.set("metadata/timestamp.json", deep);
    await expectRefusal(client, "ERR_LIMIT");
  });
});
