import { describe, expect, test } from "vitest";
import { Client } from "../../support/simulator/client.ts";
import { days } from "../../support/simulator/draft.ts";
import type { RepositoryKey } from "../../support/simulator/keyPool.ts";
import { Simulator, VIEWS } from "../../support/simulator/repository.ts";

/** Root versions in order: which of ten keys are named and with what threshold, and which of them sign the file. */
interface RootVersion {
  readonly keys: readonly number[];
  readonly threshold: number;
  readonly sigs: readonly number[];
}

interface Rotation {
  readonly name: string;
  readonly versions: readonly RootVersion[];
  /** The code of the refusal of the last version; none if all are accepted. */
  readonly code?: string;
}

const root = (keys: readonly number[], threshold: number, sigs: readonly number[]): RootVersion => ({
  keys,
  threshold,
  sigs,
});

const ROTATIONS: readonly Rotation[] = [
  { name: "one key, the same again", versions: [root([1], 1, [1]), root([1], 1, [1])] },
  { name: "one key by another, both sign", versions: [root([1], 1, [1]), root([2], 1, [2, 1])] },
  {
    name: "one key by another, only the new one signs",
    versions: [root([1], 1, [1]), root([2], 1, [2])],
    code: "ERR_NO_SIGNATURE",
  },
  {
    name: "one key by another, only the old one signs",
    versions: [root([1], 1, [1]), root([2], 1, [1])],
    code: "ERR_NO_SIGNATURE",
  },
  {
    name: "one key by another, a third one signs",
    versions: [root([1], 1, [1]), root([2], 1, [3])],
    code: "ERR_NO_SIGNATURE",
  },
  {
    name: "nobody signs",
    versions: [root([1], 1, [1]), root([1], 1, [])],
    code: "ERR_NO_SIGNATURE",
  },
  {
    name: "three keys, threshold two, two sign",
    versions: [root([1, 2, 3], 2, [1, 2]), root([1, 2, 3], 2, [2, 3])],
  },
  {
    name: "three keys, threshold two, one signs",
    versions: [root([1, 2, 3], 2, [1, 2]), root([1, 2, 3], 2, [3])],
    code: "ERR_THRESHOLD_UNMET",
  },
  {
    name: "one of three keys by another, two that stay sign",
    versions: [root([1, 2, 3], 2, [1, 2]), root([1, 3, 4], 2, [1, 3])],
  },
  {
    name: "one of three keys by another, a threshold of each set signs with one in common",
    versions: [root([1, 2, 3], 2, [1, 2]), root([1, 3, 4], 2, [2, 3, 4])],
  },
  {
    name: "one of three keys by another, no threshold of the old set",
    versions: [root([1, 2, 3], 2, [1, 2]), root([1, 3, 4], 2, [1, 4])],
    code: "ERR_THRESHOLD_UNMET",
  },
  {
    name: "one of three keys by another, no threshold of the new set",
    versions: [root([1, 2, 3], 2, [1, 2]), root([1, 3, 4], 2, [1, 2])],
    code: "ERR_THRESHOLD_UNMET",
  },
  {
    name: "all three keys by others, a threshold of each set signs",
    versions: [root([1, 2, 3], 2, [1, 2]), root([4, 5, 6], 2, [1, 2, 4, 5])],
  },
  {
    name: "a raised threshold that is met",
    versions: [root([1, 2, 3, 4], 2, [1, 2]), root([1, 2, 3, 4], 4, [1, 2, 3, 4])],
  },
  {
    name: "a raised threshold that only the old one would call met",
    versions: [root([1, 2, 3, 4], 2, [1, 2]), root([1, 2, 3, 4], 4, [1, 2])],
    code: "ERR_THRESHOLD_UNMET",
  },
  {
    name: "a lowered threshold that only the new one would call met",
    versions: [root([1, 2, 3], 2, [1, 2]), root([1, 2, 3], 1, [1])],
    code: "ERR_THRESHOLD_UNMET",
  },
  {
    name: "a lowered threshold, signed by as many as before",
    versions: [root([1, 2, 3], 2, [1, 2]), root([1, 2, 3], 1, [1, 2]), root([1, 2, 3], 1, [3])],
  },
  {
    name: "away from a key and back to it",
    versions: [root([1], 1, [1]), root([2], 1, [1, 2]), root([1], 1, [2, 1])],
  },
  {
    name: "a key that was rotated away signs the version after",
    versions: [root([1], 1, [1]), root([2], 1, [1, 2]), root([1], 1, [1])],
    code: "ERR_NO_SIGNATURE",
  },
  {
    name: "more keys than the threshold, all replaced one at a time",
    versions: [root([1, 2], 1, [1]), root([2, 3], 1, [2]), root([3, 4], 1, [3]), root([4, 5], 1, [4, 5])],
  },
];

async function keys(repository: Simulator): Promise<RepositoryKey[]> {
  const made: RepositoryKey[] = [];
  for (let index = 0; index < 10; index++) made.push(await repository.ring.next());
  return made;
}

