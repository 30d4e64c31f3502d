import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import type { Store } from "../../../src/client/store.ts";
import { TufLdError } from "../../../src/errors.ts";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { Client } from "../../support/simulator/client.ts";
import { Simulator } from "../../support/simulator/repository.ts";
import { METADATA_URL } from "../../support/simulator/served.ts";

/** A store that fails at one of its operations, as if the process had been killed there. */
function failingStore(store: Store, failAt: number): Store & { readonly count: () => number } {
  let count = 0;
  const step = (): void => {
    if (++count === failAt) throw new TufLdError("ERR_STORAGE", "killed", { path: "", reason: "killed" });
  };
  return {
    count: () => count,
    async read(name) {
      step();
      return store.read(name);
    },
    async write(name, bytes) {
      step();
      await store.write(name, bytes);
    },
    async remove(name) {
      step();
      await store.remove(name);
    },
    list: () => store.list(),
    async exclusive(work) {
      step();
      return store.exclusive(work);
    },
  };
}

async function rotatedRepository() {
  const repository = await Simulator.create();
  const store = createMemoryStore();
  const client = new Client(repository, { store });
  await repository.publish("timestamp");
  await client.refresh();
  await repository.publish("root");
  await repository.rotate("timestamp");
  await repository.rotate("snapshot");
  repository.timestamp.version = 0;
  repository.snapshot.version = 0;
  await repository.publish("root", "targets");
  return { repository, store };
}

async function copyOf(store: Store): Promise<Store> {
  const copy = createMemoryStore();
  for (const name of await store.list()) await copy.write(name, (await store.read(name)) as Uint8Array);
  return copy;
}

test("a client whose store fails at any operation recovers with the next refresh", async () => {
  const { repository, store } = await rotatedRepository();
  const probe = failingStore(await copyOf(store), 0);
  await new Client(repository, { store: probe }).refresh();
  expect(probe.count()).toBeGreaterThan(20);
  for (let failAt = 1; failAt <= probe.count(); failAt++) {
    const copy = await copyOf(store);
    const failing = new Client(repository, { store: failingStore(copy, failAt) });
    await expect(failing.refresh(), `at ${failAt}`).rejects.toMatchObject({ code: "ERR_STORAGE" });
    const next = new Client(repository, { store: copy });
    await next.refresh();
    expect(await next.versions(), `at ${failAt}`).toEqual({ root: 3, timestamp: 1, snapshot: 1, targets: 2 });
  }
});

test("a store that fails is not taken for a mirror that fails", async () => {
  const repository = await Simulator.create();
  const memory = createMemoryStore();
  const store: Store = {
    ...memory,
    async write(name, bytes) {
      if (name === "timestamp.json") {
        throw new TufLdError("ERR_STORAGE", "the disk is full", { path: name, reason: "full" });
      }
      await memory.write(name, bytes);
    },
  };
  const client = new Client(repository, { store, metadataUrls: [METADATA_URL, METADATA_URL] });
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_STORAGE" });
  expect(repository.requests.filter((path) => path === "metadata/timestamp.json")).toHaveLength(1);
});

