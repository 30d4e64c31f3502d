import { describe, expect, test } from "vitest";
import { Client } from "../../support/simulator/client.ts";
import { days, daysLater } from "../../support/simulator/draft.ts";
import { Simulator, VIEWS } from "../../support/simulator/repository.ts";

async function refreshed(options: Parameters<typeof Simulator.create>[0] = {}) {
  const repository = await Simulator.create(options);
  const client = new Client(repository);
  await client.refresh();
  return { repository, client };
}

describe.each(VIEWS)("with %s signatures", (view) => {
  test("an older timestamp is refused as a rollback, and the trusted one stays", async () => {
    const { repository, client } = await refreshed({ view });
    await repository.publish("timestamp");
    await client.refresh();
    repository.timestamp.version = 1;
    await repository.write("timestamp");
    await expect(client.refresh()).rejects.toMatchObject({
      code: "ERR_ROLLBACK",
      details: { role: "timestamp", trusted: 2, offered: 1 },
    });
    expect((await client.versions())["timestamp"]).toBe(2);
  });

  test("a timestamp of the same version but other content is silently ignored", async () => {
    const { repository, client } = await refreshed({ view });
    const before = await client.contents();
    repository.timestamp.meta["snapshot.json"] = { version: 100 };
    await repository.write("timestamp");
    await client.refresh();
    expect(await client.contents()).toEqual(before);
  });

  test("a newer timestamp that names an older snapshot is refused as a rollback", async () => {
    const { repository, client } = await refreshed({ view });
    await repository.publish("snapshot");
    await client.refresh();
    repository.timestamp.meta["snapshot.json"] = { version: 1 };
    await repository.bump("timestamp");
    await expect(client.refresh()).rejects.toMatchObject({
      code: "ERR_ROLLBACK",
      details: { role: "snapshot", trusted: 2, offered: 1 },
    });
    expect(await client.versions()).toMatchObject({ timestamp: 2, snapshot: 2 });
  });

  test("a snapshot that names an older targets file is refused as a rollback", async () => {
    const { repository, client } = await refreshed({ view });
    await repository.publish("targets");
    await client.refresh();
    repository.targets.version = 1;
    repository.snapshot.meta["targets.json"] = { version: 1 };
    await repository.publish("snapshot");
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
    expect(await client.versions()).toMatchObject({ timestamp: 3, snapshot: 2, targets: 2 });
  });

  test.each(["timestamp", "snapshot", "targets"])("an expired %s is refused and not kept", async (role) => {
    const { repository, client } = await refreshed({ view });
    repository.document(role).expires = days(-1);
    await repository.publish(role);
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_EXPIRED", details: { role } });
    expect((await client.versions())[role]).toBe(1);
  });
});

test("a timestamp that expires at this very instant has expired", async () => {
  const { repository, client } = await refreshed();
  repository.timestamp.expires = days(0);
  await repository.publish("timestamp");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_EXPIRED" });
  await client.refresh({ at: daysLater(-0.0001) });
});

test("an expired local timestamp is still used to notice a rollback", async () => {
  const { repository, client } = await refreshed();
  repository.timestamp.expires = days(2);
  await repository.publish("timestamp");
  await client.refresh();
  repository.timestamp.version = 1;
  repository.timestamp.expires = days(30);
  await repository.write("timestamp");
  await expect(client.refresh({ at: daysLater(5) })).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
});

test("the snapshot version in an expired local timestamp is still used to notice a rollback", async () => {
  const { repository, client } = await refreshed();
  repository.timestamp.expires = days(2);
  await repository.publish("snapshot");
  await client.refresh();
  repository.timestamp.expires = days(30);
  repository.timestamp.meta["snapshot.json"] = { version: 1 };
  await repository.bump("timestamp");
  await expect(client.refresh({ at: daysLater(5) })).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
});

test("an expired local snapshot is still used to notice a rollback", async () => {
  const { repository, client } = await refreshed();
  repository.snapshot.expires = days(2);
  await repository.publish("targets");
  await client.refresh();
  repository.snapshot.expires = days(30);
  repository.snapshot.meta["targets.json"] = { version: 1 };
  await repository.publish("snapshot");
  await expect(client.refresh({ at: daysLater(5) })).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
});

test("a local snapshot that does not match the new timestamp's hash is still used to notice a rollback", async () => {
  const repository = await Simulator.create();
  repository.statesHashes = true;
  await repository.publish("targets");
  const client = new Client(repository);
  await client.refresh();
  repository.targets.version = 1;
  await repository.write("targets");
  repository.snapshot.meta["targets.json"] = repository.meta("targets");
  await repository.write("snapshot");
  repository.timestamp.meta["snapshot.json"] = repository.meta("snapshot");
  await repository.bump("timestamp");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
});

test("an expired local timestamp is no obstacle once a newer one is served", async () => {
  const { repository, client } = await refreshed();
  repository.timestamp.expires = days(60);
  repository.snapshot.expires = days(60);
  repository.targets.expires = days(60);
  repository.root.expires = days(60);
  await repository.publish("root", "targets");
  await client.refresh({ at: daysLater(45) });
  expect(await client.versions()).toEqual({ root: 2, snapshot: 2, targets: 2, timestamp: 2 });
});