/** Publishes the root versions in place of the first one. */
async function rotated(view: Simulator["view"], versions: readonly RootVersion[]) {
  const repository = await Simulator.create({ view });
  const ten = await keys(repository);
  const pick = (indices: readonly number[]) => indices.map((index) => ten[index] as RepositoryKey);
  repository.root.version = 0;
  for (const { keys: named, threshold, sigs } of versions) {
    repository.role("root").keyids = [];
    repository.role("root").threshold = threshold;
    for (const key of pick(named)) repository.authorize("root", key);
    repository.signers.set("root", pick(sigs));
    await repository.bump("root");
  }
  return repository;
}

describe.each(VIEWS)("with %s signatures, rotating", (view) => {
  test.each(ROTATIONS)("$name", async ({ versions, code }) => {
    const repository = await rotated(view, versions);
    const client = new Client(repository);
    const count = versions.length;
    if (code === undefined) {
      await client.refresh();
      expect((await client.versions())["root"]).toBe(count);
      expect(await client.stored("root")).toEqual(repository.rootBytes(count));
    } else {
      await expect(client.refresh()).rejects.toMatchObject({ code });
      // What was good before the bad one is trusted and kept.
      expect(await client.versions()).toEqual({ root: count - 1 });
      expect(await client.stored("root")).toEqual(repository.rootBytes(count - 1));
    }
  });

  test.each(["timestamp", "snapshot", "targets"] as const)(
    "the key of %s: files by the new key are accepted, files by the old one are not",
    async (role) => {
      const repository = await Simulator.create({ view });
      const client = new Client(repository);
      await client.refresh();
      const old = repository.signersOf(role);
      await repository.rotate(role);
      await repository.publish("root", role === "targets" ? "targets" : "snapshot");
      await client.refresh();
      expect(await client.versions()).toMatchObject({ root: 2, timestamp: 2 });
      repository.signers.set(role, old);
      await repository.publish(role === "targets" ? "targets" : "snapshot");
      await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
    },
  );

  test("through many roots leads to the last one, and all on the way are kept", async () => {
    const repository = await Simulator.create({ view });
    for (let count = 0; count < 20; count++) {
      const before = repository.signersOf("root");
      const now = await repository.rotate("root");
      repository.signers.set("root", [...before, now]);
      await repository.publish("root");
      repository.signers.set("root", [now]);
    }
    const client = new Client(repository);
    await client.refresh();
    expect((await client.versions())["root"]).toBe(21);
    for (let version = 2; version <= 21; version++) {
      expect(await client.store.read(`root_history/${version}.root.json`)).toEqual(
        repository.rootBytes(version),
      );
    }
    repository.forgetRequests();
    await client.refresh();
    expect(repository.requests).toEqual(["metadata/22.root.json", "metadata/timestamp.json"]);
  });
});

async function refreshed() {
  const repository = await Simulator.create();
  const client = new Client(repository);
  await client.refresh();
  return { repository, client };
}

test.each([
  ["the same version again", 1, "ERR_VERSION_MISMATCH"],
  ["a version that leaves one out", 3, "ERR_VERSION_MISMATCH"],
  ["an older version", 0, "ERR_SHAPE"],
])("a next root that says it is %s is refused", async (_, version, code) => {
  const { repository, client } = await refreshed();
  repository.root.version = version;
  const bytes = await repository.write("root");
  repository.files.set("metadata/2.root.json", bytes);
  await expect(client.refresh()).rejects.toMatchObject({ code });
  expect((await client.versions())["root"]).toBe(1);
});

test("an older root in place of the next one is refused as a rollback", async () => {
  const { repository, client } = await refreshed();
  await repository.publish("root");
  await client.refresh();
  repository.files.set("metadata/3.root.json", repository.rootBytes(1));
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
  expect((await client.versions())["root"]).toBe(2);
});

test("an expired root on the way to one that has not is accepted", async () => {
  const { repository, client } = await refreshed();
  repository.root.expires = days(-1);
  await repository.publish("root");
  repository.root.expires = days(1);
  await repository.publish("root");
  await client.refresh();
  expect((await client.versions())["root"]).toBe(3);
});

test("an expired last root is kept and refused, and what was trusted of the other roles stays", async () => {
  const { repository, client } = await refreshed();
  repository.root.expires = days(-1);
  await repository.publish("root");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_EXPIRED", details: { role: "root" } });
  expect(await client.versions()).toEqual({ root: 2, timestamp: 1, snapshot: 1, targets: 1 });
});

test("after an expired last root the next one that has not expired is followed", async () => {
  const { repository, client } = await refreshed();
  repository.root.expires = days(-1);
  await repository.publish("root");
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_EXPIRED" });
  repository.root.expires = days(10);
  await repository.publish("root");
  await client.refresh();
  expect((await client.versions())["root"]).toBe(3);
});