describe("while another process uses the same store", () => {
  /** Runs `meanwhile` when the file is asked for. */
  function interrupt(repository: Simulator, path: string, meanwhile: () => Promise<unknown>): void {
    repository.onRequest = async (asked) => {
      if (asked !== path) return;
      repository.onRequest = () => undefined;
      await meanwhile();
    };
  }

  test("a newer timestamp that it stored is adopted, and the result is not mixed", async () => {
    const repository = await Simulator.create();
    const client = new Client(repository);
    await client.refresh();
    await repository.publish("targets");
    const old = repository.bytes("metadata/timestamp.json");
    interrupt(repository, "metadata/timestamp.json", async () => {
      await repository.publish("targets");
      await client.refresh();
      // What we get is what was served before.
      repository.behaviours.set("metadata/timestamp.json", () => {
        repository.behaviours.clear();
        return {
          modified: true,
          from: 0,
          body: (async function* () {
            yield old;
          })(),
        };
      });
    });
    const trusted = await client.refresh();
    expect(trusted.timestamp.file.signed.version).toBe(3);
    expect(trusted.targets.file.signed.version).toBe(3);
    expect(await client.versions()).toEqual({ root: 1, timestamp: 3, snapshot: 3, targets: 3 });
  });

  test("newer files that it stored are not replaced by ours", async () => {
    const repository = await Simulator.create();
    const client = new Client(repository);
    await client.refresh();
    await repository.publish("targets");
    interrupt(repository, "metadata/2.snapshot.json", async () => {
      await repository.publish("targets");
      await client.refresh();
    });
    const trusted = await client.refresh();
    expect(trusted.targets.file.signed.version).toBe(2);
    expect(await client.versions()).toEqual({ root: 1, timestamp: 3, snapshot: 3, targets: 3 });
  });

  test("a root that it stored is never moved back by ours, not even for a moment", async () => {
    const repository = await Simulator.create();
    const memory = createMemoryStore();
    const written: number[] = [];
    const store: Store = {
      ...memory,
      async write(name, bytes) {
        if (name === "root.json") written.push(parseMetadata(bytes).signed.version);
        await memory.write(name, bytes);
      },
    };
    const client = new Client(repository, { store });
    await client.refresh();
    await repository.publish("root");
    interrupt(repository, "metadata/2.root.json", async () => {
      await repository.publish("root");
      await client.refresh();
    });
    await client.refresh();
    expect(written).toEqual([1, 2, 3]);
  });

  test("many refreshes at once all end well", async () => {
    const repository = await Simulator.create();
    const client = new Client(repository);
    await client.refresh();
    const running: Promise<unknown>[] = [];
    for (let count = 0; count < 10; count++) {
      running.push(client.refresh());
      if (count % 3 === 0) await repository.publish("targets");
    }
    await Promise.all(running);
    await client.refresh();
    expect(await client.versions()).toEqual({ root: 1, timestamp: 5, snapshot: 5, targets: 5 });
  });
});

describe("a repository that publishes while it is read", () => {
  const expectNewest = async (client: Client, version: number): Promise<void> => {
    expect(await client.versions()).toMatchObject({
      timestamp: version,
      snapshot: version,
      targets: version,
    });
  };

  test.each(["snapshot", "targets"])(
    "and deletes the old %s is read again from its timestamp",
    async (role) => {
      const repository = await Simulator.create();
      const client = new Client(repository);
      repository.onRequest = async (path) => {
        if (path !== `metadata/1.${role}.json`) return;
        repository.files.delete(path);
        await repository.publish("targets");
      };
      const trusted = await client.refresh();
      expect(trusted.timestamp.file.signed.version).toBe(2);
      await expectNewest(client, 2);
    },
  );

  test.each(["snapshot", "targets"])(
    "and has no consistent snapshots, so that the %s changes, is read again",
    async (role) => {
      const repository = await Simulator.create({ consistent: false });
      repository.statesHashes = true;
      await repository.publish("targets");
      const client = new Client(repository);
      repository.onRequest = async (path) => {
        if (path !== `metadata/${role}.json`) return;
        repository.onRequest = () => undefined;
        await repository.publish("targets");
      };
      await client.refresh();
      await expectNewest(client, 3);
    },
  );

  test("again and again is given up after three attempts", async () => {
    const repository = await Simulator.create();
    const client = new Client(repository);
    repository.onRequest = async (path) => {
      if (!path.endsWith(".snapshot.json")) return;
      repository.files.delete(path);
      await repository.publish("snapshot");
    };
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
    expect(repository.requests.filter((path) => path === "metadata/timestamp.json")).toHaveLength(3);
  });

  test("without moving its timestamp is asked for it once more and no further", async () => {
    const repository = await Simulator.create();
    repository.files.delete("metadata/1.snapshot.json");
    await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
    expect(repository.requests).toEqual([
      "metadata/2.root.json",
      "metadata/timestamp.json",
      "metadata/1.snapshot.json",
      "metadata/timestamp.json",
    ]);
  });

  test("and deletes a delegated role's file between refresh and search is read again as a whole", async () => {
    const repository = await Simulator.create();
    await repository.delegate("targets", { name: "role" });
    repository.addTarget("role", "file.txt", "old");
    await repository.publishAll();
    const client = new Client(repository);
    const updater = client.updater();
    await updater.refresh();
    repository.addTarget("role", "file.txt", "new");
    await repository.publish("role");
    repository.files.delete("metadata/1.role.json");
    const found = await updater.find("file.txt");
    await updater.download(found, client.sink);
    expect(new TextDecoder().decode(client.sink.get("file.txt"))).toBe("new");
    expect((await updater.refresh()).snapshot.file.signed.version).toBe(3);
    expect(await client.versions()).toMatchObject({ timestamp: 3, snapshot: 3, role: 2 });
  });

  test("and then still lacks the delegated role's file is refused, and other searches go on", async () => {
    const repository = await Simulator.create();
    await repository.delegate("targets", { name: "role", paths: ["role/*"] });
    repository.addTarget("targets", "file.txt", "content");
    await repository.publishAll();
    repository.files.delete("metadata/1.role.json");
    const updater = new Client(repository).updater();
    await expect(updater.find("role/file")).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
    expect((await updater.find("file.txt")).path).toBe("file.txt");
  });
});

