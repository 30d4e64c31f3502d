import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import { Updater } from "../../../src/client/updater.ts";
import { Client } from "../../support/simulator/client.ts";
import { days } from "../../support/simulator/draft.ts";
import { Simulator, VIEWS } from "../../support/simulator/repository.ts";
import { METADATA_URL } from "../../support/simulator/served.ts";

const ONES = { root: 1, snapshot: 1, targets: 1, timestamp: 1 };

describe.each(VIEWS)("a repository with %s signatures", (view) => {
  test("is refreshed from nothing, and every top-level role is then trusted at version 1", async () => {
    const client = new Client(await Simulator.create({ view }));
    const trusted = await client.refresh();
    expect(trusted.targets.file.signed.version).toBe(1);
    expect(await client.versions()).toEqual(ONES);
  });

  test("has its files stored byte for byte as received", async () => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    await client.refresh();
    expect(await client.stored("root")).toEqual(repository.rootBytes(1));
    expect(await client.stored("timestamp")).toEqual(repository.bytes("metadata/timestamp.json"));
    expect(await client.stored("snapshot")).toEqual(repository.bytes("metadata/1.snapshot.json"));
    expect(await client.stored("targets")).toEqual(repository.bytes("metadata/1.targets.json"));
  });

  test("is asked for the next root, timestamp, snapshot and targets, in this order and once each", async () => {
    const repository = await Simulator.create({ view });
    await new Client(repository).refresh();
    expect(repository.requests).toEqual([
      "metadata/2.root.json",
      "metadata/timestamp.json",
      "metadata/1.snapshot.json",
      "metadata/1.targets.json",
    ]);
  });

  test("is asked only for the next root and the timestamp if nothing has changed", async () => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    await client.refresh();
    repository.forgetRequests();
    await client.refresh();
    expect(repository.requests).toEqual(["metadata/2.root.json", "metadata/timestamp.json"]);
  });

  test("that publishes again is followed", async () => {
    const repository = await Simulator.create({ view });
    const client = new Client(repository);
    await client.refresh();
    await repository.publish("root");
    await repository.publish("targets");
    await repository.publish("timestamp");
    await client.refresh();
    expect(await client.versions()).toEqual({ root: 2, snapshot: 2, targets: 2, timestamp: 3 });
  });

  test("without consistent snapshots is read from unversioned names", async () => {
    const repository = await Simulator.create({ view, consistent: false });
    repository.addTarget("targets", "dir/file.txt", "content");
    await repository.publish("targets");
    const client = new Client(repository);
    expect(await client.download("dir/file.txt")).toBe("content");
    expect(repository.requests).toEqual([
      "metadata/2.root.json",
      "metadata/timestamp.json",
      "metadata/snapshot.json",
      "metadata/targets.json",
      "targets/dir/file.txt",
    ]);
    expect(await client.versions()).toEqual({ root: 1, snapshot: 2, targets: 2, timestamp: 2 });
  });

  test.each(["root", "timestamp", "snapshot", "targets"])(
    "is refused when its %s carries no signature at all",
    async (role) => {
      const repository = await Simulator.create({ view });
      const client = new Client(repository);
      await client.refresh();
      repository.tamper.set(role, (file) => ({ ...file, signatures: [], proof: [] }));
      await repository.publish(role);
      await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
      const versions = await client.versions();
      expect(versions[role]).toBe(1);
    },
  );

  test("that lists members which TUF does not define at every level is accepted, and they are kept", async () => {
    const repository = await Simulator.create({ view });
    const extra = { "x-extra": { nested: [1, "two", true, null, { three: 3 }] } };
    await repository.delegate("targets", { name: "role" });
    repository.addTarget("targets", "file.txt", "content");
    await repository.publishAll();
    const { root, timestamp, snapshot, targets } = repository;
    const documents = [root, timestamp, snapshot, targets, repository.targetsOf("role")];
    for (const document of documents) Object.assign(document, extra);
    for (const key of Object.values(root.keys)) Object.assign(key, extra);
    for (const role of Object.values(root.roles)) Object.assign(role, extra);
    Object.assign(targets.targets["file.txt"] as object, extra);
    Object.assign(repository.delegationsOf("targets"), extra);
    Object.assign(repository.delegationsOf("targets").roles?.[0] as object, extra);
    repository.tamper.set("targets", (file) => ({ ...file, unrecognized: extra }));
    await repository.publish("root", "targets", "role");
    const client = new Client(repository);
    const trusted = await client.refresh();
    expect(trusted.targets.file.signed).toMatchObject(extra);
    expect(trusted.targets.file.unrecognized).toEqual(extra);
    expect(await client.download("file.txt")).toBe("content");
    expect(await client.stored("root")).toEqual(repository.rootBytes(2));
  });
});

test("one updater refreshes once, however often it is asked", async () => {
  const repository = await Simulator.create();
  const updater = new Client(repository).updater();
  expect(await updater.refresh()).toBe(await updater.refresh());
  expect(repository.requests).toHaveLength(4);
});