test("a root in the middle that is not properly signed ends the walk, and nothing after it is asked for", async () => {
  const { repository, client } = await refreshed();
  await repository.publish("root");
  repository.tamper.set("root", (file) => ({ ...file, signatures: [] }));
  await repository.publish("root");
  repository.tamper.clear();
  await repository.publish("root");
  repository.forgetRequests();
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  expect(repository.requests).toEqual(["metadata/2.root.json", "metadata/3.root.json"]);
  expect((await client.versions())["root"]).toBe(2);
});

test("no more roots are followed in one refresh than the limit says, and the next refresh goes on", async () => {
  const { repository, client } = await refreshed();
  for (let count = 0; count < 5; count++) await repository.publish("root");
  await client.refresh({ limits: { rootRotations: 3 } });
  expect((await client.versions())["root"]).toBe(4);
  await client.refresh();
  expect((await client.versions())["root"]).toBe(6);
});

test("a client that is further behind than the limit arrives in several runs: what it kept is not counted again", async () => {
  const { repository, client } = await refreshed();
  // All roots on the way have expired, and none of their keys signs timestamps any more.
  for (let count = 0; count < 8; count++) {
    await repository.rotate("timestamp");
    repository.root.expires = days(count < 7 ? -1 : 30);
    await repository.publish("root");
  }
  await repository.publish("timestamp");
  const refresh = () => client.refresh({ limits: { rootRotations: 3 } });
  const behind = { code: "ERR_LIMIT", details: { limit: "rootRotations", allowed: 3 } };
  await expect(refresh()).rejects.toMatchObject({ ...behind, cause: { code: "ERR_EXPIRED" } });
  repository.forgetRequests();
  await expect(refresh()).rejects.toMatchObject(behind);
  expect(repository.requests).toEqual([5, 6, 7].map((version) => `metadata/${version}.root.json`));
  const { root } = await refresh();
  expect(root.file.signed.version).toBe(9);
});

test("a refresh that fails without having met the limit on roots is told as what it is", async () => {
  const { repository, client } = await refreshed();
  for (let count = 0; count < 2; count++) await repository.publish("root");
  repository.root.expires = days(-1);
  await repository.publish("root");
  await expect(client.refresh({ limits: { rootRotations: 4 } })).rejects.toMatchObject({
    code: "ERR_EXPIRED",
  });
});

test("a root that says consistent_snapshot is off changes the names that are asked for", async () => {
  const { repository, client } = await refreshed();
  repository.root.consistent_snapshot = false;
  await repository.publish("root", "targets");
  repository.forgetRequests();
  await client.refresh();
  expect(repository.requests).toEqual([
    "metadata/2.root.json",
    "metadata/3.root.json",
    "metadata/timestamp.json",
    "metadata/snapshot.json",
    "metadata/targets.json",
  ]);
});

test("a root without consistent_snapshot means that it is off", async () => {
  const repository = await Simulator.create({ consistent: false });
  delete repository.root.consistent_snapshot;
  repository.root.version = 0;
  await repository.bump("root");
  await new Client(repository).refresh();
  expect(repository.requests).toContain("metadata/targets.json");
});

test("a stored root on the way that was damaged is fetched again", async () => {
  const { repository, client } = await refreshed();
  await repository.publish("root");
  await repository.publish("root");
  await client.refresh();
  await client.store.write("root_history/2.root.json", new TextEncoder().encode("{}"));
  await client.refresh();
  expect(await client.store.read("root_history/2.root.json")).toEqual(repository.rootBytes(2));
});

test("a client that has lost its roots on the way, and cannot get them, does not go back to an older root", async () => {
  const { repository, client } = await refreshed();
  await repository.publish("root");
  await client.refresh();
  await client.store.remove("root_history/2.root.json");
  repository.files.delete("metadata/2.root.json");
  const before = await client.contents();
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_ROLLBACK", details: { role: "root" } });
  expect(await client.contents()).toEqual(before);
});

test("a newer root that came with the application is where the client starts from", async () => {
  const { repository, client } = await refreshed();
  for (let count = 0; count < 3; count++) await repository.publish("root");
  repository.forgetRequests();
  await client.refresh({ trustedRoot: repository.rootBytes(3) });
  expect(repository.requests.slice(0, 2)).toEqual(["metadata/4.root.json", "metadata/5.root.json"]);
  expect((await client.versions())["root"]).toBe(4);
});

test("an older root that came with the application does no harm", async () => {
  const { repository, client } = await refreshed();
  for (let count = 0; count < 3; count++) await repository.publish("root");
  await client.refresh({ trustedRoot: repository.rootBytes(3) });
  await client.refresh({ trustedRoot: repository.rootBytes(2) });
  expect((await client.versions())["root"]).toBe(4);
});

test("a repository that answers the question for the next root with a failure is not taken at its word", async () => {
  const { repository, client } = await refreshed();
  repository.behaviours.set("metadata/2.root.json", () => {
    throw new Error("not one of our errors");
  });
  await expect(client.refresh()).rejects.toThrow("not one of our errors");
});