describe("an HTTP validator", () => {
  async function conditional() {
    const repository = await Simulator.create();
    const asked: (string | undefined)[] = [];
    const bytes = () => repository.bytes("metadata/timestamp.json");
    repository.behaviours.set("metadata/timestamp.json", ({ etag }) => {
      asked.push(etag);
      const now = `"${repository.timestamp.version}"`;
      if (etag === now) return { modified: false };
      const body = (async function* () {
        yield bytes();
      })();
      return { modified: true, from: 0, etag: now, body };
    });
    return { repository, asked, client: new Client(repository) };
  }

  test("of the timestamp is sent back the next time, and the answer that nothing changed is believed", async () => {
    const { repository, asked, client } = await conditional();
    await client.refresh();
    await client.refresh();
    await repository.publish("targets");
    await client.refresh();
    await client.refresh();
    expect(asked).toEqual([undefined, '"1"', '"1"', '"2"']);
    expect((await client.versions())["timestamp"]).toBe(2);
  });

  test("is not sent if the stored timestamp is not the one that it belongs to", async () => {
    const { repository, asked, client } = await conditional();
    await client.refresh();
    const first = (await client.stored("timestamp")) as Uint8Array;
    await repository.publish("targets");
    await client.refresh();
    await client.store.write("timestamp.json", first);
    await client.refresh();
    expect(asked).toEqual([undefined, '"1"', undefined]);
  });

  test("does not make an expired timestamp last", async () => {
    const { client } = await conditional();
    await client.refresh();
    await expect(client.refresh({ at: new Date("2027-01-01T00:00:00Z") })).rejects.toMatchObject({
      code: "ERR_EXPIRED",
    });
  });

  test("that is not what we write is no obstacle", async () => {
    const { asked, client } = await conditional();
    await client.refresh();
    for (const text of ["{", "[]", "null", '{"etag":1}', "{}"]) {
      await client.store.write("http/validator.json", new TextEncoder().encode(text));
      await client.refresh();
    }
    expect(asked).toHaveLength(6);
  });
});

test("files that a root has overruled stay until others are accepted, and are no baseline in any later run", async () => {
  const repository = await Simulator.create();
  repository.document("snapshot").version = 99_998;
  await repository.publish("snapshot");
  const client = new Client(repository);
  await client.refresh();
  expect(await client.versions()).toMatchObject({ snapshot: 99_999 });
  const fastForwarded = await client.stored("snapshot");

  await repository.rotate("snapshot");
  await repository.publish("root");
  repository.document("snapshot").version = 1;
  await repository.publish("snapshot");
  const name = repository.namesOf("snapshot")[0] as string;
  const bytes = repository.bytes(name);
  repository.files.delete(name);
  await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
  // The new root is kept; nobody has a snapshot yet, so the old file is still there.
  expect(await client.versions()).toMatchObject({ root: 2 });
  expect(await client.stored("snapshot")).toEqual(fastForwarded);

  repository.files.set(name, bytes);
  await client.refresh();
  expect(await client.versions()).toMatchObject({ snapshot: 2 });
});