test("the refresh after a failed one works", async () => {
  const repository = await Simulator.create();
  const client = new Client(repository);
  const kept = repository.bytes("metadata/1.snapshot.json");
  repository.files.delete("metadata/1.snapshot.json");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
  expect(await client.versions()).toEqual({ root: 1, timestamp: 1 });
  repository.files.set("metadata/1.snapshot.json", kept);
  await client.refresh();
  expect(await client.versions()).toEqual(ONES);
});

test("a trusted root that is not signed by its own keys is refused, and nothing is stored", async () => {
  const repository = await Simulator.create();
  repository.signers.set("root", [await repository.ring.next()]);
  const trustedRoot = await repository.write("root");
  const client = new Client(repository, { trustedRoot });
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  expect(await client.contents()).toEqual(new Map());
});

test("a trusted root that is not metadata is refused", async () => {
  const repository = await Simulator.create();
  const trustedRoot = new TextEncoder().encode("not JSON");
  await expect(new Client(repository, { trustedRoot }).refresh()).rejects.toMatchObject({
    code: "ERR_JSON_SYNTAX",
  });
});

test("a trusted root that has expired still leads to a newer one", async () => {
  const repository = await Simulator.create();
  repository.root.expires = days(-10);
  const trustedRoot = await repository.write("root");
  repository.root.expires = days(10);
  await repository.publish("root");
  await new Client(repository, { trustedRoot }).refresh();
});

test("a metadata file of another type in place of the one asked for is refused", async () => {
  const repository = await Simulator.create();
  repository.files.set("metadata/1.snapshot.json", repository.bytes("metadata/1.targets.json"));
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_SHAPE" });
});

test("metadata of a specification version that is not 1 is refused", async () => {
  const repository = await Simulator.create();
  repository.targets.spec_version = "2.0.0";
  await repository.publish("targets");
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_SHAPE" });
});

test("metadata of an older and of a future minor specification version is accepted", async () => {
  const repository = await Simulator.create();
  repository.targets.spec_version = "1.0";
  repository.snapshot.spec_version = "1.9.12";
  await repository.publish("targets");
  await new Client(repository).refresh();
});

test("an expiry with fractions of a second or an offset is understood", async () => {
  const repository = await Simulator.create();
  repository.targets.expires = "2026-06-01T12:00:00.000001Z";
  repository.snapshot.expires = "2026-06-01T14:00:01+02:00";
  await repository.publish("targets");
  const client = new Client(repository);
  await client.refresh({ at: new Date("2026-06-01T11:59:59.999Z") });
  await expect(client.refresh({ at: new Date("2026-06-01T12:00:01Z") })).rejects.toMatchObject({
    code: "ERR_EXPIRED",
  });
});

test("the clock is read when the updater is made, and not again", async () => {
  const repository = await Simulator.create();
  const before = Date.now();
  const updater = new Updater({
    trustedRoot: repository.rootBytes(1),
    store: createMemoryStore(),
    fetcher: repository,
    metadataUrls: [METADATA_URL],
  });
  expect(updater.at.getTime()).toBeGreaterThanOrEqual(before);
  expect(updater.at).toBe(updater.at);
});

test("entries with an empty signature, or by unknown keys, beside valid ones do no harm", async () => {
  const repository = await Simulator.create();
  const sleeper = await repository.addKey("timestamp");
  const { keyid } = sleeper;
  repository.signers.set("timestamp", repository.signersOf("timestamp").slice(0, 1));
  repository.tamper.set("timestamp", (file) => ({
    ...file,
    signatures: [{ keyid, sig: "" }, { keyid: "unknown", sig: "00" }, ...file.signatures],
  }));
  await repository.publish("root", "timestamp");
  await new Client(repository).refresh();
});

test("signatures that are wrong, or no hex at all, beside a valid one do no harm", async () => {
  const repository = await Simulator.create();
  const other = await repository.addKey("timestamp");
  const third = await repository.addKey("timestamp");
  repository.signers.set("timestamp", repository.signersOf("timestamp").slice(0, 1));
  repository.tamper.set("timestamp", (file) => ({
    ...file,
    signatures: [
      { keyid: other.keyid, sig: "not hex" },
      { keyid: third.keyid, sig: "ab".repeat(64) },
      ...file.signatures,
    ],
  }));
  await repository.publish("root", "timestamp");
  await new Client(repository).refresh();
});

test("a file with a changed byte inside its signed part is refused", async () => {
  const repository = await Simulator.create();
  const text = new TextDecoder().decode(repository.bytes("metadata/timestamp.json"));
  repository.files.set(
    "metadata/timestamp.json",
    new TextEncoder().encode(text.replace('"version": 1', '"version": 2')),
  );
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
});

test("an aborted refresh rejects with the signal's reason", async () => {
  const repository = await Simulator.create();
  const controller = new AbortController();
  const reason = new Error("enough");
  repository.onRequest = (path) => {
    if (path.endsWith("snapshot.json")) controller.abort(reason);
  };
  repository.behaviours.set("metadata/1.snapshot.json", ({ signal }) => {
    signal?.throwIfAborted();
    throw new Error("the signal was not passed on");
  });
  const client = new Client(repository, { signal: controller.signal });
  await expect(client.refresh()).rejects.toBe(reason);
});