test("an expired local snapshot of the right version is fetched again, and refused if it is the same", async () => {
  const { repository, client } = await refreshed();
  repository.timestamp.expires = days(60);
  repository.root.expires = days(60);
  await repository.publish("root", "timestamp");
  await expect(client.refresh({ at: daysLater(45) })).rejects.toMatchObject({
    code: "ERR_EXPIRED",
    details: { role: "snapshot" },
  });
  expect(repository.requests.filter((path) => path === "metadata/1.snapshot.json")).toHaveLength(2);
});

test("a timestamp is kept even if the snapshot that it names is refused", async () => {
  const { repository, client } = await refreshed();
  repository.tamper.set("snapshot", (file) => ({ ...file, signatures: [] }));
  await repository.publish("snapshot");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  expect(await client.versions()).toEqual({ root: 1, timestamp: 2, snapshot: 1, targets: 1 });
});

test("timestamp and snapshot are kept even if the targets file is refused", async () => {
  const { repository, client } = await refreshed();
  repository.tamper.set("targets", (file) => ({ ...file, signatures: [] }));
  await repository.publish("targets");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  expect(await client.versions()).toEqual({ root: 1, timestamp: 2, snapshot: 2, targets: 1 });
});

test("a new root is kept even if the timestamp is refused", async () => {
  const { repository, client } = await refreshed();
  repository.tamper.set("timestamp", (file) => ({ ...file, signatures: [] }));
  await repository.publish("root");
  await repository.publish("timestamp");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  expect(await client.versions()).toEqual({ root: 2, timestamp: 1, snapshot: 1, targets: 1 });
});

describe.each(["snapshot", "targets"] as const)("the %s file", (role) => {
  test("of another version than the one that is named is refused", async () => {
    const { repository, client } = await refreshed();
    await repository.publish(role);
    const old = repository.bytes(`metadata/1.${role}.json`);
    repository.files.set(`metadata/2.${role}.json`, old);
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_VERSION_MISMATCH" });
    expect((await client.versions())[role]).toBe(1);
  });

  test("whose hash is not the stated one is refused, even if it is properly signed", async () => {
    const { repository, client } = await refreshed();
    repository.statesHashes = true;
    await repository.publish(role);
    repository.document(role).expires = days(31);
    await repository.write(role);
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_HASH_MISMATCH" });
    expect((await client.versions())[role]).toBe(1);
  });

  test("whose stated hash and length are right is accepted, and later taken from the store", async () => {
    const { repository, client } = await refreshed();
    repository.statesHashes = true;
    await repository.publish(role);
    await client.refresh();
    repository.forgetRequests();
    await client.refresh();
    expect(repository.requests).toEqual(["metadata/2.root.json", "metadata/timestamp.json"]);
    expect((await client.versions())[role]).toBe(2);
  });

  test.each([
    [-1, "longer"],
    [1, "shorter"],
  ])("that is %i byte off the stated length (%s) is refused", async (difference) => {
    const { repository, client } = await refreshed();
    await repository.bump(role);
    const length = repository.bytes(`metadata/2.${role}.json`).length + difference;
    const parent = role === "targets" ? repository.snapshot : repository.timestamp;
    parent.meta[`${role}.json`] = { version: 2, length };
    if (role === "targets") await repository.publish("snapshot");
    else await repository.bump("timestamp");
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_LENGTH_MISMATCH" });
    expect((await client.versions())[role]).toBe(1);
  });

  test("with several stated hashes is refused if one of them is wrong", async () => {
    const { repository, client } = await refreshed();
    repository.statesHashes = true;
    await repository.bump(role);
    const { length, hashes, version } = repository.meta(role);
    const parent = role === "targets" ? repository.snapshot : repository.timestamp;
    parent.meta[`${role}.json`] = { version, length: length as number, hashes: { ...hashes, sha512: "00" } };
    repository.statesHashes = false;
    if (role === "targets") await repository.publish("snapshot");
    else await repository.bump("timestamp");
    await expect(client.refresh()).rejects.toMatchObject({
      code: "ERR_HASH_MISMATCH",
      details: { algorithm: "sha512" },
    });
  });

  test("whose only stated hash is of a kind that nobody here can check is refused", async () => {
    const { repository, client } = await refreshed();
    await repository.bump(role);
    const parent = role === "targets" ? repository.snapshot : repository.timestamp;
    parent.meta[`${role}.json`] = { version: 2, hashes: { md5: "00" } };
    if (role === "targets") await repository.publish("snapshot");
    else await repository.bump("timestamp");
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_HASH_UNKNOWN" });
  });

  test("of which the parent states hashes, and names none, is refused", async () => {
    const { repository, client } = await refreshed();
    await repository.bump(role);
    const parent = role === "targets" ? repository.snapshot : repository.timestamp;
    parent.meta[`${role}.json`] = { version: 2, hashes: {} };
    if (role === "targets") await repository.publish("snapshot");
    else await repository.bump("timestamp");
    await expect(client.refresh()).rejects.toMatchObject({
      code: "ERR_SHAPE",
      details: { path: expect.stringContaining("/hashes") },
    });
  });

  test.each([
    ["sha224", "d63dc919e201d7bc4c825630d2cf25fdc93d4b2f0d46706d29038d01"],
    ["blake2b-256", "00".repeat(32)],
  ])("whose stated %s is wrong is refused", async (algorithm, digest) => {
    const { repository, client } = await refreshed();
    await repository.bump(role);
    const parent = role === "targets" ? repository.snapshot : repository.timestamp;
    parent.meta[`${role}.json`] = { version: 2, hashes: { [algorithm]: digest } };
    if (role === "targets") await repository.publish("snapshot");
    else await repository.bump("timestamp");
    await expect(client.refresh()).rejects.toMatchObject({
      code: "ERR_HASH_MISMATCH",
      details: { algorithm },
    });
  });
});

test("a snapshot that no longer lists targets.json is refused", async () => {
  const { repository, client } = await refreshed();
  repository.snapshot.meta = {};
  await repository.publish("snapshot");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
  expect((await client.versions())["snapshot"]).toBe(1);
});

test("a first snapshot that does not list targets.json is refused", async () => {
  const repository = await Simulator.create();
  repository.snapshot.meta = {};
  await repository.publish("snapshot");
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_VERSION_MISMATCH" });
});

test("a snapshot that drops a delegated role which it listed before is refused", async () => {
  const repository = await Simulator.create();
  await repository.delegate("targets", { name: "role" });
  await repository.publishAll();
  const client = new Client(repository);
  await client.refresh();
  delete repository.snapshot.meta["role.json"];
  await repository.publish("snapshot");
  await expect(client.refresh()).rejects.toMatchObject({
    code: "ERR_ROLLBACK",
    details: { role: "role.json", trusted: 1, offered: 0 },
  });
});

test("a snapshot that lowers the version of a delegated role is refused", async () => {
  const repository = await Simulator.create();
  await repository.delegate("targets", { name: "role" });
  await repository.publishAll();
  await repository.publish("role");
  const client = new Client(repository);
  await client.refresh();
  repository.snapshot.meta["role.json"] = { version: 1 };
  await repository.publish("snapshot");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
});

test("a timestamp without snapshot.json is refused", async () => {
  const { repository, client } = await refreshed();
  repository.timestamp.meta = {};
  await repository.bump("timestamp");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_SHAPE" });
});

test("a stored file that nobody has signed properly is ignored, fetched again and replaced", async () => {
  for (const role of ["timestamp", "snapshot", "targets"]) {
    const { repository, client } = await refreshed();
    const good = await client.stored(role);
    const text = new TextDecoder().decode(good).replace('"version": 1', '"version": 999');
    await client.store.write(`${role}.json`, new TextEncoder().encode(text));
    await client.refresh();
    expect(await client.stored(role)).toEqual(good);
    expect(repository.requests.length).toBeGreaterThan(5);
  }
});

test("a stored file that is not JSON is ignored, fetched again and replaced", async () => {
  for (const role of ["root", "timestamp", "snapshot", "targets"]) {
    const { client } = await refreshed();
    const good = await client.stored(role);
    await client.store.write(`${role}.json`, new TextEncoder().encode("{"));
    await client.refresh();
    expect(await client.stored(role)).toEqual(good);
  }
});

test("without the network the store is not enough online, and is enough offline until something expires", async () => {
  const { repository, client } = await refreshed();
  repository.files.clear();
  repository.onRequest = () => {
    throw new Error("the network was asked");
  };
  const offline = { mode: "offline", trustedRoot: (await client.stored("root")) as Uint8Array } as const;
  const before = await client.contents();
  await client.refresh(offline);
  await expect(client.refresh({ ...offline, at: daysLater(31) })).rejects.toMatchObject({
    code: "ERR_EXPIRED",
  });
  expect(await client.contents()).toEqual(before);
});

test("in cached mode nothing is asked while everything is valid, and everything afterwards", async () => {
  const repository = await Simulator.create();
  repository.timestamp.expires = days(1);
  await repository.publish("timestamp");
  const client = new Client(repository);
  await client.refresh({ mode: "cached" });
  repository.forgetRequests();
  await client.refresh({ mode: "cached" });
  expect(repository.requests).toEqual([]);
  repository.timestamp.expires = days(20);
  await repository.publish("timestamp");
  await client.refresh({ mode: "cached", at: daysLater(2) });
  expect(repository.requests).toEqual(["metadata/2.root.json", "metadata/timestamp.json"]);
});

test("offline a store that was damaged is refused", async () => {
  for (const role of ["timestamp", "snapshot", "targets"]) {
    const { client } = await refreshed();
    await client.store.remove(`${role}.json`);
    await expect(client.refresh({ mode: "offline" })).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
  }
});
